"""Another state in the place of one that is there: what speaks against it, and what would be lost."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reconciler.backends.protocol import Replacement
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.state.comparing import same_content
from reconciler.state.document import former_document, write_document
from reconciler.state.journal import Record, replay, replayed
from reconciler.state.model import State, remembered
from reconciler.state.seal import checksum_of


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a state: what is recorded, or else the last sound copy.

    `recorded` and `trouble` are as Replacing has them. `records` are those of an interrupted run, None where
    they cannot be read, and `source` is where they stand, in words. `newest` is the highest serial that was
    ever written there.
    """

    snapshot: Snapshot
    records: Sequence[Record] | None
    newest: int
    source: str
    recorded: Snapshot | None = None
    trouble: StateError | None = None


class KnownReplacing(ABC):
    """A state to be replaced, of which this is known: all of Replacing but `put`, which is the store's."""

    def __init__(self, before: Known) -> None:
        self.recorded, self.trouble = before.recorded, before.trouble
        self._snapshot, self._records, self._source = before.snapshot, before.records, before.source
        self._newest = max(self.known.serial, before.newest)

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
            found.append(self._said_of_journal())
        return found

    def forgotten(self, written: State) -> list[tuple[Address, str]]:
        """See Replacing.forgotten."""
        known = replayed(self.known.entries, (self._records or ())[1:])
        kept = {entry.task_id for entry in written.entries.values()}
        return [
            (address, str(entry.task_id))
            for address, entry in sorted(known.items())
            if entry.task_id is not None and entry.task_id not in kept
        ]

    @abstractmethod
    def _is_last(self, checksum: str) -> bool:
        """Whether a document of this checksum is what was written last."""

    @abstractmethod
    def _said_of_journal(self) -> str:
        """That there is a journal which is not of the state that is given."""

    def _base_of(self, given: Replacement) -> str:
        """The checksum by which a journal names the state that it belongs to; "" in a store that has none."""
        return ""

    def _merged(self, given: Replacement) -> State | None:
        """The state that is given, with the journal worked in; None if the journal is not for it."""
        if self._records is None:
            return None
        if self._says_the_same(given.state):
            return self.known
        try:
            return replay(given.state, self._records, self._source, self._base_of(given))
        except StateError:
            return None

    def _following(self, state: State, concealed: State, lineage: str) -> State:
        """What is written of a state, which is `concealed`: behind all that was written here."""
        known = self.known
        return replace(
            concealed,
            lineage=state.lineage or known.lineage or lineage,
            cloud=state.cloud or known.cloud,
            serial=max(state.serial, self._newest),
            used_plans=remembered(known.used_plans, state.used_plans),
            digest_key=state.digest_key or known.digest_key,
        )

    def _says_the_same(self, state: State) -> bool:
        return self.recorded is not None and same_content(self.known, state)


def is_document(checksum: str, owner: str, states: Iterable[State]) -> bool:
    """Whether the document of one of these states bears this checksum."""
    forms = (write(owner, state) for state in states for write in (write_document, former_document))
    return checksum in map(checksum_of, forms)
