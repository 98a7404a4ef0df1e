"""Desired x recorded x observed -> Plan: one decision table, pure, with nothing left to decide.

The calls themselves are laid out in `steps`; what must come first in `ordering`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.compare import compare
from reconciler.expiry import expiries_of, is_due, is_set_again, warning
from reconciler.kinds import managed
from reconciler.kinds.base import (
    CanFence,
    CanStart,
    CanUpdate,
    Forgets,
    Lapses,
    LeavesBehind,
    Managed,
    Settings,
)
from reconciler.kinds.live import PUSH
from reconciler.model import (
    PACE,
    Address,
    Call,
    Impact,
    Observation,
    Resource,
    Status,
    Verb,
    worst,
)
from reconciler.moments import unix_seconds
from reconciler.ordering import ordered, taken_by
from reconciler.plan import Change, Expiry, Plan, PlannedField
from reconciler.probation import Probation, handed_over, is_harmless, probation_of, same_task
from reconciler.state import Entry, State, Suspect
from reconciler.steps import Stairs
from reconciler.takeover import taken_over
from reconciler.words import listed

R, P, S, A, F = Status.RUNNING, Status.PAUSED, Status.STOPPED, Status.ALLOWED, Status.FORBIDDEN
UNCERTAIN, ENDED = Status.UNCERTAIN, Status.ENDED

DECISIONS: Mapping[tuple[Status | None, Status | None], Verb] = {
    # (wanted, actual): verb. None is "not in the manifests" and "not recorded"; `unchanged`
    # means that the specs decide; what is not listed needs nothing. A record of something that has
    # stopped is kept only while a start of it may still arrive.
    (R, None): Verb.START,
    (R, R): Verb.UNCHANGED,
    (R, P): Verb.RESUME,
    (R, ENDED): Verb.START,
    (R, UNCERTAIN): Verb.START,
    (R, S): Verb.START,
    (P, None): Verb.START,
    (P, R): Verb.PAUSE,
    (P, P): Verb.UNCHANGED,
    (P, ENDED): Verb.START,
    (P, UNCERTAIN): Verb.START,
    (P, S): Verb.START,
    (S, R): Verb.STOP,
    (S, P): Verb.STOP,
    (S, ENDED): Verb.FORGET,
    (S, UNCERTAIN): Verb.STOP,
    (None, R): Verb.STOP,
    (None, P): Verb.STOP,
    (None, ENDED): Verb.FORGET,
    (None, UNCERTAIN): Verb.STOP,
    (S, S): Verb.FORGET,
    (None, S): Verb.FORGET,
    (A, None): Verb.RESUME,
    (A, A): Verb.UNCHANGED,
    (A, F): Verb.RESUME,
    (A, UNCERTAIN): Verb.RESUME,
    (F, None): Verb.STOP,
    (F, A): Verb.STOP,
    (F, F): Verb.UNCHANGED,
    (F, UNCERTAIN): Verb.STOP,
    (None, A): Verb.FORGET,
    (None, F): Verb.FORGET,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which resources a plan is about, and which of them are replaced whatever their specs say.

    A renewal that is graver than `most` waits. `why_removed` is the reason told for what is recorded and
    not in the manifests given, `why_new` the one for what is in them and not recorded.
    """

    includes: Callable[[Address, Mapping[str, str]], bool] = lambda address, labels: True
    replace: frozenset[Address] = frozenset()
    most: Impact | None = None
    why_removed: str = "it is no longer in the manifests"
    why_new: str = "it is not recorded yet"


