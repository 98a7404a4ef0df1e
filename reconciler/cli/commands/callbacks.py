"""`reconciler callbacks`: receives the cloud's events, and keeps them beside the state."""

import re
import ssl
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from reconciler.backends.protocol import StateLocation
from reconciler.cli.connection import callback_vault
from reconciler.cli.environment import current_environment
from reconciler.cli.holding import say
from reconciler.cli.main import DONE
from reconciler.cli.options import kept_option, paths_argument, state_option
from reconciler.cli.world import Target, backend_for, check_kept, read_workspace, target_of
from reconciler.errors import StateError, UsageError, installing
from reconciler.kinds.fields import seconds
from reconciler.kinds.workspace.callbacks import Callbacks
from reconciler.observing.receiving import Keys

_LISTEN = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?P<port>\d{1,5})")
_LARGEST_PORT = 65535


@click.command("callbacks")
@paths_argument
@state_option
@kept_option
@click.option(
    "--listen",
    default="127.0.0.1:9529",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to take callbacks; port 0 picks a free one.",
)
@click.option("--tls-cert", type=click.Path(path_type=Path), help="Serve HTTPS: certificate chain.")
@click.option("--tls-key", type=click.Path(path_type=Path), help="Serve HTTPS: its private key.")
def command(
    paths: tuple[str, ...],
    state_file: StateLocation | None,
    kept: bool,
    listen: str,
    tls_cert: Path | None,
    tls_key: Path | None,
) -> int:
    """Receive the cloud's callbacks until interrupted, and keep them beside the state, where plan, drift and
    status read them as evidence.

    The keys are in the Workspace: spec.callbacks.key for TRTC, spec.callbacks.liveKey for live streams. Put
    a proxy with HTTPS before it, or pass --tls-cert and --tls-key.
    """
    server = _server()
    host, port = _address(listen)
    _check_files(tls_cert, tls_key)
    workspace = read_workspace(paths)
    target = target_of(workspace, state_file)
    check_kept(target, kept=kept)
    settings = workspace.spec.callbacks
    events = backend_for(target.state).parts.events
    if events is None:
        raise StateError(
            f"{target.state}: a state in a bucket keeps no callbacks",
            "keep the state in PostgreSQL or in a file to use callbacks; plans do without them in a bucket",
        )
    clock = current_environment().clock
    receiver = server.Receiver(events, _keys(settings, target), clock, seconds(settings.keep), say)
    address = server.Address(host, port, *(str(one) if one else None for one in (tls_cert, tls_key)))
    try:
        server.serve(receiver, address, lambda url: say(f"listening on {url}", err=False))
    except ssl.SSLError as error:
        raise UsageError(f"{tls_cert}: not a certificate with this key: {error.reason}") from error
    except OSError as error:
        raise UsageError(
            f"cannot listen on {listen}: {error.strerror or error}", "choose another with --listen HOST:PORT"
        ) from error
    return DONE


def _server() -> Any:
    try:
        return import_module("reconciler.cli.callback_server")
    except ModuleNotFoundError as error:
        raise UsageError(
            f"callbacks need {error.name}, which is not installed",
            f"install it with {installing('callbacks')}",
        ) from error


def _address(text: str) -> tuple[str, int]:
    match = _LISTEN.fullmatch(text)
    if match is None or int(match["port"]) > _LARGEST_PORT:
        raise UsageError(f"--listen {text!r} is not HOST:PORT", "use an address such as 127.0.0.1:9529")
    return match["host"].strip("[]"), int(match["port"])


def _check_files(tls_cert: Path | None, tls_key: Path | None) -> None:
    if (tls_cert is None) is not (tls_key is None):
        raise UsageError("--tls-cert and --tls-key belong together", "pass both, or none")
    for file in filter(None, (tls_cert, tls_key)):
        if not file.is_file():
            raise UsageError(f"{file} is not a file", "pass a certificate chain and its key as PEM files")


def _keys(settings: Callbacks, target: Target) -> Keys:
    """The keys by their references; raises UsageError for none, and SecretError where one is missing."""
    if settings.key is None and settings.live_key is None:
        raise UsageError(
            "the workspace has no key to check callbacks with",
            "set spec.callbacks.key, such as {env: TRTC_CALLBACK_KEY}, to the key that the console has",
        )
    vault = callback_vault(target)
    trtc, live = (vault.value(one.ref()) if one else "" for one in (settings.key, settings.live_key))
    return Keys(trtc, live)
