"""From manifests, state and cloud to a plan: what plan and apply both begin with."""

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from reconciler import __version__
from reconciler.backends.snapshots import Snapshot, StateVersion
from reconciler.cli.applied_revisions import older_than_applied
from reconciler.cli.drifting import Drifting, drift_in
from reconciler.cli.environment import current_environment
from reconciler.cli.events import ReceivedOnce
from reconciler.cli.index_in_store import keep_in_store
from reconciler.cli.indexed import IndexedManifests
from reconciler.cli.opening import Opening
from reconciler.cli.options import NOTHING_AGAIN, NOTHING_MORE, Again, Consent, Selection
from reconciler.cli.world import Target, backend_for, claimed_by_others, neighbours_of
from reconciler.errors import ReconcilerError
from reconciler.kinds import managed
from reconciler.kinds.timing import timing_of
from reconciler.manifests.loading.loader import Workspace
from reconciler.manifests.revisions.standing import Revision
from reconciler.model import Address
from reconciler.observing.expected import Expected, nobody
from reconciler.observing.observer import Round
from reconciler.plan.drift import Drift
from reconciler.plan.model import Plan
from reconciler.plan.saved import Binding, SavedPlan, valid_until
from reconciler.planning.handles import handle_ends
from reconciler.running.indexing import index_after
from reconciler.running.planning import Connect, Planned, PlanRequest, run_plan
from reconciler.running.run import RunResult
from reconciler.running.standing import Place
from reconciler.state.model import Entry

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
    manifests is looked at. `manifests` are those of the workspace, where an index is used. `at` is the moment
    (unix seconds) that is planned for, None for the present. `tell` gets the calls that are about to be made.
    What was asked `since` a round began is not asked again.
    """

    workspace: Workspace
    target: Target
    place: Place
    selection: Selection
    again: Again = NOTHING_AGAIN
    refresh: bool = True
    consent: Consent = NOTHING_MORE
    revision: Callable[[], Revision | None] | None = None
    manifests: IndexedManifests | None = None
    at: float | None = None
    tell: Callable[[Expected], None] = nobody
    since: Round | None = None


def plan_for(request: Request, snapshot: Snapshot, connect: Connect) -> Plan:
    """The plan; asks the cloud only what can change it, and connects only if there is that."""
    plan = _planned(request, snapshot, connect)
    older = older_than_applied(request.target.state, request.revision)
    return replace(plan, warnings=(*older, *plan.warnings))


def _planned(request: Request, snapshot: Snapshot, connect: Connect) -> Plan:
    manifests = request.manifests
    if manifests is None:
        asked = _asked(request, connect, ReceivedOnce(request.target.state))
        return run_plan(asked, snapshot, only_authoritative=True).plan
    received = ReceivedOnce(request.target.state)
    named = frozenset({*request.again.replace, *request.again.resign})
    opening = Opening(manifests, snapshot, named, received.since if request.refresh else None)
    since = request.since or Round()

    def plan(workspace: Workspace) -> Planned:
        since.look()
        asked = _asked(replace(request, workspace=workspace, since=since), connect, received)
        return run_plan(asked, snapshot, only_authoritative=True)

    subject = manifests.subject(request.workspace.name, request.target.state, snapshot.state.lineage)
    return opening.plan(subject, current_environment().clock(), plan)


def keep_applied(request: Request, result: RunResult) -> None:
    """Keeps an index of what a run has recorded, so that the next plan reads only what changes after it."""
    manifests = request.manifests
    if manifests is None or not (manifests.keeps and result.lineage):
        return
    workspace, now = manifests.workspace, current_environment().clock()
    subject = manifests.subject(workspace.name, request.target.state, result.lineage)
    with suppress(ReconcilerError):  # what was done is recorded; the next plan says what is wrong with it
        told = (subject, manifests.digest, manifests.pieces, workspace, result.entries, now)
        index = index_after(*told, _mark_of(request, result))
        manifests.keep(index)
        keep_in_store(request.target.state, index)


def _mark_of(request: Request, result: RunResult) -> str:
    """The store's token of the version that a run has written; "" where another may have followed already."""
    snapshot = backend_for(request.target.state).snapshot(None)
    is_this = (snapshot.state.lineage, snapshot.state.serial) == (result.lineage, result.serial)
    return (snapshot.mark or "") if is_this else ""


def looked_at(request: Request, snapshot: Snapshot, connect: Connect) -> Planned:
    """The plan, the entries it is about, all that can be seen of them."""
    asked = _asked(request, connect, ReceivedOnce(request.target.state))
    return run_plan(asked, snapshot, only_authoritative=False)


def drift_of(request: Request, snapshot: Snapshot, connect: Connect) -> Drift:
    """The drift; what is as recorded by the same answers as last time is left unread, where that is known."""
    manifests, received = request.manifests, ReceivedOnce(request.target.state)
    if manifests is None:
        return drift_in(looked_at(request, snapshot, connect))

    def plan(workspace: Workspace, since: Round) -> Planned:
        asked = _asked(replace(request, workspace=workspace, since=since), connect, received)
        return run_plan(asked, snapshot, only_authoritative=False)

    subject = manifests.subject(request.workspace.name, request.target.state, snapshot.state.lineage)
    now = current_environment().clock()
    return Drifting(manifests, snapshot, received.all()).find(subject, now, plan, request.since or Round())


def _asked(request: Request, connect: Connect, received: ReceivedOnce) -> PlanRequest:
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
        received.all if request.refresh else tuple,
        request.at,
        request.since,
        request.tell,
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