@dataclass(frozen=True, slots=True)
class Case:
    """One address with all that is known of it."""

    kind: Managed
    address: Address
    settings: Settings
    resource: Resource | None
    entry: Entry | None
    observation: Observation | None
    forced: bool = False
    now: float = 0.0
    why_removed: str = ""
    why_new: str = ""
    held: frozenset[str] = frozenset()
    moved: bool = False
    left: tuple[Suspect, ...] = ()
    most: Impact | None = None

    @property
    def forgotten(self) -> bool:
        """Whether the API no longer knows the task by its TaskId, though it may run on (semantics §1)."""
        started = self.entry.started_at if self.entry and self.entry.task_id is not None else None
        if started is None or not isinstance(self.kind, Forgets):
            return False
        return self.now - unix_seconds(started) >= self.kind.handle_seconds

    @property
    def probation(self) -> Probation:
        """The calls that were never answered; those that nobody can look after now wait on."""
        found = probation_of(self.kind, self.entry, self.now)
        over = tuple(one for one in found.over if one not in self.left)
        return Probation((*found.waiting, *(one for one in found.over if one in self.left)), over)

    @property
    def overdue(self) -> bool:
        """Whether it is time to look after a call that was never answered and could do harm."""
        entry, runs = self.entry, self.actual in (R, P)
        return entry is not None and any(
            not is_harmless(self.kind, entry, one, runs=runs)
            for one in self.probation.over
            if one in entry.suspects
        )

    @property
    def in_doubt(self) -> tuple[Mapping[str, Any], ...]:
        """The specs that may be in force beside the recorded one, by updates that were never answered."""
        if self.entry is None:
            return ()
        late = (one.spec for one in self.probation.over if one.verb is Verb.UPDATE)
        return (*self.entry.attempted, *(spec for spec in late if spec != self.entry.spec))

    @property
    def ends_soon(self) -> bool:
        """Whether it is to be renewed before it ends by itself."""
        if self.entry is None:
            return False
        return (self.due and not self.renewal_waits) or is_set_again(self.kind, self.entry, self.now)

    @property
    def due(self) -> bool:
        """Whether it is to be replaced before its TaskId ends."""
        return self.entry is not None and is_due(self.kind, self.entry, self.settings, self.now)

    @property
    def renewal_waits(self) -> bool:
        """Whether a renewal is graver than what may be done, which must not keep all else from being done."""
        return self.most is not None and Impact.RESTART.rank > self.most.rank

    @property
    def wanted(self) -> Status | None:
        """What the manifests want; None if they do not name it."""
        return self.resource.wanted if self.resource else None

    @property
    def actual(self) -> Status | None:
        """What is so, as far as is known: what was seen wins over what was recorded.

        A switch that is not recorded as it is wanted is set, also if it is seen so already: a call
        that nobody answered may have come late, and what it set is not known but for the switch.
        """
        if self.entry is None:
            return None
        recorded = self.entry.status
        seen = self.observation.status if self.observation else None
        if not isinstance(self.kind, CanStart) and (
            recorded is UNCERTAIN or self.wanted not in (None, recorded)
        ):
            return recorded
        return seen or recorded


@dataclass(slots=True)
class _Draft:
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    warnings: list[str] = field(default_factory=list)
    probation: dict[Address, str] = field(default_factory=dict)
    expiries: list[Expiry] = field(default_factory=list)
    held: dict[Address, frozenset[str]] = field(default_factory=dict)


def make_plan(
    settings: Settings,
    resources: Iterable[Resource],
    state: State,
    observed: Mapping[Address, Observation],
    choice: Choice | None = None,
    *,
    now: float,
) -> Plan:
    """The plan that makes the cloud and the state what the manifests say; `now` in unix seconds."""
    draft = _Draft()
    considered: set[Address] = set()
    desired = list(resources)
    told = choice or Choice()
    labels = labels_of(desired, state)
    handed = handed_over(
        state.entries, desired, now, lambda one: one in labels and told.includes(one, labels[one])
    )
    known = replace(state, entries=handed.entries)
    for case in _cases(settings, desired, known, observed, told):
        considered.add(case.address)
        case = replace(case, now=now, why_removed=told.why_removed, why_new=told.why_new, most=told.most)
        case = replace(
            case,
            held=_held_beside(case.address, known, draft.held),
            moved=case.entry is not state.entries.get(case.address),
            left=handed.left.get(case.address, ()),
        )
        _decide(case, draft)
    changes = taken_over(_in_order(draft, handed.to), state, settings)
    draft.warnings.extend(_held_by_others(changes, state, considered))
    return Plan(
        workspace=settings.workspace,
        lineage=state.lineage,
        serial=state.serial,
        fingerprint=state.fingerprint(),
        changes=changes,
        unchanged=draft.unchanged,
        eta_seconds=eta(step.call for change in changes for step in change.steps),
        warnings=tuple(draft.warnings),
        probation=draft.probation,
        expiries=tuple(sorted(draft.expiries, key=lambda one: (one.at, one.address))),
    )


