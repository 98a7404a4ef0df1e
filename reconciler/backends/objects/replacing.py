"""Another state in the place of one that is there, behind the seal of whoever puts it there."""

from collections.abc import Mapping

from reconciler.backends.objects.batches import End
from reconciler.backends.objects.copies import Generations
from reconciler.backends.objects.hold import Hold
from reconciler.backends.objects.reader import Raw, Reader
from reconciler.backends.objects.session import ObjectsSession, Stored
from reconciler.backends.parts import KEEPING, Keeping
from reconciler.backends.protocol import Replacement
from reconciler.backends.replacing import Known, KnownReplacing, is_document
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.state.model import Entry, Owner, State


class ObjectsReplacing(KnownReplacing):
    """The state to be replaced, while this run has it (a Replacing); `end` is that of the sealed log.

    Where what is recorded cannot be used, for the reason in `trouble`, the newest copy tells what is known.
    """

    def __init__(
        self,
        hold: Hold,
        raw: Raw,
        end: End,
        reader: Reader,
        generations: Generations,
        owner: Owner | None,
        notices: list[str],
        keeping: Keeping = KEEPING,
    ) -> None:
        self._hold, self._end, self._reader, self._notices = hold, end, reader, notices
        self._keeping = keeping
        self._stored: Mapping[Address, Entry | None] = {}
        self._written = State()
        super().__init__(self._known(raw, generations, owner))

    def put(self, given: Replacement, lineage: str) -> State:
        """See Replacing.put; a journal that does not belong to it stays in the log alone."""
        merged = self._merged(given)
        if merged is None:
            self._notices.append("the state pushed here lacks what the interrupted run did")
        state = merged or given.state
        written = self._following(state, self._reader.concealed(state), lineage)
        owner = Owner(given.workspace, written.cloud)
        stored = Stored(self._stored, self._end, self._records or ())
        session = ObjectsSession(
            self._hold, self._snapshot, owner, stored, self._notices, keeping=self._keeping
        )
        return session.finish(written)

    def _known(self, raw: Raw, generations: Generations, owner: Owner | None) -> Known:
        source = str(self._reader.place.location)
        try:
            found = self._reader.recorded(raw)
            self._stored, records = dict(found.stored.entries), found.replay.run
            snapshot, self._written = self._reader.shown(found, owner), found.stored
        except StateError as error:
            records_left = None if raw.items else ()
            return Known(Snapshot(generations.newest()), records_left, raw.newest, source, trouble=error)
        if snapshot.missing is not None:
            return Known(Snapshot(generations.newest()), records, raw.newest, source)
        recorded = snapshot if snapshot.state.lineage else None
        return Known(snapshot, records, raw.newest, source, recorded)

    def _is_last(self, checksum: str) -> bool:
        """Whether a document of this checksum is what was written last, with or without what is in doubt."""
        return is_document(checksum, self._snapshot.workspace, (self.known, self._written))

    def _said_of_journal(self) -> str:
        return "the log here belongs to an interrupted run of another state"
