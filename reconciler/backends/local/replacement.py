"""Another state in the place of one that is in a file, whose journal may have to be set aside."""

from reconciler.backends.local.keeper import RunKeeper
from reconciler.backends.local.paths import StatePaths
from reconciler.backends.local.reader import RawFiles, Reader
from reconciler.backends.local.session import LocalSession
from reconciler.backends.protocol import Replacement
from reconciler.backends.replacing import Known, KnownReplacing
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import StateError
from reconciler.state.document import checked_whole
from reconciler.state.journal import Record
from reconciler.state.model import Owner, State
from reconciler.state.seal import checksum_of


class LocalReplacing(KnownReplacing):
    """The state to be replaced, while this run has it (a Replacing).

    Where it cannot be used, for the reason in `trouble`, the last sound copy tells what is known of it.
    """

    def __init__(self, paths: StatePaths, reader: Reader, owner: Owner | None, keeper: RunKeeper) -> None:
        self._keeper, self._paths, self._reader = keeper, paths, reader
        self._raw = reader.read_files()
        self._leftover = False
        super().__init__(self._known(owner))

    def put(self, given: Replacement, lineage: str) -> State:
        """See Replacing.put; a journal that does not belong to it is set aside."""
        merged = self._merged(given)
        state = merged or given.state
        written = self._following(state, self._paths.concealed(state), lineage)
        owner = Owner(given.workspace, written.cloud)
        session = LocalSession(
            self._paths, self._snapshot, owner, self._raw.state, self._keeper, leftover=self._leftover
        )
        if merged is None:
            session.set_journal_aside()
        return session.finish(written)

    def _known(self, owner: Owner | None) -> Known:
        raw, records = self._raw, _records(self._reader, self._raw)
        newest, source = raw.newest, str(self._paths.journal)
        try:
            snapshot = self._reader.snapshot(raw, owner)
            checked_whole(snapshot.state)
        except StateError as error:
            return Known(_last_known(self._reader), records, newest, source, trouble=error)
        if raw.state is None and newest:
            return Known(_last_known(self._reader), records, newest, source)
        self._leftover = raw.journal is not None
        return Known(snapshot, records, newest, source, snapshot if snapshot.state.lineage else None)

    def _is_last(self, checksum: str) -> bool:
        """Whether a document of this checksum is the state, or the copy of what was written last."""
        if checksum == checksum_of(self._raw.state):
            return True
        try:
            return checksum == self._reader.newest_copy(self._raw)
        except StateError:
            return False

    def _said_of_journal(self) -> str:
        damaged = "" if self._records is not None else ", which is damaged"
        return f"it lacks what an interrupted run did, which is recorded in {self._paths.journal}{damaged}"

    def _base_of(self, given: Replacement) -> str:
        return given.checksum


def _records(reader: Reader, raw: RawFiles) -> tuple[Record, ...] | None:
    """The journal's records; None if it is damaged."""
    try:
        return reader.journal(raw).records
    except StateError:
        return None


def _last_known(reader: Reader) -> Snapshot:
    last = reader.last_copy()
    return Snapshot(last[1]) if last else Snapshot()
