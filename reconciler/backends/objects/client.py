"""A bucket that is asked again until it answers; what was asked twice is known by its bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reconciler.backends.objects.bucket import Bucket, Found, Unanswered

TTL, PATIENCE = 20.0, 15.0
"""Seconds: see Tools."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a client is run with: `clock` goes on while the machine sleeps, `token` gives fresh names.

    `moment` gives unix seconds. A hold lasts `ttl` seconds after its holder was heard of last; a store that
    does not answer is asked again for `patience` seconds. `spawn` runs something beside the caller.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], object]
    token: Callable[[], str]
    spawn: Callable[[Callable[[], None]], object]
    moment: Callable[[], float]
    ttl: float = TTL
    patience: float = PATIENCE


class Client:
    """A bucket for any thread of a process. Raises Unanswered once patience is over, and Rejected.

    `notices` is told how long the store was away, each time that it came back. What was never answered at
    all is not asked again.
    """

    def __init__(self, bucket: Bucket, tools: Tools, notices: list[str]) -> None:
        self.tools = tools
        self._bucket = bucket
        self._notices = notices
        self._was_answered = False

    def get(self, key: str) -> Found | None:
        """See Bucket.get."""
        return self._ask(lambda: self._bucket.get(key))

    def keys(self, prefix: str, after: str = "") -> Sequence[str]:
        """See Bucket.keys."""
        return self._ask(lambda: self._bucket.keys(prefix, after))

    def folders(self, prefix: str) -> Sequence[str]:
        """See Bucket.folders."""
        return self._ask(lambda: self._bucket.folders(prefix))

    def put(self, key: str, data: bytes) -> None:
        """See Bucket.put."""
        self._ask(lambda: self._bucket.put(key, data))

    def delete(self, key: str) -> None:
        """See Bucket.delete."""
        self._ask(lambda: self._bucket.delete(key))

    def create(self, key: str, data: bytes) -> str | None:
        """See Bucket.create; exact, whatever answers are lost, for data that is unlike any other's."""

        def once() -> str | None:
            version = self._bucket.create(key, data)
            return version if version is not None else self._mine(key, data)

        return self._ask(once)

    def swap(self, key: str, version: str, data: bytes, patience: float | None = None) -> str | None:
        """See Bucket.swap; exact as `create` is."""

        def once() -> str | None:
            new = self._bucket.swap(key, version, data)
            if new is not None:
                return new
            found = self._bucket.get(key)
            if found is not None and not found.data:  # what a store has kept of a write that was cut off
                return self._bucket.swap(key, found.version, data)
            return found.version if found is not None and found.data.endswith(data) else None

        return self._ask(once, patience)

    def _mine(self, key: str, data: bytes) -> str | None:
        """The version of what was refused because it is there already, by a write whose answer was lost."""
        found = self._bucket.get(key)
        if found is None:
            raise Unanswered("it reports that an object exists, but does not return it")
        return found.version if found.data == data else None

    def _ask(self, once: Callable[[], T], patience: float | None = None) -> T:
        begun = self.tools.clock()
        until = begun + (self.tools.patience if patience is None else patience)
        pause = _FIRST_PAUSE
        while True:
            try:
                answered = once()
                break
            except Unanswered:
                if not self._was_answered or self.tools.clock() + pause > until:
                    raise
            self.tools.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        self._was_answered = True
        away = self.tools.clock() - begun
        if pause > _FIRST_PAUSE and away >= 1:
            self._notices.append(f"the object store was unreachable for {round(away)} s")
        return answered
