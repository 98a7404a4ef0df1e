"""A call that is not sent any more: the run was interrupted, or its hold on the state may be another's."""

from reconciler.calls import Call
from reconciler.errors import NotSent

STOPPED = "interrupted"
"""The code of that error."""


def stopped_before(call: Call) -> NotSent:
    """That nothing of the call was sent."""
    return NotSent(
        f"{call.action.name}: not sent: the run was interrupted",
        code=STOPPED,
        hint="run apply again: everything done so far is kept",
    )
