"""The breaker of a run in one thread, where nobody may wait for a call in flight, as it waits for him."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from reconciler.calls import Call
from reconciler.cloud import circuit
from reconciler.cloud.breaker import Asker, Breaker
from reconciler.cloud.circuit import Permit, Turn
from reconciler.cloud.client import Client
from reconciler.cloud.pace import Pace
from reconciler.cloud.retry import Timing
from reconciler.errors import Outage
from reconciler.kinds import question

from .wire import Wire

PATIENCE = 60.0
BESIDE = -1
"""The epoch of a call that did not wait for others in flight; what comes of it tells nothing."""


class OneThreadGate:
    """A Gate on a virtual clock; while it is asked whether the cloud is back, nothing else is begun."""

    def __init__(self, client: Client, pace: Pace, wire: Wire, stopped: Callable[[], bool]) -> None:
        self._wire = wire
        self._asker = Asker(question, client, pace, time.monotonic)
        timing = Timing(wire.clock, wire.clock.sleep, Random(1).uniform)
        self.breaker = Breaker(
            client.endpoint.host, self._ask, timing, PATIENCE, stopped, wire.clock, wire.log.append
        )

    def enter(self, call: Call) -> Permit | Outage | None:
        host = self.breaker.host(call.action.service)
        found = self.breaker._circuits[host]
        waits = circuit.turn(found, self._wire.clock(), PATIENCE) is Turn.WAIT
        if waits and not found.is_open:
            return Permit(host, BESIDE)
        return self.breaker.enter(call)

    def holds(self, permit: Permit) -> bool:
        return permit.epoch == BESIDE or self.breaker.holds(permit)

    def leave(self, permit: Permit, known: bool | None, reason: str = "") -> None:
        self.breaker.leave(permit, known, reason)

    def _ask(self, call: Call) -> bool:
        with self._alone():
            return self._asker(call)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        overlap, self._wire.overlap = self._wire.overlap, lambda: None
        try:
            yield
        finally:
            self._wire.overlap = overlap
