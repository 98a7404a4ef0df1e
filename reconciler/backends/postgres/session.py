"""The state while one run has it: its records as they come, and the state that ends them.

An outcome and the entry that it tells of change in one transaction, so the state is current after every
record, and the end of a run writes only what its records did not say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.backends.parts import KEEPING, Claimed, Keeping
from reconciler.backends.postgres.chain import Batch, End, chained, end_line, lines_of
from reconciler.backends.postgres.claiming import Claiming, occupied_by, occupies_nothing
from reconciler.backends.postgres.group import GroupCommit
from reconciler.backends.postgres.hold import Hold
from reconciler.backends.postgres.keeping import RunsOfHold, prune
from reconciler.backends.postgres.spilling import Spilling
from reconciler.backends.protocol import Growth, Holder
from reconciler.backends.snapshots import Snapshot
from reconciler.backends.spills import NoSpills, Spills
from reconciler.errors import StateError
from reconciler.model import Address, canonical_json
from reconciler.state.codec import state_to_json
from reconciler.state.ending import NOTHING_INTENDED, SIMPLY_DONE, Ended, Intended
from reconciler.state.ending import End as RunEnd
from reconciler.state.journal import Begin, Moved, Outcome, Record, record_to_json
from reconciler.state.model import Entry, Owner, State
from reconciler.state.runs import kept_begin


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store has: its entries (None for one that cannot be read), its serial, the journal's end.

    `begun` is what an interrupted run has journalled.
    """

    entries: Mapping[Address, Entry | None]
    serial: int
    end: End
    begun: Sequence[Record] = ()


