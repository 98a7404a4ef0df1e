"""Desired x recorded x observed -> Plan: pure, with nothing left to decide.

What is done is in `decisions`, the calls are laid out by the step builders, what must come first is in
`ordering`; here they are put together.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.calls import PACE, Call
from reconciler.kinds import managed, records_of
from reconciler.kinds.base import Settings
from reconciler.kinds.records import NOTHING, Desired, Recorded
from reconciler.model import Address, Claim, Impact, Observation, Resource, Status, Verb
from reconciler.plan.model import Change, Plan, PlannedField
from reconciler.planning.cases import Case
from reconciler.planning.choice import Choice, labels_of
from reconciler.planning.decisions import cell_of, decide
from reconciler.planning.expiry import signature_warnings
from reconciler.planning.impact import impact_of
from reconciler.planning.late_calls import Reassigned, reassign
from reconciler.planning.likely_renames import likely_renames, told_of
from reconciler.planning.noted import noted_of
from reconciler.planning.notes import Notes, held_by_others
from reconciler.planning.ordering import Moves, moves_of, ordered
from reconciler.planning.reasons import reason_of
from reconciler.planning.renames import follow_renames
from reconciler.planning.resigning import check_resign, signing_fields, signing_of
from reconciler.planning.robots import with_recorded_robots
from reconciler.planning.steps import StepBuilder
from reconciler.planning.switch_steps import SwitchSteps
from reconciler.planning.task_steps import TaskSteps
from reconciler.planning.transfer import Outcomes, transfer_claims
from reconciler.state.codec import fingerprint
from reconciler.state.model import State


@dataclass(slots=True)
class _Draft:
    """A plan in the making; `after` has what each change of what runs by its name leaves recorded.

    Of nothing else is that asked later, and the validated specs of thousands would be kept with it.
    """

    changes: list[Change] = field(default_factory=list)
    after: dict[Address, Recorded] = field(default_factory=dict)
    moves: dict[Address, Moves] = field(default_factory=dict)
    unchanged: int = 0
    considered: set[Address] = field(default_factory=set)
    notes: Notes = field(default_factory=Notes)


def make_plan(
    settings: Settings,
    resources: Iterable[Resource],
    state: State,
    observed: Mapping[Address, Observation],
    choice: Choice | None = None,
    *,
    now: float,
    records: Mapping[Address, Recorded] | None = None,
) -> Plan:
    """The plan that makes the cloud and the state what the manifests say; `now` in unix seconds.

    `records` are those of the state once renames are followed, where they were read already. Raises
    StateError where the state records what this version cannot plan.
    """
    choice = choice or Choice()
    resources = list(resources)
    renames = follow_renames(resources, state)
    records = records_of(renames.state) if records is None else records
    settled = with_recorded_robots(resources, records, settings)
    desired = {one.address: Desired(managed(one.address), one) for one in settled}
    declared = frozenset(desired)
    labels = labels_of(settled, renames.state)
    reassigned = reassign(
        records, desired, now, lambda one: one in labels and choice.includes(one, labels[one])
    )
    draft = _Draft(notes=Notes([*renames.notes, *renames.left_out(choice)]))
    for address in sorted(desired.keys() | records.keys()):
        if choice.includes(address, labels[address]):
            draft.considered.add(address)
            # With it goes what is worked out of its spec, which else would be kept for each of thousands.
            wanted = desired.pop(address, None)
            case = _case(address, settings, wanted, records, reassigned, observed, choice, now)
            former = renames.former.get(address)
            _plan_case(replace(case, unaccounted=state.was_emptied, former=former), draft)
    likely = likely_renames(draft.changes, draft.moves, declared)
    draft.notes.warnings.extend(told_of(likely))
    return replace(_finished(draft, settings, state, records, reassigned), likely_renames=likely)


def _case(
    address: Address,
    settings: Settings,
    wanted: Desired | None,
    records: Mapping[Address, Recorded],
    reassigned: Reassigned,
    observed: Mapping[Address, Observation],
    choice: Choice,
    now: float,
) -> Case:
    recorded = reassigned.records.get(address)
    kind = recorded.kind if recorded else managed(address)
    return Case(
        kind,
        address,
        settings,
        wanted,
        recorded,
        observed.get(address),
        choice,
        now,
        held=_held_beside(recorded, reassigned.records),
        moved=recorded is not records.get(address),
        left=reassigned.left.get(address, ()),
    )


def _held_beside(recorded: Recorded | None, records: Mapping[Address, Recorded]) -> frozenset[Claim]:
    """What running tasks of others hold, looked up only for one that ends a late call by its name."""
    if recorded is None or not recorded.entry.late_calls:
        return frozenset()
    others = (one for one in records.values() if one.alive and one.address != recorded.address)
    return frozenset().union(*(one.claims.occupies for one in others))


def _plan_case(case: Case, draft: _Draft) -> None:
    """Adds the change that a case needs, or counts it as unchanged."""
    check_resign(case)
    draft.notes.add_probation(case)
    if case.lapsed is not None:
        draft.notes.warnings.append(f"{case.address}: {case.lapsed}")
        draft.notes.add_expiries(case, lapsed=True)
        _note_case(case, draft)
        return
    verb = decide(case)
    fields = (*case.fields, *signing_fields(case), *case.noted_fields) if cell_of(case).compares else ()
    if case.kind.is_switch and any(planned.impact is Impact.RESTART for planned in fields):
        draft.notes.add_leftovers(case)
    if verb in (None, Verb.UNCHANGED):
        draft.notes.add_expiries(case)
        _note_case(case, draft)
        return
    if case.too_far is not None:
        draft.notes.warnings.append(f"{case.address}: {case.too_far}")
    change, after = _change(case, verb, fields)
    if verb is Verb.UPDATE and not change.renewal:
        draft.notes.add_expiries(case)
    if verb is Verb.RESUME and not case.kind.is_switch:
        draft.notes.add_expiries(case, only_over=True)
    if verb is Verb.UPDATE and not change.steps and change.entry is None:
        _note_case(case, draft)
        return
    _add(case, change, after, draft)


def _note_case(case: Case, draft: _Draft) -> None:
    """Adds a change of what is only recorded, such as the name; counts what has none as unchanged."""
    resource, recorded = case.resource, case.recorded
    if resource is None or recorded is None or not (case.former or case.noted_fields):
        draft.unchanged += resource is not None
        return
    entry = replace(recorded.entry, **noted_of(resource))
    change = Change(
        address=case.address,
        verb=Verb.UPDATE,
        impact=Impact.NONE,
        visible=False,
        reason=reason_of(case, Verb.UPDATE, case.noted_fields),
        fields=case.noted_fields,
        entry=entry,
        before=case.entry,
        renamed_from=case.former,
    )
    _add(case, change, recorded.with_entry(entry), draft)


def _add(case: Case, change: Change, after: Recorded | None, draft: _Draft) -> None:
    draft.changes.append(change)
    if after is not None and case.kind.runs_by_name is not None:
        draft.after[change.address] = after
    before = case.recorded.claims if case.recorded else NOTHING
    claims = after.claims if after else NOTHING
    draft.moves[change.address] = moves_of(change, before, claims, is_switch=case.kind.is_switch)
    if change.verb is Verb.FORGET:
        draft.notes.add_leftovers(case)


def _change(case: Case, verb: Verb, fields: tuple[PlannedField, ...]) -> tuple[Change, Recorded | None]:
    """(the change, what it leaves recorded)."""
    builder = _builder(case)
    steps = builder.build(verb)
    only_noted = verb is Verb.UPDATE and not steps and (fields or case.moved)
    entry = steps[-1].entry if steps else builder.noted() if only_noted else None
    told = tuple(replace(one, impact=Impact.NONE) for one in fields) if case.kind.is_switch else fields
    change = Change(
        address=case.address,
        verb=verb,
        impact=impact_of(case, verb, told),
        visible=any(planned.visible for planned in told),
        reason=reason_of(case, verb, told),
        fields=told,
        steps=steps,
        entry=entry,
        before=case.entry,
        because=case.causes if told else (),
        renewal=case.is_renewal(verb),
        renamed_from=case.former,
    )
    if entry is None:
        return change, None
    if case.desired is not None and entry.spec is case.desired.resource.spec:
        return change, case.desired.as_recorded(entry)
    return change, case.recorded.with_entry(entry) if case.recorded else None


def _builder(case: Case) -> StepBuilder:
    builder = SwitchSteps if case.kind.is_switch else TaskSteps
    return builder(
        case.kind,
        case.address,
        case.settings,
        desired=case.desired,
        recorded=_as_it_can_be_ended(case),
        probation=case.probation,
        renewing=case.ends_soon,
        signing=signing_of(case),
    )


def _as_it_can_be_ended(case: Case) -> Recorded | None:
    """What is recorded, as far as calls can still be about it."""
    recorded = case.recorded
    if recorded is None:
        return None
    entry = recorded.entry
    if case.handle_expired:
        # A stop by such a TaskId is answered as if the task had ended; its robot still ends it.
        return recorded.with_entry(replace(entry, status=Status.UNCERTAIN, task_id=None))
    if entry.late_calls and case.actual is Status.ENDED:
        return recorded.with_entry(replace(entry, status=Status.ENDED, task_id=None))
    return recorded


def _finished(
    draft: _Draft,
    settings: Settings,
    state: State,
    records: Mapping[Address, Recorded],
    reassigned: Reassigned,
) -> Plan:
    """The plan of what was drafted: in order, and bound to the state.

    Who gave a late call away keeps it until it was looked after.
    """
    order = ordered(draft.changes, draft.moves, reassigned.to)
    signatures = signature_warnings(draft.notes.signatures)
    warnings = [*draft.notes.warnings, *signatures, *_given_up(order.given_up)]
    changes = transfer_claims(order.changes, Outcomes(records, draft.after), settings)
    warnings.extend(held_by_others(changes, draft.moves, records, draft.considered))
    return Plan(
        workspace=settings.workspace,
        lineage=state.lineage,
        serial=state.serial,
        fingerprint=fingerprint(state),
        changes=changes,
        unchanged=draft.unchanged,
        eta_seconds=eta(step.call for change in changes for step in change.steps),
        warnings=tuple(warnings),
        probation=draft.notes.probation,
        expiries=tuple(sorted(draft.notes.expiries, key=lambda one: (one.at, one.address))),
    )


def _given_up(pairs: Iterable[tuple[Address, Address]]) -> Iterator[str]:
    for later, earlier in pairs:
        yield (
            f"{later} and {earlier} each wait for the other; {later} goes first, "
            "so for a moment both may push to one address or use one robot"
        )


def eta(calls: Iterable[Call]) -> float:
    """How many seconds the calls take at the API's pace; each action, and region, has its own."""
    counts: dict[tuple[str, str, str], float] = {}
    for call in calls:
        key = (call.action.service, call.action.name, call.region if call.action.regional else "")
        counts[key] = counts.get(key, 0.0) + 1 / (call.action.per_second * PACE)
    return round(max(counts.values(), default=0.0), 1)
