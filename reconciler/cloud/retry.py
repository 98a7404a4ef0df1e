"""Trying again, decided by effect: what surely did not happen may be repeated, what may have
happened only where a repeat does no harm (reference client §2, semantics §3 and §10).

A Start whose answer was lost is never repeated here, as a second one would be a second task, unless it
carries an ID of ours by which the API knows it again. An Update repeats with the same SequenceNumber, so
that the API itself tells whether the first one arrived.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any, NamedTuple, Protocol

from reconciler.calls import Before, Call, nothing_before
from reconciler.cloud.circuit import Permit
from reconciler.cloud.pace import Pace
from reconciler.cloud.stopped import STOPPED, stopped_before
from reconciler.errors import (
    CloudError,
    CredentialsRefused,
    Gone,
    NoCapacity,
    NotReady,
    NotSent,
    Outage,
    OutcomeUnknown,
    Superseded,
    Throttled,
)
from reconciler.pacing.slots import Ticket


class Sender(Protocol):
    """Makes one attempt; a Client is one."""

    def send(self, call: Call, body: dict[str, Any], moment: float | None = None) -> dict[str, Any]:
        """The answer's `Response` object; raises a CloudError. `moment` is what it is signed with, or now."""
        ...


@dataclass(frozen=True, slots=True)
class Timing:
    """Time and chance: a clock in seconds that never runs backwards, sleeping, `uniform(low, high)`.

    Sleeping should end when the pace gives out no more slots.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], object]
    uniform: Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Policy:
    """How often and how long one call is tried; `base`, `cap`, `ready` and `seconds` in seconds.

    Where the API has no room for another task at the moment, the first pause is the longest already. Where
    what a task needs is not there yet, as a stream that is to be pushed for five seconds (mixes §2), every
    pause is between the two of `ready`.
    """

    tries: int = 6
    capacity_tries: int = 2
    base: float = 0.5
    cap: float = 20.0
    ready: tuple[float, float] = (4.0, 8.0)
    seconds: float = 120.0

    def pauses(self, failures: Sequence[CloudError]) -> tuple[float, float]:
        """The shortest and the longest pause after these failures."""
        if isinstance(failures[-1], NotReady):
            return self.ready
        if isinstance(failures[-1], NoCapacity):
            return 0.0, self.cap
        return 0.0, min(self.cap, self.base * 2.0 ** (len(failures) - 1))


class RetryBudget:
    """Retries of a whole run: a share of its calls and a floor, so that a storm feeds no storm."""

    def __init__(self, share: float = 0.1, floor: int = 20) -> None:
        self._share = share
        self._floor = floor
        self._calls = 0
        self._retries = 0
        self._lock = Lock()

    def count_call(self) -> None:
        """Notes one call, from which the share grows."""
        with self._lock:
            self._calls += 1

    def take(self) -> bool:
        """Takes one retry, if there is one left."""
        with self._lock:
            if self._retries + 1 > self._floor + self._share * self._calls:
                return False
            self._retries += 1
            return True


class Gate(Protocol):
    """Where a call waits while its endpoint does not answer; each that enters leaves once."""

    def enter(self, call: Call) -> Permit | Outage | None:
        """Leave to begin, or why there is none; None once nothing more may be sent."""
        ...

    def holds(self, permit: Permit) -> bool:
        """Whether the leave is still good after some time: else it has ended, and another is needed."""
        ...

    def leave(self, permit: Permit, known: bool | None, reason: str = "") -> None:
        """Tells whether it is known what came of the call; None where it was not sent.

        `reason` is why it is not known, in words for people.
        """
        ...


class OpenGate:
    """A Gate that is always open: for calls that change nothing, and so leave nothing in doubt."""

    def enter(self, call: Call) -> Permit:
        """Leave, at once."""
        return Permit("")

    def holds(self, permit: Permit) -> bool:
        """It is."""
        return True

    def leave(self, permit: Permit, known: bool | None, reason: str = "") -> None:
        """Nothing is kept."""


class Leave(NamedTuple):
    """What a call has when its turn has come: a permit of the gate, and a slot of the pace."""

    permit: Permit
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Caller:
    """Sends calls at the API's pace and tries again where that is safe; shared by all threads.

    `stopped` is asked right before each send: a process may have been stopped for long after its turn had
    come, even after its intent was written, and have lost the state to another run meanwhile.
    """

    sender: Sender
    pace: Pace
    timing: Timing
    policy: Policy = field(default_factory=Policy)
    budget: RetryBudget = field(default_factory=RetryBudget)
    gate: Gate = field(default_factory=OpenGate)
    stopped: Callable[[], bool] = lambda: False

    def call(self, call: Call, body: dict[str, Any], before: Before = nothing_before) -> dict[str, Any]:
        """The answer's `Response` object; raises the CloudError that tells what is known at the end.

        `before` is done right before each attempt, when its turn has come, with the failures of those before
        it; what it raises is raised, and the attempt is signed with the moment that it gives.

        The body is repeated as it is, the signature is made afresh. Where a repeat is told that it
        was superseded after an attempt of unknown outcome, that attempt had arrived: the answer is
        then only the repeat's `{"RequestId": …}`.
        """
        self.budget.count_call()
        end = self.timing.clock() + self.policy.seconds
        failures: list[CloudError] = []
        while True:
            leave = self._leave(call)
            if isinstance(leave, NotSent):
                raise verdict([*failures, leave])
            try:
                moment = self._prepared(leave, call, partial(before, failures))
                return self._attempt(leave, call, body, moment)
            except CloudError as error:
                failures.append(error)
            if arrived_before(failures):
                return {"RequestId": failures[-1].request_id}
            pause = self.timing.uniform(*self.policy.pauses(failures))
            in_time = self.timing.clock() + pause <= end
            if not (in_time and may_repeat(call, failures, self.policy) and self.budget.take()):
                raise verdict(failures)
            self.timing.sleep(pause)

    def _leave(self, call: Call) -> Leave | NotSent:
        """Leave to send, when the gate is open and a slot is free; or why there is none.

        The gate comes first, so that whoever waits at it keeps no slot from others; and it is looked
        at once more, as it may have closed while the slot was waited for.
        """
        while True:
            permit = self.gate.enter(call)
            if not isinstance(permit, Permit):
                return permit or stopped_before(call)
            with self._unsent(permit):
                ticket = self.pace.take(call.action, call.region)
            if ticket is None:
                self.gate.leave(permit, None)
                return stopped_before(call)
            if self.gate.holds(permit):
                return Leave(permit, ticket)
            self.pace.give_back(ticket, trip=None, throttled=False)

    @contextmanager
    def _unsent(self, permit: Permit) -> Iterator[None]:
        """Whatever is raised inside, the gate gets to know that nothing came of the call."""
        try:
            yield
        except BaseException:
            self.gate.leave(permit, None)
            raise

    def _prepared(self, leave: Leave, call: Call, before: Callable[[], float | None]) -> float | None:
        """What is done before an attempt; the slot goes back if that fails, as nothing is sent then."""
        try:
            with self._unsent(leave.permit):
                moment = before()
                self.pace.ready(leave.ticket)
                if self.stopped():
                    raise stopped_before(call)
                return moment
        except BaseException:
            self.pace.give_back(leave.ticket, trip=None, throttled=False)
            raise

    def _attempt(
        self, leave: Leave, call: Call, body: dict[str, Any], moment: float | None
    ) -> dict[str, Any]:
        """Sends once. The slot goes back when the end is known; else it keeps counting for its time."""
        sent = self.timing.clock()
        try:
            answer = self.sender.send(call, body, moment)
        except CloudError as error:
            trip = self.timing.clock() - sent
            # The API gives each of its answers an ID.
            throttled, answered = isinstance(error, Throttled), error.request_id != ""
            # Who refuses credentials, be it a proxy, is there: that ends the run, and is no outage.
            refused = isinstance(error, CredentialsRefused)
            known = refused or (answered and not isinstance(error, OutcomeUnknown))
            self.gate.leave(leave.permit, None if error.code == STOPPED else known, error.message)
            self.pace.give_back(leave.ticket, trip=trip if answered else None, throttled=throttled)
            raise
        except BaseException:
            self.gate.leave(leave.permit, None)
            raise
        trip = self.timing.clock() - sent
        self.gate.leave(leave.permit, bool(answer.get("RequestId")))
        self.pace.give_back(leave.ticket, trip=trip, throttled=False)
        return answer


def arrived_before(failures: Sequence[CloudError]) -> bool:
    """Whether the last failure says that an earlier attempt, whose answer was lost, took effect."""
    return isinstance(failures[-1], Superseded) and _uncertain(failures[:-1]) is not None


def may_repeat(call: Call, failures: Sequence[CloudError], policy: Policy) -> bool:
    """Whether the call may be sent once more after these failures."""
    if len(failures) >= policy.tries:
        return False
    match failures[-1]:
        case NoCapacity():
            return sum(isinstance(failure, NoCapacity) for failure in failures) < policy.capacity_tries
        case NotSent():
            return True
        case OutcomeUnknown():
            return call.repeatable
    return False


def verdict(failures: Sequence[CloudError]) -> CloudError:
    """What is known after the last attempt.

    "Nothing happened" of the last attempt says nothing of an earlier one whose answer was lost:
    the outcome stays unknown then, unless the task is known to be gone.
    """
    last, lost = failures[-1], _uncertain(failures[:-1])
    if lost is None or isinstance(last, OutcomeUnknown | Gone):
        return last
    return OutcomeUnknown(
        f"{lost.message}; retried: {last.message}",
        code=lost.code,
        request_id=lost.request_id,
        hint=last.hint,
    )


def _uncertain(failures: Sequence[CloudError]) -> CloudError | None:
    return next((failure for failure in failures if isinstance(failure, OutcomeUnknown)), None)
