"""Another state in the place of one that is there: what speaks against it, and what would be lost."""

from dataclasses import replace

from reconciler.backends.local.keeper import RunKeeper
from reconciler.backends.local.paths import StatePaths
from reconciler.backends.local.reader import RawFiles, Reader
from reconciler.backends.local.session import LocalSession
from reconciler.backends.protocol import Replacement
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.state.comparing import same_content
from reconciler.state.journal import Record, replay, replayed
from reconciler.state.model import Owner, State, remembered
from reconciler.state.seal import checksum_of


class LocalReplacing:
    """The state to be replaced, while this run has it (a Replacing).

    Where it cannot be used, for the reason in `trouble`, the last sound copy tells what is known of it.
    """

    def __init__(self, paths: StatePaths, reader: Reader, owner: Owner | None, keeper: RunKeeper) -> None:
        self.trouble: StateError | None = None
        self.recorded: Snapshot | None = None
        self._keeper = keeper
        self._paths = paths
        self._raw = reader.read_files()
        self._leftover = False
        try:
            self._snapshot = reader.snapshot(self._raw, owner)
            if self._raw.state is None and self._raw.newest:
                self._snapshot = _last_known(reader)
            else:
                self._leftover = self._raw.journal is not None
                self.recorded = self._snapshot if self._snapshot.state.lineage else None
        except StateError as error:
            self.trouble = error
            self._snapshot = _last_known(reader)
        self._records = _records(reader, self._raw)
        self._newest = max(self.known.serial, self._raw.newest)
        self._reader = reader

    @property
    def known(self) -> State:
        """See Replacing.known."""
        return self._snapshot.state

    def objections(self, given: Replacement) -> list[str]:
        """What speaks against the state that is given, in words for people; nothing if it simply follows."""
        state, lineage = given.state, self.known.lineage
        found = []
        if lineage and state.lineage not in ("", lineage):
            found.append(f"its lineage is {state.lineage}, but the recorded one is {lineage}")
        cloud = self.known.cloud
        if cloud and state.cloud not in ("", cloud):
            found.append(f"it was applied to {state.cloud}, but the recorded state was applied to {cloud}")
        if state.serial < self._newest:
            found.append(f"its serial is {state.serial}, but serial {self._newest} was written here")
        elif given.edited_from and not (self._says_the_same(state) or self._is_last(given.edited_from)):
            found.append(
                f"it was edited from a different version of serial {state.serial} than the one written here"
            )
        if self._merged(given) is None:
            damaged = "" if self._records is not None else ", which is damaged"
            found.append(
                f"it lacks what an interrupted run did, which is recorded in {self._paths.journal}{damaged}"
            )
        return found

    def _says_the_same(self, state: State) -> bool:
        return self.recorded is not None and same_content(self.known, state)

    def _is_last(self, checksum: str) -> bool:
        """Whether a document of this checksum is the state, or the copy of what was written last."""
        if checksum == checksum_of(self._raw.state):
            return True
        try:
            return checksum == checksum_of(self._reader.newest_copy(self._raw))
        except StateError:
            return False

    def forgotten(self, written: State) -> list[tuple[Address, str]]:
        """The tasks that are known here to run, and that the written state does not record."""
        known = replayed(self.known.entries, (self._records or ())[1:])
        kept = {entry.task_id for entry in written.entries.values()}
        return [
            (address, str(entry.task_id))
            for address, entry in sorted(known.items())
            if entry.task_id is not None and entry.task_id not in kept
        ]

    def put(self, given: Replacement, lineage: str) -> State:
        """Writes the state that is given, under a serial above any that was written here.

        A journal that belongs to it is worked in; any other is set aside. `lineage` is for a state
        that has none. Raises StateError.
        """
        merged = self._merged(given)
        state = merged or given.state
        owner = Owner(given.workspace, state.cloud or self.known.cloud)
        session = LocalSession(
            self._paths, self._snapshot, owner, self._raw.state, self._keeper, leftover=self._leftover
        )
        if merged is None:
            session.set_journal_aside()
        return session.finish(
            replace(
                self._paths.concealed(state),
                lineage=state.lineage or self.known.lineage or lineage,
                cloud=owner.cloud,
                serial=max(state.serial, self._newest),
                used_plans=remembered(self.known.used_plans, state.used_plans),
                digest_key=state.digest_key or self.known.digest_key,
            )
        )

    def _merged(self, given: Replacement) -> State | None:
        """The state that is given, with the journal worked in; None if the journal is not for it."""
        if self._records is None:
            return None
        if self._says_the_same(given.state):
            return self.known
        try:
            return replay(given.state, self._records, str(self._paths.journal), given.checksum)
        except StateError:
            return None


def _records(reader: Reader, raw: RawFiles) -> tuple[Record, ...] | None:
    """The journal's records; None if it is damaged."""
    try:
        return reader.journal(raw).records
    except StateError:
        return None


def _last_known(reader: Reader) -> Snapshot:
    last = reader.last_copy()
    return Snapshot(last[1]) if last else Snapshot()
