"""Moves of records that a run did not finish: the next command that holds the state ends them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.backends.protocol import Session
from reconciler.backends.snapshots import Snapshot
from reconciler.cli.placing import located
from reconciler.cli.world import backend_for
from reconciler.errors import LockedError, ReconcilerError, StateError, UsageError
from reconciler.model import Address
from reconciler.running.migrating import moved_away
from reconciler.running.moving import deliver, departures
from reconciler.state.model import Departure, Entry, State

Tell = Callable[[str], None]


def end_moves(held: Session, holder: Mapping[str, Any], tell: Tell) -> None:
    """Ends every move away from a state that is held; raises StateError where one cannot be ended."""
    for address, departure in departures(held.state).items():
        try:
            with backend_for(located(departure.state, str(address))).hold(None, holder) as target:
                _check_here(target.state, departure)
                arrived = deliver(held, target, address)
        except (StateError, LockedError, UsageError) as error:
            raise _not_ended(address, departure, error) from error
        tell(_words(address, departure, ended=arrived is not None))


def as_if_ended(snapshot: Snapshot, tell: Tell) -> Snapshot:
    """The reading as it is once those moves are over; raises StateError as `end_moves` would."""
    unfinished = departures(snapshot.state)
    if not unfinished:  # nearly always, and no entry need be read then
        return snapshot
    entries: dict[Address, Entry] = dict(snapshot.state.entries)
    for address, departure in unfinished.items():
        try:
            there = backend_for(located(departure.state, str(address))).snapshot(None).state
            _check_here(there, departure)
        except (StateError, UsageError) as error:
            raise _not_ended(address, departure, error) from error
        if there.lineage != departure.lineage:
            raise _not_ended(address, departure, StateError("a different state is there now"))
        entry = entries.pop(address)
        taken = departure.move not in there.arrivals and departure.address in there.entries
        if taken:
            entries[address] = replace(entry, departure=None)
        tell(f"the next apply completes an unfinished move: {_words(address, departure, ended=not taken)}")
    return _with_entries(snapshot, entries)


def _check_here(there: State, departure: Departure) -> None:
    if there.moved:
        raise moved_away(departure.state, there)


def _with_entries(snapshot: Snapshot, entries: Mapping[Address, Entry]) -> Snapshot:
    """The reading with other entries, and so without the mark of those that are in the store."""
    return replace(snapshot, mark=None, state=replace(snapshot.state, entries=entries))


def _words(address: Address, departure: Departure, *, ended: bool) -> str:
    if ended:
        return f"{address} is now in {departure.state} as {departure.address}, and no longer here"
    return f"{address} stays here, because {departure.state} has its own {departure.address} now"


def _not_ended(address: Address, departure: Departure, error: ReconcilerError) -> StateError:
    return StateError(
        f"a run did not finish moving {address} to {departure.state}, and the move cannot be completed now: "
        f"{error.message}",
        f"{error.hint + '; ' if error.hint else ''}then run the command again. If that state is gone for "
        "good, remove `moving` from the record: `reconciler state pull`, edit, `reconciler state push`",
    )
