"""Desired x recorded x observed -> Plan: pure, with nothing left to decide.

What is done is in `decisions`, the calls are laid out by the step builders, what must come first is in
`ordering`; here they are put together.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from reconciler.claims import Claim
from reconciler.kinds import managed
from reconciler.kinds.base import Settings
from reconciler.kinds.records import Desired, Recorded, records_of
from reconciler.model import Address, Observation, Resource
from reconciler.plan.eta import eta
from reconciler.plan.model import Plan
from reconciler.planning.cases import Case
from reconciler.planning.choice import Choice, labels_of
from reconciler.planning.drafting import Draft
from reconciler.planning.expiry_words import signature_warnings
from reconciler.planning.found_tasks import NONE_FOUND, FoundTask
from reconciler.planning.late_calls import Reassigned, probation_of, reassign
from reconciler.planning.likely_renames import likely_renames, told_of
from reconciler.planning.lost_starts import with_lost_starts
from reconciler.planning.made_ids import with_recorded_ids
from reconciler.planning.notes import Notes, held_by_others
from reconciler.planning.ordering import Order, ordered
from reconciler.planning.pauses import with_showers
from reconciler.planning.renames import Renames, follow_renames
from reconciler.planning.robots import with_recorded_robots
from reconciler.planning.seen import with_seen
from reconciler.planning.settled import NONE_SETTLED, Settled
from reconciler.planning.timing import occasion_of, scheduled
from reconciler.planning.transfer import Outcomes, transfer_claims
from reconciler.state.model import State


@dataclass(frozen=True, slots=True)
class Drafted:
    """A plan, and what in it is settled: unchanged, and so until something else changes."""

    plan: Plan
    settled: Mapping[Address, Settled]


def make_plan(
    settings: Settings,
    resources: Iterable[Resource],
    state: State,
    observed: Mapping[Address, Observation],
    choice: Choice | None = None,
    *,
    now: float,
    found: Mapping[Address, FoundTask] = NONE_FOUND,
) -> Plan:
    """The plan that makes the cloud and the state what the manifests say; `now` in unix seconds.

    `found` are tasks whose start was never answered. Raises StateError where the state records what this
    version cannot plan.
    """
    return draft_plan(settings, resources, state, observed, choice, now=now, found=found).plan


def draft_plan(
    settings: Settings,
    resources: Iterable[Resource],
    state: State,
    observed: Mapping[Address, Observation],
    choice: Choice | None = None,
    *,
    now: float,
    records: Mapping[Address, Recorded] | None = None,
    known: Mapping[Address, Settled] = NONE_SETTLED,
    found: Mapping[Address, FoundTask] = NONE_FOUND,
) -> Drafted:
    """The plan that makes the cloud and the state what the manifests say; `now` in unix seconds.

    `records` are those of the state once renames are followed, where they were read already. What is
    `known` to be settled is neither among the resources nor in the state, and holds nothing that they do.
    `found` are tasks whose start was never answered. Raises StateError where the state records what this
    version cannot plan.
    """
    choice, resources = choice or Choice(), list(resources)
    renames = follow_renames(resources, state)
    read = records_of(renames.state) if records is None else records
    written = with_lost_starts(read, found.keys())
    records = with_seen(written, observed, now)
    known_again = with_recorded_ids(with_recorded_robots(resources, records, settings), records, settings)
    settled = scheduled(known_again, now)
    desired = {one.address: Desired(managed(one.address), one) for one in settled}
    declared = frozenset(desired) | known.keys()
    labels = {**labels_of(settled, renames.state), **{one: it.labels for one, it in known.items()}}
    reassigned = reassign(records, desired, now, _chosen(choice, labels))
    given = (settings, state, renames, written, records, reassigned, observed, choice, now, known, found)
    cases = _Cases(*given)
    draft = Draft(notes=Notes([*renames.notes, *renames.left_out(choice)]))
    cases.draft(draft, desired, labels)
    likely = likely_renames(draft.changes, draft.moves, declared)
    draft.notes.warnings.extend(told_of(likely))
    plan = _finished(draft, settings, state, records, reassigned)
    plan = replace(plan, likely_renames=likely, selection=draft.counted(choice.selection))
    return Drafted(plan, draft.settled)


def _chosen(choice: Choice, labels: Mapping[Address, Mapping[str, str]]) -> Callable[[Address], bool]:
    return lambda one: one in labels and choice.includes(one, labels[one])


@dataclass(frozen=True)
class _Cases:
    """What all cases are made of; see draft_plan."""

    settings: Settings
    state: State
    renames: Renames
    written: Mapping[Address, Recorded]
    records: Mapping[Address, Recorded]
    reassigned: Reassigned
    observed: Mapping[Address, Observation]
    choice: Choice
    now: float
    known: Mapping[Address, Settled]
    found: Mapping[Address, FoundTask]

    def draft(
        self,
        draft: Draft,
        desired: dict[Address, Desired],
        labels: Mapping[Address, Mapping[str, str]],
    ) -> None:
        """Plans each; with one goes, out of `desired`, what is worked out of its spec.

        Else that would be kept for each of thousands.
        """
        for address in sorted(desired.keys() | self.records.keys() | self.known.keys()):
            chosen = self.choice.includes(address, labels[address])
            if address in self.known and chosen:
                draft.repeat(address, self.known[address])
            elif address in self.known:
                draft.leave_out_unchanged()
            elif chosen or self.choice.selection is not None:
                case = self.of(address, desired.pop(address, None))
                (draft.consider if chosen else draft.leave_out)(case)

    def of(self, address: Address, wanted: Desired | None) -> Case:
        """The case of one address, with what the state knows of a resource that it does not record."""
        recorded = self.reassigned.records.get(address)
        return Case(
            recorded.kind if recorded else managed(address),
            address,
            self.settings,
            wanted,
            recorded,
            self.observed.get(address),
            self.choice,
            self.now,
            held=self._holders.beside(recorded, self.now),
            moved=recorded is not self.records.get(address),
            left=self.reassigned.left.get(address, ()),
            unaccounted=self.choice.unaccounted or self._emptied or address in self.state.untracked,
            former=self.renames.former.get(address),
            original=self.written.get(address),
            forgotten=self._is_forgotten(address, wanted),
            found=self.found.get(address),
        )

    @cached_property
    def _holders(self) -> "_Holders":
        return _Holders(self.reassigned.records)

    @property
    def _emptied(self) -> bool:
        return self.state.was_emptied and not self.known

    def _is_forgotten(self, address: Address, wanted: Desired | None) -> bool:
        known = self.state.forgotten.get(address)
        return wanted is not None and known is not None and known == occasion_of(wanted.resource, self.now)


class _Holders:
    """Who holds what of the running tasks, looked up once, and only where a late call may be ended."""

    def __init__(self, records: Mapping[Address, Recorded]) -> None:
        self._records = records

    @cached_property
    def _by_claim(self) -> Mapping[Claim, set[Address]]:
        found: dict[Claim, set[Address]] = {}
        for address, one in self._records.items():
            for claim in one.claims.occupies if one.alive else ():
                found.setdefault(claim, set()).add(address)
        return found

    def beside(self, recorded: Recorded | None, now: float) -> frozenset[Claim]:
        """What others hold of that which ending the late calls of a record could touch."""
        if recorded is None or not recorded.entry.late_calls:
            return frozenset()
        kind, own = recorded.kind.kind, {recorded.address}
        over = probation_of(recorded, now).over
        claims = frozenset[Claim]().union(*(kind.occupies(recorded.read(one.spec)) for one in over))
        return frozenset(claim for claim in claims if self._by_claim.get(claim, own) - own)


def _finished(
    draft: Draft,
    settings: Settings,
    state: State,
    records: Mapping[Address, Recorded],
    reassigned: Reassigned,
) -> Plan:
    """The plan of what was drafted, in order.

    Who gave a late call away keeps it until it was looked after.
    """
    order = ordered(draft.changes, draft.moves, reassigned.to)
    signatures = signature_warnings(draft.notes.signatures)
    warnings = [*draft.notes.warnings, *signatures, *_given_up(order)]
    changes = transfer_claims(order.changes, Outcomes(records, draft.after), settings)
    changes = with_showers(changes, records)
    warnings.extend(held_by_others(changes, draft.moves, records, draft.considered))
    return Plan(
        workspace=settings.workspace,
        lineage=state.lineage,
        serial=state.serial,
        changes=changes,
        unchanged=draft.unchanged,
        eta_seconds=eta(changes),
        warnings=tuple(warnings),
        probation=draft.notes.probation,
        expiries=tuple(sorted(draft.notes.expiries, key=lambda one: (one.at, one.address))),
    )


def _given_up(order: Order) -> Iterator[str]:
    for later, earlier in sorted((*order.given_up, *order.unready)):
        what = "both may briefly push to the same address or use the same robot"
        if (later, earlier) in order.unready:
            what = "one of them may briefly show, record or push to what is not there"
        yield f"{later} and {earlier} depend on each other; {later} goes first, so {what}"
