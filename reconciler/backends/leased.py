"""The state while one run has it by a lease, in a store that many share: what does not depend on the store.

Each record is durable in the store's journal before it counts, and the end of a run is one more write there.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from reconciler.backends.closing import Closing, RunsOfHold, differences
from reconciler.backends.group import GroupCommit
from reconciler.backends.lease import Lease
from reconciler.backends.protocol import Growth, Holder
from reconciler.backends.snapshots import Snapshot
from reconciler.backends.spilling import Spilling
from reconciler.backends.spills import NoSpills, Spills
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.state.codec import state_to_json
from reconciler.state.ending import NOTHING_INTENDED, SIMPLY_DONE, Ended, Intended
from reconciler.state.journal import Begin, Moved, Outcome, Record
from reconciler.state.model import Entry, Owner, State


class LeasedHold(Protocol):
    """The hold of one workspace: `fence` rises with each holder."""

    lease: Lease
    holder: Holder

    @property
    def fence(self) -> int:
        """See Session.token."""
        ...

    def beat(self) -> None:
        """Proves the hold; raises StateError."""
        ...


Held = TypeVar("Held", bound=LeasedHold)


class LeasedSession(ABC, Generic[Held]):
    """The state while this run has it (a Session); `owner` is whose it is from the next write on.

    `entries` are what the store has, None for one that cannot be read; `dead` is what a run that did not end
    has journalled.
    """

    def __init__(
        self,
        hold: Held,
        snapshot: Snapshot,
        owner: Owner,
        entries: Mapping[Address, Entry | None],
        dead: Sequence[Record],
        notices: list[str],
        spills: Spills | None,
    ) -> None:
        self.snapshot = replace(snapshot, workspace=owner.workspace)
        self.state = snapshot.state
        self.owner = owner
        self.notices = notices
        self._hold = hold
        self._entries = dict(entries)
        self._interrupted = snapshot.interrupted
        self._begun = False
        self._broken: StateError | None = None
        self._group = GroupCommit(self._write)
        self._spilling = Spilling(spills or NoSpills(), notices)
        self._runs = RunsOfHold(hold.holder, dead)

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
        self._write_begin(first, begun)
        self.state, self._begun = begun, True
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
        """See Session.finish: behind the very record of the journal that this session knows last."""
        try:
            written = self._finish(result, ended)
        except StateError:
            self._spilling.tell()
            raise
        self._spilling.end()
        self._tidy(written)
        return written

    def rebind(self, owner: Owner) -> State:
        """See Session.rebind."""
        self.owner = owner
        return self.finish(replace(self.state, cloud=owner.cloud))

    @abstractmethod
    def _write_begin(self, first: Begin, begun: State) -> None:
        """Writes the first record of a run, and the state's head from then on."""

    @abstractmethod
    def _write_group(self, records: Sequence[Record]) -> Mapping[int, Exception]:
        """Writes a group; by their places, why some of it alone were not written."""

    @abstractmethod
    def _settle(self) -> object:
        """Writes the group whose fate is open, or finds that it is written."""

    @abstractmethod
    def _write_end(self, written: State, ended: Ended, closing: Closing, others: Sequence[Outcome]) -> None:
        """Writes what ends a run; `others` bring the entries to what they are to be."""

    @abstractmethod
    def _tidy(self, written: State) -> None:
        """Does what saves work later; that it cannot be done is told, and fails nothing of what was done."""

    def _finish(self, result: State, ended: Ended) -> State:
        self._settle()
        written = replace(result, serial=result.serial + 1, cloud=result.cloud or self.owner.cloud)
        closing = self._runs.closing(self.state, written, self.owner, ended)
        others = differences(self._entries, written.entries, closing.outcomes)
        self._write_end(written, ended, closing, others)
        self._entries = dict(written.entries)
        self.state, self._interrupted, self._begun = written, False, False
        self._runs.end()
        return written

    def _write(self, records: Sequence[Record]) -> Mapping[int, Exception]:
        """Writes a group; after a failure nothing more, as it is not known what the journal ends with."""
        if self._broken is not None:
            raise self._broken
        try:
            return self._write_group(records)
        except StateError as error:
            self._broken = error
            raise

    def _has_written(self, records: Sequence[Record]) -> None:
        """These are in the journal by now."""
        self._runs.add(records)
        for record in records:
            if isinstance(record, Outcome | Moved):
                self._entries[record.address] = record.entry
            if isinstance(record, Moved):
                self._entries.pop(record.former, None)


def head_of(workspace: str, state: State) -> dict[str, object]:
    """The state's document without its resources."""
    document = state_to_json(workspace, replace(state, entries={}))
    return {key: value for key, value in document.items() if key != "resources"}
