"""Keeps a run once it is over, and removes those that are too old; neither ever fails what was done."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.backends.local.failures import reason_of
from reconciler.backends.local.journal import decode
from reconciler.backends.local.paths import StatePaths
from reconciler.backends.local.runs import began_before, run_of
from reconciler.backends.parts import KEEPING, Keeping
from reconciler.backends.protocol import Holder
from reconciler.errors import StateError
from reconciler.moments import rfc3339
from reconciler.state.ending import End, Ended, Ending
from reconciler.state.journal import Begin, Outcome, Record
from reconciler.state.model import Owner, State
from reconciler.state.runs import (
    Entries,
    edit_counts,
    edits,
    kept_begin,
    kept_records,
    results_of,
    still_needed,
)

_DAY = 86400.0


def no_time() -> float:
    """The clock of whoever asks for no moments."""
    return 0.0


@dataclass(frozen=True, slots=True)
class KeepingRuns:
    """How runs are kept: how many and how long, and the clock, which gives unix seconds."""

    keeping: Keeping = KEEPING
    clock: Callable[[], float] = no_time


AS_USUAL = KeepingRuns()


class RunKeeper:
    """Keeps what the holder of one state does; `holder` is who that is."""

    def __init__(self, paths: StatePaths, how: KeepingRuns, holder: Holder) -> None:
        self._paths = paths
        self._how = how
        self._holder = dict(holder)
        self._run = str(holder.get("run", ""))

    @property
    def holder(self) -> Holder:
        """Who holds the state."""
        return self._holder

    def keep_own(self, records: Sequence[Record], before: Entries, written: State, ended: Ended) -> None:
        """Keeps this run, which journalled these records from its first on.

        `before` are the entries that it set out from, `written` is the state that has what it did.
        """
        with self._told():
            begin, *rest = records
            if isinstance(begin, Begin):
                self._write(begin, ended, written, kept_records(rest, before, written.entries))

    def keep_unfinished(self, journal: Path, before: Entries, written: State) -> None:
        """Keeps the run that left this journal behind; the rest as for `keep_own`."""
        with self._told():
            records = decode(self._paths.files.read(journal) or b"", str(journal)).records
            begin = next(iter(records), None)
            # One that was killed between its last two writes is kept already, with how it ended.
            if not isinstance(begin, Begin) or self._is_kept(begin):
                return
            kept = kept_records(records[1:], before, written.entries)
            found = Ended(Ending.UNFINISHED, results_of(kept))
            concealed = [self._concealed(one, written) for one in kept]
            self._write(begin, found, written, concealed, self._taken_over_by(written))

    def keep_edit(self, before: State, written: State, owner: Owner) -> None:
        """Keeps what wrote the state without a journal, as an edit by hand does."""
        if not self._run:
            return
        with self._told():
            since = str(self._holder.get("since", ""))
            begin = Begin(written.lineage, before.serial, self._run, since, owner=owner, holder=self._holder)
            found = edits(before.entries, written.entries)
            self._write(begin, Ended(Ending.DONE, edit_counts(found)), written, found)

    def _write(
        self, begin: Begin, ended: Ended, written: State, records: Sequence[Record], by: str = ""
    ) -> None:
        end = End(rfc3339(self._how.clock()), ended, written.serial, by)
        self._paths.runs.keep(kept_begin(begin), end, records, self._paths.token())
        self._prune(begin.run, written)

    def _taken_over_by(self, written: State) -> str:
        """The run that has put into the state what another one had done: this one, or one that died then."""
        names = self._paths.runs.names()
        newest = self._paths.runs.head(names[0]) if names else None
        return self._run if newest is None or newest.serial != written.serial else newest.run

    def _is_kept(self, begin: Begin) -> bool:
        """Whether a run is kept with all that it did; one that only took over another may be without."""
        name = self._paths.runs.name_of(begin.run)
        found = self._paths.runs.head(name) if name else None
        return found is not None and (found.serial or 0) > begin.serial

    def _concealed(self, record: Record, state: State) -> Record:
        """The record without secrets in clear, which a run of an older version may have noted."""
        if not isinstance(record, Outcome) or record.entry is None:
            return record
        alone = replace(state, entries={record.address: record.entry})
        return replace(record, entry=self._paths.conceal(alone).entries[record.address])

    def _prune(self, own: str, state: State) -> None:
        """Removes the runs that are too many or too old, but for those whose tasks still run."""
        runs, keeping = self._paths.runs, self._how.keeping
        oldest = rfc3339(max(0.0, self._how.clock() - keeping.days * _DAY))
        names = runs.names()
        stale = {*names[keeping.runs :], *(name for name in names if began_before(name, oldest))}
        runs.remove([name for name in sorted(stale) if run_of(name) != own and not self._needed(name, state)])

    def _needed(self, name: str, state: State) -> bool:
        found = self._paths.runs.read(name)
        return found is not None and still_needed(found[1], state)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What cannot be kept is told, and fails nothing: the state has what was done."""
        try:
            yield
        except (OSError, MemoryError) as error:
            self._notice(reason_of(error))
        except StateError as error:
            self._notice(error.message)

    def _notice(self, reason: str) -> None:
        folder = self._paths.runs.folder
        self._paths.notices.append(
            f"{folder}: the changes are recorded in the state, but not in the history: {reason}"
        )
