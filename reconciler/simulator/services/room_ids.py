"""What a room may be called (fields, "General TRTC identifier rules"); each action has a code for it."""

import re

MOST_ROOM = 4294967294
STRING_ROOM = r"[A-Za-z0-9 !#$%&()+\-:;<=.>?@\[\]^_{}|~,]{1,64}"


def is_integer_room(room_id: str) -> bool:
    """Whether a text names an integer room, in plain decimal."""
    return re.fullmatch(r"[1-9][0-9]{0,9}", room_id) is not None and int(room_id) <= MOST_ROOM


def is_string_room(room_id: str) -> bool:
    """Whether a text names a string room."""
    return re.fullmatch(STRING_ROOM, room_id) is not None
