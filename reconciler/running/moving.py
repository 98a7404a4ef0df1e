"""A record moves from one state to another, so that it is in one of them, or in both and known to be.

Three writes, each whole by itself: the record is marked where it is, then written where it goes, then dropped
where it was. While it is marked nothing is done about its task there, and whoever holds the state next ends
the move: so it does not matter between which of them a process dies. Both states are held all the while.
"""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.backends.protocol import Session
from reconciler.errors import StateError, UsageError
from reconciler.model import Address, canonical_json
from reconciler.plaintext import has_digest
from reconciler.state.codec import entry_to_json
from reconciler.state.lines import with_key
from reconciler.state.model import Departure, Entry, State


def departures(state: State) -> Mapping[Address, Departure]:
    """The records that are being moved away, each with where to."""
    entries = state.entries
    found = ((address, entries[address].departure) for address in with_key(entries, "moving"))
    return {address: departure for address, departure in found if departure is not None}


def check_moves(address: Address, source: State, target: State, new: Address, place: str) -> None:
    """Raises UsageError or StateError where a record of one state cannot be one of the other.

    `place` is where the target is, in words.
    """
    if new.kind != address.kind:
        raise UsageError(
            f"cannot rename {address} to {new}: the kinds differ",
            f"pass a NEW_ADDRESS that begins with {address.kind}/",
        )
    if source.lineage == target.lineage:
        raise StateError(
            f"{place} is a copy of this state, with the same lineage {source.lineage}",
            "choose another state: resources recorded in both would be managed twice",
        )
    if source.cloud != target.cloud:
        raise StateError(
            f"{place} was applied to {target.cloud or '(no cloud is recorded)'}, this state to "
            f"{source.cloud or '(no cloud is recorded)'}: neither cloud knows the other's TaskIds",
            "choose a state of the same cloud; if both are the same cloud, bind one state to the other's "
            "endpoint with `reconciler state rebind`",
        )
    if new in target.entries:
        raise UsageError(
            f"{new} is already in {place}",
            "pass a different NEW_ADDRESS, or remove the existing resource there",
        )
    if not _can_read(source.entries[address], source, target):
        raise StateError(
            f"{address} has a plain-text secret in a URL, and {place} uses a different digest key: the URL "
            "would seem changed there, and its push would be interrupted",
            "use a reference to the secret instead, as `reconciler validate` shows, and apply; then move it",
        )


def _can_read(entry: Entry, source: State, target: State) -> bool:
    """Whether the digests in a record mean the same in the other state, or can be made to."""
    keeps = any(map(_has_digests, target.entries.values()))
    return not _has_digests(entry) or source.digest_key == target.digest_key or not keeps


def _has_digests(entry: Entry) -> bool:
    return has_digest(canonical_json(entry_to_json(entry)))


def mark(source: Session, address: Address, departure: Departure) -> None:
    """The first write: the record is on its way. One that is already stays on the way that it is on."""
    entry = source.state.entries[address]
    if entry.departure is None:
        _put(source, address, replace(entry, departure=departure))


def deliver(source: Session, target: Session, address: Address) -> Address | None:
    """The writes that end a move; what it is recorded as there, or None where it stays.

    It stays where its address was taken meanwhile. Raises StateError where the target is no longer the state
    that was meant, and where a write fails: then it is done by being done again.
    """
    entry = source.state.entries[address]
    departure = entry.departure
    if departure is None:
        raise StateError(f"{address} is not being moved", "report this as a bug")
    if target.state.lineage != departure.lineage:
        raise StateError(
            f"{address} is being moved to {departure.state} of lineage {departure.lineage}, but that state "
            f"now has lineage {target.state.lineage or '(none)'}",
            "restore the state of the former lineage there",
        )
    if departure.move not in target.state.arrivals:
        if departure.address in target.state.entries:
            _put(source, address, replace(entry, departure=None))
            return None
        _arrive(source, target, replace(entry, departure=None), departure)
    _drop(source, address, departure)
    clear_arrivals(source, target)
    return departure.address


def _arrive(source: Session, target: Session, entry: Entry, departure: Departure) -> None:
    if not source.alive():
        raise source.lost or StateError(
            "another run may hold the state now", "run the command again to complete the move"
        )
    state = target.state
    takes_key = not any(map(_has_digests, state.entries.values())) and _has_digests(entry)
    key = source.state.digest_key if takes_key else state.digest_key
    entries = state.entries if key == state.digest_key else _without_signers(state.entries)
    moved = entry if key == source.state.digest_key else replace(entry, signed_by={})
    target.finish(
        replace(
            state,
            entries={**entries, departure.address: moved},
            arrivals={**state.arrivals, departure.move: departure.address},
            digest_key=key,
            cleared="",
        )
    )


def _without_signers(entries: Mapping[Address, Entry]) -> Mapping[Address, Entry]:
    """The records under another key than theirs: by which key their pushes were signed is not known then."""
    return {address: replace(entry, signed_by={}) for address, entry in entries.items()}


def _drop(source: Session, address: Address, departure: Departure) -> None:
    """The record is gone; a state that has no other was not emptied by mistake."""
    entries = {one: kept for one, kept in source.state.entries.items() if one != address}
    source.finish(replace(source.state, entries=entries, cleared="" if entries else departure.move))


def clear_arrivals(source: Session, target: Session) -> None:
    """The last write: what has left its state for good is not asked after any more."""
    begun = {departure.move for departure in departures(source.state).values()}
    own = move_name(source.state, "")
    arrivals = target.state.arrivals.items()
    left = {move: address for move, address in arrivals if move in begun or not move.startswith(own)}
    if left != target.state.arrivals:
        target.finish(replace(target.state, arrivals=left))


def move_name(source: State, token: str) -> str:
    """The name of a move: it tells which state it began in."""
    return f"{source.lineage}:{token}"


def _put(session: Session, address: Address, entry: Entry) -> None:
    session.finish(replace(session.state, entries={**session.state.entries, address: entry}))
