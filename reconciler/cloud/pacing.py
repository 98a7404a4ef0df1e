"""Evenly spaced calls, below the API's limits per second (reference semantics §9, reliability §5).

The API counts calls per account, action and region within a second. A bucket that lets a burst
through exceeds the limit at the first second's edge; even spacing at nine tenths of the limit
does not, and leaves room for the console and for jitter on the way.
"""

from collections.abc import Callable
from threading import Lock
from typing import Protocol

from reconciler.model import PACE, Action


class Pace(Protocol):
    """Holds a caller back until its turn; whoever shares a pace shares the limit."""

    def wait(self, action: Action, region: str) -> None:
        """Returns when the next call of this action in this region may go out."""
        ...


class EvenPace:
    """A Pace for the threads of one process; `clock` in seconds that never run backwards."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], object]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._next: dict[tuple[str, str, str], float] = {}
        self._lock = Lock()

    def wait(self, action: Action, region: str) -> None:
        """Takes the next free slot at once, then sleeps until it comes."""
        key = (action.service, action.name, region)
        with self._lock:
            now = self._clock()
            slot = max(now, self._next.get(key, now))
            self._next[key] = slot + spacing(action)
        if slot > now:
            self._sleep(slot - now)


def spacing(action: Action) -> float:
    """Seconds between two calls of an action."""
    return 1 / (PACE * action.per_second)
