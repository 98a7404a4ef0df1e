"""Evidence of several sources about one resource -> how it stands; pure.

The heavier source counts, and of two that weigh the same the later one. What is seen of pushes later than an
event or an answer about the task says how the pushes stand since, and can put an end in doubt, but proves
none: the room may be empty, or somebody else may push. Where two contradict each other nothing follows. It
stands beside what a task says of itself, and takes nothing from that. What an event of a live stream says of
a push counts where the stream was not asked after since, and says why a push is down; nothing is done by it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.kinds.callbacks import RemovedUser, TaskEvent, reported_tasks
from reconciler.kinds.records import Recorded
from reconciler.model import Address, EndReason, Observation, Source, Standing, Status
from reconciler.moments import rfc3339, unix_seconds

FRESH_SECONDS = 600
"""For how long an answered update says that a task runs: no task tells of its end in an answer."""

_TROUBLED = (Standing.DEGRADED, Standing.SILENT, Standing.FORBIDDEN)
_GAVE_UP = (Standing.DEGRADED, Standing.FAILED)
_PUSHES = (Standing.RUNNING, Standing.DEGRADED)
_UP = (*_PUSHES, Standing.ALLOWED)
_OF_PUSHES = (Source.LIVE, Source.LIVE_EVENT)


def combine(observations: Iterable[Observation]) -> Observation | None:
    """What the observations of one resource say together; None for none."""
    ordered = sorted(observations, key=_rank)
    if not ordered:
        return None
    heaviest = _but_for_its_pushes(ordered)
    live = [one for one in ordered if one.source in _OF_PUSHES and one.at >= heaviest.at]
    found = heaviest
    if live and heaviest.source not in _OF_PUSHES:
        told = _beside if heaviest.source is Source.DESCRIBE else _since
        found = told(heaviest, live[-1])
    found = _explained(found, ordered)
    reasons = [one.reason for one in reversed(ordered) if one.reason is not None]
    return found if found.standing is not Standing.GONE or not reasons else replace(found, reason=reasons[0])


def combined(sources: Iterable[Mapping[Address, Observation]]) -> dict[Address, Observation]:
    """The same for each resource that any of the sources tells of."""
    told: dict[Address, list[Observation]] = {}
    for source in sources:
        for address, observation in source.items():
            told.setdefault(address, []).append(observation)
    return {address: found for address, listed in told.items() if (found := combine(listed))}


def told_by_events(records: Iterable[Recorded], events: Iterable[TaskEvent]) -> dict[Address, Observation]:
    """What events say of the tasks that are recorded, by their TaskIds."""
    tasks = {task.task_id: task for task in reported_tasks(events)}
    found: dict[Address, Observation] = {}
    for one in records if tasks else ():
        task = tasks.get(one.entry.task_id) if isinstance(one.entry.task_id, str) else None
        if task is not None:
            pushes = one.kind.pushes.pushes_to(one.spec) if one.kind.pushes is not None else frozenset[str]()
            found[one.address] = task.seen(pushes)
    return found


def contested(told: Mapping[Address, Observation]) -> frozenset[Address]:
    """Those of which events say that they have ended, or that none of their pushes succeeds.

    What followed may have been lost, so that whatever can be seen of their pushes counts as well.
    """
    return frozenset(
        address
        for address, one in told.items()
        if one.status is Status.ENDED or one.standing is Standing.FAILED
    )


def told_by_removals(
    records: Iterable[Recorded], removed: Iterable[RemovedUser]
) -> dict[Address, Observation]:
    """Why tasks have ended if they have: their robots were removed after they had come in.

    It proves no end: whether robots raise such events at all is unconfirmed (reference callbacks §5).
    """
    last = {(one.room, one.user_id): one.at for one in sorted(removed, key=lambda one: one.at)}
    found: dict[Address, Observation] = {}
    for one in records if last else ():
        started = one.entry.started_at
        if one.kind.imports is None or started is None or not one.alive:
            continue
        robot = one.kind.imports.robots_in(one.spec)[0]
        at = last.get((str(robot.room), robot.user_id), 0.0)
        if at > unix_seconds(started):
            words = f"a callback of {rfc3339(at)} says that its robot was removed"
            reason = EndReason.ROBOT_REMOVED
            found[one.address] = Observation(None, words, at, Standing.UNKNOWN, Source.CALLBACK, reason)
    return found


def answered(records: Iterable[Recorded], now: float) -> dict[Address, Observation]:
    """What updates say of running tasks that were answered shortly before a moment in unix seconds."""
    found = {}
    for one in records:
        entry = one.entry
        if entry.answered_at is None or entry.status is not Status.RUNNING:
            continue
        at = unix_seconds(entry.answered_at)
        if now - FRESH_SECONDS <= at:
            words = f"an update was answered at {entry.answered_at}"
            found[one.address] = Observation(None, words, at, Standing.RUNNING, Source.UPDATE)
    return found


def _but_for_its_pushes(ordered: Sequence[Observation]) -> Observation:
    """What counts most: an answered update says that a task runs, and nothing of pushes that gave up."""
    heaviest = ordered[-1]
    if heaviest.source is not Source.UPDATE:
        return heaviest
    told = [one for one in ordered if one.source is Source.CALLBACK and one.standing in _GAVE_UP]
    return told[-1] if told else heaviest


def _explained(found: Observation, told: Iterable[Observation]) -> Observation:
    """With what an event says of why a push ended, where a push is down."""
    if found.source is Source.LIVE_EVENT or found.standing not in (*_TROUBLED, Standing.FAILED):
        return found
    events = [one for one in told if one.source is Source.LIVE_EVENT and one.standing not in _UP]
    if not events or events[-1].evidence in found.evidence:
        return found
    return replace(found, evidence=f"{found.evidence}; {events[-1].evidence}")


def _rank(one: Observation) -> tuple[bool, int, float]:
    """What says nothing comes before all that says something."""
    return one.standing is not Standing.UNKNOWN, one.source.weight, one.at


def _beside(own: Observation, live: Observation) -> Observation:
    """What a task's own answer says, and beside it, while it runs, how what it feeds stands."""
    if own.standing is not Standing.RUNNING:
        return own
    seen = live.standing if live.standing in _TROUBLED else own.seen
    return replace(own, seen=seen, evidence=f"{own.evidence}; {live.evidence}")


def _since(told: Observation, live: Observation) -> Observation:
    """What was told of a task, with how its pushes stand since then."""
    active = live.standing in _PUSHES
    if told.standing is Standing.GONE:
        if not active:
            return told
        words = f"{told.evidence}, but {live.evidence}"
        return Observation(None, words, live.at, Standing.UNKNOWN, told.source)
    if told.standing is Standing.FAILED and not active:
        if live.standing is not Standing.SILENT or live.source is not Source.LIVE:
            return told
        return replace(told, at=live.at, evidence=f"{told.evidence}; {live.evidence}")
    return replace(live, evidence=f"{live.evidence}; {told.evidence}")
