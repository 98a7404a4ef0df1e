"""`reconciler state recover`: answers that a run could not record are taken into the state."""

import uuid
from collections.abc import Sequence

import click

from reconciler.backends.local.regular import MAX_BYTES
from reconciler.backends.protocol import StateLocation
from reconciler.backends.spills import Spilled, spilled_in
from reconciler.cli.holding import said, say, waiting, warn
from reconciler.cli.options import paths_argument
from reconciler.cli.standard_input import read_source
from reconciler.cli.state_shared import which_state, writing_options
from reconciler.cli.world import backend_for
from reconciler.errors import UsageError


@click.command("recover")
@click.argument("source", metavar="FILE")
@paths_argument
@writing_options
def recover(source: str, paths: tuple[str, ...], state_file: StateLocation | None, patience: float) -> int:
    """Record answers that a run could not write to the state, from its FILE or log (- for standard input).
    Makes no calls. An answer is taken only while its call is still recorded as unanswered, so run this before
    the next apply, which resolves such calls itself. Safe to run more than once.
    """
    spilled = _spilled(source)
    which = which_state(paths, state_file)
    backend = backend_for(which.location)
    recovery = backend.parts.recovery
    if recovery is None:
        raise UsageError(
            f"{which.location} is a file; its runs record every answer in a journal beside it",
            "pass the store that the run could not write to: --state postgresql://… or s3://…",
        )
    mine = said("state recover", str(uuid.uuid4()))
    adopted = recovery.adopt(which.owner, mine, spilled, waiting(patience))
    warn(backend.notices)
    for one in spilled:
        told = "recorded" if one in adopted else "skipped: its call is not recorded as unanswered"
        say(f"{one.outcome.address}: {told}", err=False)
    return 0


def _spilled(source: str) -> Sequence[Spilled]:
    """The answers in a file; raises UsageError for one that has none, or a line that is cut."""
    try:
        found = spilled_in(read_source(source, MAX_BYTES).decode(errors="replace"))
    except ValueError as error:
        raise UsageError(
            f"{source}: a line is truncated or was altered ({error})",
            "use the complete line from the run's log or file",
        ) from error
    if not found:
        raise UsageError(
            f"{source} has no unrecorded answers",
            "pass the file that the run named in its output, or the run's log",
        )
    return found
