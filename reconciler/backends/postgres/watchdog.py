"""Cuts off a statement that is older than it may be: a box between that swallows bytes never answers.

The socket is shut. A statement is never cancelled: a commit that is cancelled while it waits for its standby
is answered as if it were done.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

Spawn = Callable[[Callable[[], None]], object]
"""Runs something beside the caller until it returns."""


class Watchdog:
    """Watches one statement at a time; `clock` gives seconds. Its thread begins with the first statement."""

    def __init__(self, clock: Callable[[], float], spawn: Spawn) -> None:
        self._clock = clock
        self._spawn = spawn
        self._changed = Condition()
        self._due: float | None = None
        self._shut: Callable[[], None] = _nothing
        self._runs = self._ended = False

    @contextmanager
    def watching(self, seconds: float, shut: Callable[[], None]) -> Iterator[None]:
        """Calls `shut` if the block is not left within so many seconds."""
        if not self._runs:
            self._runs = True
            self._spawn(self._watch)
        self._set(self._clock() + seconds, shut)
        try:
            yield
        finally:
            self._set(None, _nothing)

    def end(self) -> None:
        """Ends its thread."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _set(self, due: float | None, shut: Callable[[], None]) -> None:
        with self._changed:
            self._due, self._shut = due, shut
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._ended:
                left = None if self._due is None else self._due - self._clock()
                if left is not None and left <= 0:
                    self._due = None
                    self._shut()
                else:
                    self._changed.wait(left)


def _nothing() -> None:
    """There is no statement to shut."""
