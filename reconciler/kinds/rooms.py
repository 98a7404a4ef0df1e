"""Rooms of two kinds: how they are told, and which have the same digits and are two all the same."""

from collections.abc import Iterable, Iterator

from reconciler.claims import Claim, ClaimKind
from reconciler.kinds.base import Fault
from reconciler.model import Path
from reconciler.words import path_text

Room = int | str
ALIKE = "these are two rooms with the same digits; if you mean one room, write both the same way"


def room_words(room: Room) -> str:
    """A room as what it is, and as a manifest has it."""
    return f"integer room {room}" if isinstance(room, int) else f'string room "{room}"'


def are_twins(one: Room, other: Room) -> bool:
    """Whether two rooms differ in their kind alone."""
    return one != other and str(one) == str(other)


def twin_faults(places: Iterable[tuple[Path, Room]]) -> Iterator[Fault]:
    """Every room that differs from an earlier one in its kind alone; `places` are below `spec`."""
    seen: dict[Room, Path] = {}
    for path, room in places:
        twin: Room = str(room) if isinstance(room, int) else int(room) if _is_number(room) else ""
        if twin in seen and room not in seen:
            earlier = path_text(("spec", *seen[twin]))
            yield Fault(
                path, f"{room_words(room)} is not the {room_words(twin)} of {earlier}: {ALIKE}", warns=True
            )
        seen.setdefault(room, path)


def user_words(claim: Claim) -> str:
    """A user's claim to a room in words."""
    _, room, user = claim.key.split("/")
    return f"user {user} in {room_words(int(room) if room.isdecimal() else room[1:-1])}"


def twin_of(claim: Claim) -> Claim | None:
    """The same user in the room of the other kind with the same digits; None where there can be none."""
    if claim.kind is not ClaimKind.ROBOT:
        return None
    app, room, user = claim.key.split("/")
    inner = room[1:-1]
    if room.isdecimal():
        return Claim(claim.kind, f"{app}/{room!r}/{user}")
    return Claim(claim.kind, f"{app}/{inner}/{user}") if _is_number(inner) else None


def _is_number(text: str) -> bool:
    """Whether a text is how an integer room is written."""
    return text.isascii() and text.isdecimal() and not text.startswith("0")
