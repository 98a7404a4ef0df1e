"""The state while one run has it: its records as objects of the log, and the state that ends them.

The object that ends a run is the state from then on, whatever becomes of the copy that is made after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.backends.closing import RunsOfHold, differences
from reconciler.backends.group import GroupCommit
from reconciler.backends.objects.batches import Batch, End
from reconciler.backends.objects.copies import Copy, keep_copy
from reconciler.backends.objects.hold import Hold
from reconciler.backends.objects.run_keeper import RunKeeper
from reconciler.backends.parts import KEEPING, Keeping
from reconciler.backends.protocol import Growth
from reconciler.backends.snapshots import Snapshot
from reconciler.backends.spilling import Spilling
from reconciler.backends.spills import NoSpills, Spills
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.moments import rfc3339
from reconciler.state.codec import state_to_json
from reconciler.state.ending import NOTHING_INTENDED, SIMPLY_DONE, Ended, Intended
from reconciler.state.ending import End as RunEnd
from reconciler.state.journal import Begin, Moved, Outcome, Record
from reconciler.state.model import Entry, Owner, State


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store has: its entries (None for one that cannot be read), and the log's end.

    `run` are the records of a run that began and did not end.
    """

    entries: Mapping[Address, Entry | None]
    end: End
    run: Sequence[Record] = ()


class ObjectsSession:
    """The state while this run has it (a Session); `owner` is whose it is from the next write on."""

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
        self.snapshot = replace(snapshot, workspace=owner.workspace)
        self.state = snapshot.state
        self.owner = owner
        self.notices = notices
        self._hold = hold
        self._entries = dict(stored.entries)
        self._end = stored.end
        self._interrupted = snapshot.interrupted
        self._begun = False
        self._unsettled: tuple[Batch, Sequence[Record]] | None = None
        self._broken: StateError | None = None
        self._group = GroupCommit(self._write)
        self._spilling = Spilling(spills or NoSpills(), notices)
        self._runs = RunsOfHold(hold.holder, stored.run)
        self._keeper = RunKeeper(hold, notices, keeping)

    @property
    def token(self) -> int:
        """See Session.token."""
        return self._hold.fence

    @property
    def lost(self) -> StateError | None:
        """See Session.lost."""
        return self._hold.lease.lost

    def alive(self) -> bool:
        """See Session.alive."""
        return self._hold.lease.sure()

    def preflight(self, growth: Growth) -> None:
        """See Session.preflight: the store is written to, and holds whatever is the size of a record."""
        self._hold.beat()

    def recover(self) -> None:
        """See Session.recover."""
        if self._interrupted:
            self.finish(self.state)

    def begin(
        self,
        run: str,
        at: str,
        lineage: str,
        plan: str | None = None,
        intended: Intended = NOTHING_INTENDED,
    ) -> None:
        """See Session.begin."""
        if self._interrupted:
            raise StateError(
                "the journal of an interrupted run has not been recovered yet", "report this as a bug"
            )
        state = replace(self.state, lineage=self.state.lineage or lineage)
        owner = replace(self.owner, cloud=state.bound or self.owner.cloud)
        first = Begin(
            state.lineage,
            state.serial,
            run,
            at,
            plan=plan,
            digest_key=state.digest_key,
            owner=owner,
            holder=self._hold.holder,
            intended=intended,
        )
        begun = replace(state, cloud=owner.cloud).begun(run, plan)
        batch = self._hold.next_batch(self._end, [first], head_of(owner.workspace, begun))
        self._add(batch)
        self.state, self._end, self._begun = begun, batch.end, True
        self._runs.begin()
        self._spilling.begin(begun.lineage, run)

    def append(self, record: Record) -> None:
        """See Session.append."""
        if not self._begun:
            raise StateError("the journal is not open", "report this as a bug")
        if not isinstance(record, Outcome) and not self.alive() and self.lost is not None:
            raise self.lost
        try:
            self._group.append(record)
        except StateError:
            if isinstance(record, Outcome):
                self._spilling.keep(record)
            raise

    def finish(self, result: State, ended: Ended = SIMPLY_DONE) -> State:
        """See Session.finish: behind the very object of the log that this session knows last."""
        try:
            written = self._finish(result, ended)
        except StateError:
            self._spilling.tell()
            raise
        self._spilling.end()
        return written

    def rebind(self, owner: Owner) -> State:
        """See Session.rebind."""
        self.owner = owner
        return self.finish(replace(self.state, cloud=owner.cloud))

    def _finish(self, result: State, ended: Ended) -> State:
        self._settle()
        written = replace(result, serial=result.serial + 1, cloud=result.cloud or self.owner.cloud)
        records = self._last_records(written, ended)
        batch = self._hold.next_batch(self._end, records, head_of(self.owner.workspace, written))
        self._add(batch)
        self._entries, self._end = dict(written.entries), batch.end
        self.state, self._interrupted, self._begun = written, False, False
        self._hold.durable(batch.end.number, written.serial)
        self._runs.end()
        self._copy(written)
        self._keeper.keep(written)
        return written

    def _last_records(self, written: State, ended: Ended) -> list[Record]:
        """What ends this run; or the one that it found, and after that an edit, with who made it."""
        closing = self._runs.closing(self.state, written, self.owner, ended)
        other = differences(self._entries, written.entries, closing.outcomes)
        at = rfc3339(self._hold.client.tools.moment())
        first, second = (one and replace(one, at=at) for one in closing.endings)
        last = (first if self._begun else second) or RunEnd(at, ended, written.serial)
        found = [first] if first and not self._begun else []
        edit = [closing.first] if closing.first else []
        unanswered, changed = closing.outcomes[: closing.unanswered], closing.outcomes[closing.unanswered :]
        return [*unanswered, *found, *edit, *changed, *other, last]

    def _add(self, batch: Batch) -> None:
        """Writes an object of the log."""
        self._hold.append(batch)
        self._keeper.wrote(batch.end.number, batch.data)

    def _copy(self, written: State) -> None:
        """Makes a copy of the state; that it cannot be made is told, and fails nothing of what was done."""
        copy = Copy(self.owner.workspace, written, self._end, self._end, self._hold.fence)
        try:
            keep_copy(self._hold.place, self._hold.client, copy)
        except StateError as error:
            self.notices.append(f"the state was recorded, but no copy was kept: {error.message}")

    def _write(self, records: Sequence[Record]) -> Mapping[int, Exception]:
        """Writes a group; after a failure nothing more, as it is not known what the log ends with."""
        if self._broken is not None:
            raise self._broken
        try:
            self._unsettled = self._hold.next_batch(self._end, records), records
            self._settle()
        except StateError as error:
            self._broken = error
            raise
        return {}

    def _settle(self) -> None:
        """Writes the group whose fate is open, or finds that it is written."""
        if self._unsettled is None:
            return
        batch, records = self._unsettled
        self._add(batch)
        self._runs.add(records)
        self._spilling.recorded(enumerate(records, self._end.records + 1))
        for record in records:
            if isinstance(record, Outcome | Moved):
                self._entries[record.address] = record.entry
            if isinstance(record, Moved):
                self._entries.pop(record.former, None)
        self._end, self._unsettled = batch.end, None


def head_of(workspace: str, state: State) -> dict[str, object]:
    """The state's document without its resources."""
    document = state_to_json(workspace, replace(state, entries={}))
    return {key: value for key, value in document.items() if key != "resources"}
