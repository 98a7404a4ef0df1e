"""A plan of manifests in which nothing has changed, told by the index alone: nothing else is read."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from reconciler.backends.snapshots import Snapshot
from reconciler.cli.applied_revisions import older_than_applied
from reconciler.cli.environment import current_environment
from reconciler.cli.manifest_files import ManifestFiles
from reconciler.cli.nothing import is_as_before, is_still_nothing, plan_of_nothing, target_of_index
from reconciler.cli.plan_options import Made, PlanOptions
from reconciler.cli.world import DEFAULT_PATHS, Target, backend_for, check_kept, check_network
from reconciler.index.codec import StoredIndex
from reconciler.index.model import Nothing
from reconciler.manifests.revisions.standing import revision_of
from reconciler.reports.formats import ReportContext
from reconciler.running.standing import with_standing

if TYPE_CHECKING:  # what callbacks say is read only where there are any
    from reconciler.backends.parts import Events
    from reconciler.kinds.callbacks import Received


def unchanged_plan(files: ManifestFiles, options: PlanOptions) -> Made | None:
    """The plan, if nothing has changed; None where that is not certain, and everything is to be planned.

    Raises what keeps a plan from being made, as StateError for a state that cannot be read.
    """
    stored = files.kept.read() if files.kept is not None else None
    nothing = stored.nothing if stored is not None else None
    if stored is None or nothing is None or not _is_plain(options):
        return None
    now = current_environment().clock()
    if not is_still_nothing(nothing, files.digest, now, refresh=options.refresh):
        return None
    target = target_of_index(stored, nothing, options.state_file)
    if target is None:
        return None
    check_kept(target, kept=options.kept)
    if options.refresh:
        check_network(target, plain_http=options.plain_http)
    backend = backend_for(target.state)
    snapshot = backend.snapshot(target.owner(stored.subject.workspace))
    # What there is to say of the state is said once, by whoever plans everything.
    if backend.notices or not is_as_before(snapshot, stored):
        return None
    if options.refresh and _is_in_question(backend.parts.events, stored.events):
        return None
    return _made(nothing, stored, snapshot, target, options)


def _is_in_question(events: Events | None, place: str) -> bool:
    """Whether callbacks behind a place say more than that something runs."""
    if events is None or not events.after(place, 1)[0]:  # as nearly always, and no model of one is loaded
        return False
    received: Received = import_module("reconciler.cli.events").received_after(events, place)
    return bool(received.in_question)


def _is_plain(options: PlanOptions) -> bool:
    """Whether it is a plan of everything, of a state that is there, and not to be saved."""
    return options.is_of_everything and options.out is None and not options.new_state


def _made(
    nothing: Nothing, stored: StoredIndex, snapshot: Snapshot, target: Target, options: PlanOptions
) -> Made:
    workspace = stored.subject.workspace
    plan = plan_of_nothing(nothing, workspace, snapshot.state, refresh=options.refresh)
    plan = with_standing(plan, snapshot, target.place(workspace))
    older = older_than_applied(target.state, cache(lambda: revision_of(options.paths or DEFAULT_PATHS)))
    context = ReportContext(str(target.state), cloud=target.cloud)
    return Made(replace(plan, warnings=(*older, *plan.warnings)), context)
