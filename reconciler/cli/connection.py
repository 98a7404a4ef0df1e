"""A connection to the cloud: a client with its pace, retries, secrets and threads, put together."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import click

from reconciler.calls import Attempts, Before, Call
from reconciler.cli.environment import current_environment
from reconciler.cli.network import A_SERVICE, Network, read_network
from reconciler.cli.outages import breaker
from reconciler.cli.shared_pace import PACES
from reconciler.cli.simulated import demo_secret, embedded_simulator, with_demo_credentials
from reconciler.cli.workers import Workers
from reconciler.cli.world import Target, shared_slot_store, world_of
from reconciler.cloud.client import Client
from reconciler.cloud.endpoint import Endpoint
from reconciler.cloud.pace import MemorySlotStore, Pace, SlotPace
from reconciler.cloud.redact import Redactor
from reconciler.cloud.reserved_pace import ReservedPace
from reconciler.cloud.resolve import SecretResolver
from reconciler.cloud.retry import Caller, OpenGate, Timing
from reconciler.cloud.secret_files import SecretDirectory
from reconciler.cloud.secrets import Vault
from reconciler.cloud.signing import Credentials
from reconciler.cloud.transport import RequestsTransport
from reconciler.errors import NotSent
from reconciler.kinds.workspace.endpoint import SIMULATOR, is_loopback
from reconciler.pacing.store import account_of
from reconciler.reports.escape import safe

WORKERS = 16


@dataclass(frozen=True, slots=True)
class Cloud:
    """A connection: sends calls, fills in their secrets, and runs several at a time."""

    send: Attempts
    resolver: SecretResolver
    executor: Executor
    redact: Callable[[str], str]


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
    environment = current_environment()
    with ExitStack() as stack:
        override = environment.get("RECONCILER_ENDPOINT")
        demo = target.endpoint == SIMULATOR and (not override or is_loopback(override))
        redact = Redactor()
        variables = environment.variables
        environ = with_demo_credentials(variables) if demo else variables
        vault = vault_for(environ, environment.secret_names, redact, demo_secret if demo else None)
        keys = vault.credentials()
        embedded = target.endpoint == SIMULATOR and not override
        url = _embedded(target, keys) if embedded else nullcontext(override or target.endpoint)
        endpoint = Endpoint.parse(stack.enter_context(url))
        network = _network(endpoint, variables, redact)

        def stopped() -> bool:
            return stop.is_set() or lost()

        transport = stack.enter_context(RequestsTransport(network.proxy_of, network.verify, stopped))
        client = Client(transport, keys, endpoint, environment.clock, redact)
        account = account_of(keys.secret_id, client.endpoint.template)

        pace = stack.enter_context(_pace(None if embedded else target, account, stop, stopped))
        caller = _caller(client, pace, stop, stopped, outage)
        executor = stack.enter_context(_workers(stop))
        yield Cloud(caller.call, SecretResolver(vault, environment.clock), executor, redact)


@contextmanager
def _pace(target: Target | None, account: str, stop: Event, stopped: Callable[[], bool]) -> Iterator[Pace]:
    """The pace that others share: all who use the target's store, or else all on this machine.

    Without a target, whose simulator is in this process, nobody does.
    """
    if target is None:
        yield SlotPace(MemorySlotStore(time.monotonic), account, stop.wait, stopped)
        return
    store = shared_slot_store(current_environment().variables, _warn)
    alone = SlotPace(store, account, stop.wait, stopped)
    with PACES.of(target.state) as shared:
        if shared is None:
            yield alone
        else:
            yield ReservedPace(shared, account, time.monotonic, stop.wait, stopped, alone, _warn)


@contextmanager
def unconnected() -> Iterator[Cloud]:
    """What carries out a plan without calls: it needs no credentials, and nothing can be sent."""
    environment, redact = current_environment(), Redactor()
    vault = vault_for(environment.variables, environment.secret_names, redact, None)
    with _workers(Event()) as executor:
        yield Cloud(_refuse, SecretResolver(vault, environment.clock), executor, redact)


def _refuse(call: Call, body: dict[str, Any], before: Before | None = None) -> dict[str, Any]:
    raise NotSent(f"{call.action.name} is not in the plan", code="unconnected")


def _embedded(target: Target, keys: Credentials) -> AbstractContextManager[str]:
    """The URL of a simulator in this process, which keeps its world beside the state."""
    path = world_of(target.state, current_environment().variables)
    return embedded_simulator(path, {keys.secret_id: keys.secret_key})


def _caller(
    client: Client, pace: Pace, stop: Event, stopped: Callable[[], bool], outage: float | None
) -> Caller:
    """Calls at the given pace, with their repetitions, and with a breaker where an outage is waited for."""
    timing = Timing(time.monotonic, stop.wait, random.uniform)
    gate = OpenGate() if outage is None else breaker(client, pace, outage, timing, stopped, _warn)
    return Caller(client, pace, timing, gate=gate, stopped=stopped)


def _network(endpoint: Endpoint, variables: Mapping[str, str], redact: Redactor) -> Network:
    """How the endpoint is reached; said under --debug. A proxy's password is a secret like others."""
    network = read_network(variables, endpoint.url(A_SERVICE))
    for secret in network.proxy.secrets() if network.proxy else ():
        redact.register(secret)
    context = click.get_current_context(silent=True)
    if context is not None and context.find_root().params.get("debug"):
        click.echo(f"debug: {safe(network.words(endpoint.url(A_SERVICE)))}", err=True)
    return network


def _warn(text: str) -> None:
    with suppress(OSError):  # the reader of standard error may have gone
        click.echo(f"warning: {safe(text)}", err=True)


@contextmanager
def _workers(stop: Event) -> Iterator[Executor]:
    """Threads for calls; an exception ends them without waiting for what has not begun."""
    executor = Workers(WORKERS)
    if executor.refusal is not None:
        _warn(f"running {executor.count} calls at a time instead of {WORKERS}: {executor.refusal.message}")
    try:
        yield executor
    except BaseException:
        stop.set()
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    executor.shutdown()


def callback_vault(target: Target) -> Vault:
    """The secrets that callbacks are checked with; a demo's have demo values, as its calls' do."""
    environment = current_environment()
    demo = target.is_embedded
    variables = environment.variables
    return vault_for(variables, environment.secret_names, Redactor(), demo_secret if demo else None)


def vault_for(
    environ: Mapping[str, str],
    names: frozenset[str],
    redact: Redactor,
    fallback: Callable[[str], str | None] | None,
) -> Vault:
    """The secrets that manifests may name, as they are now."""
    directory = environ.get("RECONCILER_SECRETS_DIR")
    reader = SecretDirectory(Path(directory) if directory else None)
    return Vault(environ, names, reader.read, redact, fallback)
