"""Starts that were never answered and may still arrive: for how long, and what they could do.

A request is served until its signature expires, five minutes after it was made (reference
errors, "AuthFailure.SignatureExpire"). A start that arrives that late ends the task of the same
robot that was started in its place, or starts one beside nothing at all (reliability §4).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.kinds.base import CanStart, Managed
from reconciler.model import Status
from reconciler.state import Entry, Suspect

LATE_SECONDS = 330
"""How long a start may take to arrive: the signature's five minutes, and half a minute for two clocks."""


@dataclass(frozen=True, slots=True)
class Probation:
    """The suspects of an entry: those that may still arrive, and those whose time is over."""

    waiting: tuple[Suspect, ...] = ()
    over: tuple[Suspect, ...] = ()

    @property
    def until(self) -> str | None:
        """When the last of those that may still arrive cannot any more."""
        return max((one.until for one in self.waiting), default=None)


def probation_of(kind: Managed, entry: Entry | None, now: float) -> Probation:
    """The suspects of an entry at a moment in unix seconds; a start that was never answered is one."""
    if entry is None:
        return Probation()
    found = (*entry.suspects, *_unanswered(kind, entry))
    waiting = tuple(one for one in found if datetime.fromisoformat(one.until).timestamp() > now)
    return Probation(waiting, tuple(one for one in found if one not in waiting))


def _unanswered(kind: Managed, entry: Entry) -> Iterable[Suspect]:
    """The start that an uncertain entry stands for, if it is one and not a stop."""
    pending = entry.pending
    if entry.status is not Status.UNCERTAIN or pending is None or not isinstance(kind, CanStart):
        return
    if pending.action in {action.name for action in kind.starters}:
        yield Suspect(late_until(pending.at), entry.spec)


def late_until(at: str) -> str:
    """Until when a call that was sent at a moment may still arrive; both RFC 3339 UTC."""
    until = datetime.fromisoformat(at) + timedelta(seconds=LATE_SECONDS)
    return until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
