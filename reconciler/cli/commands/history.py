"""`reconciler history`: who did what, when, and how it ended."""

import socket
from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.backends.parts import Audit
from reconciler.backends.protocol import StateLocation
from reconciler.cli.audits import ALL, audit_of, run_named
from reconciler.cli.holding import say, warn
from reconciler.cli.options import paths_argument, state_option
from reconciler.cli.reporting import deliver, report_options
from reconciler.cli.state_shared import which_state
from reconciler.cli.world import backend_for
from reconciler.errors import UsageError
from reconciler.model import Address
from reconciler.reports.escape import json_text
from reconciler.reports.history import (
    FORMAT_VERSION,
    ToldCall,
    call_to_json,
    life_text,
    run_text,
    run_to_json,
    runs_text,
)
from reconciler.state.run_calls import RunCall, calls_by_run, calls_of, settled
from reconciler.state.runs import RunRecord


@click.command("history")
@paths_argument
@state_option
@click.option(
    "--run", metavar="RUN", help="Show one run with its calls; the first characters of its ID are enough."
)
@click.option(
    "--address", metavar="ADDRESS", help="Show one resource's history, including that under its former names."
)
@click.option("--limit", type=click.IntRange(min=1), help="Show only the last N runs (default: all).")
@report_options("text", "json")
def command(
    paths: tuple[str, ...],
    state_file: StateLocation | None,
    run: str | None,
    address: str | None,
    limit: int | None,
    form: str,
    report: Path | None,
) -> int:
    """List the runs that changed the state, newest first: who, what, from which revision, and the result.

    Commands that edit the state count as runs. A killed run is listed as unfinished, with the run that
    recovered its work. Reads only what is kept with the state; makes no calls. The history keeps the last 500
    runs for up to 400 days (RECONCILER_HISTORY_RUNS, RECONCILER_HISTORY_DAYS), and every run whose tasks are
    still running.
    """
    if run is not None and address is not None:
        raise UsageError("--run and --address cannot be combined", "use one of them")
    which = which_state(paths, state_file)
    backend = backend_for(which.location)
    audit, host, most = audit_of(backend), socket.gethostname(), limit or ALL
    if run is not None:
        text = _run(run_named(audit, run), audit, host, form)
    elif address is not None:
        text = _life(Address.parse(address), audit, most, form)
    else:
        text = _runs(audit.runs(most), host, form)
    warn(backend.notices)
    if text:
        deliver(text, report)
    else:
        say(f"{which.location}: no history of {address or 'any run'}")
    return 0


def _runs(runs: Sequence[RunRecord], host: str, form: str) -> str:
    if form == "json":
        listed = [run_to_json(one, host) for one in runs]
        return json_text({"formatVersion": FORMAT_VERSION, "runs": listed})
    return runs_text(runs, host) if runs else ""


def _run(run: RunRecord, audit: Audit, host: str, form: str) -> str:
    calls = [_told(run, call, audit) for call in calls_of(audit.records(run.run))]
    if form == "json":
        listed = [call_to_json(one) for one in calls]
        return json_text({"formatVersion": FORMAT_VERSION, **run_to_json(run, host), "calls": listed})
    return run_text(run, calls, host)


def _life(address: Address, audit: Audit, most: int, form: str) -> str:
    life = audit.life_of(address, ALL)
    calls = [
        ToldCall(run, call, settled(run.run, call, life) if call.in_doubt else None)
        for run, calls in calls_by_run(life)
        for call in reversed(calls)
    ][:most]
    if form == "json":
        listed = [{"run": one.run.run, **call_to_json(one)} for one in calls]
        return json_text({"formatVersion": FORMAT_VERSION, "address": str(address), "calls": listed})
    return life_text(calls) if calls else ""


def _told(run: RunRecord, call: RunCall, audit: Audit) -> ToldCall:
    """The call, with what settled it if it was in doubt."""
    life = audit.life_of(call.address, ALL) if call.in_doubt else ()
    return ToldCall(run, call, settled(run.run, call, life) if life else None)
