"""What a pause takes from viewers: the streams that show what is paused."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.kinds.records import Recorded
from reconciler.kinds.robots import room_of
from reconciler.model import Address, Verb
from reconciler.plan.model import Change
from reconciler.words import listed

_SHOWN = 5


def with_showers(changes: Iterable[Change], records: Mapping[Address, Recorded]) -> tuple[Change, ...]:
    """The changes, of which each pause names the running streams that show what it pauses."""
    return tuple(_told(change, records) if change.verb is Verb.PAUSE else change for change in changes)


def _told(change: Change, records: Mapping[Address, Recorded]) -> Change:
    paused = records.get(change.address)
    if paused is None:
        return change
    found = tuple(sorted(one.address for one in records.values() if one.alive and _shows(one, paused)))
    pauses = paused.kind.pauses
    ends = f"; {pauses.pause_ends}" if pauses is not None else ""
    by = f"shown by {listed(found, _SHOWN)}" if found else "no recorded stream shows it"
    return replace(change, shown_by=found, reason=f"{change.reason}; {by}{ends}")


def _shows(one: Recorded, paused: Recorded) -> bool:
    """Whether a stream shows what is paused by name, or whoever is in its room."""
    if one.address == paused.address:
        return False
    if one.claims.needs & paused.claims.opens:
        return True
    shows = one.kind.shows_rooms
    return shows is not None and not shows.rooms_shown(one.spec).isdisjoint(map(room_of, paused.claims.opens))
