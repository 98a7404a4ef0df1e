"""What the commands that look after a state share: which state is meant, held for this run alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from reconciler.backends.protocol import FILE, Session, StateLocation
from reconciler.backends.snapshots import Snapshot
from reconciler.cli.holding import held_state, lock_timeout_option, look_at
from reconciler.cli.options import one_of, state_option
from reconciler.cli.placing import bound_to, is_bound, state_given, store_given
from reconciler.cli.world import Target, read_workspace, target_of
from reconciler.errors import StateError, UsageError
from reconciler.model import Address
from reconciler.state.model import Entry, Owner, State

if TYPE_CHECKING:
    from reconciler.manifests.loading.loader import Workspace


@dataclass(frozen=True, slots=True)
class Which:
    """The state that a command is about: its place, and the manifests if they were read to find it."""

    location: StateLocation
    manifests: Workspace | None = None
    named: bool = False
    """Whether the place was named outside the manifests, so that there ought to be a state."""

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


def _keep_name(context: click.Context, parameter: click.Parameter, name: str | None) -> None:
    context.meta[_NAMED] = name


_NAMED = "reconciler.workspace"
workspace_option = click.option(
    "--workspace",
    metavar="NAME",
    expose_value=False,
    callback=_keep_name,
    help="Use this workspace's state in a shared store, without its manifests.",
)
"""Says of a store that keeps many states which one is meant; `which_state` looks at it."""


def which_state(paths: tuple[str, ...], state_file: StateLocation | None) -> Which:
    """The state that is named, or that of the manifests below the paths.

    Raises ManifestError, and UsageError for a workspace that is named where that says nothing.
    """
    named, workspace = state_given(state_file), click.get_current_context().meta.get(_NAMED)
    if workspace is not None:
        return Which(_one_of_many(named or store_given(), str(workspace), paths), named=True)
    if named is not None and not paths and is_bound(named):
        return Which(named, named=True)
    manifests = read_workspace(paths)
    return Which(target_of(manifests, state_file).state, manifests, named is not None)


def _one_of_many(store: StateLocation | None, workspace: str, paths: tuple[str, ...]) -> StateLocation:
    """The state of that workspace in a store; raises UsageError where it is no store of many."""
    if paths:
        raise UsageError("--workspace and PATH cannot be combined", "use one of them")
    if store is None or store.store == FILE:
        raise UsageError(
            "no store specified: --workspace selects one of the states in a store",
            "add --state postgresql://… or s3://…, or set RECONCILER_STATE or RECONCILER_STATE_URL",
        )
    return bound_to(store, workspace)


def read_state(which: Which) -> Snapshot:
    """What is recorded; raises StateError, also where one was written and is gone, or is named in vain."""
    snapshot = look_at(which.location, which.owner)
    if snapshot.missing is not None:
        raise snapshot.missing
    if which.named and not is_begun(snapshot):
        raise no_state(which)
    return snapshot


def is_begun(snapshot: Snapshot) -> bool:
    """Whether a state was ever written, or a run has begun one."""
    return bool(snapshot.state.lineage or snapshot.state.entries)


def no_state(which: Which) -> StateError:
    """What is told where there has to be one."""
    hint = "`reconciler apply` creates it; if the state is elsewhere, pass it with --state"
    if which.named:
        hint = "pass its manifests, as in `reconciler state list PATH`, or pass the state itself with --state"
    return StateError(f"{which.location}: no state yet", hint)


def holding_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that writes the state of its manifests: --state and --lock-timeout."""
    return state_option(lock_timeout_option(command))


def writing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Those of a command that writes any state: --workspace beside them."""
    return workspace_option(holding_options(command))


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
    address = one_of(
        text, state.entries, "is not in the state", "`reconciler state list` shows what is recorded"
    )
    return address, state.entries[address]


def write(held: Session, entries: dict[Address, Entry], dropped: Iterable[Address] = ()) -> State:
    """Writes the state with these entries, where what was `dropped` runs on; raises StateError."""
    lineage = held.state.lineage or str(uuid.uuid4())
    return held.finish(replace(held.state.without_tracking(dropped, entries), lineage=lineage, cleared=""))
