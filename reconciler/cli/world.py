"""What a command is about: manifests, endpoint and state, as the environment and the options name them.

What reads manifests, and the kinds, are imported when they are asked for: many commands only look at a state.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.backends.local.backend import LocalBackend
from reconciler.backends.local.files import PosixFiles
from reconciler.backends.local.keeper import KeepingRuns
from reconciler.backends.local.location import path_of
from reconciler.backends.local.pace import FileSlotStore, boot_id
from reconciler.backends.objects.location import OBJECTS
from reconciler.backends.parts import KEEPING, Keeping, Neighbour
from reconciler.backends.postgres.location import POSTGRES
from reconciler.backends.protocol import FILE, Backend, StateLocation
from reconciler.cli.environment import current_environment
from reconciler.cli.network import A_SERVICE, check_plain_http, read_network
from reconciler.cli.origin import pipeline_of, user_name
from reconciler.cli.placing import state_of, usual_places
from reconciler.cli.second_process import SecondProcess
from reconciler.cli.standard_input import read_stdin
from reconciler.cloud.endpoint import Endpoint
from reconciler.cloud.pace import FallbackSlotStore
from reconciler.errors import StateError, UsageError
from reconciler.kinds.workspace.endpoint import SIMULATOR, cloud_of, is_real
from reconciler.manifests.loading.context import LoadContext
from reconciler.model import Address, digest
from reconciler.moments import rfc3339
from reconciler.pacing.store import SlotStore
from reconciler.running.standing import Place
from reconciler.state.model import Entry, Owner, State

if TYPE_CHECKING:
    from reconciler.kinds.workspace.spec import WorkspaceSpec
    from reconciler.manifests.loading.loader import FoundSettings, Workspace

DEFAULT_PATHS = ("manifests",)
_DIGITS = 5
_LOADER = "reconciler.manifests.loading.loader"


@dataclass(frozen=True, slots=True)
class Target:
    """Where calls go, as a workspace or a saved plan says it: an endpoint and where the state is."""

    endpoint: str
    state: StateLocation

    @property
    def endpoint_used(self) -> str:
        """Where calls go; the variable wins as it does for the calls."""
        return current_environment().get("RECONCILER_ENDPOINT") or self.endpoint

    @property
    def cloud(self) -> str:
        """Where calls go, for people."""
        named = self.endpoint_used
        return "the built-in simulator" if named == SIMULATOR else named

    def owner(self, workspace: str) -> Owner:
        """Whose the state has to be for calls to go there."""
        return Owner(workspace, cloud_of(self.endpoint_used))

    def place(self, workspace: str, *, sends: bool = False, new_state: bool = False) -> Place:
        """Where the state is and calls go, for a plan; `sends` and `new_state` as Place has them."""
        cloud = self.owner(workspace).cloud
        return Place(str(self.state), cloud, is_real(cloud), sends, new_state)

    @property
    def is_embedded(self) -> bool:
        """Whether the cloud is a simulator inside the command, with a world of its own for each state."""
        return self.endpoint_used == SIMULATOR


def neighbours_of(target: Target, workspace: Workspace) -> Sequence[Neighbour]:
    """Other states that may record what runs in the same cloud.

    Those that are kept beside the target's, the one that the manifests alone name, and the one below the
    working directory, where earlier versions kept it.
    """
    if target.is_embedded:
        return ()
    part = backend_for(target.state).parts.neighbours
    beside = [] if part is None else list(part.states())
    known = {str(target.state), *(one.location for one in beside)}
    others = [one for one in usual_places(workspace) if str(one) not in known]
    return [*beside, *filter(None, map(_neighbour, others))]


def claimed_by_others(
    state: StateLocation, cloud: str, entries: Mapping[Address, Entry]
) -> Mapping[Address, str]:
    """What the entries need that other workspaces of the same store have, in words, by whose need it is."""
    part = None if cloud == SIMULATOR else backend_for(state).parts.claims
    if part is None:
        return {}
    needs = {address: occupied(cloud, address, entry) for address, entry in entries.items()}
    held = {one.digest: one for one in part.held(sorted({one for need in needs.values() for one in need}))}
    return {
        address: f"{address}: {words} is held by {held[digest].address} of workspace {held[digest].workspace}"
        for address, need in needs.items()
        for digest, words in need.items()
        if digest in held
    }


def _neighbour(location: StateLocation) -> Neighbour | None:
    """The state that is kept there; None where none is, or none that can be read."""
    try:
        found = backend_for(location).snapshot(None)
    except (StateError, UsageError):
        return None
    return Neighbour(str(location), found.owner, found.state)


def read_workspace(
    paths: tuple[str, ...], stdin: Callable[[], bytes] = read_stdin, *, keep: bool = False
) -> Workspace:
    """The manifests, with what each document comes to if `keep`; raises ManifestError."""
    context = replace(load_context(), keep=keep)
    found: Workspace = import_module(_LOADER).load(paths or DEFAULT_PATHS, stdin, context)
    return found


def find_workspace(paths: tuple[str, ...]) -> FoundSettings:
    """What the one Workspace below the paths is called and says; raises ManifestError."""
    sources = import_module("reconciler.manifests.loading.sources").find_sources(paths, read_stdin)
    found: FoundSettings = import_module(_LOADER).find_settings(sources, load_context())
    return found


def load_context() -> LoadContext:
    """What manifests are read with that does not stand in them, as the environment says it."""
    environment = current_environment()
    region = environment.get("TENCENTCLOUD_REGION") or None
    return LoadContext(region, environment.secret_names, helper=SecondProcess())


def read_settings(paths: tuple[str, ...]) -> WorkspaceSpec:
    """What the one Workspace below the paths says; raises ManifestError."""
    found: WorkspaceSpec = import_module(_LOADER).load_settings(
        paths, read_stdin, LoadContext(secret_names=None)
    )
    return found


def target_of(workspace: Workspace, state_file: StateLocation | None) -> Target:
    """The workspace's endpoint and state; `--state` and RECONCILER_STATE win over the manifest."""
    return Target(workspace.spec.endpoint, state_of(workspace, state_file))


