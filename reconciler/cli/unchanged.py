"""A plan of manifests in which nothing has changed, told by the index alone: nothing else is read."""

from dataclasses import replace
from functools import cache

from reconciler.backends.protocol import StateLocation
from reconciler.backends.snapshots import Snapshot, Standing
from reconciler.cli.applied_revisions import older_than_applied
from reconciler.cli.environment import current_environment
from reconciler.cli.events import received_after
from reconciler.cli.manifest_files import ManifestFiles
from reconciler.cli.placing import file_of, located, state_given
from reconciler.cli.plan_options import Made, PlanOptions
from reconciler.cli.world import DEFAULT_PATHS, Target, backend_for, check_kept, check_network
from reconciler.index.codec import StoredIndex
from reconciler.index.model import Nothing
from reconciler.manifests.revisions.standing import revision_of
from reconciler.plan.model import Plan
from reconciler.reports.formats import ReportContext
from reconciler.running.standing import with_standing
from reconciler.state.model import State


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
    target = _target(stored, nothing, options.state_file)
    if target is None:
        return None
    check_kept(target, kept=options.kept)
    if options.refresh:
        check_network(target, plain_http=options.plain_http)
    backend = backend_for(target.state)
    snapshot = backend.snapshot(target.owner(stored.subject.workspace))
    # What there is to say of the state is said once, by whoever plans everything.
    if backend.notices or not _is_as_before(snapshot, stored):
        return None
    if options.refresh and received_after(backend.parts.events, stored.events).in_question:
        return None
    return _made(nothing, stored, snapshot, target, options)


def _is_plain(options: PlanOptions) -> bool:
    """Whether it is a plan of everything, of a state that is there, and not to be saved."""
    return options.is_of_everything and options.out is None and not options.new_state


def is_still_nothing(nothing: Nothing, files: str, now: float, *, refresh: bool) -> bool:
    """Whether the very manifests are there, and nothing has ended meanwhile, nor may be seen to have.

    `files` is the digest of those that are there, `now` in unix seconds; with `refresh` the cloud is asked.
    """
    return not (nothing.asked and refresh) and now < nothing.until and nothing.files == files


def _target(stored: StoredIndex, nothing: Nothing, option: StateLocation | None) -> Target | None:
    """Where calls would go and the state is, if that is still where it was."""
    declared, known = stored.settings.state, stored.subject
    if state_given(option) is None and declared is not None:
        state = file_of(known.workspace, declared, nothing.workspace)
    else:
        state = located(known.state, "the index")
    return Target(stored.settings.endpoint, state) if str(state) == known.state else None


def _is_as_before(snapshot: Snapshot, stored: StoredIndex) -> bool:
    """Whether it is the very version of the state that the index was made with."""
    is_there = snapshot.standing is Standing.PRESENT and not snapshot.interrupted and not snapshot.state.moved
    return is_there and bool(stored.mark) and snapshot.mark == stored.mark


def _made(
    nothing: Nothing, stored: StoredIndex, snapshot: Snapshot, target: Target, options: PlanOptions
) -> Made:
    workspace = stored.subject.workspace
    plan = plan_of_nothing(nothing, workspace, snapshot.state, refresh=options.refresh)
    plan = with_standing(plan, snapshot, target.place(workspace))
    older = older_than_applied(target.state, cache(lambda: revision_of(options.paths or DEFAULT_PATHS)))
    context = ReportContext(str(target.state), cloud=target.cloud)
    return Made(replace(plan, warnings=(*older, *plan.warnings)), context)


def plan_of_nothing(nothing: Nothing, workspace: str, state: State, *, refresh: bool) -> Plan:
    """The plan in which nothing is to be done, with all that it told."""
    return Plan(
        workspace=workspace,
        lineage=state.lineage,
        serial=state.serial,
        unchanged=nothing.unchanged,
        warnings=nothing.warnings,
        expiries=nothing.expiries,
        not_refreshed=not refresh,
    )
