"""Bugs of the backend for buckets on purpose: the check of the promise that each breaks must catch it.

python -m tests.backends.mutants_objects
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any, NamedTuple
from unittest.mock import patch

from reconciler.backends import leased
from reconciler.backends.closing import RunsOfHold
from reconciler.backends.lease import Lease
from reconciler.backends.objects import audit, backend, reader, run_keeper, run_reader
from reconciler.backends.objects.batches import Batch, log_key, numbers_in
from reconciler.backends.objects.client import Client
from reconciler.backends.objects.copies import read_copy
from reconciler.backends.objects.cos import CosBucket
from reconciler.backends.objects.hold import Hold
from reconciler.backends.objects.locks import Lock, Watch
from reconciler.backends.objects.replaying import Replay
from reconciler.backends.objects.run_keeper import RunKeeper
from reconciler.backends.objects.run_reader import FoundRuns, RunReader
from reconciler.backends.objects.runs import LoggedRun, RunsInLog
from reconciler.backends.objects.s3 import S3Bucket
from reconciler.backends.objects.session import ObjectsSession
from reconciler.backends.spilling import Spilling
from reconciler.errors import ReconcilerError, StateError
from reconciler.state.journal import Record
from reconciler.state.model import State

from .checks_object_runs import OBJECT_RUNS_CHECKS
from .checks_objects import OBJECTS_CHECKS
from .conformance import CHECKS
from .objects_store import ObjectsStore

ALL_CHECKS: dict[str, Callable[[Any], None]] = {
    **CHECKS,
    **OBJECTS_CHECKS,
    **OBJECT_RUNS_CHECKS,
}
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


def index_believed(self: RunReader, known: Any = None) -> FoundRuns:
    """Whatever log it follows."""
    indexes = self._indexes()
    index = self._index(indexes[0]) if indexes else None
    if index is None:
        return FOUND(self, known)
    return FoundRuns(index, self._folded(self._log(index.end.number, known or {}), index.end), indexes)


FOUND, CLOSE, KEEP = RunReader.found, RunsInLog._close, RunKeeper._keep


def calls_believed(data: bytes, of: LoggedRun, about: str = "") -> list[Record]:
    """Whatever log they follow."""
    return OF_BYTES(data, of, about) or []


OF_BYTES = run_reader.calls_from_bytes


def only_the_index(self: RunReader, items: Any, after: Any) -> RunsInLog:
    """What no index has yet is not read."""
    return RunsInLog(after)


def as_listed(self: RunReader, start: int, known: Any) -> dict[int, bytes]:
    """Only what a list shows, or this run wrote."""
    base = self.place.base
    numbers = numbers_in(self.client.keys(f"{base}log/", log_key(base, start)))
    found = {number: self._get(log_key(base, number)) for number in numbers}
    return {**{number: data for number, data in found.items() if data is not None}, **known}


def failing_with_it(self: RunKeeper, state: State) -> None:
    KEEP(self, self._written, state)


def as_it_says(self: RunsInLog, end: Any, fence: int, after: Any) -> None:
    """One that another hold ends is done as well."""
    if self._open is not None:
        self._open.fence = fence
    CLOSE(self, end, fence, after)


def nothing_passed_over(self: RunReader, items: Any, after: Any) -> RunsInLog:
    log = RunsInLog(after)
    try:
        for number in sorted(items):
            log.add(items[number])
    except ValueError as error:
        raise StateError(str(error), "") from error
    return log


def no_set(*_: object) -> frozenset[str]:
    return frozenset()


def no_list(*_: object) -> list[Any]:
    return []


def no_other_name(address: Any, told: Any) -> Any:
    return address


def unchanged(self: RunKeeper, reader: Any, found: FoundRuns, state: State) -> list[LoggedRun]:
    return found.all


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

MUTANTS |= {
    "history without an index": Mutant("history takes few requests", changed(RunKeeper, _put_index=nothing)),
    "history without calls": Mutant("history takes few requests", changed(RunKeeper, _put_calls=nothing)),
    "an index believed": Mutant(
        "what saves reading is never believed against the log", changed(RunReader, found=index_believed)
    ),
    "calls believed": Mutant(
        "what saves reading is never believed against the log",
        changed(run_reader, calls_from_bytes=calls_believed),
    ),
    "a run only told by its index": Mutant(
        "a run that could not be kept fails nothing and is kept later",
        changed(RunReader, _folded=only_the_index),
    ),
    "a history that fails a run": Mutant(
        "a run that could not be kept fails nothing and is kept later",
        changed(RunKeeper, keep=failing_with_it),
    ),
    "whoever ends it has done it": Mutant(
        "the log of an earlier release is told", changed(RunsInLog, _close=as_it_says)
    ),
    "nothing is passed over": Mutant(
        "what is missing of the log is passed over", changed(RunReader, _folded=nothing_passed_over)
    ),
    "a list believed": Mutant("a list that is behind hides no run", changed(RunReader, _log=as_listed)),
    "calls never removed": Mutant("what is not kept is removed", changed(RunKeeper, _remove_calls=nothing)),
    "runs never removed": Mutant(
        "runs are pruned but for those whose tasks run", changed(RunKeeper, _needed=unchanged)
    ),
    "removed though its task runs": Mutant(
        "runs are pruned but for those whose tasks run", changed(run_keeper, running_starts=no_set)
    ),
    "an edit of nobody": Mutant(
        "an edit by hand is a run",
        changed(leased, RunsOfHold=lambda holder, dead: RunsOfHold({}, dead)),
    ),
    "a killed run not told of": Mutant(
        "a killed run is told and who took it over",
        changed(leased, RunsOfHold=lambda holder, dead: RunsOfHold(holder, ())),
    ),
    "a life that ends with a name": Mutant(
        "a resource has one life whatever its name", changed(audit, former_name=no_other_name)
    ),
    "a run under way not told of": Mutant("who did what is kept", changed(audit, _open=no_list)),
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
