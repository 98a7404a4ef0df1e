"""One reading of what is recorded: the state, whose it is, and how it stands."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from reconciler.errors import StateError
from reconciler.state.codec import fingerprint
from reconciler.state.model import Owner, State


class StateVersion(NamedTuple):
    """What a saved plan is bound to. Two are equal only where the same was recorded.

    `fingerprint` is opaque: a digest of what is recorded, or the store's own token for it, such as the
    end of its journal's chain.
    """

    lineage: str
    serial: int
    fingerprint: str


class Standing(StrEnum):
    """How a state stands: recorded, never written, or missing although it was written once."""

    PRESENT = "present"
    NEW = "new"
    MISSING = "missing"


@dataclass(frozen=True)
class Snapshot:
    """One consistent reading of what is recorded, with the journal of an interrupted run replayed.

    `workspace` is the state's owner, "" where nothing was written yet; `interrupted` tells whether the
    journal holds what the state, as it was written last, does not. `mark` is the store's own token for
    this version; without one the version is worked out when it is asked for. `missing` says, with how to
    have it back, that a state was written here once and is there no more; nothing is recorded then.
    """

    state: State = field(default_factory=State)
    workspace: str = ""
    interrupted: bool = False
    mark: str | None = None
    missing: StateError | None = None

    @property
    def standing(self) -> Standing:
        """How the state stands; what only holds a lock, or only initialises a store, has written nothing."""
        if self.missing is not None:
            return Standing.MISSING
        return Standing.PRESENT if self.state.lineage else Standing.NEW

    @property
    def owner(self) -> Owner:
        """Whose the state is, as far as is recorded."""
        return Owner(self.workspace, self.state.bound)

    @cached_property
    def version(self) -> StateVersion:
        """The version that a saved plan is bound to, and that `Session.finish` sets out from."""
        state = self.state
        return StateVersion(state.lineage, state.serial, self.mark or fingerprint(state))
