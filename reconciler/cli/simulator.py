"""`reconciler simulator`: a local server that speaks the cloud's API, for trying out and for tests."""

import os
import re
from pathlib import Path

import click

from reconciler.cli.world import DEMO_CREDENTIALS, simulator_module
from reconciler.errors import UsageError

_LATENCY = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")


def _seconds(text: str) -> float:
    match = _LATENCY.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is not a latency", "write a number and ms or s, as in 80ms")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


@click.command("simulator")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=9527, show_default=True, help="0 takes a free one."
)
@click.option(
    "--data", type=click.Path(path_type=Path, dir_okay=False), help="Keep tasks in this SQLite file."
)
@click.option("--latency", default="0ms", show_default=True, help="How long each answer takes, as in 80ms.")
def command(port: int, data: Path | None, latency: str) -> int:
    """Run a small Tencent Cloud on this machine until it is interrupted.

    Accepts the key pair in TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, by default
    AKIDexample and secretexample.
    """
    given = {name: os.environ.get(name) or default for name, default in DEMO_CREDENTIALS.items()}
    credentials = {given["TENCENTCLOUD_SECRET_ID"]: given["TENCENTCLOUD_SECRET_KEY"]}
    seconds = _seconds(latency)
    try:
        simulator_module().serve(
            "127.0.0.1", port, data, seconds, credentials, lambda url: click.echo(f"listening on {url}")
        )
    except OSError as error:
        raise UsageError(
            f"the simulator cannot listen on port {port}: {error.strerror or error}",
            "name another port with --port, or 0 for any that is free",
        ) from error
    return 0
