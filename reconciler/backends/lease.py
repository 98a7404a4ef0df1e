"""Whether a hold is surely still one's own, answered without asking: the store was heard of a short time ago.

The clock is one that goes on while the machine sleeps, and what counts is when was *asked*, not answered.
"""

from collections.abc import Callable
from threading import Lock

from reconciler.errors import StateError

SURE = 0.8
"""The share of a hold's time in which its holder trusts it; the rest is for a call that is on its way."""


class Lease:
    """A hold's time, as its holder knows it; once it is lost it is so for ever. `store` is what was asked."""

    def __init__(
        self, clock: Callable[[], float], ttl: float, asked: float, store: str = "the database"
    ) -> None:
        self._store = store
        self.lost: StateError | None = None
        self._clock = clock
        self._ttl = ttl
        self._asked = asked
        self._mutex = Lock()

    def prove(self, asked: float) -> None:
        """The store has said that the hold is ours, after it was asked at this moment."""
        with self._mutex:
            self._asked = max(self._asked, asked)

    def lose(self, error: StateError) -> None:
        """The store has said that it is not."""
        with self._mutex:
            self.lost = self.lost or error

    @property
    def age(self) -> float:
        """Seconds since the store was last asked and answered."""
        return self._clock() - self._asked

    def sure(self) -> bool:
        """Whether nobody else can have the hold by now."""
        with self._mutex:
            if self.lost is None and self.age >= SURE * self._ttl:
                self.lost = StateError(
                    f"{self._store} has not responded for {round(self.age)} s: another run may hold the "
                    f"state by now",
                    f"nothing more was sent; check {self._store}, then run the command again: what was done "
                    "is recorded",
                )
            return self.lost is None
