"""Bugs on purpose in what keeps a rename, a move or a leave from cutting anything: a check must fail of each.

python -m tests.moves.mutants
"""

import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from reconciler.applying.scheduler import Scheduler
from reconciler.backends.protocol import Session
from reconciler.errors import StateError
from reconciler.kinds.robots import ROLES
from reconciler.model import Address, OnRemoval, Resource
from reconciler.plan.model import LikelyRename
from reconciler.planning import likely_renames, planner, renames, robots
from reconciler.planning.cases import Case
from reconciler.running import moving
from reconciler.state import journal
from reconciler.state.journal import Moved, Outcome
from reconciler.state.model import Departure, Entry, State

from ..durability.mutants import changed
from ..mutants import Mutant, first_failing, report
from .checks import CHECKS

FOLLOW, DELIVER, MARK, CHECK = (
    renames.follow_renames,
    moving.deliver,
    moving.mark,
    moving.check_moves,
)


def named_anew(resources: Iterable[Resource], *_: object) -> list[Resource]:
    return list(resources)


def first_name(self: Any, address: Address, wanted: robots.Named, role: str) -> str:
    return wanted.name


def every_name_ours(self: Any, address: Address, wanted: robots.Named) -> str:
    return ROLES[0] if robots._is_made(wanted) else ""


def same_in_any_room(self: robots.Named, other: robots.Named) -> bool:
    return self.place == other.place


def not_followed(resources: Iterable[Resource], state: State) -> renames.Renames:
    return renames.Renames(state)


def first_of_several(resources: Iterable[Resource], state: State) -> renames.Renames:
    """The first former name that is recorded, whatever else is."""
    cut = []
    for one in resources:
        names = [name for name in one.renamed_from if Address(one.address.kind, name) in state.entries]
        cut.append(replace(one, renamed_from=tuple(names[:1])))
    return FOLLOW(cut, state)


def told_of_none(self: renames.Renames, choice: object) -> Iterable[str]:
    return ()


def _each(self: Scheduler) -> list[tuple[Address, Address]]:
    return [(one.address, one.renamed_from) for one in self._changes.values() if one.renamed_from]


def renamed_in_two_records(self: Scheduler) -> None:
    for address, former in _each(self):
        entry = self.entries.pop(former)
        self._tools.append(Outcome(former, str(former), "recorded", None))
        self._tools.append(Outcome(address, str(address), "recorded", entry))
        self.entries[address] = entry


def renamed_in_memory_alone(self: Scheduler) -> None:
    for address, former in _each(self):
        self.entries[address] = self.entries.pop(former)


def renamed_whatever_the_disk_says(self: Scheduler) -> None:
    for address, former in _each(self):
        entry = self.entries.pop(former)
        with suppress(StateError):
            self._tools.append(Moved(address, former, entry))
            self.entries[address] = entry


def not_taken_away(before: Mapping[Address, Entry], records: Iterable[Any]) -> dict[Address, Entry]:
    """A replay that leaves the record under both names."""
    entries = dict(before)
    for record in records:
        if not isinstance(record, journal.Begin):
            journal.put(entries, record.address, record.entry)
    return entries


def any_of_the_room(pairing: Any) -> None:
    stops, starts = (likely_renames._by_room(one) for one in (pairing.stops, pairing.starts))
    for key in stops.keys() & starts.keys():
        pairing.pair(stops[key][0], starts[key][0], key[1])


def each_told(found: tuple[LikelyRename, ...]) -> Iterable[str]:
    return [f"renamedFrom: {one.former}; reconciler state mv" for one in found]


def dropped_first(source: Session, target: Session, address: Address) -> Address | None:
    entry = source.state.entries[address]
    departure = entry.departure
    assert departure is not None
    moving._drop(source, address, departure)
    moving._arrive(source, target, replace(entry, departure=None), departure)
    moving.clear_arrivals(source, target)
    return departure.address


def arrives_unmarked(source: Session, address: Address, departure: Departure) -> None:
    """The mark is only in memory, until the record has arrived."""
    entry = replace(source.state.entries[address], departure=departure)
    entries = {**source.state.entries, address: entry}
    object.__setattr__(source, "state", replace(source.state, entries=entries))


def arrival_forgotten(source: Session, target: Session, entry: Entry, departure: Departure) -> None:
    entries = {**target.state.entries, departure.address: entry}
    target.finish(replace(target.state, entries=entries, cleared=""))


