"""`reconciler drift`: observed against recorded; changes nothing."""

from importlib import import_module
from typing import Any

import click

from reconciler.backends.protocol import StateLocation
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
from reconciler.cli.reporting import report_option
from reconciler.cli.showing import Shown, show
from reconciler.cli.unchanged_drift import DriftOptions, unchanged_drift
from reconciler.observing.observer import Round


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
    files = read_files(paths, state_file, use=not no_cache, purpose="drift")
    options = DriftOptions(state_file, kept, plain_http, selection, probe)
    found = unchanged_drift(files, options)
    if isinstance(found, Round):
        # What reads manifests and plans is imported only where something is to be read.
        found = import_module("reconciler.cli.whole_drift").whole_drift(files, options, found)
    show(found.drift, Shown(**shown), found.context)
    return CHANGES if detailed_exitcode and found.drift.rows else DONE
