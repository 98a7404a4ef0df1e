"""Starts that were never answered and may still arrive: for how long, and what they could do.

A request is served until its signature expires, five minutes after it was made (reference
errors, "AuthFailure.SignatureExpire"). A start that arrives that late ends the task of the same
robot that was started in its place, or starts one beside nothing at all (reliability §4).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.kinds.base import CanFence, CanStart, Managed
from reconciler.model import Status
from reconciler.state import Entry, Suspect, late_until


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


def is_harmless(kind: Managed, entry: Entry, suspect: Suspect) -> bool:
    """Whether a start that arrived late was refused, as the task of its robot was there already.

    Only where a kind knows that answer (reference semantics §10, StartStreamIngest).
    """
    running = entry.status in (Status.RUNNING, Status.PAUSED)
    return running and isinstance(kind, CanFence) and same_task(kind, suspect.spec, entry.spec)


def same_task(kind: Managed, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a start with one spec ends what was started with the other."""
    if not isinstance(kind, CanStart):
        return False
    first, second = (kind.identity(kind.spec.model_validate(spec)) for spec in (one, other))
    return first == second