def still_marked(source: Session, target: Session, entry: Entry, departure: Departure) -> None:
    moved = replace(entry, departure=departure)
    arrivals = {**target.state.arrivals, departure.move: departure.address}
    entries = {**target.state.entries, departure.address: moved}
    target.finish(replace(target.state, entries=entries, arrivals=arrivals, cleared=""))


def every_arrival_cleared(source: Session, target: Session) -> None:
    target.finish(replace(target.state, arrivals={}))


def to_any_lineage(source: Session, target: Session, address: Address) -> Address | None:
    entry = source.state.entries[address]
    assert entry.departure is not None
    meant = replace(entry.departure, lineage=target.state.lineage)
    entries = {**source.state.entries, address: replace(entry, departure=meant)}
    source.finish(replace(source.state, entries=entries))
    return DELIVER(source, target, address)


def over_what_is_there(source: Session, target: Session, address: Address) -> Address | None:
    departure = source.state.entries[address].departure
    if departure and departure.move not in target.state.arrivals:
        entries = {one: kept for one, kept in target.state.entries.items() if one != departure.address}
        target.finish(replace(target.state, entries=entries))
    return DELIVER(source, target, address)


def between_any_clouds(address: Address, source: State, target: State, *rest: Any) -> None:
    CHECK(address, replace(source, cloud=target.cloud), target, *rest)


def between_copies(address: Address, source: State, target: State, *rest: Any) -> None:
    CHECK(address, replace(source, lineage="of its own"), target, *rest)


def never_removed_from_memory(self: Case) -> bool:
    entry = self.entry
    return self.desired is None and entry is not None and entry.on_removal is OnRemoval.LEAVE


def emptied_by_mistake(source: Session, address: Address, departure: Departure) -> None:
    entries = {one: kept for one, kept in source.state.entries.items() if one != address}
    source.finish(replace(source.state, entries=entries, cleared=""))


def yes(*_: object) -> bool:
    return True


def no(*_: object) -> bool:
    return False


def nothing(*_: object) -> tuple[()]:
    return ()


MUTANTS: Mapping[str, Mutant] = {
    "robots named anew": changed(planner, with_recorded_robots=named_anew),
    "a robot's name given twice": changed(robots._Names, _free=first_name),
    "a robot that is spelt out passed over": changed(robots._Names, _role=every_name_ours),
    "a robot kept in another room": changed(robots.Named, is_same=same_in_any_room),
    "renames not followed": changed(planner, follow_renames=not_followed),
    "the first of several former names taken": changed(planner, follow_renames=first_of_several),
    "a former name that is chosen not told": changed(renames.Renames, left_out=told_of_none),
    "a rename in two records": changed(Scheduler, rename=renamed_in_two_records),
    "a rename in memory alone": changed(Scheduler, rename=renamed_in_memory_alone),
    "a rename that a disk's failure loses": changed(Scheduler, rename=renamed_whatever_the_disk_says),
    "a renamed record under both names": changed(journal, replayed=not_taken_away),
    "any two of a room taken for one": changed(likely_renames, _pair_by_rooms=any_of_the_room),
    "rooms not looked at": changed(likely_renames, _pair_by_rooms=nothing),
    "push addresses not looked at": changed(likely_renames, _pair_by_claims=nothing),
    "many pairs told one by one": changed(planner, told_of=each_told),
    "what is to be left stopped": changed(Case, is_left=property(no)),
    "what has ended left running": changed(Case, is_left=property(never_removed_from_memory)),
    "a changed onRemoval passed over": changed(Case, noted_fields=property(nothing)),
    "a record dropped before it arrives": changed(moving, deliver=dropped_first),
    "a record that arrives unmarked": changed(moving, mark=arrives_unmarked),
    "an arrival forgotten": changed(moving, _arrive=arrival_forgotten),
    "another's arrivals forgotten": changed(moving, clear_arrivals=every_arrival_cleared),
    "arrivals kept for ever": changed(moving, clear_arrivals=nothing),
    "a record that arrives on its way": changed(moving, _arrive=still_marked),
    "a move to any lineage": changed(moving, deliver=to_any_lineage),
    "a move over what is there": changed(moving, deliver=over_what_is_there),
    "a move between clouds": changed(moving, check_moves=between_any_clouds),
    "a move to a copy": changed(moving, check_moves=between_copies),
    "digests under another key": changed(moving, _can_read=yes),
    "a state taken for emptied by mistake": changed(moving, _drop=emptied_by_mistake),
}


def caught_by(mutant: Mutant) -> str | None:
    """The check that fails of a mutant; None if all of them hold."""
    return first_failing(mutant, CHECKS)


if __name__ == "__main__":
    sys.exit(report(MUTANTS, CHECKS))
