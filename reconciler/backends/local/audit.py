"""The runs of one state, as Audit says of a store: those that are kept, and the one that left a journal."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from reconciler.backends.local.failures import reason_of, remedy_for
from reconciler.backends.local.paths import StatePaths
from reconciler.backends.local.reader import Reader
from reconciler.backends.local.runs import run_of
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.state.journal import Begin, Record
from reconciler.state.runs import KeptRun, RunRecord, former_name, kept_begin, kept_records, life

T = TypeVar("T")


class LocalAudit:
    """The runs that are kept beside one state (a parts.Audit)."""

    def __init__(self, reader: Reader, paths: StatePaths) -> None:
        self._reader = reader
        self._paths = paths

    def runs(self, most: int) -> Sequence[RunRecord]:
        """See parts.Audit.runs."""
        with self._told():
            under_way = [run for run, _ in self._under_way()]
            names = self._names(under_way)
            heads = filter(None, (self._sound(name, self._paths.runs.head(name)) for name in names))
            return [*under_way, *islice(heads, max(0, most - len(under_way)))][:most]

    def records(self, run: str) -> Sequence[Record]:
        """See parts.Audit.records."""
        with self._told():
            for one, records in self._under_way():
                if one.run == run:
                    return records
            name = self._paths.runs.name_of(run)
            found = self._sound(name, self._paths.runs.read(name)) if name else None
        if found is None:
            raise StateError(
                f"{self._paths.runs.folder}: no run {run} in the history",
                "list the runs with `reconciler history`",
            )
        return found[1]

    def life_of(self, address: Address, most: int) -> Sequence[tuple[RunRecord, Record]]:
        """See parts.Audit.life_of."""
        with self._told():
            under_way = self._under_way()
            found = list(life(address, under_way))
            for file in self._names(run for run, _ in under_way):
                if len(found) >= most:
                    break
                name = former_name(address, found)
                kept = self._sound(file, self._paths.runs.read(file, f'"{name}"'.encode()))
                found += life(name, [] if kept is None else [kept])
        return found[:most]

    def _sound(self, name: str, found: T | None) -> T | None:
        """What was found in a run's file; that it is not as it was written is told, and it is left out."""
        if found is None:
            path = self._paths.runs.folder / name
            self._paths.notices.append(f"{path}: skipped: it was altered or is damaged")
        return found

    def _names(self, under_way: Iterable[RunRecord]) -> list[str]:
        """The files of the runs that are over, the newest first."""
        others = {run.run for run in under_way}
        return [name for name in self._paths.runs.names() if run_of(name) not in others]

    def _under_way(self) -> list[KeptRun]:
        """The run whose journal there is, unless it is kept with its end: one, or none."""
        if self._reader.read(self._paths.journal, most=1) is None:
            return []  # without a run under way the state, which may be large, is not read for it
        raw = self._reader.read_files()
        try:
            records = self._reader.journal(raw).records
        except StateError as error:
            self._paths.notices.append(error.message)
            return []
        if not records or not isinstance(records[0], Begin):
            return []
        begin = records[0]
        name = self._paths.runs.name_of(begin.run)
        kept = self._paths.runs.head(name) if name else None
        if kept is not None and (kept.serial or 0) > begin.serial:
            return []
        held = self._paths.files.is_locked(self._paths.lock.path)
        run = RunRecord(kept_begin(begin), held=held)
        return [(run, kept_records(records[1:], {}, {}))]

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StateError(
                f"cannot read {self._paths.runs.folder}: {reason_of(error)}",
                remedy_for(error, ", then run the command again; nothing was changed"),
            ) from error
