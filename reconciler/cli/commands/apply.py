"""`reconciler apply`: shows the plan, asks, carries it out, writes the state."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from reconciler import __version__
from reconciler.backends.local.regular import MAX_PLAN_BYTES, Irregular, read_regular
from reconciler.backends.protocol import StateLocation
from reconciler.backends.snapshots import Snapshot
from reconciler.cli.announcing import say_calls
from reconciler.cli.applying import ApplyOptions, apply_plan
from reconciler.cli.connection import connect
from reconciler.cli.environment import current_environment
from reconciler.cli.holding import lock_timeout_option
from reconciler.cli.indexed import indexed
from reconciler.cli.json_log import log_format_option
from reconciler.cli.manifest_files import read_files
from reconciler.cli.options import (
    EVERYTHING,
    NOTHING_AGAIN,
    Again,
    Consent,
    Selection,
    again_options,
    consent_options,
    kept_option,
    new_state_option,
    no_cache_option,
    paths_argument,
    plain_http_option,
    probe_option,
    selection_options,
    state_option,
)
from reconciler.cli.outages import outage_timeout_option
from reconciler.cli.placing import is_same, located, place_of_saved
from reconciler.cli.planning import Request, keep_applied, plan_for, planned_from
from reconciler.cli.probing import Probing
from reconciler.cli.receipts import receipt_option
from reconciler.cli.world import DEFAULT_PATHS, Target, check_target, target_of
from reconciler.errors import PlanRefused, UsageError
from reconciler.kinds import ACTIONS
from reconciler.kinds.workspace.endpoint import checked_endpoint
from reconciler.manifests.revisions.standing import revision_of
from reconciler.plan.model import Plan
from reconciler.plan.saved import SavedPlan, binding_of, check_cloud, elsewhere, fitting, read_plan
from reconciler.planning.gates import on_air
from reconciler.running.standing import Place, with_standing


@click.command("apply")
@paths_argument
@state_option
@kept_option
@plain_http_option
@lock_timeout_option
@outage_timeout_option
@log_format_option
@receipt_option
@selection_options
@consent_options
@again_options
@new_state_option
@no_cache_option
@probe_option
@click.option("--auto-approve", is_flag=True, help="Skip the confirmation prompt.")
def command(
    paths: tuple[str, ...],
    state_file: StateLocation | None,
    kept: bool,
    plain_http: bool,
    patience: float,
    outage: float,
    receipt: str | None,
    selection: Selection,
    consent: Consent,
    again: Again,
    new_state: bool,
    no_cache: bool,
    probe: bool,
    auto_approve: bool,
) -> int:
    """Apply the manifests below each PATH, or a saved plan.

    Shows the plan and asks for confirmation before the first call. Completed changes are always recorded,
    even when the run fails.
    """
    asked = partial(
        ApplyOptions, auto_approve=auto_approve, patience=patience, outage=outage, receipt=receipt
    )
    if (plan_file := _saved_plan(paths)) is not None:
        _check_as_it_is(selection, again, consent, probe=probe)
        target = _target_of_saved(plan_file, state_file)
        check_target(target, kept=kept, plain_http=plain_http)
        return _apply_saved(plan_file, target, asked, new_state=new_state)
    manifests = indexed(read_files(paths, state_file, use=not no_cache), state_file)
    workspace, found = manifests.workspace, revision_of(paths or DEFAULT_PATHS)
    target = target_of(workspace, state_file)
    check_target(target, kept=kept, plain_http=plain_http)
    if probe:
        Probing(workspace, target, selection, "apply --probe", patience, outage).run()
    place = target.place(workspace.name, sends=True, new_state=new_state)
    request = Request(
        workspace, target, place, selection, again, True, consent, lambda: found, manifests, tell=say_calls
    )
    return _apply(request, asked(target, workspace.name, "apply", revision=found, begins=new_state))


def _apply(request: Request, options: ApplyOptions) -> int:
    return apply_plan(
        options,
        lambda snapshot: plan_for(request, snapshot, lambda: connect(request.target)),
        lambda result: keep_applied(request, result),
    )


def _apply_saved(
    saved: SavedPlan, target: Target, asked: Callable[..., ApplyOptions], *, new_state: bool
) -> int:
    name, revision = saved.plan.workspace, planned_from(saved)
    options = asked(target, name, "apply", nonce=saved.nonce, revision=revision)
    place = target.place(name, sends=True, new_state=new_state)
    return apply_plan(options, lambda snapshot: _saved_for(saved, snapshot, place))


def _check_as_it_is(selection: Selection, again: Again, consent: Consent, *, probe: bool) -> None:
    if probe or selection != EVERYTHING or again != NOTHING_AGAIN or consent != Consent():
        raise UsageError(
            "a saved plan is applied unchanged",
            "remove the options that select, replace, re-sign or ask resources, or that change what is "
            "allowed; use them with `reconciler plan` instead",
        )


def _saved_for(saved: SavedPlan, snapshot: Snapshot, place: Place) -> Plan:
    """The saved plan, if it may be carried out on the state as it is; raises PlanRefused or StateError."""
    if snapshot.missing is not None:
        raise snapshot.missing
    now = current_environment().clock()
    plan = fitting(saved, snapshot.state, snapshot.version, now)
    protected = () if plan.on_air else tuple(on_air(plan.changes, now))
    return with_standing(replace(plan, refusals=(*plan.refusals, *protected)), snapshot, place)


def _saved_plan(paths: tuple[str, ...]) -> SavedPlan | None:
    """The saved plan that the only path is; None if it is manifests."""
    if len(paths) != 1 or not Path(paths[0]).is_file() or paths[0].endswith((".yaml", ".yml")):
        return None
    try:
        data = read_regular(paths[0], MAX_PLAN_BYTES, follow=True)
    except Irregular as error:
        raise PlanRefused(
            f"{paths[0]}: {error.strerror}",
            "plan fewer resources with --target or --select; or, if it is a manifest, give it a name that "
            "ends in .yaml",
        ) from error
    except OSError:
        return None
    return read_plan(data, paths[0], ACTIONS)


def _target_of_saved(saved: SavedPlan, state_file: StateLocation | None) -> Target:
    binding = binding_of(saved, __version__, checked_endpoint)
    state = place_of_saved(binding.state, saved.plan.workspace, state_file)
    if not saved.plan.lineage and not is_same(state, located(binding.state, "the plan")):
        raise elsewhere(binding, str(state))
    target = Target(binding.endpoint, state)
    check_cloud(saved.plan, target.owner(saved.plan.workspace).cloud)
    return target
