"""Keeps the runs that one hold has ended, and removes those that are too old; neither fails what was done."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from reconciler.backends.objects.batches import numbers_in
from reconciler.backends.objects.failures import told
from reconciler.backends.objects.hold import Hold
from reconciler.backends.objects.indexes import (
    CALLS,
    Index,
    calls_key,
    calls_to_bytes,
    index_key,
    index_to_bytes,
)
from reconciler.backends.objects.run_reader import FoundRuns, Objects, RunReader
from reconciler.backends.objects.runs import LoggedRun, RunKey
from reconciler.backends.parts import KEEPING, Keeping
from reconciler.errors import StateError
from reconciler.moments import rfc3339
from reconciler.state.journal import Record
from reconciler.state.model import State
from reconciler.state.runs import running_starts, starts_of

KEPT_INDEXES = 3
_DAY = 86400.0


@dataclass
class RunKeeper:
    """Keeps the runs of one workspace while it is held; `notices` are told what could not be kept."""

    hold: Hold
    notices: list[str]
    keeping: Keeping = KEEPING
    _written: dict[int, bytes] = field(default_factory=dict)

    def wrote(self, number: int, data: bytes) -> None:
        """This hold has written an object of the log, which need not be read again."""
        self._written[number] = data

    def keep(self, state: State) -> None:
        """Keeps all runs that the log has and no index; `state` is what is recorded now."""
        written, self._written = self._written, {}
        try:
            self._keep(written, state)
        except StateError as error:
            self.notices.append(
                "the changes are recorded in the state, and the history is behind until the next run: "
                f"{error.message}"
            )

    def _keep(self, written: Objects, state: State) -> None:
        reader = RunReader(self.hold.place, self.hold.client, self.notices)
        found = reader.found(written)
        kept = self._needed(reader, found, state)
        wanted = {one.end.number for one in kept}
        self._put_calls(found, wanted)
        self._put_index(Index(found.log.end, kept[::-1]), found.indexes)
        if {one.end.number for one in found.index.runs} - wanted:
            self._remove_calls(found.log.end.number, wanted)

    def _put_calls(self, found: FoundRuns, wanted: set[int]) -> None:
        """Writes the calls of the runs that no index has yet, by the object in which they ended."""
        for number, group in groupby(found.log.ended, lambda one: one[0].end.number):
            runs = list(group)
            if number in wanted:
                calls = {one.run.run: records for one, records in runs}
                key = calls_key(self.hold.place.base, number)
                with told(self.hold.place):
                    self.hold.client.put(key, calls_to_bytes(runs[0][0].end, calls))

    def _put_index(self, index: Index, others: Sequence[int]) -> None:
        """Writes an index, and removes the oldest ones."""
        base, client = self.hold.place.base, self.hold.client
        with told(self.hold.place):
            client.put(index_key(base, index.end.number), index_to_bytes(index))
            for number in [one for one in others if one != index.end.number][KEPT_INDEXES - 1 :]:
                client.delete(index_key(base, number))

    def _remove_calls(self, end: int, wanted: set[int]) -> None:
        """Removes the calls of runs that are not kept, as far as the log was known to this run."""
        base, client = self.hold.place.base, self.hold.client
        with told(self.hold.place):
            for number in numbers_in(client.keys(f"{base}{CALLS}")):
                if number <= end and number not in wanted:
                    client.delete(calls_key(base, number))

    def _needed(self, reader: RunReader, found: FoundRuns, state: State) -> list[LoggedRun]:
        """The runs without those that are too many or too old, unless a task that one started still runs."""
        oldest = rfc3339(max(0.0, self.hold.client.tools.moment() - self.keeping.days * _DAY))
        own, runs = str(self.hold.holder.get("run", "")), found.all
        stale = [
            one
            for place, one in enumerate(runs)
            if one.run.run != own and (place >= self.keeping.runs or "" < one.began < oldest)
        ]
        starts, running = _starts(reader, found, stale), running_starts(state)
        return [
            replace(one, starts=starts.get(one.key, one.starts))
            for one in runs
            if one.key not in starts or not running.isdisjoint(starts[one.key])
        ]


def _starts(reader: RunReader, found: FoundRuns, runs: Sequence[LoggedRun]) -> dict[RunKey, frozenset[str]]:
    """What runs have started; of one whose calls are not kept nobody knows."""
    calls: dict[RunKey, Sequence[Record] | None] = {one.key: records for one, records in found.log.ended}
    unread = [one for one in runs if one.starts is None and one.key not in calls]
    calls |= zip((one.key for one in unread), reader.calls(unread), strict=True)
    return {
        one.key: frozenset(starts_of(calls[one.key] or ())) if one.starts is None else one.starts
        for one in runs
    }