def check_target(target: Target, *, kept: bool, plain_http: bool) -> None:
    """Raises what keeps a command from sending anything there; see check_kept and check_network."""
    check_kept(target, kept=kept)
    check_network(target, plain_http=plain_http)


def check_kept(target: Target, *, kept: bool) -> None:
    """Raises StateError where a pipeline would lose the state file, and with it every TaskId, after the run.

    A runner throws its files away unless somebody knows better (`kept`); a simulator costs nothing.
    """
    real, shared = is_real(target.endpoint_used), target.state.store != FILE
    if kept or shared or not real or not _is_set(current_environment().get("CI")):
        return
    raise StateError(
        f"{target.state} is a file on this CI runner: once the runner is gone, the TaskIds of running tasks "
        "are lost",
        "keep the state in a database or a bucket (docs/shared-state.md); or keep the file between runs, on "
        "a runner with its own disk or as docs/pipelines.md shows, and add --runner-keeps-state",
    )


def check_network(target: Target, *, plain_http: bool) -> None:
    """Raises UsageError for an endpoint that is none or unencrypted, a proxy or CAs that cannot be used."""
    named = target.endpoint_used
    if named == SIMULATOR:
        return
    url = Endpoint.parse(named).url(A_SERVICE)
    check_plain_http(url, allowed=plain_http)
    read_network(current_environment().variables, url)


def _is_set(variable: str) -> bool:
    return variable.lower() not in ("", "0", "false", "no")


def backend_for(location: StateLocation, keeping: Keeping = KEEPING) -> Backend:
    """Where the state is kept: the one place that knows which backends there are.

    `keeping` says how much is kept of runs, for whoever writes it.

    A state's files are beside the file itself where the path is a link to it, so that they are found.
    """
    if location.store == POSTGRES:
        store = import_module("reconciler.cli.shared_store")
        backend: Backend = store.postgres_backend(location, keeping)
        return backend
    if location.store == OBJECTS:
        bucket: Backend = import_module("reconciler.cli.shared_objects").objects_backend(location, keeping)
        return bucket
    path = path_of(location)
    real = Path(os.path.realpath(path))
    if os.path.isdir(real):
        raise UsageError(f"{path} is a directory", "use a file for the state")
    how = KeepingRuns(keeping, current_environment().clock)
    return LocalBackend(real, PosixFiles(), lambda: secrets.token_hex(8), conceal_state, how)


def conceal_state(state: State) -> State:
    """The state without secrets in clear, which older versions recorded (kinds.concealing)."""
    if not state.entries:
        return state
    found: State = import_module("reconciler.kinds.concealing").conceal_state(state)
    return found


def occupied(cloud: str, address: Address, entry: Entry) -> dict[str, str]:
    """What an entry occupies on a cloud, in words by digest (kinds.occupying)."""
    found: dict[str, str] = import_module("reconciler.kinds.occupying").occupied(cloud, address, entry)
    return found


def runs_kept() -> Keeping:
    """How much is kept of runs, as RECONCILER_HISTORY_RUNS and RECONCILER_HISTORY_DAYS say.

    Raises UsageError where either is no number.
    """
    return Keeping(
        _count("RECONCILER_HISTORY_RUNS", KEEPING.runs), _count("RECONCILER_HISTORY_DAYS", KEEPING.days)
    )


def _count(variable: str, otherwise: int) -> int:
    """A whole number above 0; raises UsageError for anything else."""
    text = current_environment().get(variable)
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text)):
        raise UsageError(f"{variable} is {text!r}", f"set it to a whole number above 0, such as {otherwise}")
    return int(text)


def shared_slot_store(variables: Mapping[str, str], warn: Callable[[str], None]) -> SlotStore:
    """The slots that all processes of this machine share; where that fails, those of this one process."""
    return _shared_slot_store(state_home(variables) / "pace", warn)


@cache
def _shared_slot_store(directory: Path, warn: Callable[[str], None]) -> SlotStore:
    files = FileSlotStore(directory, boot_id(), time.monotonic, time.sleep)
    return FallbackSlotStore(files, time.monotonic, warn)


def world_of(location: StateLocation, variables: Mapping[str, str]) -> Path:
    """The file beside which a simulator inside this command keeps the world of a state."""
    if location.store == FILE:
        return path_of(location)
    return state_home(variables) / "simulator" / f"{digest(location.text).removeprefix('sha256:')}.json"


def state_home(variables: Mapping[str, str]) -> Path:
    """Our part of the user's state directory, as the XDG base directories have it; a relative one is none."""
    home = Path(variables.get("XDG_STATE_HOME") or ".")
    if not home.is_absolute():
        home = Path("~/.local/state")
    return Path(os.path.expanduser(home)) / "reconciler"


def holder(command: str) -> dict[str, Any]:
    """Who holds the lock, for the message that others get and for the history."""
    pipeline = pipeline_of(current_environment().variables)
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "user": user_name(),
        "command": command,
        "since": now_text(),
        **({"pipeline": pipeline} if pipeline else {}),
    }


def now_text() -> str:
    """This moment as RFC 3339 UTC."""
    return rfc3339(current_environment().clock())