def labels_of(resources: Iterable[Resource], state: State) -> dict[Address, Mapping[str, str]]:
    """The labels of everything there is: what a manifest says wins over what was recorded."""
    recorded = {address: entry.labels for address, entry in state.entries.items()}
    return {**recorded, **{resource.address: resource.labels for resource in resources}}


def _held_beside(address: Address, state: State, held: dict[Address, frozenset[str]]) -> frozenset[str]:
    """What running tasks of other resources hold, looked up only for one that ends a suspect by its name."""
    entry = state.entries.get(address)
    if entry is None or not entry.suspects:
        return frozenset()
    if not held:
        running = ((one, found) for one, found in state.entries.items() if found.status in (R, P))
        for one, found in running:
            kind = managed(one, found)
            held[one] = kind.occupies(kind.spec.model_validate(found.spec))
    return frozenset().union(*(keys for one, keys in held.items() if one != address))


def _held_by_others(changes: Iterable[Change], state: State, considered: set[Address]) -> Iterable[str]:
    """Warnings of what a change takes that a resource left out of the plan holds."""
    left_out = sorted(state.entries.keys() - considered)
    taken = {key: change.address for change in (changes if left_out else ()) for key in taken_by(change)}
    for address in left_out:
        entry = state.entries[address]
        if entry.task_id is not None or entry.status in (R, P):
            kind = managed(address, entry)
            for key in sorted(kind.occupies(kind.spec.model_validate(entry.spec)) & taken.keys()):
                yield f"{taken[key]} takes what {address} still holds, and only one of them can: {key}"


def eta(calls: Iterable[Call]) -> float:
    """How many seconds the calls take at the API's pace; each action, and region, has its own."""
    counts: dict[tuple[str, str, str], float] = {}
    for call in calls:
        key = (call.action.service, call.action.name, call.region if call.action.regional else "")
        counts[key] = counts.get(key, 0.0) + 1 / (call.action.per_second * PACE)
    return round(max(counts.values(), default=0.0), 1)


def _cases(
    settings: Settings,
    resources: Iterable[Resource],
    state: State,
    observed: Mapping[Address, Observation],
    choice: Choice,
) -> Iterable[Case]:
    desired = {resource.address: resource for resource in resources}
    every = labels_of(desired.values(), state)
    for address in sorted(desired.keys() | state.entries.keys()):
        resource, entry = desired.get(address), state.entries.get(address)
        if choice.includes(address, every[address]):
            forced = address in choice.replace
            kind = managed(address, entry)
            yield Case(kind, address, settings, resource, entry, observed.get(address), forced)


def _decide(case: Case, draft: _Draft) -> None:
    """Appends the change that a case needs, or counts it as unchanged."""
    _note_probation(case, draft)
    if case.resource is not None and isinstance(case.kind, Lapses):
        over = case.kind.lapsed(case.kind.spec.model_validate(case.resource.spec), case.now)
        if over is not None:
            draft.warnings.append(f"{case.address}: {over}")
            draft.unchanged += 1
            return
    verb = DECISIONS.get((case.wanted, case.actual))
    if case.wanted is None and not isinstance(case.kind, CanStart):
        verb = Verb.FORGET
    if case.actual in (S, ENDED) and case.wanted in (None, S) and case.probation != Probation():
        verb = Verb.STOP if case.overdue else None if case.probation.waiting else Verb.FORGET
    fields = _fields(case) if verb in (Verb.UNCHANGED, Verb.RESUME, Verb.PAUSE) else ()
    if verb in (Verb.UNCHANGED, Verb.RESUME, Verb.PAUSE):
        verb = _by_specs(case, verb, fields, draft)
    if verb in (None, Verb.UNCHANGED):
        _note_expiries(case, draft)
        draft.unchanged += case.resource is not None
        return
    change = _change(case, verb, fields)
    if verb is Verb.UPDATE and not change.renewal:
        _note_expiries(case, draft)
    if verb is Verb.UPDATE and not change.steps and change.entry is None:
        draft.unchanged += 1
        return
    draft.changes.append(change)
    _warn_of_remainder(case, verb, draft)


