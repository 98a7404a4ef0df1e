"""What a pause takes from viewers: the streams that show what is paused."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.kinds.records import Recorded
from reconciler.kinds.robots import room_of
from reconciler.model import Address, Verb
from reconciler.plan.model import Change
from reconciler.words import listed

_SHOWN = 5
Shown = Mapping[object, set[Address]]
"""The streams that show a user, by that claim, or whoever is in a room, by the room."""


def with_showers(changes: Iterable[Change], records: Mapping[Address, Recorded]) -> tuple[Change, ...]:
    """The changes, of which each pause names the running streams that show what it pauses."""
    made = tuple(changes)
    if not any(change.verb is Verb.PAUSE for change in made):
        return made
    shown = _shown(records)
    return tuple(_told(change, records, shown) if change.verb is Verb.PAUSE else change for change in made)


def _told(
    change: Change, records: Mapping[Address, Recorded], shown: Mapping[object, set[Address]]
) -> Change:
    paused = records.get(change.address)
    if paused is None:
        return change
    opens = paused.claims.opens
    showers = set[Address]().union(*(shown.get(one, ()) for one in (*opens, *map(room_of, opens))))
    found = tuple(sorted(showers - {change.address}))
    pauses = paused.kind.pauses
    ends = f"; {pauses.pause_ends}" if pauses is not None else ""
    by = f"shown by {listed(found, _SHOWN)}" if found else "no recorded stream shows it"
    return replace(change, shown_by=found, reason=f"{change.reason}; {by}{ends}")


def _shown(records: Mapping[Address, Recorded]) -> Shown:
    """What the running streams show."""
    found: dict[object, set[Address]] = {}
    for address, one in records.items():
        if one.alive:
            shows = one.kind.shows_rooms
            rooms = frozenset[str]() if shows is None else shows.rooms_shown(one.spec)
            for what in (*one.claims.needs, *rooms):
                found.setdefault(what, set()).add(address)
    return found
