"""`reconciler destroy`: stops all that the state records."""

from dataclasses import replace
from functools import partial

import click

from reconciler.backends.protocol import StateLocation
from reconciler.backends.snapshots import Snapshot
from reconciler.cli.applying import ApplyOptions, apply_plan
from reconciler.cli.environment import current_environment
from reconciler.cli.holding import lock_timeout_option
from reconciler.cli.json_log import log_format_option
from reconciler.cli.options import (
    Selection,
    kept_option,
    on_air_option,
    paths_argument,
    plain_http_option,
    selection_options,
    state_option,
)
from reconciler.cli.outages import outage_timeout_option
from reconciler.cli.receipts import receipt_option
from reconciler.cli.world import DEFAULT_PATHS, Target, check_target, read_workspace, target_of
from reconciler.kinds.concealing import conceal
from reconciler.manifests.loading.loader import Workspace
from reconciler.manifests.revisions.standing import revision_of
from reconciler.model import Address
from reconciler.plan.model import Plan
from reconciler.planning.choice import labels_of
from reconciler.planning.gates import refusals
from reconciler.planning.limits import Limits, Most
from reconciler.planning.planner import make_plan
from reconciler.running.standing import with_standing


@click.command("destroy")
@paths_argument
@state_option
@kept_option
@plain_http_option
@lock_timeout_option
@outage_timeout_option
@log_format_option
@receipt_option
@selection_options
@on_air_option
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
    on_air: bool,
    auto_approve: bool,
) -> int:
    """Stop everything recorded in the state of the workspace below each PATH, regardless of the manifests.

    Shows what it will do and asks for confirmation before the first call. Resources with metadata.onRemoval:
    leave keep running and are forgotten, and forbidden live streams stay forbidden; the plan lists both.
    """
    workspace = read_workspace(paths)
    target = target_of(workspace, state_file)
    check_target(target, kept=kept, plain_http=plain_http)
    revision = revision_of(paths or DEFAULT_PATHS)
    options = ApplyOptions(
        target,
        workspace.name,
        "destroy",
        auto_approve,
        patience,
        outage=outage,
        revision=revision,
        receipt=receipt,
    )
    planned = partial(_planned, workspace, target, selection, on_air=on_air)
    return apply_plan(options, planned)


def _planned(
    workspace: Workspace, target: Target, selection: Selection, snapshot: Snapshot, *, on_air: bool
) -> Plan:
    """The end of all that is recorded and selected."""
    state = snapshot.state
    says = {
        Address(one.address.kind, name): one.on_removal
        for one in workspace.resources
        for name in (*one.renamed_from, one.address.name)
    }
    choice = selection.choice(labels_of((), state))
    choice = replace(choice, why_removed="destroy was requested", on_removal=says)
    now = current_environment().clock()
    plan = make_plan(workspace.settings, (), state, {}, choice, now=now)
    # That everything stops is what was asked for; what is protected stays so.
    refused = refusals(plan.changes, state.entries, Limits(Most(), Most(), on_air=on_air), now)
    texts = conceal(workspace.resources, state.digest_key).texts
    plan = replace(plan, refusals=refused, texts=texts)
    return with_standing(plan, snapshot, target.place(workspace.name, sends=True), starts=False)
