"""`reconciler plan`: what apply would do, and why."""

import json
import os
import secrets
from pathlib import Path

import click

from reconciler.backends.files import PosixFiles, replace_file
from reconciler.backends.sealed import seal
from reconciler.cli.holding import read_state
from reconciler.cli.main import CHANGES, DONE
from reconciler.cli.options import (
    Consent,
    Selection,
    consent_options,
    paths_argument,
    selection_options,
    state_option,
)
from reconciler.cli.planning import Request, plan_for, saved, show_plan, wants_color
from reconciler.cli.world import Target, connect, read_workspace, target_of
from reconciler.errors import PlanRefused, UsageError
from reconciler.plan import Plan, plan_to_json, saved_to_json


@click.command("plan")
@paths_argument
@state_option
@selection_options
@consent_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to show it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan for apply.")
@click.option("--no-refresh", is_flag=True, help="Ask the cloud nothing; works offline.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 if there are changes, 0 if there are none.")
def command(
    paths: tuple[str, ...],
    state_file: Path | None,
    selection: Selection,
    consent: Consent,
    form: str,
    out: Path | None,
    no_refresh: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what apply would do to make the cloud what the manifests below each PATH say.

    Changes nothing. `--out FILE` saves the plan, and `reconciler apply FILE` carries out just that.
    """
    workspace = read_workspace(paths)
    target = target_of(workspace, state_file)
    state = read_state(target.state, workspace.name)
    request = Request(workspace, selection, refresh=not no_refresh, consent=consent)
    plan = plan_for(request, state, lambda: connect(target))
    if out is not None:
        _save(plan, target, out)
    if form == "json":
        click.echo(json.dumps(plan_to_json(plan), indent=2))
    else:
        show_plan(plan, target.state, color=wants_color(os.environ.get("NO_COLOR")))
    return CHANGES if detailed_exitcode and plan.changes else DONE


def _save(plan: Plan, target: Target, out: Path) -> None:
    data = seal(saved_to_json(saved(plan, target)))
    if out.suffix in (".yaml", ".yml"):
        raise UsageError(f"{out} would be read as manifests", "name the plan otherwise, as in plan.json")
    try:
        replace_file(PosixFiles(), out, data, secrets.token_hex(8))
    except OSError as error:
        raise PlanRefused(f"{out}: the plan cannot be saved: {error.strerror}") from error
