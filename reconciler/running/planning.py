"""From manifests, state and cloud to a plan: what every run begins with. It prints nothing."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from reconciler.backends.parts import Neighbour
from reconciler.backends.snapshots import Snapshot, Standing
from reconciler.calls import Attempts
from reconciler.cloud.resolve import SecretResolver
from reconciler.kinds.callbacks import Happening, RemovedUser, TaskEvent, reported_tasks
from reconciler.kinds.concealing import conceal
from reconciler.kinds.live_events import LiveEvent
from reconciler.kinds.questions import Question
from reconciler.kinds.records import Recorded, records_of
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address, Observation, Resource
from reconciler.moments import rfc3339
from reconciler.observing.asking import Connection
from reconciler.observing.evidence import answered, combined, contested, told_by_events, told_by_removals
from reconciler.observing.expected import Expected, nobody
from reconciler.observing.observer import Observations, Round, observable, observe
from reconciler.observing.pushed import told_by_live_events
from reconciler.plan.model import Plan, Refusal
from reconciler.planning.choice import Choice, labels_of
from reconciler.planning.former import same_resources
from reconciler.planning.found_tasks import found_tasks
from reconciler.planning.gates import refusals
from reconciler.planning.limits import Gate, Limits, Most
from reconciler.planning.planner import draft_plan
from reconciler.planning.renames import follow_renames
from reconciler.planning.settled import Seen, Settled
from reconciler.planning.timing import scheduled
from reconciler.running.elsewhere import with_neighbours
from reconciler.running.known import labels_of_known, settled_in, without
from reconciler.running.remembered import answered_otherwise, questions_again, seen_by_questions
from reconciler.running.standing import NOWHERE, Former, Place, with_standing
from reconciler.running.unrecorded import told_of_unrecorded, unrecorded
from reconciler.state.model import Entry

T = TypeVar("T")

Labels = Mapping[str, str]


class Cloud(Protocol):
    """What observing needs of a connection."""

    @property
    def send(self) -> Attempts:
        """Sends a call."""
        ...

    @property
    def resolver(self) -> SecretResolver:
        """Fills in secrets."""
        ...

    @property
    def executor(self) -> Executor:
        """Runs several calls at a time."""
        ...


Connect = Callable[[], AbstractContextManager[Cloud]]


def _unclaimed(entries: Mapping[Address, Entry]) -> Mapping[Address, str]:
    """Nobody else has anything of it."""
    return {}


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What is to be planned: the manifests, which of them, within which limits, and how to see the cloud.

    `choose` gives the choice among everything there is, by its labels; `selects` are the labels that were
    asked for, as they were written. `connect` is used only where anything can be seen; without `refresh`
    the cloud is asked nothing. `clock` gives unix seconds. `place` is where the state is, and `neighbours`
    gives other states, which may record the same. `claimed` tells, in words, of what entries need that other
    workspaces of the same store have. `events` are those that the cloud has sent. `at` is
    the moment that is planned for, None for the present. What was asked `since` a round began is not asked
    again. `tell` gets the calls that are about to be made, before the first of them.
    """

    workspace: Workspace
    choose: Callable[[Mapping[Address, Labels]], Choice]
    limits: Limits
    connect: Connect
    clock: Callable[[], float]
    selects: tuple[str, ...] = ()
    refresh: bool = True
    place: Place = NOWHERE
    neighbours: Callable[[], Iterable[Neighbour]] = tuple
    claimed: Callable[[Mapping[Address, Entry]], Mapping[Address, str]] = _unclaimed
    events: Callable[[], Iterable[Happening]] = tuple
    at: float | None = None
    since: Round | None = None
    tell: Callable[[Expected], None] = nobody


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, the resources and records it is about, and all that was seen of them.

    The resources are as they are planned, with digests for secrets in clear. `settled` is what would come to
    no change again. Neither resources nor records have what was known to be so: that is `known`, as far as
    the plan is about it; of it the cloud has told `otherwise` meanwhile, which has to be planned. `seen` is
    what was answered of each record of which shared questions alone can tell; `unanswered` tells that
    something could not be asked.
    """

    plan: Plan
    resources: tuple[Resource, ...]
    records: Mapping[Address, Recorded]
    observed: Mapping[Address, Observation]
    settled: Mapping[Address, Settled]
    known: Mapping[Address, Settled] = field(default_factory=dict)
    otherwise: frozenset[Address] = frozenset()
    seen: Mapping[Address, Seen] = field(default_factory=dict)
    unanswered: bool = False

    @property
    def entries(self) -> Mapping[Address, Entry]:
        """What is recorded."""
        return {address: one.entry for address, one in self.records.items()}


def run_plan(request: PlanRequest, snapshot: Snapshot, *, only_authoritative: bool) -> Planned:
    """The plan for a state; with `only_authoritative` the cloud is asked only what can change it.

    What is known of the workspace's documents has to be settled (see unsettled). Raises UsageError for a
    choice of what is not there, StateError for what cannot be planned, and CredentialsRefused.
    """
    workspace, known = request.workspace, settled_in(request.workspace)
    state = without(snapshot.state, known)
    renamed = follow_renames(workspace.resources, state).state
    # What was named as it was called before is told, not refused.
    labels = {**labels_of((), state), **labels_of(workspace.resources, renamed), **labels_of_known(known)}
    unknown = _is_unknown(request.place, snapshot)
    choice = replace(request.choose(labels), most=request.limits.max_impact, unaccounted=unknown)
    records = records_of(renamed)
    chosen = _chosen(records, choice, labels)
    hidden = conceal(workspace.resources, state.digest_key)
    events, now = list(request.events()), request.clock() if request.at is None else request.at
    unread = _chosen(known, choice, labels)
    of_plan = _chosen({one.address: one for one in workspace.resources}, choice, labels)
    lost = unrecorded(of_plan.values(), workspace.settings, snapshot, request.place)
    beside = [*questions_again(unread), *((question, False) for one in lost for question in one.questions)]
    seen, others = _evidence(
        request, chosen.values(), hidden.texts, events, beside, only_authoritative=only_authoritative
    )
    found = found_tasks(records, reported_tasks(_of_tasks(events)))
    given = (workspace.settings, hidden.resources, state, seen.observed, choice)
    drafted = draft_plan(*given, now=now, records=records, known=known, found=found)
    plan = drafted.plan
    notes = _unmatched(request, found=any(choice.includes(*item) for item in labels.items()))
    limits = replace(request.limits, replaces=Most()) if unknown else request.limits
    refused = refusals(plan.changes, state.entries, limits, now, sum(one.alive for one in known.values()))
    second = told_of_unrecorded(lost, seen, plan, state, now)
    warnings = (*notes, *second, *plan.warnings, *seen.warnings)
    plan = _as_asked(replace(plan, warnings=warnings, refusals=refused, texts=hidden.texts), request)
    plan = _beside_others(_with_claims(plan, request), request, snapshot)
    declared = tuple(one for one in scheduled(hidden.resources, now) if one.address in of_plan)
    otherwise = answered_otherwise(unread, seen) if request.since is not None else frozenset()
    by_questions = seen_by_questions(chosen.values(), others, seen)
    index = (drafted.settled, unread, otherwise, by_questions, bool(seen.warnings))
    return Planned(plan, declared, chosen, seen.observed, *index)


def _chosen(
    every: Mapping[Address, T], choice: Choice, labels: Mapping[Address, Mapping[str, str]]
) -> dict[Address, T]:
    """Those of these that the plan is about."""
    return {address: one for address, one in every.items() if choice.includes(address, labels[address])}


def _as_asked(plan: Plan, request: PlanRequest) -> Plan:
    """The plan with how it was asked for, and what the manifests themselves warn of."""
    notes = [*_of_another_time(request), *map(str, request.workspace.warnings)]
    return replace(
        plan,
        warnings=(*notes, *plan.warnings),
        on_air=request.limits.on_air,
        at="" if request.at is None else rfc3339(request.at),
        not_refreshed=not request.refresh,
    )


def _of_another_time(request: PlanRequest) -> list[str]:
    """That a plan is not for the present, and what of it is."""
    if request.at is None:
        return []
    at = rfc3339(request.at)
    return [f"planned for {at}, with what is recorded and seen now: nothing of it can be applied"]


def _unmatched(request: PlanRequest, *, found: bool) -> list[str]:
    """That no resource has the labels that were asked for."""
    return (
        [f"no resource has the label {' and '.join(request.selects)}"]
        if request.selects and not found
        else []
    )


def _is_unknown(place: Place, snapshot: Snapshot) -> bool:
    """Whether nothing is known of what runs at a real endpoint; an apply asks for a new state then."""
    return place.real and not place.new_state and snapshot.standing is Standing.NEW


def _with_claims(plan: Plan, request: PlanRequest) -> Plan:
    """The plan with a refusal for each resource that needs what another workspace has."""
    wanted = {change.address: change.entry for change in plan.changes if change.entry is not None}
    claimed = request.claimed(wanted) if wanted else {}
    held = (Refusal(Gate.CLAIMED, words, (address,)) for address, words in sorted(claimed.items()))
    return replace(plan, refusals=(*plan.refusals, *held))


def _beside_others(plan: Plan, request: PlanRequest, snapshot: Snapshot) -> Plan:
    """The plan with how its state stands, and what other states say of it."""
    former = former_states(request.workspace, request.place, request.neighbours, snapshot)
    plan = with_standing(plan, snapshot, request.place, former)
    if snapshot.standing is not Standing.PRESENT or request.place.new_state:
        return plan
    return with_neighbours(plan, request.place.cloud, request.neighbours)


def former_states(
    workspace: Workspace, place: Place, neighbours: Callable[[], Iterable[Neighbour]], snapshot: Snapshot
) -> Iterator[Former]:
    """The other states of the same cloud that record resources of these manifests, where this one is new."""
    if snapshot.standing is not Standing.NEW or place.new_state:
        return
    for other in neighbours():
        owner = other.owner
        if owner.cloud not in ("", place.cloud):
            continue
        found = same_resources(workspace.resources, other.state.entries)
        if found:
            is_own = owner.workspace == workspace.name
            yield Former(other.location, owner.workspace, found, is_own)


def _evidence(
    request: PlanRequest,
    records: Collection[Recorded],
    texts: Mapping[str, str],
    events: Sequence[Happening],
    beside: Sequence[tuple[Question, bool]],
    *,
    only_authoritative: bool,
) -> tuple[Observations, set[Address]]:
    """(what all sources say together: the cloud as it is asked, its events, and answers of updates; of which
    resources anything but the cloud's answers tells)."""
    told = told_by_events(records, _of_tasks(events))
    removed = [one for one in events if isinstance(one, RemovedUser)]
    asked = _seen(request, records, texts, contested(told), beside, only_authoritative=only_authoritative)
    pushed = told_by_live_events(records, [one for one in events if isinstance(one, LiveEvent)])
    others = (told, told_by_removals(records, removed), pushed, answered(records, request.clock()))
    found = combined((asked.observed, *others))
    return replace(asked, observed=found), set[Address]().union(*others)


def _of_tasks(events: Iterable[Happening]) -> list[TaskEvent]:
    return [one for one in events if isinstance(one, TaskEvent)]


def _seen(
    request: PlanRequest,
    records: Iterable[Recorded],
    texts: Mapping[str, str],
    also: Collection[Address],
    beside: Sequence[tuple[Question, bool]],
    *,
    only_authoritative: bool,
) -> Observations:
    """What the cloud says of the records, and `beside` of others; it is not connected to for nothing."""
    listed = list(records)
    seeing = bool(beside) or any(
        observable(one, only_authoritative=only_authoritative and one.address not in also) for one in listed
    )
    if not (request.refresh and seeing):
        return Observations()
    with request.connect() as cloud:
        cloud.resolver.know(texts)
        connection = Connection(cloud.send, cloud.executor, request.clock, request.tell)
        return observe(
            listed,
            request.workspace.settings,
            connection,
            only_authoritative=only_authoritative,
            also=also,
            beside=beside,
            since=request.since,
        )
