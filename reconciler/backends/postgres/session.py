"""The state while one run has it: its records as they come, and the state that ends them.

An outcome and the entry that it tells of change in one transaction, so the state is current after every
record, and the end of a run writes only what its records did not say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.backends.closing import Closing
from reconciler.backends.leased import LeasedSession, head_of
from reconciler.backends.parts import KEEPING, Claimed, Keeping
from reconciler.backends.postgres.chain import Batch, End, chained, end_line, lines_of, numbered
from reconciler.backends.postgres.claiming import Claiming, occupied_by, occupies_nothing
from reconciler.backends.postgres.hold import Hold
from reconciler.backends.postgres.keeping import columns_of, prune
from reconciler.backends.protocol import Holder
from reconciler.backends.snapshots import Snapshot
from reconciler.backends.spills import Spills
from reconciler.errors import StateError
from reconciler.model import Address, canonical_json
from reconciler.state.ending import End as RunEnd
from reconciler.state.ending import Ended
from reconciler.state.journal import Begin, Outcome, Record, record_to_json
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


class PostgresSession(LeasedSession[Hold]):
    """The state of one workspace of a database while this run has it.

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
        super().__init__(hold, snapshot, owner, stored.entries, stored.begun, notices, spills)
        self._serial = stored.serial
        self._end = stored.end
        self._unsettled: tuple[Batch, Sequence[Record]] | None = None
        self.acknowledged: tuple[State, End] | None = None
        self._claiming = claiming or Claiming(hold, occupies_nothing, ())
        self._keeping = keeping

    @property
    def holder(self) -> Holder:
        """Who holds it."""
        return self._hold.holder

    def _write_begin(self, first: Begin, begun: State) -> None:
        batch = chained(self._end, self._hold.token, lines_of(first))
        kept = canonical_json(record_to_json(kept_begin(first)))
        self._hold.begin(batch, head_of(first.owner.workspace, begun), first.run, first.plan, kept)
        self._end = batch.end

    def _write_end(self, written: State, ended: Ended, closing: Closing, others: Sequence[Outcome]) -> None:
        """Ends it over the serial, and behind the very record, that this session knows last."""
        changed = [*closing.outcomes, *others]
        ends = end_line(_end_of(written, ended))
        lines = [*(line for one in changed for line in lines_of(one)), ends]
        batch = chained(self._end, self._hold.token, lines)
        kept = self._claiming.kept(written.cloud, written.entries, (one.address for one in changed))
        head, claims = head_of(self.owner.workspace, written), (kept.changed, kept.addresses, kept.digests)
        serials = (self._serial, written.serial)
        held = self._hold.finish(batch, head, serials, claims, columns_of(closing))
        self.notices += [
            f"{address} uses something that {one.address} of workspace {one.workspace} also holds"
            for one in held
            for address, digest in zip(kept.addresses, kept.digests, strict=True)
            if digest == one.digest
        ]
        self._serial, self._end = written.serial, batch.end

    def _tidy(self, written: State) -> None:
        """Removes the runs that are too old."""
        self.acknowledged = (written, self._end)
        try:
            prune(self._hold, self._keeping, written)
        except StateError as error:
            self.notices.append(f"old runs could not be removed from the history: {error.message}")

    def _write_group(self, records: Sequence[Record]) -> Mapping[int, Exception]:
        """Writes a group, but for what needs what another workspace has."""
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
        self._spilling.recorded(numbered(records, batch.after))
        self._has_written(records)
        return []


def _end_of(written: State, ended: Ended) -> dict[str, object]:
    """The last record of a run."""
    results = dict(ended.results)
    return {"type": "end", "serial": written.serial, "ending": str(ended.ending), "results": results}


def address_of(record: Record) -> Address:
    """Whose record it is; only of a run's first one there is none."""
    assert not isinstance(record, Begin | RunEnd)
    return record.address
