"""Another state in the place of one that is in a database, by a hold like any other."""

from collections.abc import Mapping

from reconciler.backends.parts import KEEPING, Keeping
from reconciler.backends.postgres.claiming import Claiming, Occupies, occupies_nothing
from reconciler.backends.postgres.generations import Generations
from reconciler.backends.postgres.hold import Hold
from reconciler.backends.postgres.reader import Reader
from reconciler.backends.postgres.session import PostgresSession, Stored
from reconciler.backends.protocol import Replacement
from reconciler.backends.replacing import Known, KnownReplacing, is_document
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.state.ending import End
from reconciler.state.journal import Begin, Record
from reconciler.state.model import Entry, Owner, State


class PostgresReplacing(KnownReplacing):
    """The state to be replaced, while this run has it (a Replacing).

    Where what it records cannot be used, for the reason in `trouble`, the last generation tells what is
    known of it.
    """

    def __init__(
        self,
        hold: Hold,
        reader: Reader,
        generations: Generations,
        owner: Owner | None,
        notices: list[str],
        occupies: Occupies = occupies_nothing,
        keeping: Keeping = KEEPING,
    ) -> None:
        self._hold, self._reader, self._notices = hold, reader, notices
        self._occupies, self._keeping = occupies, keeping
        self._raw = reader.raw(hold.client, writes=True)
        self._stored: Mapping[Address, Entry | None] = dict.fromkeys(self._raw.addresses)
        self._written = State()
        super().__init__(self._known(generations, owner))

    def put(self, given: Replacement, lineage: str) -> State:
        """See Replacing.put; a journal that does not belong to it stays in the store's history alone."""
        merged = self._merged(given)
        if merged is None:
            self._notices.append("the state pushed here lacks what the interrupted run did")
        state = merged or given.state
        written = self._following(state, self._reader.concealed(state), lineage)
        owner = Owner(given.workspace, written.cloud)
        stored = Stored(self._stored, self._raw.serial, self._raw.end, self._records or ())
        begun = (one.address for one in self._records or () if not isinstance(one, Begin | End))
        claiming = Claiming(self._hold, self._occupies, begun)
        session = PostgresSession(
            self._hold, self._snapshot, owner, stored, self._notices, None, claiming, self._keeping
        )
        return session.finish(written)

    def _known(self, generations: Generations, owner: Owner | None) -> Known:
        records, newest, source = self._journal(), self._raw.newest, str(self._reader.place.location)
        try:
            recorded = self._reader.recorded(self._raw)
            self._stored = dict(recorded.stored.entries)
            snapshot = self._reader.shown(recorded, owner)
            self._written = recorded.stored
        except StateError as error:
            return Known(Snapshot(generations.newest()), records, newest, source, trouble=error)
        if snapshot.missing is not None:
            return Known(Snapshot(generations.newest()), records, newest, source)
        return Known(snapshot, records, newest, source, snapshot if snapshot.state.lineage else None)

    def _is_last(self, checksum: str) -> bool:
        """Whether a document of this checksum is what was written last, with or without what is in doubt."""
        return is_document(checksum, self._snapshot.workspace, (self.known, self._written))

    def _said_of_journal(self) -> str:
        return "the journal here belongs to an interrupted run of another state"

    def _journal(self) -> list[Record] | None:
        """What an interrupted run journalled; None where it cannot be read."""
        try:
            return self._reader.records(self._hold.client, self._raw.begun)
        except StateError:
            return None