class PostgresSession:
    """The state while this run has it (a Session); `owner` is whose it is from the next write on.

    `acknowledged` is the state that it was told last to have written, and where the journal ended then.
    """

    def __init__(
        self,
        hold: Hold,
        snapshot: Snapshot,
        owner: Owner,
        stored: Stored,
        notices: list[str],
        spills: Spills | None = None,
        claiming: Claiming | None = None,
        keeping: Keeping = KEEPING,
    ) -> None:
        self.snapshot = replace(snapshot, workspace=owner.workspace)
        self.state = snapshot.state
        self.owner = owner
        self.notices = notices
        self._hold = hold
        self._entries = dict(stored.entries)
        self._serial = stored.serial
        self._end = stored.end
        self._interrupted = snapshot.interrupted
        self._begun = False
        self._unsettled: tuple[Batch, Sequence[Record]] | None = None
        self._broken: StateError | None = None
        self._group = GroupCommit(self._write)
        self.acknowledged: tuple[State, End] | None = None
        self._spilling = Spilling(spills or NoSpills(), notices)
        self._claiming = claiming or Claiming(hold, occupies_nothing, ())
        self._runs = RunsOfHold(hold.holder, stored.begun)
        self._keeping = keeping

    @property
    def token(self) -> int:
        """See Session.token."""
        return self._hold.fence

    @property
    def lost(self) -> StateError | None:
        """See Session.lost."""
        return self._hold.lease.lost

    @property
    def holder(self) -> Holder:
        """Who holds it."""
        return self._hold.holder

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
        batch = chained(self._end, self._hold.token, lines_of(first))
        kept = canonical_json(record_to_json(kept_begin(first)))
        self._hold.begin(batch, head_of(owner.workspace, begun), run, plan, kept)
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
        """See Session.finish: over the serial, and behind the very record, that this session knows last."""
        try:
            written = self._finish(result, ended)
        except StateError:
            self._spilling.tell()
            raise
        self._spilling.end()
        self.acknowledged = (written, self._end)
        self._prune(written)
        return written

    def _finish(self, result: State, ended: Ended) -> State:
        self._settle()
        written = replace(result, serial=result.serial + 1, cloud=result.cloud or self.owner.cloud)
        closing = self._runs.closing(self.state, written, self.owner, ended)
        changed = [*closing.outcomes, *self._differences(written.entries, closing.outcomes)]
        ends = end_line(_end_of(written, ended))
        lines = [*(line for one in changed for line in lines_of(one)), ends]
        batch = chained(self._end, self._hold.token, lines)
        kept = self._claiming.kept(written.cloud, written.entries, (one.address for one in changed))
        head, claims = head_of(self.owner.workspace, written), (kept.changed, kept.addresses, kept.digests)
        serials = (self._serial, written.serial)
        others = self._hold.finish(batch, head, serials, claims, closing.columns)
        self.notices += [
            f"{address} uses something that {one.address} of workspace {one.workspace} also holds"
            for one in others
            for address, digest in zip(kept.addresses, kept.digests, strict=True)
            if digest == one.digest
        ]
        self._entries, self._serial, self._end = dict(written.entries), written.serial, batch.end
        self.state, self._interrupted, self._begun = written, False, False
        self._runs.end()
        return written

    def _prune(self, written: State) -> None:
        """Removes the runs that are too old; that it cannot be done is told, and fails nothing."""
        try:
            prune(self._hold, self._keeping, written)
        except StateError as error:
            self.notices.append(f"old runs could not be removed from the history: {error.message}")

    def rebind(self, owner: Owner) -> State:
        """See Session.rebind."""
        self.owner = owner
        return self.finish(replace(self.state, cloud=owner.cloud))

    def _write(self, records: Sequence[Record]) -> Mapping[int, Exception]:
        """Writes a group, but for what needs what another workspace has: why, by its place.

        After a failure nothing more is written, as it is not known what the journal ends with.
        """
        if self._broken is not None:
            raise self._broken
        try:
            return self._claimed_and_written(records)
        except StateError as error:
            self._broken = error
            raise

    def _claimed_and_written(self, records: Sequence[Record]) -> dict[int, Exception]:
        wanted = self._claiming.wanted(self.state.cloud, records)
        refused: dict[int, Exception] = {}
        while len(refused) < len(records):
            taken = {one.digest: one for one in self._tried(records, wanted, refused)}
            if not taken:
                break
            refused |= {
                place: occupied_by(address_of(records[place]), words, taken[digest])
                for place, words in wanted.items()
                for digest in words
                if digest in taken
            }
        return refused

    def _tried(
        self,
        records: Sequence[Record],
        wanted: Mapping[int, Mapping[str, str]],
        refused: Mapping[int, Exception],
    ) -> list[Claimed]:
        """Writes what is not refused, with its claims; else what of those other workspaces have."""
        written = [record for place, record in enumerate(records) if place not in refused]
        claims = self._claiming.missing(
            (address_of(records[place]), digest)
            for place, words in wanted.items()
            if place not in refused
            for digest in words
        )
        lines = [line for one in written for line in lines_of(one)]
        self._unsettled = chained(self._end, self._hold.token, lines), written
        taken = self._settle(claims)
        if taken:
            self._unsettled = None
        else:
            self._claiming.have(claims)
        return taken

    def _settle(self, claims: Sequence[tuple[str, str]] = ()) -> list[Claimed]:
        """Writes the group whose fate is open, or finds that it is written; else why its claims cannot be."""
        if self._unsettled is None:
            return []
        batch, records = self._unsettled
        taken = self._hold.append(batch, claims)
        if taken:
            return taken
        self._end, self._unsettled = batch.end, None
        self._spilling.recorded(records, batch.after)
        self._runs.add(records)
        for record in records:
            if isinstance(record, Outcome | Moved):
                self._entries[record.address] = record.entry
            if isinstance(record, Moved):
                self._entries.pop(record.former, None)
        return []

    def _differences(self, entries: Mapping[Address, Entry], told: Sequence[Outcome]) -> list[Outcome]:
        """What the store has otherwise than it is to have it, as outcomes behind those that are told."""
        had = {**self._entries, **{one.address: one.entry for one in told}}
        gone = {one.address for one in told if one.entry is None}
        return [
            Outcome(address, "state", "recorded", entries.get(address))
            for address in sorted({*had, *entries})
            if had.get(address) != entries.get(address)
            or (address not in entries and address in had and address not in gone)
        ]


def _end_of(written: State, ended: Ended) -> dict[str, object]:
    """The last record of a run."""
    results = dict(ended.results)
    return {"type": "end", "serial": written.serial, "ending": str(ended.ending), "results": results}


def head_of(workspace: str, state: State) -> dict[str, object]:
    """The state's document without its resources."""
    return {
        key: value
        for key, value in state_to_json(workspace, replace(state, entries={})).items()
        if key != "resources"
    }


def address_of(record: Record) -> Address:
    """Whose record it is; only of a run's first one there is none."""
    assert not isinstance(record, Begin | RunEnd)
    return record.address
