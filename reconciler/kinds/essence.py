"""What a resource comes down to, for a reviewer of its start or stop: where it goes, what it shows, and how.

Each kind says it in one method, `Managed.essence`; what several of them say alike is worded here.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple

from reconciler.kinds.fields import SecretSource, User, UserStream
from reconciler.model import Path
from reconciler.plaintext import masked
from reconciler.words import listed

_USERS = 8


class Role(StrEnum):
    """What a part says: where something is (a room, an address), what is in it, or how it is made."""

    PLACE = "place"
    CONTENT = "content"
    SETTING = "setting"


class Essential(NamedTuple):
    """One part of a resource: its path below `spec`, what it is called and is in words, its value.

    That is JSON, or the model of what stands at the path. Resources that differ in names and in their places
    alone are started alike. Of what stops, places and content go dark.
    """

    path: Path
    label: str
    words: str
    value: Any
    role: Role = Role.SETTING


def room_essential(room: int | str) -> Essential:
    """The room that something is in; a string room is quoted, as in a manifest."""
    words = str(room) if isinstance(room, int) else f'"{room}"'
    return Essential(("room",), "room", words, room, Role.PLACE)


def room_words(room: int | str) -> str:
    """`room 295066`, `room "lobby"`."""
    return f"room {room_essential(room).words}"


def text_words(text: str | SecretSource) -> str:
    """An address without its secrets, or where the secret is held that it comes from."""
    if isinstance(text, SecretSource):
        return f"the address in {f'env {text.env}' if text.env is not None else f'file {text.file}'}"
    return masked(text)


def plain(value: str | SecretSource) -> Any:
    """The same as JSON."""
    return value if isinstance(value, str) else value.to_json()


def user_words(user: User, room: int | str) -> str:
    """A user, with a room that is not the stream's own, and the screen where that is shown."""
    away = f" (room {user.room})" if user.room not in (None, room) else ""
    screen = "'s screen" if isinstance(user, UserStream) and user.stream_type == "screen" else ""
    return f"{user.user_id}{screen}{away}"


def users_words(users: Iterable[str]) -> str:
    """The first users, and how many more there are."""
    return listed(list(users), _USERS)
