"""Tries out whether a store keeps what the log needs: many take the conditions of a write, and ignore them.

Everything is written below `probe/NONCE/`, and removed again.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Barrier

from reconciler.backends.objects.bucket import Bucket, Rejected, Unanswered
from reconciler.backends.objects.failures import told
from reconciler.backends.objects.location import ObjectPlace
from reconciler.errors import StateError

WRITERS, RACES = 16, 5
"""Who wants to create one object at the same time, and how often."""

SWAPPERS, SWAPS = 8, 10
"""Who wants to replace one object's version at the same time, and how often in a row."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe of a bucket, below a prefix of its own."""

    bucket: Bucket
    prefix: str

    def problems(self) -> Iterator[str]:
        """What the store does not keep; nothing more is tried after the first."""
        for part in (self._alone, self._races, self._swaps):
            found = list(part())
            yield from found
            if found:
                return

    def clean(self) -> None:
        """Removes what was written, as far as that can be done."""
        with suppress(Unanswered, Rejected):
            for key in self.bucket.keys(self.prefix):
                self.bucket.delete(key)

    def _alone(self) -> Iterator[str]:
        """One writer: what is there, is not there, and has changed."""
        bucket, key = self.bucket, f"{self.prefix}alone"
        first = bucket.create(key, b"first\n")
        if first is None:
            yield "a new object could not be created"
            return
        if bucket.create(key, b"second\n") is not None:
            yield "an existing object was overwritten, although the request was only to create one"
            return
        second = bucket.swap(key, first, b"other\n")
        if second is None or second == first:
            yield "an object could not be replaced by naming its version"
            return
        if bucket.swap(key, first, b"third\n") is not None:
            yield "an object was replaced, although the request named an earlier version of it"
            return
        if bucket.swap(f"{self.prefix}absent", first, b"fourth\n") is not None:
            yield "an object was created, although the request named a version to replace"
            return
        found = bucket.get(key)
        if found is None or not found.data.endswith(b"other\n") or found.version != second:
            yield "an object does not read back as it was written"
        if list(bucket.keys(self.prefix)) != [key] or list(bucket.keys(self.prefix, key)) != []:
            yield "its list of objects lacks what was written"

    def _races(self) -> Iterator[str]:
        """Many create one object at the same time: one does."""
        for number in range(RACES):
            key = f"{self.prefix}race{number}"
            lines = [f"{number} {writer}\n".encode() for writer in range(WRITERS)]

            won = _together([partial(self._creates, key, line) for line in lines])
            found = self.bucket.get(key)
            if sum(won) > 1:
                yield f"{sum(won)} of {WRITERS} writers created the same object at the same time"
                return
            if found is None or found.data not in lines:
                yield "none of several writers created an object that all tried to create at the same time"
                return

    def _creates(self, key: str, line: bytes) -> bool:
        return self.bucket.create(key, line) is not None

    def _swaps(self) -> Iterator[str]:
        """Many count in one object: no step is lost."""
        key = f"{self.prefix}swaps"
        if self.bucket.create(key, b"0\n") is None:
            yield "a new object could not be created"
            return
        won = _together([lambda: self._count(key)] * SWAPPERS)
        found = self.bucket.get(key)
        if found is None:
            yield "an object that was only ever replaced is gone"
            return
        counted = _number(found.data)
        if counted < sum(won):  # one more may have been done and not answered
            yield (
                f"{sum(won)} replacements of one object, each naming its version, were confirmed, but "
                f"{counted} took effect"
            )

    def _count(self, key: str) -> int:
        """Counts up as often as it may, trying no longer than it takes all to count."""
        done = 0
        for _ in range(SWAPS):
            with suppress(Unanswered):
                found = self.bucket.get(key)
                line = b"" if found is None else f"{_number(found.data) + 1}\n".encode()
                if found is not None and self.bucket.swap(key, found.version, line) is not None:
                    done += 1
        return done


def _number(data: bytes) -> int:
    return int(data.rstrip(b"\n").rpartition(b"\n")[2])


def _together(acts: Sequence[Callable[[], int]]) -> list[int]:
    """What several do at the same time; who is not answered has done nothing."""
    begin = Barrier(len(acts))

    def run(act: Callable[[], int]) -> int:
        begin.wait()
        try:
            return act()
        except Unanswered:
            return 0

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def probed(place: ObjectPlace, bucket: Bucket, nonce: str) -> None:
    """Raises StateError for a store that does not keep what it says."""
    probe = Probe(bucket, f"{place.root}probe/{nonce}/")
    try:
        with told(place):
            found = list(probe.problems())
    finally:
        probe.clean()
    if found:
        raise StateError(
            f"{place.location}: this store cannot keep states: {found[0]}",
            "use a store that supports If-None-Match and If-Match (docs/object-state.md lists those "
            "tested); or, if a proxy drops these headers, bypass it",
        )
