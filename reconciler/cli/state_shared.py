"""What the commands that look after a state share: which state is meant, held for this run alone."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from reconciler.backends.protocol import Session, Snapshot, StateLocation
from reconciler.cli.holding import held_state, lock_timeout_option, look_at
from reconciler.cli.options import one_of, state_option
from reconciler.cli.placing import state_given
from reconciler.cli.world import Target, read_workspace, target_of
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address
from reconciler.state.model import Entry, Owner, State


@dataclass(frozen=True, slots=True)
class Which:
    """The state that a command is about: its place, and the manifests if they were read to find it."""

    location: StateLocation
    manifests: Workspace | None = None

    @property
    def workspace(self) -> str | None:
        """The workspace that it must be of; None where it may be any."""
        return self.manifests.name if self.manifests else None

    @property
    def owner(self) -> Owner | None:
        """The same as an owner: what is neither compared with a cloud nor sent there may be of any."""
        return Owner(self.manifests.name) if self.manifests else None

    @property
    def bound(self) -> Owner | None:
        """The workspace and the cloud that the manifests name; None where there are none."""
        if self.manifests is None:
            return None
        return Target(self.manifests.spec.endpoint, self.location).owner(self.manifests.name)


def which_state(paths: tuple[str, ...], state_file: StateLocation | None) -> Which:
    """The state that is named, or that of the manifests below the paths; raises ManifestError."""
    named = state_given(state_file)
    if named is not None and not paths:
        return Which(named)
    manifests = read_workspace(paths)
    return Which(target_of(manifests, state_file).state, manifests)


def read_state(which: Which) -> Snapshot:
    """What is recorded; raises StateError, also for a state that was written and is gone."""
    snapshot = look_at(which.location, which.owner)
    if snapshot.missing is not None:
        raise snapshot.missing
    return snapshot


def writing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that writes the state: --state and --lock-timeout."""
    return state_option(lock_timeout_option(command))


@contextmanager
def held_for(which: Which, command: str, patience: float, owner: Owner | None = None) -> Iterator[Session]:
    """The state for this command alone, of the owner that is meant; raises LockedError or StateError."""
    meant = owner or which.owner
    with held_state(which.location, meant, f"state {command}", str(uuid.uuid4()), patience) as held:
        if held.snapshot.missing is not None:
            raise held.snapshot.missing
        yield held


def recorded(state: State, text: str) -> tuple[Address, Entry]:
    """The address and what is recorded of it; raises UsageError where nothing is."""
    address = one_of(text, state.entries, "is not recorded", "`reconciler state list` shows what is")
    return address, state.entries[address]


def write(held: Session, entries: dict[Address, Entry]) -> State:
    """Writes the state with these entries; raises StateError."""
    state = held.state
    lineage = state.lineage or str(uuid.uuid4())
    return held.finish(replace(state, entries=entries, lineage=lineage, cleared=""))
