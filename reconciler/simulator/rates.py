"""Requests a second, per account, action and region (semantics §9); counted on the real clock."""

import time
from collections import defaultdict, deque
from collections.abc import Callable

from .errors import ApiError

Key = tuple[str, str, str]


class Rates:
    """The arrivals of the last second; kept in memory, for a restart takes longer than that."""

    def __init__(
        self, machine: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        """Take both clocks: the calendar window needs the machine's, the sliding one a steady one."""
        self._machine = machine
        self._steady = steady
        self._arrivals: dict[Key, deque[float]] = defaultdict(deque)

    def admit(self, key: Key, limit: int, window: str) -> None:
        """Count one request, or refuse it because the window is full; a refused one does not count."""
        now, begin = self._window(window)
        arrivals = self._arrivals[key]
        while arrivals and arrivals[0] <= begin:
            arrivals.popleft()
        if len(arrivals) >= limit:
            raise ApiError(
                "RequestLimitExceeded",
                f"{key[1]} was requested {len(arrivals) + 1} times within one second; the limit is {limit}.",
            )
        arrivals.append(now)

    def _window(self, window: str) -> tuple[float, float]:
        if window == "calendar":
            second = float(int(self._machine()))
            return second, second - 1
        now = self._steady()
        return now, now - 1

    def clear(self) -> None:
        """Forget the last second, also when the kind of window changes."""
        self._arrivals.clear()
