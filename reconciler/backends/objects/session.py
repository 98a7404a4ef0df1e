"""The state while one run has it: its records as objects of the log, and the state that ends them.

The object that ends a run is the state from then on, whatever becomes of the copy that is made after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.backends.closing import Closing
from reconciler.backends.leased import LeasedSession, head_of
from reconciler.backends.objects.batches import Batch, End
from reconciler.backends.objects.copies import Copy, keep_copy
from reconciler.backends.objects.hold import Hold
from reconciler.backends.objects.run_keeper import RunKeeper
from reconciler.backends.parts import KEEPING, Keeping
from reconciler.backends.snapshots import Snapshot
from reconciler.backends.spills import Spills
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.moments import rfc3339
from reconciler.state.ending import End as RunEnd
from reconciler.state.ending import Ended
from reconciler.state.journal import Begin, Outcome, Record
from reconciler.state.model import Entry, Owner, State


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store has: its entries (None for one that cannot be read), and the log's end.

    `run` are the records of a run that began and did not end.
    """

    entries: Mapping[Address, Entry | None]
    end: End
    run: Sequence[Record] = ()


class ObjectsSession(LeasedSession[Hold]):
    """The state of one workspace of a bucket while this run has it."""

    def __init__(
        self,
        hold: Hold,
        snapshot: Snapshot,
        owner: Owner,
        stored: Stored,
        notices: list[str],
        spills: Spills | None = None,
        keeping: Keeping = KEEPING,
    ) -> None:
        super().__init__(hold, snapshot, owner, stored.entries, stored.run, notices, spills)
        self._end = stored.end
        self._unsettled: tuple[Batch, Sequence[Record]] | None = None
        self._keeper = RunKeeper(hold, notices, keeping)

    def _write_begin(self, first: Begin, begun: State) -> None:
        self._add(self._hold.next_batch(self._end, [first], head_of(first.owner.workspace, begun)))

    def _write_group(self, records: Sequence[Record]) -> Mapping[int, Exception]:
        self._unsettled = self._hold.next_batch(self._end, records), records
        self._settle()
        return {}

    def _settle(self) -> None:
        if self._unsettled is None:
            return
        (batch, records), before = self._unsettled, self._end
        self._add(batch)
        self._unsettled = None
        self._spilling.recorded(enumerate(records, before.records + 1))
        self._has_written(records)

    def _write_end(self, written: State, ended: Ended, closing: Closing, others: Sequence[Outcome]) -> None:
        records = self._last_records(written, ended, closing, others)
        self._add(self._hold.next_batch(self._end, records, head_of(self.owner.workspace, written)))
        self._hold.durable(self._end.number, written.serial)

    def _last_records(
        self, written: State, ended: Ended, closing: Closing, others: Sequence[Outcome]
    ) -> list[Record]:
        """What ends this run; or the one that it found, and after that an edit, with who made it."""
        at = rfc3339(self._hold.client.tools.moment())
        first, second = (one and replace(one, at=at) for one in closing.endings)
        last = (first if self._begun else second) or RunEnd(at, ended, written.serial)
        found = [first] if first and not self._begun else []
        edit = [closing.first] if closing.first else []
        unanswered, changed = closing.outcomes[: closing.unanswered], closing.outcomes[closing.unanswered :]
        return [*unanswered, *found, *edit, *changed, *others, last]

    def _tidy(self, written: State) -> None:
        """Makes a copy of the state, and keeps the runs for the history."""
        copy = Copy(self.owner.workspace, written, self._end, self._end, self._hold.fence)
        try:
            keep_copy(self._hold.place, self._hold.client, copy)
        except StateError as error:
            self.notices.append(f"the state was recorded, but no copy was kept: {error.message}")
        self._keeper.keep(written)

    def _add(self, batch: Batch) -> None:
        """Writes an object of the log."""
        self._hold.append(batch)
        self._keeper.wrote(batch.end.number, batch.data)
        self._end = batch.end
