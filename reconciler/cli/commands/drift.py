"""`reconciler drift`: observed against recorded; changes nothing."""

from importlib import import_module
from typing import Any

import click

from reconciler.backends.protocol import StateLocation
from reconciler.cli.connection import connect
from reconciler.cli.holding import look_ahead
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
from reconciler.cli.planning import Request, looked_at
from reconciler.cli.reporting import report_option
from reconciler.cli.showing import Shown, show
from reconciler.cli.world import check_target, read_workspace, target_of
from reconciler.planning.choice import labels_of
from reconciler.planning.drift import find_drift
from reconciler.reports.formats import ReportContext


@click.command("drift")
@paths_argument
@state_option
@kept_option
@plain_http_option
@selection_options
@report_option
@probe_option
@click.option("--concise", is_flag=True, help="Print one line per record (text format).")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 if there is drift, 0 if there is none.")
def command(
    paths: tuple[str, ...],
    state_file: StateLocation | None,
    kept: bool,
    plain_http: bool,
    selection: Selection,
    probe: bool,
    detailed_exitcode: bool,
    **shown: Any,
) -> int:
    """Show where the cloud differs from the state, and what apply would do about it. Changes neither.
    Resources that the API cannot report on are counted, not guessed. With --probe, the state records the
    answers first.
    """
    workspace = read_workspace(paths)
    target = target_of(workspace, state_file)
    check_target(target, kept=kept, plain_http=plain_http)
    if probe:
        # What applies anything is imported only where something is to be applied.
        import_module("reconciler.cli.probing").Probing(workspace, target, selection, "drift --probe").run()
    snapshot = look_ahead(target.state, target.owner(workspace.name))
    request = Request(workspace, target, target.place(workspace.name), selection)
    seen = looked_at(request, snapshot, lambda: connect(target))
    drift = find_drift(seen.plan, seen.entries, seen.observed)
    show(
        drift,
        Shown(**shown),
        ReportContext(str(target.state), labels_of(workspace.resources, snapshot.state), cloud=target.cloud),
    )
    return CHANGES if detailed_exitcode and drift.rows else DONE
