"""Another state in the place of one that is there: what speaks against it, and what would be lost."""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.backends.parts import KEEPING, Keeping
from reconciler.backends.postgres.claiming import Claiming, Occupies, occupies_nothing
from reconciler.backends.postgres.generations import Generations
from reconciler.backends.postgres.hold import Hold
from reconciler.backends.postgres.reader import Reader
from reconciler.backends.postgres.session import PostgresSession, Stored
from reconciler.backends.protocol import Replacement
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.state.codec import state_to_json
from reconciler.state.comparing import same_content
from reconciler.state.ending import End
from reconciler.state.journal import Begin, Record, replay, replayed
from reconciler.state.model import Entry, Owner, State, remembered
from reconciler.state.seal import checksum_of, seal


class PostgresReplacing:
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
        self.trouble: StateError | None = None
        self.recorded: Snapshot | None = None
        self._hold = hold
        self._reader = reader
        self._notices = notices
        self._occupies = occupies
        self._keeping = keeping
        self._raw = reader.raw(hold.client, writes=True)
        self._stored: Mapping[Address, Entry | None] = dict.fromkeys(self._raw.addresses)
        try:
            recorded = reader.recorded(self._raw)
            self._stored = dict(recorded.stored.entries)
            self._snapshot = reader.shown(recorded, owner)
            self._written = recorded.stored
        except StateError as error:
            self.trouble, self._snapshot, self._written = error, Snapshot(), State()
        if self.trouble is not None or self._snapshot.missing is not None:
            self._snapshot = Snapshot(generations.newest())
        elif self._snapshot.state.lineage:
            self.recorded = self._snapshot
        self._records = self._journal()
        self._newest = max(self.known.serial, self._raw.newest)

    @property
    def known(self) -> State:
        """See Replacing.known."""
        return self._snapshot.state

    def objections(self, given: Replacement) -> list[str]:
        """See Replacing.objections."""
        state, known = given.state, self.known
        found = []
        if known.lineage and state.lineage not in ("", known.lineage):
            found.append(f"its lineage is {state.lineage}, but the recorded one is {known.lineage}")
        if known.cloud and state.cloud not in ("", known.cloud):
            found.append(
                f"it was applied to {state.cloud}, but the recorded state was applied to {known.cloud}"
            )
        if state.serial < self._newest:
            found.append(f"its serial is {state.serial}, but serial {self._newest} was written here")
        elif given.edited_from and not (self._says_the_same(state) or self._is_last(given.edited_from)):
            found.append(
                f"it was edited from a different version of serial {state.serial} than the one written here"
            )
        if self._merged(given) is None:
            found.append("the journal here belongs to an interrupted run of another state")
        return found

    def forgotten(self, written: State) -> list[tuple[Address, str]]:
        """See Replacing.forgotten."""
        known = replayed(self.known.entries, (self._records or [])[1:])
        kept = {entry.task_id for entry in written.entries.values()}
        return [
            (address, str(entry.task_id))
            for address, entry in sorted(known.items())
            if entry.task_id is not None and entry.task_id not in kept
        ]

    def put(self, given: Replacement, lineage: str) -> State:
        """See Replacing.put; a journal that does not belong to it stays in the store's history alone."""
        merged = self._merged(given)
        if merged is None:
            self._notices.append("the state pushed here lacks what the interrupted run did")
        state, known = merged or given.state, self.known
        owner = Owner(given.workspace, state.cloud or known.cloud)
        stored = Stored(self._stored, self._raw.serial, self._raw.end, self._records or ())
        begun = (one.address for one in self._records or () if not isinstance(one, Begin | End))
        claiming = Claiming(self._hold, self._occupies, begun)
        session = PostgresSession(
            self._hold, self._snapshot, owner, stored, self._notices, None, claiming, self._keeping
        )
        return session.finish(
            replace(
                self._reader.concealed(state),
                lineage=state.lineage or known.lineage or lineage,
                cloud=owner.cloud,
                serial=max(state.serial, self._newest),
                used_plans=remembered(known.used_plans, state.used_plans),
                digest_key=state.digest_key or known.digest_key,
            )
        )

    def _says_the_same(self, state: State) -> bool:
        return self.recorded is not None and same_content(self.known, state)

    def _is_last(self, checksum: str) -> bool:
        """Whether a document of this checksum is what was written last, with or without what is in doubt."""
        owner = self._snapshot.workspace
        documents = (seal(state_to_json(owner, state)) for state in (self.known, self._written))
        return checksum in map(checksum_of, documents)

    def _journal(self) -> list[Record] | None:
        """What an interrupted run journalled; None where it cannot be read."""
        try:
            return self._reader.records(self._hold.client, self._raw.begun)
        except StateError:
            return None

    def _merged(self, given: Replacement) -> State | None:
        """The state that is given, with the journal worked in; None if the journal is not for it."""
        if self._records is None:
            return None
        if self._says_the_same(given.state):
            return self.known
        try:
            return replay(given.state, self._records, str(self._reader.place.location))
        except StateError:
            return None