def _by_specs(case: Case, verb: Verb, fields: tuple[PlannedField, ...], draft: _Draft) -> Verb:
    """The verb once the specs are compared: what a field's change needs can outweigh the status."""
    restarts = any(planned.impact is Impact.RESTART for planned in fields)
    if isinstance(case.kind, CanStart):
        if restarts or case.forced:
            return Verb.REPLACE
    elif restarts or case.forced:
        if restarts:
            _warn_of_remainder(case, Verb.FORGET, draft)
        return Verb.RESUME if case.wanted is A else Verb.STOP
    if verb is Verb.UNCHANGED and (fields or case.in_doubt):
        updates = isinstance(case.kind, CanUpdate) and case.wanted is not A
        noted = fields and not any(planned.impact is not Impact.NONE for planned in fields)
        verb = Verb.UPDATE if updates or noted else verb
    if verb is Verb.UNCHANGED and (case.overdue or case.moved):
        verb = Verb.UPDATE
    if case.ends_soon and verb in (Verb.UNCHANGED, Verb.UPDATE):
        verb = Verb.REPLACE if isinstance(case.kind, CanStart) else Verb.UPDATE
    if verb in (Verb.UPDATE, Verb.RESUME, Verb.PAUSE) and case.forgotten:
        return Verb.REPLACE
    return verb


def _fields(case: Case) -> tuple[PlannedField, ...]:
    """What differs from what is recorded, and from what an unanswered update may have left in force."""
    resource, entry = case.resource, case.entry
    if resource is None or entry is None:
        return ()
    if not case.in_doubt and resource.digest == entry.digest:
        return ()
    spec = case.kind.spec
    fields = {planned.path: planned for planned in compare(spec, entry.spec, resource.spec)}
    for doubtful in case.in_doubt:
        for planned in compare(spec, doubtful, resource.spec):
            known = fields.setdefault(planned.path, planned)
            if planned.impact.rank > known.impact.rank:
                fields[planned.path] = planned
    updates = isinstance(case.kind, CanUpdate)
    return tuple(
        planned if updates or planned.impact is Impact.NONE else replace(planned, impact=Impact.RESTART)
        for _, planned in sorted(fields.items())
    )


def _change(case: Case, verb: Verb, fields: tuple[PlannedField, ...]) -> Change:
    entry = case.entry
    if entry is not None and case.forgotten:
        # A stop by such a TaskId is answered as if the task had ended; its robot still ends it.
        entry = replace(entry, status=UNCERTAIN, task_id=None)
    elif entry is not None and entry.suspects and case.actual is ENDED:
        entry = replace(entry, status=ENDED, task_id=None)
    stairs = Stairs(
        case.kind,
        case.address,
        case.settings,
        resource=case.resource,
        entry=entry,
        probation=case.probation,
        renewing=case.ends_soon,
    )
    steps = stairs.build(verb)
    only_noted = verb is Verb.UPDATE and not steps and (fields or case.moved)
    noted = stairs.noted() if only_noted else None
    if not isinstance(case.kind, CanStart):
        fields = tuple(replace(planned, impact=Impact.NONE) for planned in fields)
    return Change(
        address=case.address,
        verb=verb,
        impact=worst([_impact(verb, fields, case), _impact_of_looking_after(case, verb)]),
        visible=any(planned.visible for planned in fields),
        reason=_reason(case, verb, fields),
        fields=fields,
        steps=steps,
        entry=steps[-1].entry if steps else noted,
        before=case.entry,
        because=_causes(case) if fields else (),
        renewal=_is_renewal(case, verb, fields),
    )


