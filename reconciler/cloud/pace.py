"""Turns: holds each call back until a slot of its limit is free, and tells the slots how it ended.

The API counts the calls of an account per action and region (reference semantics §9). Whoever
shares a store shares those limits: the threads of one process a MemorySlotStore, the processes of one
machine a file. What the slots allow is decided in `slots`, whoever keeps them.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from reconciler.calls import Action
from reconciler.pacing.slots import Limit, RateWindow, Ticket, give_back, take
from reconciler.pacing.store import SlotStore, Step, T, limit_of

YIELD_SHARE = 0.05
"""The share of a spacing that leaves others time to wake up in; a late departure is made up for."""


class Pace(Protocol):
    """Holds callers back until their turn; each call ends by giving its slot back."""

    def take(self, action: Action, region: str) -> Ticket | None:
        """Returns when a call of this action in this region may be prepared; None once nothing more may."""
        ...

    def ready(self, ticket: Ticket) -> None:
        """Returns when the call, which is ready to be sent, may go out."""
        ...

    def give_back(self, ticket: Ticket, *, trip: float | None, throttled: bool) -> None:
        """Tells that the call is over: answered by the API, which may have refused its rate, or given up.

        `trip` is how many seconds the answer took, from the sending alone; None for one that was given up.
        """
        ...


class MemorySlotStore:
    """A SlotStore for the threads of one process; `clock` in seconds that never run backwards."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._slots: dict[str, RateWindow] = defaultdict(RateWindow)
        self._lock = Lock()

    def change(self, limit: Limit, step: Step[T]) -> T:
        """See SlotStore.change; raises nothing."""
        with self._lock:
            self._slots[limit.key], result = step(self._slots[limit.key], self._clock())
            return result

    def keep(self, limit: Limit, slots: RateWindow) -> None:
        """Takes over slots as they stand in another store."""
        with self._lock:
            self._slots[limit.key] = slots


class FallbackSlotStore:
    """Another store for as long as that works; from its first failure on, one of this process alone.

    It goes on from the slots as they were last seen. `warn` gets one line for people, once.
    """

    def __init__(self, shared: SlotStore, clock: Callable[[], float], warn: Callable[[str], None]) -> None:
        self._shared: SlotStore | None = shared
        self._own = MemorySlotStore(clock)
        self._warn = warn
        self._lock = Lock()

    def change(self, limit: Limit, step: Step[T]) -> T:
        """See SlotStore.change; raises nothing."""
        with self._lock:
            if self._shared is not None:
                try:
                    return self._shared.change(limit, self._noting(limit, step))
                except OSError as error:
                    self._shared = None
                    failure = error
                self._warn(f"the API's rate limit is not shared with other processes: {_words(failure)}")
            return self._own.change(limit, step)

    def _noting(self, limit: Limit, step: Step[T]) -> Step[T]:
        def noting(slots: RateWindow, now: float) -> tuple[RateWindow, T]:
            after, result = step(slots, now)
            self._own.keep(limit, after)
            return after, result

        return noting


@dataclass(frozen=True, slots=True)
class SlotPace:
    """A Pace over a store's slots for one `account`; `sleep` should end early once `stopped` is true.

    The threads of a process queue up here, so that only the first of them looks at the store. All
    processes look again at the same moment; the one that had the last slot looks a little later, so
    that slots go round.
    """

    store: SlotStore
    account: str
    sleep: Callable[[float], object]
    stopped: Callable[[], bool] = lambda: False
    _queues: dict[str, Lock] = field(default_factory=dict)
    _had_last: set[str] = field(default_factory=set)

    def take(self, action: Action, region: str) -> Ticket | None:
        """See Pace.take."""
        limit = limit_of(self.account, action, region)
        with self._queues.setdefault(limit.key, Lock()):
            while not self.stopped():
                turn = self.store.change(limit, lambda slots, now: take(slots, limit, now))
                if isinstance(turn, Ticket):
                    self._had_last.add(limit.key)
                    return turn
                self.sleep(turn + self._yield_delay(limit))
        return None

    def ready(self, ticket: Ticket) -> None:
        """See Pace.ready: its turn has come already."""

    def _yield_delay(self, limit: Limit) -> float:
        """The seconds for which others go first; nothing but once after each turn."""
        if limit.key not in self._had_last:
            return 0.0
        self._had_last.remove(limit.key)
        return YIELD_SHARE / limit.per_second

    def give_back(self, ticket: Ticket, *, trip: float | None, throttled: bool) -> None:
        """See Pace.give_back."""

        def over(slots: RateWindow, now: float) -> tuple[RateWindow, None]:
            return give_back(slots, ticket, now, trip=trip, throttled=throttled), None

        self.store.change(ticket.limit, over)


def _words(failure: OSError) -> str:
    return f"{failure.filename}: {failure.strerror}" if failure.filename else str(failure.strerror or failure)
