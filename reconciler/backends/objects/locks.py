"""Who has a workspace, as an object says it; it is a courtesy, for the log alone tells whose a write is.

No two clocks are compared. A hold is over when its object has stayed the same for its time by the clock of
whoever waits, or for twice as long by the store's own clock.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.backends.objects.bucket import Found, last_line
from reconciler.model import canonical_json

STALE = 2
"""How many times its own time a hold's object is old, by the store's clock, before another one may have it.

The machines of a store may disagree about the time, by less than that leaves.
"""


@dataclass(frozen=True, slots=True)
class Lock:
    """A holder and its fence, or the last one's, once it is freed.

    `number` and `serial` are the last of the log and of the state that were durable when it was written.
    """

    fence: int = 0
    token: str = ""
    holder: Mapping[str, Any] = field(default_factory=dict)
    ttl: float = 0.0
    number: int = 0
    serial: int = 0
    free: bool = True

    def line(self, nonce: str) -> bytes:
        """The line that says it, unlike any other's."""
        said = {name: getattr(self, name) for name in self.__slots__}
        return f"{canonical_json({**said, 'holder': dict(self.holder), 'nonce': nonce})}\n".encode()


NO_LOCK = Lock()
"""Nobody has had the workspace yet."""


def read_lock(data: bytes) -> Lock:
    """The lock that an object says; raises KeyError, TypeError or ValueError for what says none."""
    said = json.loads(last_line(data))
    fence, number, serial, ttl = (said[name] for name in ("fence", "number", "serial", "ttl"))
    if not all(isinstance(one, int) for one in (fence, number, serial)):
        raise TypeError("its numbers are invalid")
    return Lock(
        fence, str(said["token"]), dict(said["holder"]), float(ttl), number, serial, bool(said["free"])
    )


class Watch:
    """Watches a lock that another run has, over as many attempts as it takes; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: tuple[str, float] | None = None

    def silent(self, found: Found, lock: Lock) -> float | None:
        """For how many seconds nobody has heard of its holder, once that is long enough to follow it."""
        now = self._clock()
        if self._seen is None or self._seen[0] != found.version:
            self._seen = found.version, now
        watched = now - self._seen[1]
        if watched >= lock.ttl:
            return watched
        if found.age is not None and found.age >= STALE * lock.ttl:
            return found.age
        return None
