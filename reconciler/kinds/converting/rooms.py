"""Rooms and users of the publish family, read back (reference fields, "Room id type", "MixUserInfo")."""

import re
from collections.abc import Mapping
from typing import Any

from reconciler.kinds.converting.parts import member, object_of, read_part
from reconciler.kinds.converting.reading import Reading, found
from reconciler.kinds.fields import MAX_INTEGER_ROOM, User

ROOM = ("RoomId", "RoomIdType")
INTEGER, STRING = 0, 1


def is_integer_room(room_id: str) -> bool:
    """Whether a text is the number of an integer room, as the API writes it."""
    return re.fullmatch(r"[1-9][0-9]{0,9}", room_id) is not None and int(room_id) <= MAX_INTEGER_ROOM


def room_text(given: Mapping[str, Any], reading: Reading) -> str | None:
    """RoomId, a text in the API whatever the room's kind; None if it is not given, or not a text."""
    here = reading.at("RoomId", to=("room",))
    room_id = given.get("RoomId")
    if room_id is None or isinstance(room_id, str):
        return room_id
    here.problem(f"found {found(room_id)}; allowed: a string, even for an integer room")
    return None


def read_room(given: Mapping[str, Any], reading: Reading, main: int | str | None = None) -> int | str | None:
    """The room as a manifest has it; None if there is none. `main` is the task's own room, where known."""
    room_id, here = room_text(given, reading), reading.at("RoomIdType")
    code = given.get("RoomIdType")
    if room_id is None:
        if code is not None and given.get("RoomId") is None:
            here.warn("gives the type of a room that is missing: dropped")
        return None
    if code is None:
        return _of_unknown_kind(room_id, main, here)
    if type(code) is not int or code not in (INTEGER, STRING):
        here.problem(f"found {found(code)}; allowed: {INTEGER} (an integer room), {STRING} (a string room)")
        return room_id
    if code == STRING:
        return room_id
    if is_integer_room(room_id):
        return int(room_id)
    here.warn(f"{found(room_id)} is not an integer room: the manifest makes it a string room")
    return room_id


def _of_unknown_kind(room_id: str, main: int | str | None, here: Reading) -> int | str:
    """The kind of the task's own room; without one, what the text looks like."""
    integer = is_integer_room(room_id) and not isinstance(main, str)
    kind = "an integer room" if integer else "a string room"
    why = "" if main is None else ", like the task's own room"
    here.warn(f"is missing: the manifest sets {kind}{why} explicitly")
    return int(room_id) if integer else room_id


def read_user(
    model: type[User], value: Any, reading: Reading, main: int | str | None, *, to: str = "UserInfo"
) -> dict[str, Any]:
    """A user of a room, whose name and room the API has in an object of their own, called `to`."""
    rest = read_part(model, value, reading, apart=("user_id", "room"), beside=(to,))
    info, inner = member(value, to), reading.at(to)
    given = object_of({} if info is None else info, ("UserId", *ROOM), inner)
    inner.at("UserId", to=("userId",))
    if main is not None and given.get("RoomId") is None and given.get("RoomIdType") is None:
        inner.warn("has no room: the manifest sends the task's own room")
    user = {"userId": given.get("UserId"), "room": read_room(given, inner, main), **rest}
    return {name: one for name, one in user.items() if one is not None}