def _is_renewal(case: Case, verb: Verb, fields: tuple[PlannedField, ...]) -> bool:
    """Whether the change is made only because something ends soon."""
    asked = case.forced or any(planned.impact is Impact.RESTART for planned in fields)
    return case.ends_soon and not asked and verb in (Verb.REPLACE, Verb.UPDATE)


def _causes(case: Case) -> tuple[Address, ...]:
    """The documents beside its own that have changed since they were recorded."""
    resource, entry = case.resource, case.entry
    if resource is None or entry is None:
        return ()
    known = entry.uses
    return tuple(one for one, text in sorted(resource.uses.items()) if known.get(str(one), text) != text)


def _impact(verb: Verb, fields: tuple[PlannedField, ...], case: Case) -> Impact:
    if verb is Verb.START:
        return Impact.START
    if verb is Verb.REPLACE:
        return Impact.RESTART
    if verb in (Verb.STOP, Verb.PAUSE):
        return Impact.NONE if _only_looks_after(case) else Impact.STOP
    return worst([planned.impact for planned in fields])


def _note_expiries(case: Case, draft: _Draft) -> None:
    """Puts what ends by itself into the calendar, and warns of what ends soon."""
    if case.entry is None or case.actual in (S, ENDED):
        return
    found = expiries_of(case.kind, case.address, case.entry, case.now)
    draft.expiries.extend(found)
    draft.warnings.extend(warning(one, case.now) for one in found if one.soon)
    if case.due and case.renewal_waits:
        text = f"its renewal is due and waits: it is a restart, and the gravest allowed is {case.most}"
        draft.warnings.append(f"{case.address}: {text}")


def _impact_of_looking_after(case: Case, verb: Verb) -> Impact:
    """What ending a suspect by starting over it does to tasks that run: same robots, same addresses.

    A start with a robot of theirs ends them, one with an address of theirs takes its push over.
    """
    entry, kind = case.entry, case.kind
    if entry is None or isinstance(kind, CanFence) or not isinstance(kind, CanStart) or verb is Verb.START:
        return Impact.NONE
    spec = kind.spec.model_validate((case.resource or entry).spec)
    own = kind.occupies(spec) if case.actual in (R, P) and verb is not Verb.STOP else frozenset()
    touched: set[str] = set()
    for one in case.probation.over:
        if one in entry.suspects and not same_task(kind, one.spec, entry.spec):
            touched |= kind.occupies(kind.spec.model_validate(one.spec)) & (own | case.held)
    if not touched:
        return Impact.NONE
    return Impact.RECONNECT if all(key.startswith(PUSH) for key in touched) else Impact.RESTART


def _only_looks_after(case: Case) -> bool:
    """Whether a stop is only of starts that may have arrived late: the task itself has ended."""
    return case.probation.over != () and case.actual in (S, ENDED)


_CALLS = {Verb.START: "a start", Verb.STOP: "a stop", Verb.UPDATE: "an update"}


def _note_probation(case: Case, draft: _Draft) -> None:
    for suspect in case.left:
        draft.warnings.append(
            f"{case.address}: {_CALLS[suspect.verb]} of it was never answered; what has its robot by now is "
            "not in this plan, or of another kind, so that a later apply has to look after it"
        )
    waiting = [one for one in case.probation.waiting if one not in case.left]
    until = max((one.until for one in waiting), default=None)
    if until is None:
        return
    draft.probation[case.address] = until
    if case.actual is UNCERTAIN:
        return  # there is a change, whose reason tells it
    last = max(waiting, key=lambda one: one.until)
    draft.warnings.append(
        f"{case.address}: {_CALLS[last.verb]} was sent and never answered, and may still arrive until "
        f"{until}; the first apply after that makes sure of it"
    )


