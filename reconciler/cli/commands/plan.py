"""`reconciler plan`: what apply would do, and why."""

import secrets
from functools import cache
from pathlib import Path
from typing import Any

import click

from reconciler.backends.local.files import PosixFiles
from reconciler.backends.local.regular import MAX_PLAN_BYTES
from reconciler.backends.local.streamed import TooLong, replace_sealed
from reconciler.backends.protocol import StateLocation
from reconciler.cli.connection import connect
from reconciler.cli.holding import look_ahead, look_at, say
from reconciler.cli.import_sources import moment
from reconciler.cli.main import CHANGES, DONE
from reconciler.cli.options import (
    Again,
    Consent,
    Selection,
    consent_options,
    kept_option,
    new_state_option,
    paths_argument,
    plain_http_option,
    resign_option,
    selection_options,
    state_option,
)
from reconciler.cli.planning import Request, Shown, plan_for, saved, show
from reconciler.cli.reporting import is_report_name, report_option
from reconciler.cli.world import DEFAULT_PATHS, check_kept, check_network, read_workspace, target_of
from reconciler.errors import PlanRefused, UsageError
from reconciler.kinds.workspace.endpoint import cloud_of
from reconciler.manifests.revisions.standing import revision_of
from reconciler.plan.saved import SavedPlan, check_savable, saved_in_parts
from reconciler.planning.choice import labels_of
from reconciler.reports.formats import ReportContext
from reconciler.running.standing import Place
from reconciler.state.model import Owner


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
@click.option("--untrusted", is_flag=True, help="For manifests from forks: read only them and --state.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 if there are changes, 0 if there are none.")
def command(
    paths: tuple[str, ...],
    state_file: StateLocation | None,
    kept: bool,
    plain_http: bool,
    selection: Selection,
    consent: Consent,
    resigned: tuple[str, ...],
    untrusted: bool,
    no_refresh: bool,
    at: float | None,
    new_state: bool,
    out: Path | None,
    detailed_exitcode: bool,
    **shown: Any,
) -> int:
    """Show what apply would do to bring the cloud in line with the manifests below each PATH. Changes
    nothing. `--out FILE` saves the plan, and `reconciler apply FILE` applies exactly that plan.

    With --untrusted, only the manifests and the file given with --state (and the files beside it) are read,
    and no connection is made. From the environment, it reads only TENCENTCLOUD_REGION, RECONCILER_SECRETS
    (names, not values), PATH and the terminal's variables.
    """
    if untrusted and state_file is None:
        raise UsageError(
            "with --untrusted, manifests cannot choose the state file", "pass it with --state FILE"
        )
    if out is not None:
        _check_name(out, at)
    workspace = read_workspace(paths)
    target = target_of(workspace, state_file)
    if not untrusted:
        check_kept(target, kept=kept)
    if not (untrusted or no_refresh):
        check_network(target, plain_http=plain_http)
    # A stranger's manifests are planned without the environment: which cloud it would be is not known.
    owner = Owner(workspace.name) if untrusted else target.owner(workspace.name)
    snapshot = (look_at if untrusted else look_ahead)(target.state, owner)
    state = snapshot.state
    # A stranger's manifests are planned without the environment, and nothing is sent anywhere.
    cloud, refresh = target.endpoint if untrusted else target.cloud, not (no_refresh or untrusted)
    place = (
        Place(str(target.state), cloud_of(target.endpoint), new_state=True)
        if untrusted
        else target.place(workspace.name, new_state=new_state)
    )
    revision = None if untrusted else cache(lambda: revision_of(paths or DEFAULT_PATHS))
    request = Request(
        workspace,
        target,
        place,
        selection,
        Again(resign=resigned),
        refresh=refresh,
        consent=consent,
        revision=revision,
        at=at,
    )
    plan = plan_for(request, snapshot, lambda: connect(target))
    if out is not None:
        check_savable(plan, workspace.in_clear)
        _save(saved(plan, request, snapshot.version), out)
        say(f"Saved as {out}. To apply exactly this plan (works once): reconciler apply {out}")
    show(
        plan,
        Shown(**shown),
        ReportContext(str(target.state), labels_of(workspace.resources, state), cloud=cloud),
    )
    return CHANGES if detailed_exitcode and plan.changes else DONE


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


def _save(plan: SavedPlan, out: Path) -> None:
    try:
        parts = saved_in_parts(plan)
        replace_sealed(PosixFiles(), out, parts, secrets.token_hex(8))
    except TooLong as error:
        raise PlanRefused(
            f"{out}: the plan is larger than {MAX_PLAN_BYTES} bytes, the limit for apply",
            "plan fewer resources at a time, for example with --target",
        ) from error
    except OSError as error:
        raise PlanRefused(f"cannot save the plan to {out}: {error.strerror}") from error
