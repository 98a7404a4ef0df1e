"""Drift of manifests in which nothing has changed, told by the cloud's answers and the index alone.

Where the cloud answers every question the same as when nothing had drifted, nothing has, and nothing else is
read: no document, no entry of the state.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.backends.parts import Events
from reconciler.backends.protocol import StateLocation
from reconciler.backends.snapshots import Snapshot
from reconciler.cli.announcing import say_calls
from reconciler.cli.connection import connect
from reconciler.cli.environment import current_environment
from reconciler.cli.manifest_files import ManifestFiles
from reconciler.cli.nothing import is_as_before, is_still_nothing, plan_of_nothing, target_of_index
from reconciler.cli.options import EVERYTHING, Selection
from reconciler.cli.world import Target, backend_for, check_target
from reconciler.index.codec import StoredIndex
from reconciler.index.model import Nothing
from reconciler.kinds.base import Settings
from reconciler.kinds.live import asked_again
from reconciler.kinds.questions import Key, Question
from reconciler.kinds.workspace.endpoint import site_named
from reconciler.observing.asking import Connection
from reconciler.observing.observer import Round, observe
from reconciler.plan.drift import Drift
from reconciler.plan.model import Plan
from reconciler.reports.formats import ReportContext
from reconciler.running.standing import with_standing


@dataclass(frozen=True, slots=True)
class DriftOptions:
    """The options of `drift`, but for how it is shown; see its help."""

    state_file: StateLocation | None
    kept: bool
    plain_http: bool
    selection: Selection
    probe: bool


@dataclass(frozen=True, slots=True)
class FoundDrift:
    """The drift, and what its report tells beside it."""

    drift: Drift
    context: ReportContext


def unchanged_drift(files: ManifestFiles, options: DriftOptions) -> FoundDrift | Round:
    """The drift, if nothing has; else everything is to be looked at, and asked but for what was in the round.

    Raises what keeps it from being found, as StateError for a state that cannot be read, and what observing
    raises.
    """
    stored = files.kept.read() if files.kept is not None else None
    nothing = stored.nothing if stored is not None else None
    if stored is None or nothing is None or options.probe or options.selection != EVERYTHING:
        return Round()
    now = current_environment().clock()
    target = target_of_index(stored, nothing, options.state_file)
    if target is None or not is_still_nothing(nothing, files.digest, now, refresh=True):
        return Round()
    check_target(target, kept=options.kept, plain_http=options.plain_http)
    backend = backend_for(target.state)
    snapshot = backend.snapshot(target.owner(stored.subject.workspace))
    # What there is to say of the state is said once, by whoever looks at everything.
    if backend.notices or not is_as_before(snapshot, stored) or _any(backend.parts.events):
        return Round()
    found = _asked(nothing, stored, target)
    if isinstance(found, Round):
        return found
    place, workspace = target.place(stored.subject.workspace), stored.subject.workspace
    drift = drift_of_nothing(nothing, workspace, snapshot)
    plan = with_standing(drift.plan, snapshot, place)
    context = ReportContext(str(target.state), cloud=target.cloud)
    return FoundDrift(Drift(plan, drift.rows, drift.as_recorded, drift.unobservable), context)


def _any(events: Events | None) -> bool:
    """Whether any callback was received: then they are looked at, with what they are about."""
    return events is not None and bool(events.after("", 1)[0])


def _asked(nothing: Nothing, stored: StoredIndex, target: Target) -> Round | None:
    """What was asked, where it was answered otherwise or not at all; None where the answers are the same."""
    since = Round()
    if not nothing.answers:
        return None
    site = site_named(stored.settings.endpoint)
    settings, clock = Settings(stored.subject.workspace, site=site), current_environment().clock
    with connect(target) as cloud:
        connection = Connection(cloud.send, cloud.executor, clock, say_calls)
        observe((), settings, connection, beside=questions_of(nothing), since=since)
    if since.warnings:  # whoever reads everything asks all of it, and tells what could not be asked
        return Round()
    return None if answers_the_same(nothing, since.answers) else since


def questions_of(nothing: Nothing) -> Iterator[tuple[Question, bool]]:
    """The questions that were asked, and whether a list that lacks one tells too little."""
    for one in nothing.answers:
        question = asked_again(one.key)
        if question is not None:
            yield question, one.authoritative


def answers_the_same(nothing: Nothing, answers: Mapping[Key, object]) -> bool:
    """Whether each question was answered as it was."""
    return all(answers.get(one.key) == one.answer for one in nothing.answers)


def drift_of_nothing(nothing: Nothing, workspace: str, snapshot: Snapshot) -> Drift:
    """The drift in which nothing has, with all that was told; how the state stands is not."""
    plan: Plan = plan_of_nothing(nothing, workspace, snapshot.state, refresh=True)
    return Drift(plan, (), nothing.unchanged - nothing.unobservable, nothing.unobservable)
