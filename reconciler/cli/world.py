"""Puts the rooms together: manifests, state and cloud as the environment and the options name them."""

import os
import random
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

import click

from reconciler.backends.files import PosixFiles
from reconciler.backends.local import LocalBackend
from reconciler.cli.network import Network, check_plain_http, read_network
from reconciler.cli.outages import breaker
from reconciler.cli.standard_input import read_stdin
from reconciler.cli.workers import Workers
from reconciler.cloud.client import Client, Endpoint
from reconciler.cloud.pace_file import FileBook, boot_id
from reconciler.cloud.pacing import Book, FallbackBook, MemoryBook, SlotPace, account_of
from reconciler.cloud.redact import Redactor
from reconciler.cloud.resolve import SecretResolver
from reconciler.cloud.retry import Caller, OpenGate, Timing
from reconciler.cloud.secret_files import SecretDirectory
from reconciler.cloud.secrets import Vault
from reconciler.cloud.transport import RequestsTransport
from reconciler.errors import StateError, UsageError
from reconciler.kinds.concealing import conceal_state
from reconciler.kinds.workspace import SIMULATOR, is_loopback
from reconciler.manifests.loader import Outside, Workspace, load
from reconciler.model import Attempts
from reconciler.moments import rfc3339
from reconciler.reports.escape import safe

DEFAULT_PATHS = ("manifests",)
WORKERS = 16
_A_SERVICE = "trtc"
"""All services of an endpoint are reached in one way, but for what NO_PROXY says of single hosts."""
DEMO_CREDENTIALS = {"TENCENTCLOUD_SECRET_ID": "AKIDexample", "TENCENTCLOUD_SECRET_KEY": "secretexample"}


@dataclass(frozen=True, slots=True)
class Cloud:
    """A connection: sends calls, fills in their secrets, and runs several at a time."""

    send: Attempts
    resolver: SecretResolver
    executor: Executor
    redact: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Target:
    """Where calls go, as a workspace or a saved plan says it: an endpoint and the state's file."""

    endpoint: str
    state: Path

    @property
    def cloud(self) -> str:
        """Where calls go, for people; the variable wins as it does for the calls."""
        named = os.environ.get("RECONCILER_ENDPOINT") or self.endpoint
        return "the simulator in this process" if named == SIMULATOR else named


def read_workspace(paths: tuple[str, ...]) -> Workspace:
    """The manifests; raises ManifestError."""
    outside = Outside(
        region=os.environ.get("TENCENTCLOUD_REGION") or None, secret_names=_secret_names(os.environ)
    )
    return load(paths or DEFAULT_PATHS, read_stdin, outside)


def target_of(workspace: Workspace, state_file: Path | None) -> Target:
    """The workspace's endpoint and state file; `--state` wins over the manifest."""
    named = workspace.spec.state
    default = Path("state") / f"{workspace.name}.json"
    return Target(workspace.spec.endpoint, state_file or (Path(named) if named else default))


def check_kept(target: Target, *, kept: bool) -> None:
    """Raises StateError where a pipeline would lose the state file, and with it every TaskId, after the run.

    A runner throws its files away unless somebody knows better (`kept`); a simulator costs nothing.
    """
    endpoint = os.environ.get("RECONCILER_ENDPOINT") or target.endpoint
    if kept or endpoint == SIMULATOR or is_loopback(endpoint) or not _is_set(os.environ.get("CI")):
        return
    raise StateError(
        f"{target.state} is a file of this runner, and CI is set: when the runner is gone, nobody knows the "
        "TaskIds of what runs",
        "keep the file between runs, on a runner with a disk of its own or as docs/pipelines.md has it, "
        "and add --runner-keeps-state",
    )


def check_network(target: Target, *, plain_http: bool) -> None:
    """Raises UsageError for an endpoint that is none or unencrypted, a proxy or CAs that cannot be used."""
    named = os.environ.get("RECONCILER_ENDPOINT") or target.endpoint
    if named == SIMULATOR:
        return
    url = Endpoint.parse(named).url(_A_SERVICE)
    check_plain_http(url, allowed=plain_http)
    read_network(os.environ, url)


def _is_set(variable: str | None) -> bool:
    return (variable or "").lower() not in ("", "0", "false", "no")


def backend_for(path: Path) -> LocalBackend:
    """The state's files; beside the file itself where the path is a link to it, so that they are found."""
    real = Path(os.path.realpath(path))
    if real.is_dir():
        raise UsageError(f"{path} is a directory", "name a file for the state")
    return LocalBackend(real, PosixFiles(), lambda: secrets.token_hex(8), conceal_state)


def holder(command: str) -> dict[str, Any]:
    """Who holds the lock, for the message that others get."""
    return {"pid": os.getpid(), "host": socket.gethostname(), "command": command, "since": now_text()}


def now_text() -> str:
    """This moment as RFC 3339 UTC."""
    return rfc3339(time.time())


def never() -> bool:
    """Not so."""
    return False


