"""From manifests, state and cloud to a plan: what plan and apply both begin with."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from reconciler import __version__
from reconciler.backends.snapshots import Snapshot, StateVersion
from reconciler.cli.environment import Environment, current_environment
from reconciler.cli.events import received_events
from reconciler.cli.options import NOTHING_AGAIN, NOTHING_MORE, Again, Consent, Selection
from reconciler.cli.reporting import deliver
from reconciler.cli.world import Target, backend_for, claimed_by_others, neighbours_of
from reconciler.errors import StateError
from reconciler.kinds import managed
from reconciler.kinds.timing import timing_of
from reconciler.manifests.loading.loader import Workspace
from reconciler.manifests.revisions.standing import Revision, is_older
from reconciler.model import Address
from reconciler.plan.model import Plan
from reconciler.plan.saved import Binding, SavedPlan, valid_until
from reconciler.planning.drift import Drift
from reconciler.planning.expiry import handle_ends
from reconciler.reports.calendar import Clock
from reconciler.reports.formats import Look, ReportContext, render
from reconciler.reports.view import PLAN
from reconciler.running.planning import Connect, Planned, PlanRequest, run_plan
from reconciler.running.standing import Place
from reconciler.state.model import Entry
from reconciler.state.runs import SHORT, RunRecord

_LOOKED_AT = 50
"""Runs among which one that says its revision is looked for."""
_COMMIT = 12

_USUAL_COLUMNS, _WIDEST = 100, 120
"""Columns of a report where there is no terminal, and at most."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be planned: the manifests, which of them, what to replace or to sign anew.

    `refresh` tells whether the cloud is asked. `consent` is what may be done of it beyond what the
    workspace allows. `place` is where the state is. `revision` gives that of the manifests, where it is
    known: git is asked only where that is needed. None is a stranger's, of which nothing else than the
    manifests is looked at. `at` is the moment (unix seconds) that is planned for, None for the present.
    """

    workspace: Workspace
    target: Target
    place: Place
    selection: Selection
    again: Again = NOTHING_AGAIN
    refresh: bool = True
    consent: Consent = NOTHING_MORE
    revision: Callable[[], Revision | None] | None = None
    at: float | None = None


def plan_for(request: Request, snapshot: Snapshot, connect: Connect) -> Plan:
    """The plan; asks the cloud only what can change it, and connects only if there is that."""
    plan = run_plan(_asked(request, connect), snapshot, only_authoritative=True).plan
    return replace(plan, warnings=(*_older_than_applied(request), *plan.warnings))


def _older_than_applied(request: Request) -> list[str]:
    """That later manifests than these were applied already, where git knows that; and what hides it."""
    backend = backend_for(request.target.state)
    audit, told = backend.parts.audit if request.revision else None, len(backend.notices)
    try:
        runs = () if audit is None else audit.runs(_LOOKED_AT)
    except StateError as error:
        return [f"{error.message}; it is unknown whether newer manifests than these were already applied"]
    return [*backend.notices[told:], *_later_ones(request, runs)]


def _later_ones(request: Request, runs: Sequence[RunRecord]) -> list[str]:
    """A warning of the newest run that says its revision, where that is later than the manifests'."""
    applied = next((run for run in runs if "revision" in run.holder), None)
    revision = request.revision() if request.revision and applied else None
    if applied is None or revision is None or not is_older(revision, str(applied.holder["revision"])):
        return []
    these, later = revision.commit[:_COMMIT], str(applied.holder["revision"])[:_COMMIT]
    return [
        f"these manifests are from commit {these}, which is older than {later}, applied by run "
        f"{applied.run[:SHORT]} at {applied.begin.at}: changes made since would be undone"
    ]


def looked_at(request: Request, snapshot: Snapshot, connect: Connect) -> Planned:
    """The plan, the entries it is about, all that can be seen of them."""
    return run_plan(_asked(request, connect), snapshot, only_authoritative=False)


def _asked(request: Request, connect: Connect) -> PlanRequest:
    """The request as it was made on the command line, for the service that plans."""
    return PlanRequest(
        request.workspace,
        lambda labels: request.selection.choice(labels, request.again),
        request.consent.limits(request.workspace.spec.safety),
        connect,
        current_environment().clock,
        request.selection.selects,
        request.refresh,
        request.place,
        partial(neighbours_of, request.target, request.workspace),
        partial(claimed_by_others, request.target.state, request.place.cloud),
        partial(received_events, request.target.state) if request.refresh else tuple,
        request.at,
    )


def saved(plan: Plan, request: Request, version: StateVersion) -> SavedPlan:
    """The plan with what else it is bound to, to be carried out once and on this version of the state."""
    plan, target, revision = (
        replace(plan, fingerprint=version.fingerprint),
        request.target,
        request.revision() if request.revision else None,
    )
    said = {"revision": {"commit": revision.commit, "clean": revision.clean}} if revision else {}
    context = {**Binding(target.endpoint, str(target.state)).context(), **said}
    now = current_environment().clock()
    until = valid_until(plan, partial(_goes_stale, now=now), now)
    return SavedPlan(plan, __version__, context, secrets.token_hex(16), until)


def _goes_stale(address: Address, entry: Entry, now: float) -> float | None:
    """When what is planned of an entry is wrong: once its TaskId ends, or its schedule opens or closes."""
    schedule = timing_of(entry.spec, "schedule", now)
    changes = None if schedule is None else schedule.changes
    found = [one for one in (handle_ends(managed(address), entry), changes) if one is not None]
    return min(found, default=None)


def planned_from(saved: SavedPlan) -> Revision | None:
    """The revision of the manifests that a saved plan was made from; None where it does not say."""
    found = saved.context.get("revision")
    if not isinstance(found, Mapping) or not isinstance(found.get("commit"), str):
        return None
    return Revision(found["commit"], found.get("clean") is True, "")


@dataclass(frozen=True, slots=True)
class Shown:
    """How a report is asked for: its form, whether each change is one line of text, and its file."""

    form: str = "text"
    concise: bool = False
    report: Path | None = None


def report_width(environment: Environment) -> int:
    """How many columns a report has: the terminal's where there is one, within reason."""
    return min(environment.columns or _USUAL_COLUMNS, _WIDEST)


def show(report: Plan | Drift, shown: Shown, context: ReportContext) -> None:
    """A report on standard output or in its file; text as wide as the terminal, coloured if wanted.

    Moments are told beside UTC in the zone that TZ names, where it does.
    """
    environment = current_environment()
    if context.title == PLAN:  # a review looks at no moment
        context = replace(context, clock=Clock(environment.clock(), environment.zone))
    color = shown.form == "text" and shown.report is None and environment.colored
    look = Look(report_width(environment), color=color, concise=shown.concise)
    deliver(render(report, shown.form, look, context), shown.report, color=color)
