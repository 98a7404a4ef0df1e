"""Two clocks: the machine's, by which clients sign, and the simulated one, by which the world lives."""

import time
from collections.abc import Callable

from .store import Store


class Clock:
    """Simulated time is the machine's plus whatever was added through the test surface."""

    def __init__(self, store: Store, machine: Callable[[], float] = time.time) -> None:
        """Take the machine's clock as a function, so that a test may pass its own."""
        self._store = store
        self._machine = machine
        self._ahead = 0.0

    def machine(self) -> float:
        """The server's clock, in unix seconds: the machine's, unless told to be ahead of its clients."""
        return self._machine() + self._ahead

    def be_ahead(self, seconds: float) -> None:
        """From now on the server's clock is ahead by so many seconds, or behind; the world's time stays."""
        self._ahead = seconds

    def now(self) -> float:
        """Simulated unix seconds."""
        return self._machine() + float(self._store.setting("clock-offset", 0.0))

    def advance(self, seconds: float) -> float:
        """Move simulated time on and tell where it stands."""
        offset = float(self._store.setting("clock-offset", 0.0)) + seconds
        self._store.keep_setting("clock-offset", offset)
        return self.now()
