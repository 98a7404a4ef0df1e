"""`reconciler fleet`: the workers that share the workspaces of a store, looked at and drained."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from reconciler.backends.protocol import StateLocation
from reconciler.backends.work import Work
from reconciler.cli.durations import seconds
from reconciler.cli.fleet_places import fleet_store, queue_of
from reconciler.cli.groups import Group
from reconciler.cli.holding import say
from reconciler.cli.main import ERROR
from reconciler.cli.options import state_option
from reconciler.cli.reporting import deliver, report_options
from reconciler.errors import UsageError
from reconciler.reports.escape import json_text
from reconciler.reports.fleet import (
    FORMAT_VERSION,
    fleet_text,
    fleet_to_json,
    worker_text,
    worker_to_json,
    workspace_text,
    workspace_to_json,
)

_LOOKS = 0.5
"""Seconds between two looks whether a worker has ended."""


@click.group("fleet", cls=Group)
def command() -> None:
    """List, show and drain the workers of `watch --fleet`, which share the workspaces of a database."""


def _reading(command_: Callable[..., Any]) -> Callable[..., Any]:
    return state_option(report_options("text", "json")(command_))


@command.command("list")
@_reading
def list_(state_file: StateLocation | None, form: str, report: Path | None) -> int:
    """List the workers that are alive, and the workspaces: whose each is, when it is due, how it stood."""
    with queue_of(fleet_store(state_file)) as work:
        workers, works = work.workers(), work.standing()
    text = json_text(fleet_to_json(workers, works)) if form == "json" else fleet_text(workers, works)
    deliver(text, report)
    return 0


@command.command("show")
@click.argument("name", metavar="WORKSPACE|WORKER")
@_reading
def show(name: str, state_file: StateLocation | None, form: str, report: Path | None) -> int:
    """Show one workspace with what its last round told, or one worker with what it has now."""
    with queue_of(fleet_store(state_file)) as work:
        deliver(_workspace(work, name, form) or _worker(work, name, form), report)
    return 0


@command.command("drain")
@click.argument("worker", metavar="WORKER")
@state_option
@click.option(
    "--timeout",
    "patience",
    default="15m",
    show_default=True,
    metavar="TIME",
    callback=seconds,
    help="How long to wait until the worker has ended; 0s does not wait.",
)
def drain(worker: str, state_file: StateLocation | None, patience: float) -> int:
    """Have a worker take nothing new, end the rounds that it has, and exit 0; as before an upgrade.

    Its other workspaces are anybody's meanwhile. Exit 1 if it has not ended in time; it stays drained.
    """
    with queue_of(fleet_store(state_file)) as work:
        if not work.drain(worker):
            raise _unknown(work, worker, "worker")
        end = time.monotonic() + patience
        while any(one.name == worker for one in work.workers()):
            if time.monotonic() >= end:
                say(f"{worker} is draining and has not ended yet", err=False)
                return ERROR if patience else 0
            time.sleep(_LOOKS)
    say(f"{worker} is drained and has ended", err=False)
    return 0


def _workspace(work: Work, name: str, form: str) -> str:
    """A workspace of that name; "" where there is none."""
    for one in work.standing(name):
        if form == "json":
            return json_text({"formatVersion": FORMAT_VERSION, "workspace": workspace_to_json(one)})
        return workspace_text(one)
    return ""


def _worker(work: Work, name: str, form: str) -> str:
    """A worker of that name; raises UsageError where there is none."""
    works = work.standing()
    for one in work.workers():
        if one.name != name:
            continue
        if form == "json":
            return json_text({"formatVersion": FORMAT_VERSION, "worker": worker_to_json(one, works)})
        return worker_text(one, works)
    raise _unknown(work, name, "workspace or worker")


def _unknown(work: Work, name: str, what: str) -> UsageError:
    known = [one.name for one in work.workers()]
    hint = f"alive: {', '.join(known[:10])}" if known else "no worker is alive"
    return UsageError(f"no {what} {name!r} in this fleet", f"{hint}; `reconciler fleet list` lists all")
