"""Desired x recorded x observed -> Plan: pure, with nothing left to decide.

What is done is in `decisions`, the calls are laid out by the step builders, what must come first is in
`ordering`; here they are put together.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.calls import PACE, Call
from reconciler.kinds import managed, records_of
from reconciler.kinds.base import Settings
from reconciler.kinds.records import Desired, Recorded
from reconciler.model import Address, Claim, Observation, Resource
from reconciler.plan.model import Plan
from reconciler.planning.cases import Case
from reconciler.planning.choice import Choice, labels_of
from reconciler.planning.drafting import Draft
from reconciler.planning.expiry import signature_warnings
from reconciler.planning.found_tasks import FoundTask
from reconciler.planning.late_calls import Reassigned, reassign
from reconciler.planning.likely_renames import likely_renames, told_of
from reconciler.planning.notes import Notes, held_by_others
from reconciler.planning.ordering import ordered
from reconciler.planning.pauses import with_showers
from reconciler.planning.renames import follow_renames
from reconciler.planning.robots import with_recorded_robots
from reconciler.planning.timing import occasion_of, scheduled
from reconciler.planning.transfer import Outcomes, transfer_claims
from reconciler.state.codec import fingerprint
from reconciler.state.model import State


def make_plan(
    settings: Settings,
    resources: Iterable[Resource],
    state: State,
    observed: Mapping[Address, Observation],
    choice: Choice | None = None,
    *,
    now: float,
    records: Mapping[Address, Recorded] | None = None,
    found: Mapping[Address, FoundTask] | None = None,
) -> Plan:
    """The plan that makes the cloud and the state what the manifests say; `now` in unix seconds.

    `records` are those of the state once renames are followed, where they were read already; `found` are
    tasks whose start was never answered. Raises StateError where the state records what this version cannot
    plan.
    """
    choice = choice or Choice()
    resources = list(resources)
    renames = follow_renames(resources, state)
    records = records_of(renames.state) if records is None else records
    settled = scheduled(with_recorded_robots(resources, records, settings), now)
    desired = {one.address: Desired(managed(one.address), one) for one in settled}
    declared = frozenset(desired)
    labels = labels_of(settled, renames.state)
    reassigned = reassign(records, desired, now, _chosen(choice, labels))
    draft = Draft(notes=Notes([*renames.notes, *renames.left_out(choice)]))
    for address in sorted(desired.keys() | records.keys()):
        chosen = choice.includes(address, labels[address])
        if chosen or choice.selection is not None:
            # With it goes what is worked out of its spec, which else would be kept for each of thousands.
            wanted = desired.pop(address, None)
            case = _case(address, settings, wanted, records, reassigned, observed, choice, now)
            former, task = renames.former.get(address), (found or {}).get(address)
            case = replace(_remembered(case, state), former=former, found=task)
            (draft.consider if chosen else draft.leave_out)(case)
    likely = likely_renames(draft.changes, draft.moves, declared)
    draft.notes.warnings.extend(told_of(likely))
    plan = _finished(draft, settings, state, records, reassigned)
    return replace(plan, likely_renames=likely, selection=draft.counted(choice.selection))


def _chosen(choice: Choice, labels: Mapping[Address, Mapping[str, str]]) -> Callable[[Address], bool]:
    return lambda one: one in labels and choice.includes(one, labels[one])


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


def _remembered(case: Case, state: State) -> Case:
    """The case with what a state knows of a resource that it does not record."""
    may_run = case.choice.unaccounted or state.was_emptied or case.address in state.untracked
    resource = case.resource
    forgotten = resource is not None and state.forgotten.get(case.address) == occasion_of(resource, case.now)
    return replace(case, unaccounted=may_run, forgotten=forgotten)


def _held_beside(recorded: Recorded | None, records: Mapping[Address, Recorded]) -> frozenset[Claim]:
    """What running tasks of others hold, looked up only for one that ends a late call by its name."""
    if recorded is None or not recorded.entry.late_calls:
        return frozenset()
    others = (one for one in records.values() if one.alive and one.address != recorded.address)
    return frozenset().union(*(one.claims.occupies for one in others))


def _finished(
    draft: Draft,
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
    changes = with_showers(changes, records)
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
            f"{later} and {earlier} depend on each other; {later} goes first, so both may briefly push to "
            "the same address or use the same robot"
        )


def eta(calls: Iterable[Call]) -> float:
    """How many seconds the calls take at the API's pace; each action, and region, has its own."""
    counts: dict[tuple[str, str, str], float] = {}
    for call in calls:
        key = (call.action.service, call.action.name, call.region if call.action.regional else "")
        counts[key] = counts.get(key, 0.0) + 1 / (call.action.per_second * PACE)
    return round(max(counts.values(), default=0.0), 1)
