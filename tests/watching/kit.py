"""Rounds and what they saw, made of the situations that the reports' tests have; no cloud, no clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.applying.results import ChangeResult, Result
from reconciler.backends.snapshots import Standing
from reconciler.errors import LockedError
from reconciler.model import Address
from reconciler.plan.model import Change, Plan, Refusal
from reconciler.plan.status import StatusReport
from reconciler.running.run import RunResult
from reconciler.watching.model import Reading, Round, Seen
from tests.reports import status_kit
from tests.reports.kit import situation
from tests.support import loaded

WORKSPACE = loaded(
    "{apiVersion: reconciler/v1, kind: Workspace, metadata: {name: demo}, spec: {endpoint: simulator}}"
)


def plan() -> Plan:
    """A plan with six changes and no refusal."""
    return replace(situation("five-changes").plan, refusals=())


def changes() -> tuple[Change, ...]:
    return plan().changes


def report(name: str = "all-as-wanted") -> StatusReport:
    return status_kit.situation(name)


def seen(**more: Any) -> Seen:
    """Something to do, nothing in the way."""
    given = {"report": report(), "plan": plan(), "cloud": "x", "standing": Standing.PRESENT, **more}
    return Seen(**given)


def settled() -> Seen:
    return seen(plan=replace(plan(), changes=()))


def refused(gate: str, *addresses: Address) -> Plan:
    return replace(plan(), refusals=(Refusal(gate, f"{gate} says no", addresses),))


def done(change: Change) -> ChangeResult:
    return ChangeResult(change, Result.DONE)


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeDesk:
    """A desk whose answers are set, `after` that of a look after an apply; `did` tells what it was asked."""

    seen: Seen | Exception = field(default_factory=settled)
    result: RunResult | Exception | None = None
    reading: Reading | Exception | None = field(default_factory=lambda: Reading("1", WORKSPACE))
    did: list[Any] = field(default_factory=list)
    after: Seen | None = None

    def read(self) -> Reading | None:
        if isinstance(self.reading, Exception):
            raise self.reading
        return self.reading

    def look(self, reading: Reading) -> Seen:
        again = bool(self.did) and self.did[-1][0] == "apply"
        self.did.append(("look", reading.version))
        if isinstance(self.seen, Exception):
            raise self.seen
        return self.after if again and self.after is not None else self.seen

    def apply(self, reading: Reading, held_back: frozenset[Address]) -> RunResult | None:
        self.did.append(("apply", held_back))
        if isinstance(self.result, Exception):
            raise self.result
        if self.result is None:
            return None
        left = [one for one in self.result.results if one.change.address not in held_back]
        return replace(self.result, results=left)


@dataclass
class Ears:
    """Hears the loop, and does something once a round is over."""

    then: Callable[[Round], None]
    rounds: list[Round] = field(default_factory=list)
    leaders: list[str] = field(default_factory=list)
    reasons: list[list[str]] = field(default_factory=list)

    def begins(self, reasons: list[str]) -> None:
        self.reasons.append(reasons)

    def hears(self, made: Round) -> None:
        self.rounds.append(made)
        self.then(made)

    def leads(self, leader: str) -> None:
        self.leaders.append(leader)


@contextmanager
def leads() -> Iterator[Callable[[], bool]]:
    yield lambda: True


@contextmanager
def another_leads() -> Iterator[Callable[[], bool]]:
    raise LockedError("another watch leads: process 7")
    yield lambda: True