def _reason(case: Case, verb: Verb, fields: tuple[PlannedField, ...]) -> str:
    """Why, in words for people; nothing is ever steered by it."""
    evidence = case.observation.evidence if case.observation and case.observation.status else ""
    if case.actual is UNCERTAIN and case.entry is not None:
        action = case.entry.pending.action if case.entry.pending else "a call"
        owns = isinstance(case.kind, CanStart)
        unknown = "a task may be running that nobody knows" if owns else "how it stands is not known"
        return f"it is not known what came of {action}; {unknown}"
    if case.moved and verb is Verb.UPDATE and not fields and not case.overdue:
        return "a start of it was never answered, and is looked after where its robot is by now"
    if case.overdue and verb in (Verb.STOP, Verb.UPDATE) and not fields and case.actual is not UNCERTAIN:
        lost = "a start" if any(one.verb is Verb.START for one in case.probation.over) else "a stop"
        return f"{lost} of it was never answered and can no longer arrive; this makes sure that none has"
    if case.actual is ENDED:
        return f"the task has ended{f': {evidence}' if evidence else ''}"
    if case.forgotten and verb in (Verb.STOP, Verb.REPLACE):
        why = "it is no longer wanted" if verb is Verb.STOP else "it must change"
        return f"{why}, and its TaskId is too old for the API: its robot is sent again, which ends the task"
    if case.resource is None:
        return case.why_removed
    if case.forced and case.entry is not None:
        return "a replace is asked for"
    if case.entry is not None and case.entry.attempted:
        return "the outcome of the last update is unknown, so it is sent again"
    if case.in_doubt:
        return "an update that was never answered may have arrived after a later one, which is sent again"
    if case.entry is None:
        return case.why_new
    if evidence and case.actual is not case.entry.status:
        return f"it is recorded as {case.entry.status}, but {evidence}"
    if _is_renewal(case, verb, fields):
        return _why_renewed(case)
    if verb is Verb.REPLACE:
        return _why_replaced(fields)
    if fields:
        return _what_changed(fields)
    return f"the manifest wants it {case.wanted}"


def _why_renewed(case: Case) -> str:
    found = () if case.entry is None else expiries_of(case.kind, case.address, case.entry, case.now)
    ends = f"{found[0].what} ends at {found[0].at}" if found else "it ends soon"
    if isinstance(case.kind, CanStart):
        return f"{ends}, and the workspace's window for a renewal is open"
    return f"{ends}, so it is set again"


def _why_replaced(fields: tuple[PlannedField, ...]) -> str:
    causes: dict[str, list[str]] = {}
    for planned in fields:
        if planned.impact is Impact.RESTART:
            causes.setdefault(planned.why, []).append(planned.path)
    fixed = "cannot be changed while the task runs"
    return "; ".join(
        f"{listed(paths, 2)}: {why}" if why else f"{listed(paths, 2)} {fixed}"
        for why, paths in causes.items()
    )


def _what_changed(fields: tuple[PlannedField, ...]) -> str:
    """The fields, and the pushes or rooms that are interrupted by it."""
    hit: dict[Impact, list[str]] = {}
    for planned in fields:
        name = planned.hits or next((v for v in (planned.before, planned.after) if isinstance(v, str)), "")
        if name and name not in hit.setdefault(planned.impact, []):
            hit[planned.impact].append(name)
    words = {Impact.RECONNECT: "cut and set up again", Impact.STOP: "ended"}
    told = [f"{words[impact]}: {', '.join(names)}" for impact, names in hit.items() if impact in words]
    return "; ".join([f"{listed([planned.path for planned in fields], 2)} changed", *told])


def _warn_of_remainder(case: Case, verb: Verb, draft: _Draft) -> None:
    entry = case.entry
    if verb is not Verb.FORGET or entry is None or not isinstance(case.kind, LeavesBehind):
        return
    spec = case.kind.spec.model_validate(entry.attempted[-1] if entry.attempted else entry.spec)
    stays = case.kind.remainder(spec, case.actual or entry.status)
    if stays:
        draft.warnings.append(f"{case.address}: {stays}")


def _in_order(draft: _Draft, waits: Mapping[Address, frozenset[Address]]) -> tuple[Change, ...]:
    """The changes in the order they are made, each with what must come before it.

    Who gave a suspect away keeps it until it was looked after.
    """
    order = ordered(draft.changes, waits)
    draft.warnings.extend(
        f"{later} and {earlier} each wait for the other; {later} goes first, "
        "so for a moment both may push to one address or use one robot"
        for later, earlier in order.given_up
    )
    return order.changes
