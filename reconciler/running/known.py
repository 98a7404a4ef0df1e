"""Documents that are known and need not be read: which of them are settled, and which have to be opened."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.calls import TaskIdOf
from reconciler.index.model import entry_digest, tie_digests
from reconciler.kinds import registered
from reconciler.kinds.records import Recorded, claims_of
from reconciler.manifests.loading.beside import Found
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address
from reconciler.plan.model import Change
from reconciler.planning.checks import Claimant, Ties, ties_of
from reconciler.planning.choice import labels_of
from reconciler.planning.robots import robots_in
from reconciler.planning.settled import Settled
from reconciler.state.lines import written_entry
from reconciler.state.model import Entry, State


def settled_in(workspace: Workspace) -> dict[Address, Settled]:
    """What the workspace's documents that were not read came to."""
    every = ((address, one.row.settled) for address, one in workspace.known.items())
    return {address: one for address, one in every if one is not None}


def labels_of_known(known: Mapping[Address, Settled]) -> dict[Address, Mapping[str, str]]:
    """The labels of what is settled."""
    return {address: one.labels for address, one in known.items()}


def labels_in(workspace: Workspace, state: State) -> dict[Address, Mapping[str, str]]:
    """The labels of everything that manifests have or is recorded."""
    known = settled_in(workspace)
    return {**labels_of(workspace.resources, without(state, known)), **labels_of_known(known)}


def without(state: State, known: Mapping[Address, Settled]) -> State:
    """The state without the records of what is settled, none of which is looked at."""
    if not known:
        return state
    left = [address for address in state.entries if address not in known]
    return replace(state, entries={address: state.entries[address] for address in left})


def record_digest(entries: Mapping[Address, Entry], address: Address) -> str:
    """A digest of all that is recorded of a resource."""
    return entry_digest(written_entry(entries, address))


def unsettled(
    known: Mapping[Address, Found],
    state: State,
    named: frozenset[str],
    now: float,
    *,
    asks: bool,
    as_before: bool = False,
    sees: bool = False,
    in_question: frozenset[str] = frozenset(),
) -> set[Address]:
    """The known resources that have to be planned anew; `now` in unix seconds.

    Those are: what is recorded otherwise by now, or of which something ends meanwhile; what is `named` to be
    replaced or signed again; and what the cloud can be asked after, where it is asked, or has told of by a
    TaskId that is `in_question`. Where the state is `as_before`, no record is looked at but for that. For who
    `sees` what can be told of all, what was not asked after before has to be, too.
    """
    return {
        address
        for address, one in known.items()
        if one.row.meaning.is_resource and not _is_settled(one.row.settled, now, asks=asks, sees=sees)
    }.union(
        (one for one in known if str(one) in named) if named else (),
        ()
        if as_before
        else (address for address, one in known.items() if _is_recorded_otherwise(address, one, state)),
        (one for one in known if _task_id(state, one) in in_question) if in_question else (),
    )


def _task_id(state: State, address: Address) -> str | TaskIdOf | None:
    entry = state.entries.get(address)
    return None if entry is None else entry.task_id


def _is_settled(settled: Settled | None, now: float, *, asks: bool, sees: bool) -> bool:
    if settled is None or (sees and settled.seen is None):
        return False
    return now < settled.until and not (asks and settled.asked)


def _is_recorded_otherwise(address: Address, one: Found, state: State) -> bool:
    if not one.row.meaning.is_resource:
        return False
    entries = state.entries
    return address not in entries or record_digest(entries, address) != one.row.entry


def tied_to_records(records: Sequence[Recorded]) -> Ties:
    """Digests of what ties records to other resources."""
    names = (name for one in records for name in _names(one.address, one.entry))
    return _digests(_claimants(records), names)


def tied_to_changes(changes: Sequence[Change]) -> Ties:
    """Digests of what ties that to other resources which a plan's changes will record."""
    names = (name for one in changes if one.entry is not None for name in _names(one.address, one.entry))
    return _digests(_changed(changes), names)


def _digests(claimants: Iterable[Claimant], names: Iterable[str]) -> Ties:
    ties = [ties_of(one) for one in claimants]
    has = frozenset().union(*(one.has for one in ties), names)
    needs = frozenset[str]().union(*(one.needs for one in ties))
    return Ties(frozenset(tie_digests(has)), frozenset(tie_digests(needs)))


def names_in(address: Address, entry: Entry) -> tuple[str, ...]:
    """Digests of the names of robots that are recorded of a resource, by which others must not be called."""
    return tie_digests(_names(address, entry))


def _names(address: Address, entry: Entry) -> Iterator[str]:
    kind = registered(address.kind)
    specs = (entry.spec, *entry.attempted, *(late.spec for late in entry.late_calls))
    for spec in specs if kind is not None else ():
        for robot in robots_in(kind.kind.spec, spec) if kind is not None else ():
            yield f"named {robot.name}"


def _claimants(records: Iterable[Recorded]) -> Iterator[Claimant]:
    for one in records:
        yield Claimant(one.address, one.entry.status, one.kind.is_switch, one.claims)


def _changed(changes: Iterable[Change]) -> Iterator[Claimant]:
    for one in changes:
        kind = registered(one.address.kind)
        if one.entry is not None and kind is not None:
            claims = claims_of(kind, kind.read(one.entry.spec))
            yield Claimant(one.address, one.entry.status, kind.is_switch, claims)
