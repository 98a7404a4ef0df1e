"""What is said of a task that something else has started, and what became of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.kinds.importing import Fact
from reconciler.plan.model import Change

OPTIONS: Mapping[Fact, str] = {
    Fact.ROBOT: "--robot",
    Fact.SINCE: "--since",
    Fact.SEQUENCE_NUMBER: "--sequence-number",
    Fact.PAUSED_SINCE: "--paused-since",
}


class Outcome(StrEnum):
    """What became of a task that was said to run.

    `recorded` was so before, `skipped` is none to be recorded, `refused` is not recorded for a reason,
    `unverified` is recorded though its verification was never answered, `not begun` was kept by others.
    """

    IMPORTED = "imported"
    RECORDED = "recorded"
    SKIPPED = "skipped"
    REFUSED = "refused"
    UNVERIFIED = "unverified"
    NOT_BEGUN = "not begun"


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What is said of a task that runs; None is not said. Moments are in unix seconds.

    `tx_time` is what its push addresses were signed with, `room` the room that its robot is in.
    """

    task_id: str
    robot: str | None = None
    since: float | None = None
    sequence_number: int | None = None
    paused_since: float | None = None
    tx_time: str | None = None
    room: int | str | None = None

    def missing(self, needed: Iterable[Fact]) -> tuple[Fact, ...]:
        """Those of the facts that are not said."""
        said = {
            Fact.ROBOT: self.robot,
            Fact.SINCE: self.since,
            Fact.SEQUENCE_NUMBER: self.sequence_number,
            Fact.PAUSED_SINCE: self.paused_since,
        }
        return tuple(fact for fact in needed if said[fact] is None)


@dataclass(frozen=True, slots=True)
class Said:
    """One task that is said to run, where that is said, and of which resource, as it is written there."""

    place: str
    address: str
    facts: TaskFacts


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of one of them: an outcome, or the change that is to record it.

    `message` and `hint` tell why it is not recorded and what to do, `notes` what is not known of it.
    """

    place: str
    address: str
    task_id: str
    outcome: Outcome | None = None
    message: str = ""
    hint: str = ""
    change: Change | None = None
    notes: tuple[str, ...] = ()
    verified: bool = False

    def told(self, message: str, hint: str = "", outcome: Outcome | None = None) -> "Row":
        """The row with why it is as it is, and what to do about it."""
        return replace(self, message=message, hint=hint, outcome=outcome or self.outcome)


@dataclass(frozen=True, slots=True)
class Question:
    """What has to be said of some tasks and is not: for the resources at which addresses, and why."""

    fact: Fact
    why: str
    addresses: tuple[str, ...]
