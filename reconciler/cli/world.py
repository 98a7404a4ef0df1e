"""Puts the rooms together: manifests, state and cloud as the environment and the options name them."""

import os
import random
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from reconciler.backends.files import PosixFiles
from reconciler.backends.local import LocalBackend
from reconciler.cloud.client import Client, Endpoint
from reconciler.cloud.pacing import EvenPace
from reconciler.cloud.redact import Redactor
from reconciler.cloud.resolve import SecretResolver
from reconciler.cloud.retry import Caller, Timing
from reconciler.cloud.secret_files import SecretDirectory
from reconciler.cloud.secrets import Vault
from reconciler.cloud.transport import RequestsTransport
from reconciler.errors import UsageError
from reconciler.kinds.workspace import SIMULATOR, is_loopback
from reconciler.manifests.loader import Outside, Workspace, load
from reconciler.model import Send

DEFAULT_PATHS = ("manifests",)
WORKERS = 16
DEMO_CREDENTIALS = {"TENCENTCLOUD_SECRET_ID": "AKIDexample", "TENCENTCLOUD_SECRET_KEY": "secretexample"}


@dataclass(frozen=True, slots=True)
class Cloud:
    """A connection: sends calls, fills in their secrets, and runs several at a time."""

    send: Send
    resolver: SecretResolver
    executor: ThreadPoolExecutor
    redact: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Target:
    """Where calls go, as a workspace or a saved plan says it: an endpoint and the state's file."""

    endpoint: str
    state: Path


def read_workspace(paths: tuple[str, ...]) -> Workspace:
    """The manifests; raises ManifestError."""
    names = os.environ.get("RECONCILER_SECRETS", "")
    outside = Outside(
        region=os.environ.get("TENCENTCLOUD_REGION") or None,
        secret_names=frozenset(name.strip() for name in names.split(",") if name.strip()),
    )
    return load(paths or DEFAULT_PATHS, sys.stdin.buffer.read, outside)


def target_of(workspace: Workspace, state_file: Path | None) -> Target:
    """The workspace's endpoint and state file; `--state` wins over the manifest."""
    named = workspace.spec.state
    default = Path("state") / f"{workspace.name}.json"
    return Target(workspace.spec.endpoint, state_file or (Path(named) if named else default))


def backend_for(path: Path) -> LocalBackend:
    """The state's files."""
    return LocalBackend(path, PosixFiles(), lambda: secrets.token_hex(8))


def holder(command: str) -> dict[str, Any]:
    """Who holds the lock, for the message that others get."""
    return {"pid": os.getpid(), "host": socket.gethostname(), "command": command, "since": now_text()}


def now_text() -> str:
    """This moment as RFC 3339 UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def connect(target: Target) -> Iterator[Cloud]:
    """A connection to the target's endpoint, with the simulator inside this process where it is that.

    Raises UsageError for an endpoint that is none, SecretError without credentials.
    """
    with ExitStack() as stack:
        override = os.environ.get("RECONCILER_ENDPOINT")
        embedded = target.endpoint == SIMULATOR and not override
        url = stack.enter_context(_embedded(target.state)) if embedded else override or target.endpoint
        demo = target.endpoint == SIMULATOR and is_loopback(url)
        redact = Redactor()
        environ = {**DEMO_CREDENTIALS, **_given(os.environ)} if demo else dict(os.environ)
        vault = _vault(environ, redact, _demo_secret if demo else None)
        transport = stack.enter_context(RequestsTransport(None if is_loopback(url) else _proxies()))
        client = Client(transport, vault.credentials(), Endpoint.parse(url), time.time, redact)
        timing = Timing(time.monotonic, time.sleep, random.uniform)
        caller = Caller(client, EvenPace(time.monotonic, time.sleep), timing)
        executor = stack.enter_context(ThreadPoolExecutor(WORKERS))
        yield Cloud(caller.call, SecretResolver(vault, time.time), executor, redact)


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that have a value."""
    return {name: value for name, value in environ.items() if value}


def _vault(
    environ: Mapping[str, str], redact: Redactor, fallback: Callable[[str], str | None] | None
) -> Vault:
    names = environ.get("RECONCILER_SECRETS", "")
    directory = environ.get("RECONCILER_SECRETS_DIR")
    reader = SecretDirectory(Path(directory) if directory else None)
    allowed = frozenset(name.strip() for name in names.split(",") if name.strip())
    return Vault(environ, allowed, reader.read, redact, fallback)


def _demo_secret(name: str) -> str:
    """What an unset variable stands for on the simulator, so that examples need none."""
    return f"demo-{name.lower().replace('_', '-')}"


def _proxies() -> dict[str, str] | None:
    found = {
        scheme: value
        for scheme in ("http", "https")
        if (value := os.environ.get(f"{scheme}_proxy") or os.environ.get(f"{scheme.upper()}_PROXY"))
    }
    return found or None


@contextmanager
def _embedded(state: Path) -> Iterator[str]:
    running = _simulator().running
    state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with running(state.with_suffix(".simulator.sqlite")) as url:
        yield url


def _simulator() -> Any:
    try:
        return import_module("reconciler.simulator")
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the simulator needs {error.name}, which is not installed",
            "install it with pip install 'reconciler[simulator]'",
        ) from error


def simulator_module() -> Any:
    """The simulator's package; raises UsageError where its extra is not installed."""
    return _simulator()
