"""The runs that a hold ends as the store's function takes them, and which of those before are removed."""

from reconciler.backends.closing import Closing
from reconciler.backends.parts import Keeping
from reconciler.backends.postgres.database import Parameters
from reconciler.backends.postgres.hold import Hold
from reconciler.model import canonical_json
from reconciler.state.ending import end_to_json
from reconciler.state.journal import record_to_json
from reconciler.state.model import State
from reconciler.state.runs import running_starts

_SWEEP_EVERY = 20
"""Serials after which the journal is swept: that reads all of it."""


def columns_of(closing: Closing) -> Parameters:
    """What ends runs, as the store's function takes it."""
    first = closing.first and canonical_json(record_to_json(closing.first))
    endings = [end and end_to_json(end) for end in closing.endings]
    starts = [sorted(one) for one in closing.starts]
    parts = [closing.unanswered, len(closing.outcomes)]
    return parts, first, canonical_json(endings), canonical_json(starts)


def prune(hold: Hold, keeping: Keeping, state: State) -> None:
    """Removes the runs that are too many or too old, but for those whose tasks run; raises StateError."""
    stale = hold.stale(keeping)
    if not stale:
        return
    running = running_starts(state)
    runs = [seq for seq, starts in stale if running.isdisjoint(starts)]
    if runs:
        hold.prune(runs, len(runs) >= _SWEEP_EVERY or state.serial % _SWEEP_EVERY == 0)
