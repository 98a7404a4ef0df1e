"""`reconciler plan`: what apply would do, and why."""

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from reconciler.cli.given_moment import moment
from reconciler.cli.main import CHANGES, DONE
from reconciler.cli.manifest_files import read_files
from reconciler.cli.options import (
    consent_options,
    kept_option,
    new_state_option,
    no_cache_option,
    paths_argument,
    plain_http_option,
    resign_option,
    selection_options,
    state_option,
)
from reconciler.cli.plan_options import PlanOptions
from reconciler.cli.reporting import is_report_name, report_option
from reconciler.cli.showing import Shown, show
from reconciler.cli.unchanged import unchanged_plan
from reconciler.errors import UsageError


@click.command("plan")
@paths_argument
@state_option
@kept_option
@plain_http_option
@selection_options
@consent_options
@resign_option
@report_option
@click.option("--concise", is_flag=True, help="Print one line per change.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan to a file for apply."
)
@new_state_option
@click.option(
    "--at",
    metavar="MOMENT",
    callback=lambda context, parameter, value: None if value is None else moment(value),
    help="Show what would be planned at another time, such as 2026-12-01T09:00:00+01:00.",
)
@click.option("--no-refresh", is_flag=True, help="Do not query the cloud; works offline.")
@no_cache_option
@click.option("--untrusted", is_flag=True, help="For manifests from forks: read only them and --state.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 if there are changes, 0 if there are none.")
def command(
    out: Path | None,
    detailed_exitcode: bool,
    form: str,
    report: Path | None,
    concise: bool,
    **given: Any,
) -> int:
    """Show what apply would do to bring the cloud in line with the manifests below each PATH. Changes
    nothing. `--out FILE` saves the plan, and `reconciler apply FILE` applies exactly that plan.

    With --untrusted, only the manifests and the file given with --state (and the files beside it) are read,
    and no connection is made. From the environment, it reads only TENCENTCLOUD_REGION, RECONCILER_SECRETS
    (names, not values), PATH and the terminal's variables.
    """
    options = PlanOptions(out=out, **given)
    if options.untrusted and options.state_file is None:
        raise UsageError(
            "with --untrusted, manifests cannot choose the state file", "pass it with --state FILE"
        )
    if out is not None:
        _check_name(out, options.at)
    files = read_files(options.paths, options.state_file, use=options.uses_index)
    # What plans anything is imported only where something is to be planned.
    made = unchanged_plan(files, options) or import_module("reconciler.cli.whole_plan").whole_plan(
        files, options
    )
    show(made.plan, Shown(form, concise, report), made.context)
    return CHANGES if detailed_exitcode and made.plan.changes else DONE


def _check_name(out: Path, at: float | None) -> None:
    """Raises UsageError for a name that belongs to something else, and for a plan of another time."""
    if at is not None:
        raise UsageError("a plan for another time cannot be saved", "remove --at, or --out")
    if out.suffix in (".yaml", ".yml"):
        raise UsageError(
            f"{out} would later be read as a manifest", "choose another file name, such as plan.json"
        )
    if is_report_name(out):
        raise UsageError(
            f"--out saves a plan for apply, but {out} is named like a report",
            f"to write a report, use --report {out}; to save the plan, use a name such as plan.json",
        )
