"""`reconciler simulator`: a local server that speaks the cloud's API, for trying out and for tests."""

import re
import ssl
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from reconciler.cli.environment import current_environment
from reconciler.cli.simulated import DEMO_CREDENTIALS, simulator_module
from reconciler.errors import StateError, UsageError, installing

_HOST_NAME = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_LATENCY = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")


def _seconds(text: str) -> float:
    match = _LATENCY.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is not a valid latency", "use a number with ms or s, such as 80ms")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def _host_name(text: str) -> str:
    if not _HOST_NAME.fullmatch(text):
        raise UsageError(
            f"{text!r} is not a valid host name", "write it without scheme or port, such as cloud.local"
        )
    return text


def _secured(names: list[str]) -> AbstractContextManager[tuple[ssl.SSLContext, Path]]:
    """A certificate for these names; raises UsageError where what makes one is not installed."""
    try:
        certificates: Any = import_module("reconciler.simulator.certificates")
    except ModuleNotFoundError as error:
        raise UsageError(
            f"--tls needs {error.name}, which is not installed",
            f"install it with {installing('simulator')}, or remove --tls",
        ) from error
    secured: AbstractContextManager[tuple[ssl.SSLContext, Path]] = certificates.certified(names)
    return secured


def _announce(url: str, authority: Path | None) -> None:
    click.echo(f"listening on {url}")
    if authority is not None:
        click.echo(
            f"The certificate is signed by {authority}: set REQUESTS_CA_BUNDLE to that file to trust it in a "
            "client.",
            err=True,
        )


@click.command("simulator")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9527,
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@click.option("--data", type=click.Path(path_type=Path), help="Keep tasks in this SQLite file.")
@click.option("--latency", default="0ms", show_default=True, help="Delay of each response, such as 80ms.")
@click.option(
    "--host-name",
    "host_names",
    metavar="NAME",
    multiple=True,
    help="Also answer requests for this host name (repeatable); by default only for this machine.",
)
@click.option("--tls", is_flag=True, help="Serve HTTPS with a certificate created for this run.")
def command(port: int, data: Path | None, latency: str, host_names: tuple[str, ...], tls: bool) -> int:
    """Run a local simulator of the Tencent Cloud API until interrupted. Accepts the key pair in
    TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY (default: AKIDexample and secretexample).
    """
    variables = current_environment().variables
    given = {name: variables.get(name) or default for name, default in DEMO_CREDENTIALS.items()}
    credentials = {given["TENCENTCLOUD_SECRET_ID"]: given["TENCENTCLOUD_SECRET_KEY"]}
    seconds, names = _seconds(latency), [_host_name(name) for name in host_names]
    simulator = simulator_module()
    try:
        with _secured(names) if tls else nullcontext((None, None)) as (context, authority):
            simulator.serve(
                "127.0.0.1",
                port,
                data,
                seconds,
                credentials,
                lambda url: _announce(url, authority),
                names,
                context,
            )
    except simulator.DataError as error:
        raise StateError(
            f"--data: {error}", "choose another file (it is created if missing), or remove --data"
        ) from error
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {port}: {error.strerror or error}",
            "choose another port with --port, or use --port 0 for any free port",
        ) from error
    return 0
