"""From manifests, state and cloud to a plan: what plan and apply both begin with."""

import os
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from shutil import get_terminal_size

import click

from reconciler import __version__
from reconciler.cli.options import NOTHING_MORE, Consent, Selection
from reconciler.cli.world import Cloud, Target
from reconciler.drift import Drift
from reconciler.expiry import valid_until
from reconciler.gates import refusals
from reconciler.kinds.concealing import conceal
from reconciler.manifests.loader import Workspace
from reconciler.model import Address, Observation
from reconciler.observe import Eyes, Findings, observable, observe
from reconciler.plan import Plan, SavedPlan
from reconciler.planner import labels_of, make_plan
from reconciler.reports.formats import Aside, Look, render
from reconciler.state import Entry, State

Connect = Callable[[], AbstractContextManager[Cloud]]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be planned: the manifests, which of them, what to replace, whether to ask the cloud.

    `consent` is what may be done of it beyond what the workspace allows.
    """

    workspace: Workspace
    selection: Selection
    replace: tuple[str, ...] = ()
    refresh: bool = True
    consent: Consent = NOTHING_MORE


def plan_for(request: Request, state: State, connect: Connect) -> Plan:
    """The plan; asks the cloud only what can change it, and connects only if there is that."""
    return _plan(request, state, connect, only_exact=True)[0]


def looked_at(
    request: Request, state: State, connect: Connect
) -> tuple[Plan, Mapping[Address, Entry], Mapping[Address, Observation]]:
    """(the plan, the entries it is about, all that can be seen of them)."""
    return _plan(request, state, connect, only_exact=False)


def _plan(
    request: Request, state: State, connect: Connect, *, only_exact: bool
) -> tuple[Plan, Mapping[Address, Entry], Mapping[Address, Observation]]:
    workspace = request.workspace
    labels = labels_of(workspace.resources, state)
    limits = request.consent.limits(workspace.spec.safety)
    choice = replace(request.selection.choice(labels, request.replace), most=limits.max_impact)
    chosen = {
        address: entry
        for address, entry in state.entries.items()
        if choice.includes(address, labels[address])
    }
    findings = Findings()
    hidden = conceal(workspace.resources, state.digest_key)
    if request.refresh and any(observable(*item, only_exact=only_exact) for item in chosen.items()):
        with connect() as cloud:
            cloud.resolver.know(hidden.texts)
            eyes = Eyes(cloud.send, cloud.executor, time.time)
            findings = observe(chosen, workspace.settings, eyes, only_exact=only_exact)
    plan = make_plan(workspace.settings, hidden.resources, state, findings.observed, choice, now=time.time())
    told = [str(warning) for warning in workspace.warnings]
    if request.selection.selects and not any(choice.includes(*item) for item in labels.items()):
        told.append(f"nothing has the label {' and '.join(request.selection.selects)}")
    refused = refusals(plan.changes, state.entries, limits)
    plan = replace(plan, warnings=(*told, *plan.warnings, *findings.warnings), refusals=refused)
    plan = replace(plan, texts=hidden.texts)
    return plan, chosen, findings.observed


def saved(plan: Plan, target: Target) -> SavedPlan:
    """The plan with what else it is bound to, to be carried out once."""
    context = {"endpoint": target.endpoint, "state": str(target.state)}
    until = valid_until(plan, time.time())
    return SavedPlan(plan, __version__, context, secrets.token_hex(16), until)


@dataclass(frozen=True, slots=True)
class Shown:
    """How a report is asked for: its form, and whether each change is one line of text."""

    form: str = "text"
    concise: bool = False


def show(report: Plan | Drift, shown: Shown, aside: Aside) -> None:
    """A report on standard output; text as wide as the terminal, coloured where that is wanted."""
    color = shown.form == "text" and wants_color(os.environ.get("NO_COLOR"))
    look = Look(page_width(), color=color, concise=shown.concise)
    click.echo(render(report, shown.form, look, aside), nl=False, color=color)


def page_width() -> int:
    """How many columns a report may fill."""
    return min(get_terminal_size((100, 24)).columns, 120)


def wants_color(no_color: str | None) -> bool:
    """Whether standard output is a terminal that may be coloured (NO_COLOR)."""
    return sys.stdout.isatty() and not no_color
