"""From manifests, state and cloud to a plan: what plan and apply both begin with."""

import secrets
from dataclasses import dataclass, replace
from functools import partial

import click

from reconciler import __version__
from reconciler.backends.protocol import Snapshot, StateVersion
from reconciler.cli.environment import current_environment
from reconciler.cli.options import NOTHING_MORE, Consent, Selection
from reconciler.cli.world import Target, claimed_by_others, neighbours_of
from reconciler.kinds import managed
from reconciler.manifests.loading.loader import Workspace
from reconciler.plan.model import Plan
from reconciler.plan.saved import Binding, SavedPlan, valid_until
from reconciler.planning.drift import Drift
from reconciler.planning.expiry import handle_ends
from reconciler.reports.formats import Look, ReportContext, render
from reconciler.running.planning import Connect, Planned, PlanRequest, run_plan
from reconciler.running.standing import Place

_USUAL_COLUMNS, _WIDEST = 100, 120
"""Columns of a report where there is no terminal, and at most."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be planned: the manifests, which of them, what to replace, whether to ask the cloud.

    `consent` is what may be done of it beyond what the workspace allows. `place` is where the state is.
    """

    workspace: Workspace
    target: Target
    place: Place
    selection: Selection
    replace: tuple[str, ...] = ()
    refresh: bool = True
    consent: Consent = NOTHING_MORE


def plan_for(request: Request, snapshot: Snapshot, connect: Connect) -> Plan:
    """The plan; asks the cloud only what can change it, and connects only if there is that."""
    return run_plan(_asked(request, connect), snapshot, only_authoritative=True).plan


def looked_at(request: Request, snapshot: Snapshot, connect: Connect) -> Planned:
    """The plan, the entries it is about, all that can be seen of them."""
    return run_plan(_asked(request, connect), snapshot, only_authoritative=False)


def _asked(request: Request, connect: Connect) -> PlanRequest:
    """The request as it was made on the command line, for the service that plans."""
    return PlanRequest(
        request.workspace,
        lambda labels: request.selection.choice(labels, request.replace),
        request.consent.limits(request.workspace.spec.safety),
        connect,
        current_environment().clock,
        request.selection.selects,
        request.refresh,
        request.place,
        partial(neighbours_of, request.target, request.workspace),
        partial(claimed_by_others, request.target),
    )


def saved(plan: Plan, target: Target, version: StateVersion) -> SavedPlan:
    """The plan with what else it is bound to, to be carried out once and on this version of the state."""
    plan = replace(plan, fingerprint=version.fingerprint)
    context = Binding(target.endpoint, str(target.state)).context()
    now = current_environment().clock()
    until = valid_until(plan, lambda address, entry: handle_ends(managed(address), entry), now)
    return SavedPlan(plan, __version__, context, secrets.token_hex(16), until)


@dataclass(frozen=True, slots=True)
class Shown:
    """How a report is asked for: its form, and whether each change is one line of text."""

    form: str = "text"
    concise: bool = False


def show(report: Plan | Drift, shown: Shown, context: ReportContext) -> None:
    """A report on standard output; text as wide as the terminal, coloured where that is wanted."""
    environment = current_environment()
    color = shown.form == "text" and environment.colored
    look = Look(min(environment.columns or _USUAL_COLUMNS, _WIDEST), color=color, concise=shown.concise)
    click.echo(render(report, shown.form, look, context), nl=False, color=color)
