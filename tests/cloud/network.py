"""Callers, a network and a server that counts, on one virtual clock: what a pace has to do with.

The server is the simulator's own counter, once for each kind of window. A call is counted when it
arrives, which its caller never learns.
"""

import heapq
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count

from reconciler.pacing.slots import Limit, Ticket, give_back, take
from reconciler.pacing.store import SlotStore
from reconciler.simulator.errors import ApiError
from reconciler.simulator.rates import Rates

NEVER = float("inf")
Way = tuple[float, float]
"""Seconds to the server, and back; back may be NEVER."""


class Network:
    """Threads that call one action as often as they may; each store is one process's view of the slots."""

    def __init__(self, limit: Limit, phase: float = 0.0, *, learns: bool = True) -> None:
        """Nothing is learnt of round trips if their ends are told as if nobody had answered."""
        self.limit = limit
        self.learns = learns
        self.now = 1000.0
        self.departures: list[tuple[float, int]] = []
        self.arrivals: list[float] = []
        self.refused: list[tuple[float, str]] = []
        self.strangers_refused = 0
        self._windows = {
            window: Rates(lambda: self.now + phase, lambda: self.now) for window in ("sliding", "calendar")
        }
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def clock(self) -> float:
        return self.now

    def at(self, moment: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._numbers), happens))

    def run(self, until: float = NEVER) -> None:
        """Lets everything happen in order; what is due later than `until` does not."""
        while self._events and self._events[0][0] <= until:
            self.now, _, happens = heapq.heappop(self._events)
            happens()

    def thread(
        self,
        store: SlotStore,
        way: Callable[[], Way],
        calls: int,
        process: int = 0,
        journal: Callable[[], float] = float,
    ) -> None:
        """One thread that makes so many calls, one after the other; a lost answer does not hold it up.

        Between its turn and the sending it writes to a `journal`, which takes so many seconds.
        """

        def look() -> None:
            turn = store.change(self.limit, lambda slots, now: take(slots, self.limit, now))
            if isinstance(turn, Ticket):
                ready = partial(self._send, store, turn, way(), process, again)
                self.at(self.now + journal(), ready)
            else:
                self.at(self.now + turn, look)

        def again() -> None:
            nonlocal calls
            calls -= 1
            if calls:
                look()

        self.at(self.now, look)

    def _send(
        self, store: SlotStore, ticket: Ticket, way: Way, process: int, then: Callable[[], None]
    ) -> None:
        sent, (there, back) = self.now, way
        self.departures.append((sent, process))

        def arrive() -> None:
            self.arrivals.append(self.now)
            refused = self.count()
            if refused:
                self.refused.append((self.now, " ".join(refused)))
            if back != NEVER:
                self.at(self.now + back, lambda: answered(bool(refused)))

        def answered(throttled: bool) -> None:
            store.change(
                ticket.limit,
                lambda slots, now: (
                    give_back(
                        slots,
                        ticket,
                        now,
                        trip=now - sent if self.learns else None,
                        throttled=throttled,
                    ),
                    None,
                ),
            )
            then()

        self.at(self.now + there, arrive)
        if back == NEVER:
            self.at(self.now + there, then)

    def stranger(self, moments: Sequence[float]) -> None:
        """Calls of somebody who keeps no slots, arriving at these moments."""

        def arrive() -> None:
            self.strangers_refused += bool(self.count())

        for moment in moments:
            self.at(moment, arrive)

    def count(self) -> list[str]:
        """The windows that refuse a call that arrives now."""
        refused = []
        for window, rates in self._windows.items():
            try:
                rates.admit(("account", "action", "region"), self.limit.per_second, window)
            except ApiError:
                refused.append(window)
        return refused


def per_second(moments: Sequence[float]) -> float:
    """How many a second, from the first to the last."""
    return (len(moments) - 1) / (moments[-1] - moments[0])
