"""`reconciler state rebind`: a state becomes that of this workspace and this endpoint, without a call."""

import uuid
from contextlib import ExitStack
from dataclasses import dataclass, replace

import click

from reconciler.backends.protocol import Session, StateLocation
from reconciler.cli.environment import current_environment
from reconciler.cli.holding import held_state, say
from reconciler.cli.options import paths_argument
from reconciler.cli.placing import option_of
from reconciler.cli.state_shared import holding_options
from reconciler.cli.world import read_workspace, target_of
from reconciler.errors import PlanRefused, StateError
from reconciler.state.model import Owner, State

_COMMAND = "state rebind"


@click.command("rebind")
@paths_argument
@click.option(
    "--from",
    "source",
    type=click.Path(),
    callback=option_of,
    metavar="STATE",
    help="The state under the workspace's former name, to take the records from.",
)
@click.option("--auto-approve", is_flag=True, help="Skip the confirmation prompt.")
@holding_options
def rebind(
    paths: tuple[str, ...],
    source: StateLocation | None,
    auto_approve: bool,
    state_file: StateLocation | None,
    patience: float,
) -> int:
    """Bind a state to the workspace below each PATH and to its endpoint: after the workspace was renamed, or
    when the same cloud is reached at another address. Shows the old and new owner and asks for confirmation.
    Makes no calls; no record changes. With --from, all records of STATE move to the workspace's own state,
    which must be empty.
    """
    workspace = read_workspace(paths)
    target = target_of(workspace, state_file)
    wanted = target.owner(workspace.name)
    if not auto_approve and not current_environment().is_terminal("stdin"):
        raise PlanRefused(
            "cannot ask for confirmation: standard input is not a terminal",
            "check whose state it is with `reconciler state pull`, then add --auto-approve",
        )
    with ExitStack() as stack:
        run = str(uuid.uuid4())
        origin = source or target.state
        held = stack.enter_context(held_state(origin, None, _COMMAND, run, patience))
        if origin == target.state:
            return _bind(held, target.state, wanted, asks=not auto_approve)
        taker = stack.enter_context(held_state(target.state, wanted, _COMMAND, run, patience))
        return _take_over(_Side(origin, held), _Side(target.state, taker), wanted, asks=not auto_approve)


@dataclass(frozen=True, slots=True)
class _Side:
    """One end of a move: where a state is, and the state as it is held."""

    location: StateLocation
    session: Session

    @property
    def state(self) -> State:
        """What is recorded there."""
        return self.session.state


def _bind(held: Session, location: StateLocation, wanted: Owner, *, asks: bool) -> int:
    """The state in its place becomes another owner's."""
    found = held.snapshot.owner
    if found == wanted:
        say(f"{location} is already bound to {_words(wanted)}", err=False)
        return 0
    _show(f"{location} records {_count(held.state)}.", found, wanted)
    if asks and not _approved():
        return 1
    serial = held.rebind(wanted).serial
    say(f"{location} is bound to {_words(wanted)}; state serial {serial}", err=False)
    return 0


def _take_over(origin: _Side, taker: _Side, wanted: Owner, *, asks: bool) -> int:
    """The records move: first they are written where they go, then no longer recorded where they were.

    Ended between the two, it is done by being done again: the lineage tells that they have arrived.
    """
    found, place = origin.state, taker.location
    arrived = bool(taker.state.entries) and taker.state.lineage == found.lineage
    if taker.state.entries and not arrived:
        raise StateError(
            f"cannot move anything to {place}: it already records {_count(taker.state)}",
            "choose the right state with --state, or see `reconciler state list`",
        )
    if not found.entries:
        raise StateError(f"nothing to move: {origin.location} is empty", "see `reconciler state list`")
    what = f"{origin.location} records {_count(found)}, which will move to {place}."
    _show(what, origin.session.snapshot.owner, wanted)
    if asks and not _approved():
        return 1
    if not arrived:
        serial = max(found.serial, taker.state.serial)
        taker.session.finish(replace(found, cloud=wanted.cloud, serial=serial))
    origin.session.finish(replace(found, entries={}, cleared=""))
    say(f"{place} now belongs to {_words(wanted)}; state serial {taker.state.serial}", err=False)
    say(f"{origin.location} is now empty", err=False)
    return 0


def _show(what: str, found: Owner, wanted: Owner) -> None:
    say(what)
    for word, one, other in (
        ("workspace", found.workspace, wanted.workspace),
        ("cloud", found.cloud or "(not recorded)", wanted.cloud),
    ):
        say(f"  {word}: {one}" + (f" → {other}" if one != other else ""))


def _words(owner: Owner) -> str:
    return f"workspace {owner.workspace} on {owner.cloud}"


def _count(state: State) -> str:
    tasks = sum(entry.task_id is not None for entry in state.entries.values())
    return f"{_many(len(state.entries), 'resource')} with {_many(tasks, 'TaskId')}"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"


def _approved() -> bool:
    if click.confirm("Bind the state?", default=False, err=True):
        return True
    say("Cancelled; nothing was done.")
    return False
