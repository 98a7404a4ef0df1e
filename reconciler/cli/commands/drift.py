"""`reconciler drift`: observed against recorded; changes nothing."""

from importlib import import_module
from typing import Any

import click

from reconciler.backends.protocol import StateLocation
from reconciler.cli.announcing import say_calls
from reconciler.cli.connection import connect
from reconciler.cli.holding import look_ahead
from reconciler.cli.indexed import indexed
from reconciler.cli.main import CHANGES, DONE
from reconciler.cli.manifest_files import read_files
from reconciler.cli.options import (
    Selection,
    kept_option,
    no_cache_option,
    paths_argument,
    plain_http_option,
    probe_option,
    selection_options,
    state_option,
)
from reconciler.cli.planning import Request, drift_of
from reconciler.cli.reporting import report_option
from reconciler.cli.showing import Shown, show
from reconciler.cli.world import check_target, target_of
from reconciler.reports.formats import ReportContext
from reconciler.running.known import labels_in


@click.command("drift")
@paths_argument
@state_option
@kept_option
@plain_http_option
@selection_options
@report_option
@probe_option
@no_cache_option
@click.option("--concise", is_flag=True, help="Print one line per record (text format).")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 if there is drift, 0 if there is none.")
def command(
    paths: tuple[str, ...],
    state_file: StateLocation | None,
    kept: bool,
    plain_http: bool,
    selection: Selection,
    probe: bool,
    no_cache: bool,
    detailed_exitcode: bool,
    **shown: Any,
) -> int:
    """Show where the cloud differs from the state, and what apply would do about it. Changes neither.
    Resources that the API cannot report on are counted, not guessed. With --probe, the state records the
    answers first.
    """
    manifests = indexed(read_files(paths, state_file, use=not no_cache, purpose="drift"), state_file)
    workspace = manifests.workspace
    target = target_of(workspace, state_file)
    check_target(target, kept=kept, plain_http=plain_http)
    if probe:
        workspace = manifests.read_all()
        # What applies anything is imported only where something is to be applied.
        import_module("reconciler.cli.probing").Probing(workspace, target, selection, "drift --probe").run()
    snapshot = look_ahead(target.state, target.owner(workspace.name))
    place = target.place(workspace.name)
    request = Request(workspace, target, place, selection, manifests=manifests, tell=say_calls)
    drift = drift_of(request, snapshot, lambda: connect(target))
    labels = labels_in(manifests.workspace, snapshot.state) if drift.rows else {}
    show(drift, Shown(**shown), ReportContext(str(target.state), labels, cloud=target.cloud))
    return CHANGES if detailed_exitcode and drift.rows else DONE
