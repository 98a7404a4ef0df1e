"""`reconciler apply`: shows the plan, asks, carries it out, writes the state."""

import os
import time
from pathlib import Path

import click

from reconciler import __version__
from reconciler.backends.regular import MAX_PLAN_BYTES, Irregular, read_regular
from reconciler.backends.sealed import Damaged, unseal
from reconciler.cli.applying import Errand, carry_out
from reconciler.cli.holding import lock_timeout_option
from reconciler.cli.options import (
    EVERYTHING,
    Consent,
    Selection,
    consent_options,
    kept_option,
    paths_argument,
    plain_http_option,
    selection_options,
    state_option,
)
from reconciler.cli.outages import outage_timeout_option
from reconciler.cli.planning import Request, plan_for
from reconciler.cli.world import Target, check_kept, check_network, connect, read_workspace, target_of
from reconciler.errors import PlanRefused, UsageError
from reconciler.kinds import actions
from reconciler.kinds.workspace import checked_endpoint
from reconciler.moments import rfc3339
from reconciler.plan import Plan, SavedPlan, saved_from_json
from reconciler.state import State

_MARKS = (b'"checksum"', b'"stateFingerprint"', b'"toolVersion"', b'"stateLineage"')
"""What a saved plan has and a manifest has not: one of them is left in it whatever befell the file."""


@click.command("apply")
@paths_argument
@state_option
@kept_option
@plain_http_option
@lock_timeout_option
@outage_timeout_option
@selection_options
@consent_options
@click.option("--replace", "replaced", multiple=True, metavar="ADDRESS", help="Stop and start this one anew.")
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
def command(
    paths: tuple[str, ...],
    state_file: Path | None,
    kept: bool,
    plain_http: bool,
    patience: float,
    outage: float,
    selection: Selection,
    consent: Consent,
    replaced: tuple[str, ...],
    auto_approve: bool,
) -> int:
    """Make the cloud what the manifests below each PATH say, or carry out a saved plan.

    Shows the plan and asks before the first call. What was done is recorded whatever happens.
    """
    plan_file = _saved_plan(paths)
    if plan_file is not None:
        if selection != EVERYTHING or replaced or consent != Consent():
            raise UsageError(
                "a saved plan is carried out as it is",
                "leave out the options that choose resources or allow more; give them to plan",
            )
        target = _target_of_saved(plan_file, state_file)
        check_kept(target, kept=kept)
        check_network(target, plain_http=plain_http)
        plan, nonce = plan_file.plan, plan_file.nonce
        errand = Errand(target, plan.workspace, "apply", auto_approve, patience, nonce, outage)
        return carry_out(errand, lambda state: _fitting(plan_file, state))
    workspace = read_workspace(paths)
    target = target_of(workspace, state_file)
    check_kept(target, kept=kept)
    check_network(target, plain_http=plain_http)
    request = Request(workspace, selection, replaced, consent=consent)
    errand = Errand(target, workspace.name, "apply", auto_approve, patience, outage=outage)
    return carry_out(errand, lambda state: plan_for(request, state, lambda: connect(target)))


def _saved_plan(paths: tuple[str, ...]) -> SavedPlan | None:
    """The saved plan that the only path is; None if it is manifests."""
    if len(paths) != 1 or not Path(paths[0]).is_file() or paths[0].endswith((".yaml", ".yml")):
        return None
    try:
        data = read_regular(paths[0], MAX_PLAN_BYTES, follow=True)
    except Irregular as error:
        raise PlanRefused(
            f"{paths[0]}: {error.strerror}",
            "no saved plan and no manifest is that; --target and --select make a plan of fewer resources",
        ) from error
    except OSError:
        return None
    return read_plan(data, paths[0])


def read_plan(data: bytes, source: str) -> SavedPlan | None:
    """The saved plan that a file holds; None if there is no sign of one in it.

    Raises PlanRefused for a plan that is not as it was saved.
    """
    if not any(mark in data for mark in _MARKS):
        return None
    try:
        sealed = unseal(data)
    except Damaged as error:
        raise PlanRefused(f"{source}: the plan is damaged: {error}", "make a new plan") from error
    if not sealed.checksum:
        raise PlanRefused(f"{source}: the plan has no checksum", "make a new plan")
    saved = saved_from_json(sealed.value, actions())
    if not saved.nonce:
        raise PlanRefused(f"{source}: not a saved plan of reconciler (no nonce)", "make a new plan")
    return saved


def _target_of_saved(saved: SavedPlan, state_file: Path | None) -> Target:
    if saved.tool_version != __version__:
        raise PlanRefused(
            f"the plan was made by reconciler {saved.tool_version}; this is {__version__}",
            "make a new plan with this version",
        )
    try:
        endpoint, state = checked_endpoint(str(saved.context["endpoint"])), Path(saved.context["state"])
    except (KeyError, TypeError, ValueError) as error:
        raise PlanRefused(f"the plan's context is not usable: {error}", "make a new plan") from error
    if state_file is not None and not saved.plan.lineage and not _same_file(state_file, state):
        raise PlanRefused(
            f"the plan was made for {state}, where there was no state yet; in {state_file} it would be "
            "carried out a second time",
            f"leave out --state, or make a plan with --state {state_file}",
        )
    return Target(endpoint, state_file or state)


def _same_file(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _fitting(saved: SavedPlan, state: State) -> Plan:
    plan = saved.plan
    if saved.valid_until < rfc3339(time.time()):
        raise PlanRefused(
            f"the plan was of use until {saved.valid_until or '(it does not say when)'}",
            "make a new plan: what time does to tasks and TaskIds is not in this one",
        )
    if saved.nonce in state.used_plans:
        raise PlanRefused(
            "an apply of this very plan was begun before, and a plan is used once",
            "make a new plan: it shows what is left to do",
        )
    if (state.lineage, state.serial, state.fingerprint()) != (plan.lineage, plan.serial, plan.fingerprint):
        raise PlanRefused(
            f"the plan was made for serial {plan.serial} of lineage {plan.lineage or '(none)'}; "
            f"the state is at serial {state.serial} of lineage {state.lineage or '(none)'}",
            "the state has moved since: make a new plan",
        )
    return plan
