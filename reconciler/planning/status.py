"""Desired, recorded and observed -> how each resource stands, by which evidence, and whether it is as wanted.

It decides nothing about what is done: a plan does, from the same three.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.kinds import managed
from reconciler.kinds.records import Desired, Recorded
from reconciler.model import Address, Impact, Observation, Resource, Source, Standing, Status, Verb
from reconciler.moments import rfc3339
from reconciler.plan.model import Change, Expiry, Plan
from reconciler.plan.status import Condition, Health, ResourceStatus, StatusReport
from reconciler.planning.drift import ENDED_WORDS, expired_words, unknown_words
from reconciler.planning.ends import awaited
from reconciler.planning.expiry import expiries_of
from reconciler.planning.task_ends import told_end
from reconciler.state.model import Entry

_C = Condition
_TROUBLED = (_C.DEGRADED, _C.SILENT, _C.FORBIDDEN)
_OVER = (_C.STOPPED, _C.ENDED, _C.FINISHED, _C.FAILED, _C.ABSENT)

HEALTH: Mapping[Status | None, Mapping[Condition, Health]] = {
    Status.RUNNING: {
        _C.RUNNING: Health.OK,
        **dict.fromkeys((_C.DEGRADED, _C.SILENT), Health.DOUBT),
        _C.UNCERTAIN: Health.DOUBT,
        **dict.fromkeys((_C.PAUSED, _C.FORBIDDEN, *_OVER), Health.DOWN),
        _C.FINISHED: Health.OK,
    },
    Status.PAUSED: {
        _C.PAUSED: Health.OK,
        _C.UNCERTAIN: Health.DOUBT,
        **dict.fromkeys((_C.RUNNING, *_TROUBLED), Health.DIFFERS),
        **dict.fromkeys(_OVER, Health.DOWN),
        _C.FINISHED: Health.OK,
    },
    Status.STOPPED: {
        **dict.fromkeys(_OVER, Health.OK),
        **dict.fromkeys((_C.RUNNING, _C.PAUSED, *_TROUBLED, _C.UNCERTAIN), Health.DIFFERS),
    },
    Status.ALLOWED: {
        _C.ALLOWED: Health.OK,
        _C.UNCERTAIN: Health.DOUBT,
        **dict.fromkeys((_C.FORBIDDEN, _C.ABSENT), Health.DOWN),
    },
    Status.FORBIDDEN: {
        _C.FORBIDDEN: Health.OK,
        **dict.fromkeys((_C.ALLOWED, _C.UNCERTAIN, _C.ABSENT), Health.DIFFERS),
    },
    None: {
        **dict.fromkeys(_OVER[:-1], Health.OK),
        **dict.fromkeys(set(_C) - set(_OVER), Health.DIFFERS),
    },
}
"""By what the manifests want, None for nothing, and how a resource stands."""

_TOLD = {
    Standing.DEGRADED: _C.DEGRADED,
    Standing.SILENT: _C.SILENT,
    Standing.FORBIDDEN: _C.FORBIDDEN,
    Standing.FAILED: _C.FAILED,
}
"""How a running task stands where nothing is done about what was seen."""

NOT_RECORDED = "not in the state"
FORGOTTEN = f"{NOT_RECORDED}: its task has ended, and its record was dropped (onEnd: forget)"
MAY_RUN = f"{NOT_RECORDED}; a task that no state records may be running"
RECORDED = "recorded"
UNASKED = "recorded; cannot be asked"


def status_of(
    plan: Plan,
    resources: Iterable[Resource],
    records: Mapping[Address, Recorded],
    observed: Mapping[Address, Observation],
    now: float,
) -> StatusReport:
    """How what is declared or recorded stands at a moment in unix seconds; `plan` was made of the same.

    Raises StateError for a record that is none of this version's.
    """
    changes = {change.address: change for change in plan.changes}
    desired = {one.address: Desired(managed(one.address), one) for one in resources}
    rows = [
        _recorded(one, desired.get(address), observed.get(address), changes.get(address), plan, now)
        for address, one in records.items()
    ]
    missing = desired.keys() - records.keys()
    rows += [_unrecorded(desired[address], changes.get(address)) for address in missing]
    rows = [replace(row, verb=changes[row.address].verb) if row.address in changes else row for row in rows]
    return StatusReport(
        workspace=plan.workspace,
        at=rfc3339(now),
        serial=plan.serial,
        lineage=plan.lineage,
        resources=tuple(_gravest_first(rows)),
        warnings=plan.warnings,
        state_location=plan.state_location,
        state_status=plan.state_status,
        cloud=plan.cloud,
        selection=plan.selection,
    )


def _gravest_first(rows: Iterable[ResourceStatus]) -> list[ResourceStatus]:
    order = {health: rank for rank, health in enumerate(Health)}
    return sorted(rows, key=lambda row: (order[row.health], row.address))


def _recorded(
    recorded: Recorded,
    desired: Desired | None,
    observation: Observation | None,
    change: Change | None,
    plan: Plan,
    now: float,
) -> ResourceStatus:
    entry, wanted = recorded.entry, desired.resource.wanted if desired else None
    status = _condition(entry, observation, change)
    source, evidence = _evidence(recorded, status, observation)
    return ResourceStatus(
        address=recorded.address,
        status=status,
        wanted=wanted,
        health=_health(wanted, status),
        since=_since(entry, status),
        started_at=entry.started_at,
        source=source,
        evidence=evidence,
        goes_to=recorded.kind.kind.destinations(recorded.spec),
        ends=() if status in _OVER else tuple(_ends(recorded, plan, now)),
        labels=desired.resource.labels if desired else entry.labels,
        spec=recorded.spec,
    )


def _unrecorded(desired: Desired, change: Change | None) -> ResourceStatus:
    """What is declared alone: nothing is known to run, which may be what is wanted.

    Where a plan says that a start may interrupt something, nobody knows that nothing runs.
    """
    wanted = desired.resource.wanted
    status = Condition.STOPPED if wanted is Status.STOPPED else Condition.ABSENT
    forgotten = change is None and wanted in (Status.RUNNING, Status.PAUSED)
    status = Condition.FINISHED if forgotten else status
    may_run = change is not None and change.verb is Verb.START and change.impact is Impact.RESTART
    return ResourceStatus(
        address=desired.address,
        status=status,
        wanted=wanted,
        health=Health.DOUBT if may_run else _health(wanted, status),
        since=None,
        started_at=None,
        source=Source.NOBODY,
        evidence=MAY_RUN if may_run else FORGOTTEN if forgotten else NOT_RECORDED,
        goes_to=desired.kind.kind.destinations(desired.spec),
        labels=desired.resource.labels,
        spec=desired.spec,
    )


def _health(wanted: Status | None, status: Condition) -> Health:
    return HEALTH[wanted].get(status, Health.DIFFERS)


def _condition(entry: Entry, observation: Observation | None, change: Change | None) -> Condition:
    """As it was observed where that tells anything, else as it is recorded; a call in doubt leaves it so.

    Of what has ended by itself, what an apply would record of that.
    """
    if change is not None and not change.steps and change.entry is not None and change.entry.status.is_over:
        return Condition(str(change.entry.status))
    if change is not None and change.forgets:
        return Condition.FINISHED
    if observation is None or entry.status is Status.UNCERTAIN:
        return Condition(str(entry.status))
    if observation.standing in _TOLD and entry.status is Status.RUNNING:
        return _TOLD[observation.standing]
    return Condition(str(observation.status or entry.status))


def _evidence(recorded: Recorded, status: Condition, observation: Observation | None) -> tuple[Source, str]:
    entry = recorded.entry
    if status is Condition.UNCERTAIN:
        return Source.STATE, unknown_words(entry)
    if observation is not None:
        late = expired_words(entry, observation.at) if status in (_C.SILENT, _C.FAILED) else ""
        return observation.source, observation.evidence + late
    if entry.end is not None and entry.status.is_over:
        return Source.STATE, told_end(entry.end)
    if status is Condition.ENDED:
        return Source.STATE, ENDED_WORDS
    return Source.STATE, RECORDED if status in _OVER else _unobserved(recorded)


def _unobserved(recorded: Recorded) -> str:
    """Why there is only the record of a running task."""
    kind = recorded.kind
    if kind.observes is None and kind.observed_in_bulk is None and kind.reads_back is None:
        return f"{UNASKED}: the API has no Describe for it"
    if kind.observed_in_bulk is not None and not kind.observed_in_bulk.questions(recorded.spec):
        return f"{UNASKED}: no Describe for the task, and no push to Tencent's CDN"
    return "recorded; asked, but not answered"


def _since(entry: Entry, status: Condition) -> str | None:
    """Since when it stands so; None where that is not known, as of what has ended or fallen silent."""
    if status is Condition.UNCERTAIN:
        return entry.pending.at if entry.pending else None
    if status is Condition.PAUSED:
        return entry.paused_at
    if entry.end is not None and entry.status.is_over:
        return entry.end.at
    return entry.started_at if str(status) == str(entry.status) and status not in _OVER else None


def _ends(recorded: Recorded, plan: Plan, now: float) -> Iterator[Expiry]:
    """What ends by itself, and until when a call that was never answered may arrive; the earliest first."""
    until = plan.probation.get(recorded.address)
    waiting = [awaited(recorded.address, until)] if until is not None else []
    yield from sorted((*expiries_of(recorded, now), *waiting), key=lambda one: one.at)
