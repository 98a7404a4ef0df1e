"""Keeps an outage from multiplying doubt: a circuit for each endpoint, and whoever waits at it.

Calls enter right before their intent is journalled, so that of what was not begun nothing is
recorded. While a circuit is open one of those that wait asks whether the endpoint is back.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from reconciler.calls import Call
from reconciler.cloud import circuit
from reconciler.cloud.circuit import Circuit, Permit, Turn
from reconciler.cloud.pace import Pace
from reconciler.cloud.retry import Sender, Timing
from reconciler.errors import CloudError, ExhaustedError, Outage
from reconciler.moments import time_of_day

NAP = 0.1
"""Seconds between two looks at a circuit that somebody else may close."""

ASKING = (2.0, 3.0)
"""Seconds to connect and for the whole answer, of a question: an interrupt waits for no longer."""


class Question(Protocol):
    """Asks about the endpoint of a call, and changes nothing there."""

    def __call__(self, call: Call) -> bool:
        """Whether the API has answered, whatever it said."""
        ...


@dataclass(frozen=True, slots=True)
class Asker:
    """A Question by a call that is made of the one that waits; `sender` should have little patience.

    `clock` gives seconds that never run backwards.
    """

    question: Callable[[Call], Call]
    sender: Sender
    pace: Pace
    clock: Callable[[], float]

    def __call__(self, call: Call) -> bool:
        """Whether an answer came that the API has given an ID, be it a refusal."""
        asked = self.question(call)
        ticket = self.pace.take(asked.action, asked.region)
        if ticket is None:
            return False
        self.pace.ready(ticket)
        sent = self.clock()
        try:
            request_id = str(self.sender.send(asked, dict(asked.request)).get("RequestId") or "")
        except CloudError as error:
            request_id = error.request_id
        trip = self.clock() - sent if request_id else None
        self.pace.give_back(ticket, trip=trip, throttled=False)
        return request_id != ""


@dataclass(frozen=True, slots=True)
class Breaker:
    """The gate of a run: `host` names the endpoint of a service, `patience` is in seconds.

    It ends all waiting once `stopped`, and where `spent` says that it is this machine that can make no
    connections. `wall` gives unix seconds, and `say` gets a line for people
    when it opens and when it closes.
    """

    host: Callable[[str], str]
    ask: Question
    timing: Timing
    patience: float
    stopped: Callable[[], bool]
    wall: Callable[[], float]
    say: Callable[[str], None]
    spent: Callable[[], ExhaustedError | None] = lambda: None
    _circuits: dict[str, Circuit] = field(default_factory=lambda: defaultdict(Circuit))
    _since: dict[str, str] = field(default_factory=dict)
    _reasons: dict[str, str] = field(default_factory=dict)
    _spent: dict[str, ExhaustedError] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def enter(self, call: Call) -> Permit | Outage | None:
        """See Gate.enter: waits while the circuit is open, and asks where it is this call's turn to.

        Raises ExhaustedError if nothing can be asked.
        """
        host = self.host(call.action.service)
        while not self.stopped():
            match self._next(host):
                case Permit() as permit:
                    return permit
                case Turn.GIVE_UP:
                    if host in self._spent:
                        raise self._spent[host]
                    return self._outage(host)
                case Turn.ASK:
                    self._ask(host, call)
                case _:
                    self.timing.sleep(NAP)
        return None

    def holds(self, permit: Permit) -> bool:
        """See Gate.holds."""
        with self._lock:
            return self._circuits[permit.host].epoch == permit.epoch

    def leave(self, permit: Permit, known: bool | None, reason: str = "") -> None:
        """See Gate.leave."""
        chance = self.timing.uniform(0.0, 1.0)
        with self._lock:
            before, now = self._circuits[permit.host], self.timing.clock()
            if known is None:
                after = circuit.unsent(before, permit)
            else:
                after = circuit.ended(before, permit, known=known, now=now, chance=chance)
            self._circuits[permit.host] = after
            if known is False:
                self._reasons[permit.host] = reason
            if before.failures == 0 < after.failures:
                self._since[permit.host] = time_of_day(self.wall())
        self._tell(permit.host, before, after)

    def _next(self, host: str) -> Permit | Turn:
        """What the call of this thread does next; once it is told, the others know."""
        with self._lock:
            found = self._circuits[host]
            turn = circuit.turn(found, self.timing.clock(), self.patience)
            steps = {Turn.BEGIN: circuit.begun, Turn.ASK: circuit.asking, Turn.GIVE_UP: circuit.gave_up}
            if turn in steps:
                self._circuits[host] = steps[turn](found)
            return Permit(host, found.epoch) if turn is Turn.BEGIN else turn

    def _ask(self, host: str, call: Call) -> None:
        back, spent = False, self.spent()
        try:
            if spent is None:
                back = self.ask(call)
            else:
                self._spent[host] = spent
        finally:
            chance = self.timing.uniform(0.0, 1.0)
            with self._lock:
                now = self.timing.clock()
                after = circuit.answered(self._circuits[host], back=back, now=now, chance=chance)
                self._circuits[host] = after if spent is None else circuit.gave_up(after)

    def _tell(self, host: str, before: Circuit, after: Circuit) -> None:
        if before.opened is None and after.opened is not None and self.patience > 0:
            self.say(f"{self._silence(host)}; starting nothing new, retrying for up to {self.patience:g} s")
        if before.opened is not None and after.opened is None:
            self.say(f"{host} responds again; continuing")

    def _silence(self, host: str) -> str:
        return f"{host} has not responded properly since {self._since[host]}"

    def _last(self, host: str) -> str:
        reason = self._reasons.get(host)
        return f" (last response: {reason})" if reason else ""

    def _outage(self, host: str) -> Outage:
        return Outage(
            f"not started: {self._silence(host)}{self._last(host)}",
            code="outage",
            hint="run apply again once it responds: everything done so far is kept",
        )
