"""`reconciler apply`: shows the plan, asks, carries it out, writes the state."""

import json
from pathlib import Path

import click

from reconciler import __version__
from reconciler.cli.applying import Errand, carry_out
from reconciler.cli.options import EVERYTHING, Selection, paths_argument, selection_options, state_option
from reconciler.cli.planning import Request, plan_for
from reconciler.cli.world import Target, connect, read_workspace, target_of
from reconciler.errors import PlanRefused, UsageError
from reconciler.kinds import actions
from reconciler.kinds.workspace import checked_endpoint
from reconciler.plan import Plan, SavedPlan, saved_from_json
from reconciler.state import State


@click.command("apply")
@paths_argument
@state_option
@selection_options
@click.option("--replace", "replaced", multiple=True, metavar="ADDRESS", help="Stop and start this one anew.")
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
def command(
    paths: tuple[str, ...],
    state_file: Path | None,
    selection: Selection,
    replaced: tuple[str, ...],
    auto_approve: bool,
) -> int:
    """Make the cloud what the manifests below each PATH say, or carry out a saved plan.

    Shows the plan and asks before the first call. What was done is recorded whatever happens.
    """
    plan_file = _saved_plan(paths)
    if plan_file is not None:
        if selection != EVERYTHING or replaced:
            raise UsageError(
                "a saved plan is carried out as it is", "leave out the options that choose resources"
            )
        target = _target_of_saved(plan_file, state_file)
        errand = Errand(target, plan_file.plan.workspace, "apply", auto_approve)
        return carry_out(errand, lambda state: _fitting(plan_file, state))
    workspace = read_workspace(paths)
    target = target_of(workspace, state_file)
    request = Request(workspace, selection, replaced)
    errand = Errand(target, workspace.name, "apply", auto_approve)
    return carry_out(errand, lambda state: plan_for(request, state, lambda: connect(target)))


def _saved_plan(paths: tuple[str, ...]) -> SavedPlan | None:
    """The saved plan that the only path is; None if it is manifests."""
    if len(paths) != 1 or not Path(paths[0]).is_file() or paths[0].endswith((".yaml", ".yml")):
        return None
    try:
        data = json.loads(Path(paths[0]).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict) or "stateFingerprint" not in data:
        return None
    return saved_from_json(data, actions())


def _target_of_saved(saved: SavedPlan, state_file: Path | None) -> Target:
    if saved.tool_version != __version__:
        raise PlanRefused(
            f"the plan was made by reconciler {saved.tool_version}; this is {__version__}",
            "make a new plan with this version",
        )
    try:
        return Target(
            checked_endpoint(str(saved.context["endpoint"])), state_file or Path(saved.context["state"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PlanRefused(f"the plan's context is not usable: {error}", "make a new plan") from error


def _fitting(saved: SavedPlan, state: State) -> Plan:
    plan = saved.plan
    if (state.lineage, state.serial) != (
        plan.lineage,
        plan.serial,
    ) or state.fingerprint() != plan.fingerprint:
        raise PlanRefused(
            f"the plan was made for serial {plan.serial} of lineage {plan.lineage or '(none)'}; "
            f"the state is at serial {state.serial} of lineage {state.lineage or '(none)'}",
            "the state has moved since: make a new plan",
        )
    return plan
