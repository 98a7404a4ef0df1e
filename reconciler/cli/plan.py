"""`reconciler plan`: what apply would do, and why."""

import secrets
from pathlib import Path
from typing import Any

import click

from reconciler.backends.files import PosixFiles
from reconciler.backends.regular import MAX_PLAN_BYTES
from reconciler.backends.streamed import TooLong, replace_sealed
from reconciler.cli.holding import read_state, say
from reconciler.cli.main import CHANGES, DONE
from reconciler.cli.options import (
    Consent,
    Selection,
    consent_options,
    kept_option,
    paths_argument,
    plain_http_option,
    selection_options,
    state_option,
)
from reconciler.cli.planning import Request, Shown, plan_for, saved, show
from reconciler.cli.world import Target, check_kept, check_network, connect, read_workspace, target_of
from reconciler.errors import PlanRefused, Problem, UsageError
from reconciler.plan import Plan, saved_in_parts
from reconciler.planner import labels_of
from reconciler.reports.formats import FORMS, Aside

_TOLD = 10
"""So many resources and places are told of what keeps a plan from being saved."""


@click.command("plan")
@paths_argument
@state_option
@kept_option
@plain_http_option
@selection_options
@consent_options
@click.option("--format", "form", type=click.Choice(FORMS), default="text", help="How to show it.")
@click.option("--concise", is_flag=True, help="One line for each change.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan for apply.")
@click.option("--no-refresh", is_flag=True, help="Ask the cloud nothing; works offline.")
@click.option("--untrusted", is_flag=True, help="For a stranger's manifests: reads only them and --state.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 if there are changes, 0 if there are none.")
def command(
    paths: tuple[str, ...],
    state_file: Path | None,
    kept: bool,
    plain_http: bool,
    selection: Selection,
    consent: Consent,
    untrusted: bool,
    no_refresh: bool,
    out: Path | None,
    detailed_exitcode: bool,
    **shown: Any,
) -> int:
    """Show what apply would do to make the cloud what the manifests below each PATH say.

    Changes nothing. `--out FILE` saves the plan, and `reconciler apply FILE` carries out just that.

    With --untrusted nothing is read but the manifests and the file that --state names (with what stands
    beside it), no connection is made, and of the environment only TENCENTCLOUD_REGION, RECONCILER_SECRETS
    (names, no values), PATH and what describes the terminal is looked at.
    """
    if untrusted and state_file is None:
        raise UsageError(
            "a stranger's manifests must not say which file is the state", "name it with --state FILE"
        )
    workspace = read_workspace(paths)
    target = target_of(workspace, state_file)
    if not untrusted:
        check_kept(target, kept=kept)
    if not (untrusted or no_refresh):
        check_network(target, plain_http=plain_http)
    state = read_state(target.state, workspace.name)
    request = Request(workspace, selection, refresh=not (no_refresh or untrusted), consent=consent)
    plan = plan_for(request, state, lambda: connect(target))
    # A stranger's manifests are planned without the environment, and nothing is sent anywhere.
    cloud = target.endpoint if untrusted else target.cloud
    if out is not None:
        _check_savable(plan, workspace.in_clear)
        _save(plan, target, out)
        say(f"Saved as {out}; `reconciler apply {out}` carries it out, once.")
    show(
        plan,
        Shown(**shown),
        Aside(str(target.state), labels_of(workspace.resources, state), cloud=cloud),
    )
    return CHANGES if detailed_exitcode and plan.changes else DONE


def _check_savable(plan: Plan, places: tuple[Problem, ...]) -> None:
    """Raises PlanRefused for a plan that would hold a secret: a saved one holds whole requests."""
    concerned = plan.in_clear()
    if not concerned:
        return
    names = [str(address) for address in concerned]
    more = [f"{len(names) - _TOLD} more"] if len(names) > _TOLD else []
    raise PlanRefused(
        f"the plan cannot be saved: it would hold secrets that manifests have in clear, of "
        f"{', '.join([*names[:_TOLD], *more])}",
        "write references instead, or carry it out without saving it:\n"
        + "\n".join(f"    {place}" for place in places[:_TOLD]),
    )


def _save(plan: Plan, target: Target, out: Path) -> None:
    if out.suffix in (".yaml", ".yml"):
        raise UsageError(f"{out} would be read as manifests", "name the plan otherwise, as in plan.json")
    try:
        parts = saved_in_parts(saved(plan, target))
        replace_sealed(PosixFiles(), out, parts, secrets.token_hex(8))
    except TooLong as error:
        raise PlanRefused(
            f"{out}: the plan has more than {MAX_PLAN_BYTES} bytes, the most that apply reads",
            "plan fewer resources at a time, as with --target",
        ) from error
    except OSError as error:
        raise PlanRefused(f"{out}: the plan cannot be saved: {error.strerror}") from error