@contextmanager
def connect(
    target: Target,
    interrupted: Event | None = None,
    lost: Callable[[], bool] = never,
    outage: float | None = None,
) -> Iterator[Cloud]:
    """A connection to the target's endpoint, with the simulator inside this process where it is that.

    Once `interrupted` is set, or when the block is left by an exception, nothing more is sent, and
    nothing while `lost` says that another run may have the state: it is asked when a call has its
    turn, which may be long after its intent was written. An endpoint that no longer answers is waited for
    as many seconds as `outage` says, and nothing is begun there meanwhile; None calls on. Raises
    UsageError for an endpoint that is none, SecretError without credentials.
    """
    stop = interrupted or Event()
    with ExitStack() as stack:
        override = os.environ.get("RECONCILER_ENDPOINT")
        demo = target.endpoint == SIMULATOR and (not override or is_loopback(override))
        redact = Redactor()
        environ = {**DEMO_CREDENTIALS, **_given(os.environ)} if demo else dict(os.environ)
        vault = _vault(environ, redact, _demo_secret if demo else None)
        keys = vault.credentials()
        embedded = target.endpoint == SIMULATOR and not override
        url = override or target.endpoint
        if embedded:
            url = stack.enter_context(_embedded(target.state, {keys.secret_id: keys.secret_key}))
        endpoint = Endpoint.parse(url)
        network = _network(endpoint, redact)
        transport = stack.enter_context(RequestsTransport(network.proxy_of, network.verify))
        client = Client(transport, keys, endpoint, time.time, redact)
        book = MemoryBook(time.monotonic) if embedded else _shared_book(_pace_directory(os.environ))
        account = account_of(keys.secret_id, client.endpoint.template)

        def stopped() -> bool:
            return stop.is_set() or lost()

        pace = SlotPace(book, account, stop.wait, stopped)
        timing = Timing(time.monotonic, stop.wait, random.uniform)
        gate = OpenGate() if outage is None else breaker(client, pace, outage, timing, stopped, _warn)
        caller = Caller(client, pace, timing, gate=gate)
        executor = stack.enter_context(_workers(stop))
        yield Cloud(caller.call, SecretResolver(vault, time.time), executor, redact)


def _network(endpoint: Endpoint, redact: Redactor) -> Network:
    """How the endpoint is reached; said under --debug. A proxy's password is a secret like others."""
    network = read_network(os.environ, endpoint.url(_A_SERVICE))
    for secret in network.proxy.secrets() if network.proxy else ():
        redact.register(secret)
    context = click.get_current_context(silent=True)
    if context is not None and context.find_root().params.get("debug"):
        click.echo(f"debug: {safe(network.words(endpoint.url(_A_SERVICE)))}", err=True)
    return network


@cache
def _shared_book(directory: Path) -> Book:
    """The slots that all processes of this machine share; where that fails, those of this one process."""
    files = FileBook(directory, boot_id(), time.monotonic, time.sleep)
    return FallbackBook(files, time.monotonic, _warn)


def _pace_directory(environ: Mapping[str, str]) -> Path:
    """Below the user's state directory, as the XDG base directories have it; a relative one is none."""
    home = Path(environ.get("XDG_STATE_HOME") or ".")
    if not home.is_absolute():
        home = Path("~/.local/state")
    return Path(os.path.expanduser(home)) / "reconciler" / "pace"


def _warn(text: str) -> None:
    with suppress(OSError):  # the reader of standard error may have gone
        click.echo(f"warning: {safe(text)}", err=True)


@contextmanager
def _workers(stop: Event) -> Iterator[Executor]:
    """Threads for calls; an exception ends them without waiting for what has not begun."""
    executor = Workers(WORKERS)
    if executor.refusal is not None:
        _warn(f"only {executor.count} of {WORKERS} calls are made at a time: {executor.refusal.message}")
    try:
        yield executor
    except BaseException:
        stop.set()
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    executor.shutdown()


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that have a value."""
    return {name: value for name, value in environ.items() if value}


def _vault(
    environ: Mapping[str, str], redact: Redactor, fallback: Callable[[str], str | None] | None
) -> Vault:
    directory = environ.get("RECONCILER_SECRETS_DIR")
    reader = SecretDirectory(Path(directory) if directory else None)
    return Vault(environ, _secret_names(environ), reader.read, redact, fallback)


def _secret_names(environ: Mapping[str, str]) -> frozenset[str]:
    """The variables that manifests may name beside those with our prefixes."""
    names = environ.get("RECONCILER_SECRETS", "").split(",")
    return frozenset(name.strip() for name in names if name.strip())


def _demo_secret(name: str) -> str:
    """What an unset variable stands for on the simulator, so that examples need none."""
    return f"demo-{name.lower().replace('_', '-')}"


@contextmanager
def _embedded(state: Path, credentials: Mapping[str, str]) -> Iterator[str]:
    """The simulator over a file beside the state, with the key pair that this run has."""
    simulator = simulator_module()
    state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with simulator.running(state.with_suffix(".simulator.sqlite"), credentials=credentials) as url:
            yield url
    except simulator.DataError as error:
        raise StateError(
            f"the simulator's world: {error}",
            "remove that file, and the simulator begins with an empty world",
        ) from error


def simulator_module() -> Any:
    """The simulator's package; raises UsageError where its extra is not installed."""
    try:
        return import_module("reconciler.simulator")
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the simulator needs {error.name}, which is not installed",
            "install it with pip install 'reconciler[simulator]'",
        ) from error
