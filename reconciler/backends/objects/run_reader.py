"""Reads which runs a workspace has had: the newest index that its log bears out, and the log behind that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.backends.objects.batches import LOG, End, link_of, log_key, numbers_in
from reconciler.backends.objects.client import Client
from reconciler.backends.objects.copies import in_parallel
from reconciler.backends.objects.failures import told
from reconciler.backends.objects.indexes import (
    RUNS,
    Index,
    calls_from_bytes,
    calls_key,
    index_from_bytes,
    index_key,
)
from reconciler.backends.objects.location import ObjectPlace
from reconciler.backends.objects.runs import LoggedRun, RunsInLog, newest_of_each
from reconciler.errors import ReconcilerError
from reconciler.state.journal import Record

Objects = Mapping[int, bytes]
"""Objects of a log by their numbers."""

_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, RecursionError, ReconcilerError)
_NO_INDEX = Index(End(), ())


@dataclass(frozen=True)
class FoundRuns:
    """The runs of the newest sound index, and the log behind it; `indexes` are all that there are."""

    index: Index = _NO_INDEX
    log: RunsInLog = field(default_factory=RunsInLog)
    indexes: Sequence[int] = ()

    @property
    def all(self) -> list[LoggedRun]:
        """The runs that are over, the last to end first."""
        return newest_of_each([*self.index.runs, *(one for one, _ in self.log.ended)])[::-1]


@dataclass(frozen=True, slots=True)
class RunReader:
    """Reads the runs of one workspace; `notices` are told what was passed over. Raises StateError."""

    place: ObjectPlace
    client: Client
    notices: list[str]

    def found(self, known: Objects | None = None) -> FoundRuns:
        """The runs that are kept, and those that no index has yet; `known` objects are not asked for."""
        known = known or {}
        indexes = self._indexes()
        for number in indexes:
            index = self._index(number)
            if index is None:
                continue
            items = self._log(index.end.number - 1, known)
            if link_of(items.pop(index.end.number, b"")) == index.end.link:
                return FoundRuns(index, self._folded(items, index.end), indexes)
        return FoundRuns(log=self._folded(self._log(0, known), End()), indexes=indexes)

    def calls(self, runs: Sequence[LoggedRun], about: str = "") -> list[list[Record] | None]:
        """The calls of each run, or those whose lines hold such a text; None where they are not kept.

        Those whose object is missing or damaged are read from the log.
        """
        base = self.place.base
        found = self._all([calls_key(base, one.end.number) for one in runs])
        return [self._of_object(one, data, about) for one, data in zip(runs, found, strict=True)]

    def _of_object(self, one: LoggedRun, data: bytes | None, about: str) -> list[Record] | None:
        try:
            calls = calls_from_bytes(data or b"", one, about)
        except _UNREADABLE:
            calls = None
        return calls if calls is not None else self._of_log(one)

    def _of_log(self, one: LoggedRun) -> list[Record] | None:
        """The calls of a run as the log has them; that it has them no more is told."""
        numbers = range(one.first, one.end.number + 1)
        found = self._all([log_key(self.place.base, number) for number in numbers])
        items = {number: data for number, data in zip(numbers, found, strict=True) if data is not None}
        log = self._folded(items, End(one.first - 1))
        for ended, calls in log.ended:
            if ended.key == one.key and ended.end.link == one.end.link:
                return list(calls)
        self._passed_over(f"the calls of run {one.run.run}: they are missing, or were altered")
        return None

    def _indexes(self) -> list[int]:
        """The numbers that indexes follow, the newest first."""
        with told(self.place):
            return numbers_in(self.client.keys(f"{self.place.base}{RUNS}"))[::-1]

    def _index(self, number: int) -> Index | None:
        """The index of a number; None where it is gone, and, which is told, where it is damaged."""
        with told(self.place):
            found = self.client.get(index_key(self.place.base, number))
        try:
            return None if found is None else index_from_bytes(found.data)
        except _UNREADABLE:
            self._passed_over(f"{RUNS}{number}: it is damaged; what it said is read from the log")
            return None

    def _log(self, start: int, known: Objects) -> dict[int, bytes]:
        """The objects of the log behind a number."""
        base = self.place.base
        with told(self.place):
            listed = numbers_in(self.client.keys(f"{base}{LOG}", log_key(base, start)))
        there = {*listed, *(number for number in known if number > start)}
        # A list may be behind: what is there is known by asking for it, or by having written it.
        first, end = (start + 1 if start else min(there, default=1)), max(there, default=start)
        asked = [number for number in range(first, end + 1) if number not in known]
        found = zip(asked, self._all([log_key(base, number) for number in asked]), strict=True)
        items = {number: data for number, data in found if data is not None}
        items |= {number: known[number] for number in there if number in known}
        while not known and (data := self._get(log_key(base, end + 1))) is not None:
            end += 1
            items[end] = data
        return items

    def _folded(self, items: Objects, after: End) -> RunsInLog:
        """The runs of a log; what cannot be read, or is missing, is passed over with the run that has it."""
        log = RunsInLog(after)
        for number in sorted(items):
            if number != log.end.number + 1:
                log.skip_to(number)
            try:
                log.add(items[number])
            except _UNREADABLE:
                self._passed_over(f"{LOG}{number}: it is not as it was written")
                log.skip_to(number + 1)
        return log

    def _all(self, keys: Iterable[str]) -> list[bytes | None]:
        return in_parallel(list(keys), self._get)

    def _get(self, key: str) -> bytes | None:
        with told(self.place):
            found = self.client.get(key)
        return None if found is None else found.data

    def _passed_over(self, what: str) -> None:
        self.notices.append(f"{self.place.location}: skipped in the history: {what}")
