"""Bugs of the backend for buckets on purpose: the check of the promise that each breaks must catch it.

python -m tests.backends.mutants_objects
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any, NamedTuple
from unittest.mock import patch

from reconciler.backends.objects import backend, reader
from reconciler.backends.objects.batches import Batch
from reconciler.backends.objects.client import Client
from reconciler.backends.objects.copies import read_copy
from reconciler.backends.objects.cos import CosBucket
from reconciler.backends.objects.hold import Hold
from reconciler.backends.objects.locks import Lock, Watch
from reconciler.backends.objects.replaying import Replay
from reconciler.backends.objects.s3 import S3Bucket
from reconciler.backends.objects.session import ObjectsSession
from reconciler.backends.postgres.lease import Lease
from reconciler.backends.postgres.spilling import Spilling
from reconciler.errors import ReconcilerError, StateError
from reconciler.state.journal import Record

from .checks_objects import OBJECTS_CHECKS
from .conformance import CHECKS
from .objects_store import ObjectsStore

ALL_CHECKS: dict[str, Callable[[Any], None]] = {**CHECKS, **OBJECTS_CHECKS}
Bug = Callable[[], AbstractContextManager[Any]]


class Mutant(NamedTuple):
    """A bug, and the promise that it breaks; of the store that appends, if it is one of that."""

    promise: str
    bug: Bug
    cos: bool = False


def changed(owner: Any, **attributes: Any) -> Bug:
    """Attributes of a class or a module, replaced."""

    @contextmanager
    def made() -> Iterator[None]:
        with ExitStack() as stack:
            for name, value in attributes.items():
                stack.enter_context(patch.object(owner, name, value))
            yield

    return made


def nothing(*_: object, **__: object) -> None:
    """Instead of what was promised."""


def written_over(self: S3Bucket, key: str, data: bytes) -> str | None:
    return self._written(self._ask("PUT", key, (), data))


def swapped_blindly(self: S3Bucket, key: str, version: str, data: bytes) -> str | None:
    return self._written(self._ask("PUT", key, (), data))


_SWAP = CosBucket.swap


def appended_anywhere(self: CosBucket, key: str, version: str, data: bytes) -> str | None:
    found = self.get(key)
    return _SWAP(self, key, str(0 if found is None else len(found.data)), data)


def repeat_not_known(self: Client, key: str, data: bytes) -> None:
    return None


def above_a_hole(self: ObjectsSession, records: Sequence[Record]) -> dict[int, Exception]:
    """The number counts as written once it is asked for, and what follows goes above it."""
    batch = self._hold.next_batch(self._end, records)
    self._end = batch.end
    self._hold.append(batch)
    return {}


def acknowledged_at_once(self: ObjectsSession, records: Sequence[Record]) -> dict[int, Exception]:
    """Told to be written before it is."""
    batch = self._hold.next_batch(self._end, records)
    with suppress(StateError):
        self._hold.append(batch)
    self._end = batch.end
    return {}


def not_sealed(self: Hold, end: Any, fence: int) -> Any:
    return [], end


def any_that_comes(self: Hold, batch: Batch) -> None:
    """Whoever has written the number: it goes on."""
    self._place(batch)
    self.durable(batch.end.number)


def followed_at_once(self: Watch, found: Any, lock: Lock) -> float:
    return 1.0


def never_followed(self: Watch, found: Any, lock: Lock) -> None:
    return None


def only_by_the_store(self: Watch, found: Any, lock: Lock) -> float | None:
    return found.age if found.age is not None and found.age >= 2 * lock.ttl else None


def sure_for_ever(self: Lease) -> bool:
    return self.lost is None


def the_newest_alone(place: Any, client: Client, keys: Sequence[str]) -> Any:
    return read_copy(place, client, keys[0]) if keys else None


def unlinked(self: Replay, data: bytes) -> None:
    self.end = self.end.__class__(self.end.number, "", self.end.records)
    ADD(self, data)


ADD = Replay.add


def empty_is_a_record(self: Replay, data: bytes) -> None:
    ADD(self, data or b"{}")


def all_adopted(hold: Any, reader: Any, raw: Any, end: Any, given: Any) -> Any:
    listed = list(given)
    hold.append(hold.next_batch(end, [one.outcome for one in listed]))
    return listed, reader.raw(hold.client), end


MUTANTS: dict[str, Mutant] = {
    "If-Match dropped": Mutant(
        "who takes it at the same time is refused", changed(S3Bucket, swap=swapped_blindly)
    ),
    "appended at any position": Mutant(
        "who takes it at the same time is refused", changed(CosBucket, swap=appended_anywhere), cos=True
    ),
    "number not checked": Mutant("the log alone fences", changed(S3Bucket, create=written_over)),
    "acknowledged above a hole": Mutant(
        "nothing is written above what failed", changed(ObjectsSession, _write=above_a_hole)
    ),
    "acknowledged before it is written": Mutant(
        "nothing is written above what failed", changed(ObjectsSession, _write=acknowledged_at_once)
    ),
    "a repeat is not known": Mutant("lost answers change nothing", changed(Client, _mine=repeat_not_known)),
    "not sealed": Mutant("the log alone fences", changed(Hold, seal=not_sealed)),
    "whoever wrote it": Mutant("finish compares and swaps", changed(Hold, append=any_that_comes)),
    "followed at once": Mutant("one holds it", changed(Watch, silent=followed_at_once)),
    "never followed": Mutant("death frees", changed(Watch, silent=never_followed)),
    "followed by the store's clock alone": Mutant(
        "a silent holder is followed by who waits", changed(Watch, silent=only_by_the_store)
    ),
    "no look at the lease": Mutant("alive ends before another can come", changed(Lease, sure=sure_for_ever)),
    "no heartbeat": Mutant("a holder is heard of while it waits", changed(Hold, keep=nothing)),
    "what is lost is not told": Mutant(
        "what a restored bucket has lost is told", changed(Hold, durable=nothing)
    ),
    "not linked": Mutant("what is missing or altered is noticed", changed(Replay, add=unlinked)),
    "what was cut off is a record": Mutant(
        "what is left of a write that was cut off says nothing", changed(Replay, add=empty_is_a_record)
    ),
    "copies believed": Mutant("copies only save reading", changed(reader, newest_copy=the_newest_alone)),
    "no copy of a long log": Mutant("a long log is copied", changed(backend, keep_copy=nothing)),
    "probed once for all": Mutant("a store is probed through each server", changed(backend, probed=nothing)),
    "answers not kept": Mutant(
        "answers that were not recorded are taken later", changed(Spilling, keep=nothing)
    ),
    "answers adopted blindly": Mutant(
        "answers that were not recorded are taken later",
        changed(backend, adopt=all_adopted),
    ),
}


def is_caught(mutant: Mutant) -> bool:
    """Whether the check of the promise that it breaks fails of it."""
    with mutant.bug():
        try:
            ALL_CHECKS[mutant.promise](lambda: ObjectsStore(cos=mutant.cos))
        except (AssertionError, ReconcilerError):
            return True
    return False


def main() -> int:
    caught = 0
    for name, mutant in MUTANTS.items():
        found = is_caught(mutant)
        caught += found
        print(f"{name:40} {mutant.promise if found else 'NOT CAUGHT'}", flush=True)
    print(f"{caught} of {len(MUTANTS)} caught")
    return 0 if caught == len(MUTANTS) else 1


if __name__ == "__main__":
    sys.exit(main())
