"""`reconciler state migrate`: a whole state to another place: a file, a database or a bucket."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import click

from reconciler.backends.protocol import Replacing, Session, StateLocation
from reconciler.cli.holding import held_as_it_is, said, say, waiting, warn
from reconciler.cli.options import paths_argument
from reconciler.cli.placing import bound_to, is_same, option_of
from reconciler.cli.state_shared import Which, which_state, writing_options
from reconciler.cli.world import backend_for, runs_kept
from reconciler.errors import StateError, UsageError
from reconciler.running.migrating import Journey, migrate
from reconciler.running.moving import departures
from reconciler.state.model import Owner

_COMMAND = "state migrate"


@click.command("migrate")
@paths_argument
@click.option(
    "--to",
    type=click.Path(),
    required=True,
    callback=option_of,
    metavar="STATE",
    help="The new place of the state: a file, postgresql://…, s3://… or cos://….",
)
@writing_options
def migrate_command(
    paths: tuple[str, ...], to: StateLocation, state_file: StateLocation | None, patience: float
) -> int:
    """Move a whole state to a place that has none yet: from a file into a shared store, or back.

    Makes no calls. What was written is read back and compared, entry by entry, before the old state is
    emptied. The old place stays marked, so an apply there is refused and says where the state is now. To
    complete an interrupted move, run the command again. The history of past runs stays in the old place.
    """
    which = which_state(paths, state_file)
    with _held_source(which, patience) as source:
        workspace = source.snapshot.workspace
        target = bound_to(to, workspace)
        if is_same(which.location, target):
            raise UsageError(f"the state is already in {target}", "choose another place with --to")
        count = len(source.state.entries)
        with _held_target(target, workspace, patience) as taker:
            journey = Journey(str(which.location), str(target))
            serial = migrate(source, taker, journey, lambda: backend_for(target).snapshot(None))
    if not serial:
        say(f"the state is already in {target}, and {which.location} is marked as moved there", err=False)
        return 0
    resources = f"{count} resource{'s' if count != 1 else ''}"
    say(
        f"{target} is now the state of workspace {workspace}, with {resources}; state serial {serial}",
        err=False,
    )
    say(f"{which.location} is marked as moved there; an apply with it is refused", err=False)
    say("note: set spec.state of the workspace to the new place, or pass it with --state or RECONCILER_STATE")
    return 0


@contextmanager
def _held_source(which: Which, patience: float) -> Iterator[Session]:
    """The state for this command alone, though it may be marked; no record of it is on its way by itself."""
    run = str(uuid.uuid4())
    with held_as_it_is(which.location, which.owner, _COMMAND, run, patience, even_moved=True) as held:
        if held.snapshot.missing is not None:
            raise held.snapshot.missing
        going = departures(held.state)
        if going:
            raise StateError(
                f"{next(iter(going))} is being moved to another state by a run that did not finish",
                "complete that move first, with an apply or the same `reconciler state mv`, then run the "
                "command again",
            )
        held.recover()
        yield held


@contextmanager
def _held_target(target: StateLocation, workspace: str, patience: float) -> Iterator[Replacing]:
    """The place where it goes, for this command alone."""
    backend = backend_for(target, runs_kept())
    mine = said(_COMMAND, str(uuid.uuid4()))
    with ExitStack() as stack:
        yield stack.enter_context(backend.overrule(Owner(workspace), mine, waiting(patience)))
        warn(backend.notices)
