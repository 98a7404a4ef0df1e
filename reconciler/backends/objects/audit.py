"""The runs of one workspace, as its log tells of them, and what saves reading it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from reconciler.backends.objects.client import Client
from reconciler.backends.objects.failures import told
from reconciler.backends.objects.hold import lock_in, lock_key
from reconciler.backends.objects.location import ObjectPlace
from reconciler.backends.objects.locks import STALE
from reconciler.backends.objects.run_reader import FoundRuns, RunReader
from reconciler.backends.objects.runs import LoggedRun
from reconciler.backends.objects.store import known_store
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.state.journal import Record
from reconciler.state.runs import KeptRun, RunRecord, former_name, life

_AT_ONCE = 16
"""Runs whose calls are asked for at once, before it is known whether that is enough."""


@dataclass(frozen=True, slots=True)
class ObjectsAudit:
    """The runs of one workspace (a parts.Audit); `notices` are told what is passed over."""

    place: ObjectPlace
    client: Callable[[], Client]
    notices: list[str]

    def runs(self, most: int) -> Sequence[RunRecord]:
        """See parts.Audit.runs."""
        reader = self._reader()
        found = reader.found()
        open_run = self._under_way(reader, found)
        over = islice((one.run for one in _others(found)), most)
        return [*(run for run, _ in open_run), *over][:most]

    def records(self, run: str) -> Sequence[Record]:
        """See parts.Audit.records."""
        reader = self._reader()
        found = reader.found()
        told_of = [*_open(found), *((one.run, calls) for one, calls in reversed(found.log.ended))]
        for one, records in told_of:
            if one.run == run:
                return records
        kept = [one for one in found.index.runs if one.run.run == run]
        [calls] = reader.calls(kept) if kept else [None]
        if calls is None:
            raise StateError(
                f"{self.place.location}: no run {run} in the history",
                "list the runs with `reconciler history`",
            )
        return calls

    def life_of(self, address: Address, most: int) -> Sequence[tuple[RunRecord, Record]]:
        """See parts.Audit.life_of."""
        reader = self._reader()
        found = reader.found()
        told_of = list(islice(life(address, self._under_way(reader, found)), most))
        runs = _others(found)
        while runs and len(told_of) < most:
            for one, calls in self._calls(reader, found, runs[:_AT_ONCE]):
                told_of += life(former_name(address, told_of), [(one.run, calls)])
            runs = runs[_AT_ONCE:]
        return told_of[:most]

    def _reader(self) -> RunReader:
        client = self.client()
        known_store(self.place, client)
        return RunReader(self.place, client, self.notices)

    def _calls(
        self, reader: RunReader, found: FoundRuns, runs: Sequence[LoggedRun]
    ) -> Iterator[tuple[LoggedRun, Sequence[Record]]]:
        """The runs with their calls: those that no index has yet are read already."""
        read = {one.run.run: calls for one, calls in found.log.ended}
        asked = [one for one in runs if one.run.run not in read]
        calls = dict(zip((one.run.run for one in asked), reader.calls(asked), strict=True))
        for one in runs:
            yield one, read.get(one.run.run) or calls.get(one.run.run) or ()

    def _under_way(self, reader: RunReader, found: FoundRuns) -> list[KeptRun]:
        """The run that has not ended, with whether it holds the state: one, or none."""
        return [(replace(run, held=self._holds(reader.client, run)), calls) for run, calls in _open(found)]

    def _holds(self, client: Client, run: RunRecord) -> bool | None:
        """Whether a run still holds the state; None where the store does not tell how old its lock is."""
        with told(self.place):
            found = client.get(lock_key(self.place))
        if found is None:
            return False
        lock = lock_in(self.place, found.data)
        if not lock.token:  # what a store has kept of a write that was cut off
            return None
        if lock.free or dict(lock.holder) != dict(run.holder):
            return False
        return None if found.age is None else found.age < STALE * lock.ttl


def _open(found: FoundRuns) -> list[KeptRun]:
    return [] if found.log.under_way is None else [found.log.under_way]


def _others(found: FoundRuns) -> list[LoggedRun]:
    """The runs that are over, the last to end first, but for what the one under way has done before."""
    under_way = {run.run for run, _ in _open(found)}
    return [one for one in found.all if one.run.run not in under_way]
