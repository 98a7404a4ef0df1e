"""`reconciler status`: what runs now, where it goes, since when, by which evidence, what ends soon."""

from functools import cache
from pathlib import Path

import click

from reconciler.backends.protocol import StateLocation
from reconciler.cli.announcing import say_calls
from reconciler.cli.durations import seconds
from reconciler.cli.main import CHANGES, DONE
from reconciler.cli.options import (
    Selection,
    kept_option,
    paths_argument,
    plain_http_option,
    probe_option,
    selection_options,
    state_option,
)
from reconciler.cli.reporting import report_options
from reconciler.cli.standard_input import read_stdin
from reconciler.cli.standing import Looked, looked_status, probe_all, shown_status
from reconciler.cli.status_watch import Watch, watch_status
from reconciler.errors import UsageError
from reconciler.observing.expected import nobody
from reconciler.reports.status import STATUS_FORMS

LEAST_INTERVAL = 5.0
"""Seconds between two rounds of questions: they take their share of the pace that an apply needs."""


@click.command("status")
@paths_argument
@state_option
@kept_option
@plain_http_option
@selection_options
@report_options(*STATUS_FORMS)
@probe_option
@click.option("--watch", is_flag=True, help="Ask again and again until interrupted; a terminal is redrawn.")
@click.option(
    "--interval",
    default="15s",
    show_default=True,
    metavar="TIME",
    callback=seconds,
    help="How long to wait between two rounds of --watch; at least 5s.",
)
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="Exit 2 if something that should run does not, or may not; 0 otherwise.",
)
def command(
    paths: tuple[str, ...],
    state_file: StateLocation | None,
    kept: bool,
    plain_http: bool,
    selection: Selection,
    form: str,
    report: Path | None,
    probe: bool,
    watch: bool,
    interval: float,
    detailed_exitcode: bool,
) -> int:
    """Show what runs now, where it goes, since when, by which evidence, and what ends soon.

    The cloud is asked where it can be: ingests by a Describe, mixed and relayed streams by the state of the
    live streams that they push to, as their tasks have no Describe. What cannot be asked is shown as it is
    recorded, and says so. Changes nothing; with --probe, the state records the answers first.
    """
    tell = nobody if watch else say_calls  # a terminal that is watched is drawn anew each time
    look = Looked(paths, state_file, selection, kept, plain_http, cache(read_stdin), tell)
    if probe:
        probe_all(look)
    if watch:
        _check_watch(form, report, interval)
        watch_status(look, Watch(form, report, interval))
    found = looked_status(look)
    shown_status(found, form, report)
    return CHANGES if detailed_exitcode and found.report.missed else DONE


def _check_watch(form: str, report: Path | None, interval: float) -> None:
    if interval < LEAST_INTERVAL:
        raise UsageError(
            f"--interval {interval:g}s is too short",
            f"use {LEAST_INTERVAL:g}s or more: each round asks the cloud",
        )
    if form == "html" and report is None:
        raise UsageError("--watch writes a page to a file only", "name the file with --report status.html")
