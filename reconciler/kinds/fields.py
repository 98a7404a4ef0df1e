"""Field types that several kinds share: rooms, users, secrets, addresses, words for numeric codes.

Alphabets and lengths are those of the reference's fields page ("General TRTC identifier rules").
"""

import re
from base64 import b32encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from reconciler.kinds.marks import Model
from reconciler.model import Address, EnvSecret, FileSecret, Path, StoredSecret

MAX_INTEGER_ROOM = 4294967294
_ROOM = re.compile(r"[A-Za-z0-9 !#$%&()+\-:;<=.>?@\[\]^_{}|~,]{1,64}")
_USER_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_DURATION = re.compile(r"([1-9][0-9]{0,6})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIGNATURE = re.compile(r"[?&](txsecret|txtime)=", re.IGNORECASE)
_PUSH_URL = re.compile(r"rtmp://[^/?#@\s]+/[^?#@\s]+(\?[^#\s]*)?")


def _room(value: Any) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_INTEGER_ROOM:
        return value
    if isinstance(value, str) and _ROOM.fullmatch(value):
        return value
    raise ValueError(
        f"not a room: write a number from 1 to {MAX_INTEGER_ROOM} for an integer room, "
        'or a quoted text for a string room, as in room: "295066": 1 to 64 of the characters '
        "A-Z a-z 0-9, space and ! # $ % & ( ) + - : ; < = . > ? @ [ ] ^ _ { } | ~ ,"
    )


def _user_id(value: str) -> str:
    if _USER_ID.fullmatch(value):
        return value
    raise ValueError("not a TRTC user ID: 1 to 32 of the characters A-Z a-z 0-9 _ -")


def _duration(value: Any) -> str:
    if isinstance(value, str) and _DURATION.fullmatch(value):
        return value
    raise ValueError("not a duration: write a whole number and s, m, h or d, as in 24h")


def _push_url(value: str) -> str:
    if _SIGNATURE.search(value):
        raise ValueError(
            "a signed address is a secret: leave txSecret and txTime out and add "
            "auth: {key: {env: STREAM_PUSH_KEY}}, from which apply makes them"
        )
    if _PUSH_URL.fullmatch(value):
        return value
    raise ValueError("not a push address: write rtmp://DOMAIN/APP/STREAM")


def _url(value: str) -> str:
    if re.fullmatch(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!&()*+,%=;|]+", value):
        return value
    raise ValueError(
        "not an address that the API fetches: http:// or https:// and the characters "
        "A-Z a-z 0-9 - . _ ~ : / ? # [ ] @ ! & ( ) * + , % = ; |"
    )


def _color(value: str) -> str:
    if re.fullmatch(r"0x[0-9A-Fa-f]{6}", value):
        return value
    raise ValueError('not a colour: write 0xRRGGBB, as in "0x1F2933"')


def worded(pattern: str, words: str) -> AfterValidator:
    """A validator that wants a text to match a pattern, and says in words what it may be."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value):
            return value
        raise ValueError(words)

    return AfterValidator(check)


Room = Annotated[int | str, BeforeValidator(_room)]
UserId = Annotated[str, AfterValidator(_user_id)]
SdkAppId = Annotated[int, Field(ge=1, le=4294967295)]
Name = Annotated[
    str,
    worded(
        r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?",
        "not a name: at most 253 small letters, digits, - and ., beginning and ending with a letter or digit",
    ),
]
Duration = Annotated[str, BeforeValidator(_duration)]
ImageUrl = Annotated[str, AfterValidator(_url)]
Color = Annotated[str, AfterValidator(_color)]
PUBLISH_REGIONS = ("ap-beijing", "ap-guangzhou", "ap-hongkong", "ap-shanghai", "ap-singapore")
INGEST_REGIONS = (
    "ap-bangkok",
    "ap-beijing",
    "ap-chongqing",
    "ap-guangzhou",
    "ap-jakarta",
    "ap-mumbai",
    "ap-shanghai",
    "ap-singapore",
    "ap-tokyo",
)


def _region(value: str) -> str:
    known = sorted({*PUBLISH_REGIONS, *INGEST_REGIONS})
    if value in known:
        return value
    raise ValueError(f"not a region of TRTC: {', '.join(known)}")


Region = Annotated[str, AfterValidator(_region)]
"""A region of either family of actions; each family has its own list (semantics §8, fields)."""


class SecretSource(Model):
    """Where a secret is held: `{env: NAME}` or `{file: PATH}`, never its value."""

    holds_secret = True

    env: Annotated[str, worded(r"[A-Za-z_][A-Za-z0-9_]*", "not the name of a variable")] | None = None
    file: Annotated[str | None, Field(min_length=1)] = None

    @model_validator(mode="after")
    def _one_of(self) -> "SecretSource":
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret is a reference: write one of {env: NAME} and {file: PATH}")
        return self

    def ref(self) -> StoredSecret:
        """The reference as the rest of the house knows it."""
        return EnvSecret(self.env) if self.env is not None else FileSecret(str(self.file))


def secret_sources(value: Any, path: Path = ()) -> Iterator[tuple[Path, SecretSource]]:
    """Every secret that a spec refers to, with its path of field names."""
    if isinstance(value, SecretSource):
        yield path, value
    elif isinstance(value, Model):
        for name, info in type(value).model_fields.items():
            yield from secret_sources(getattr(value, name), (*path, str(info.alias)))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from secret_sources(item, (*path, index))


def secret_or_text(value: Any) -> str:
    """Which of the two a value is written as: the tag that chooses how it is read."""
    return "text" if isinstance(value, str) else "secret"


PushAddress = Annotated[
    Annotated[Annotated[str, AfterValidator(_push_url)], Tag("text")]
    | Annotated[SecretSource, Tag("secret")],
    Discriminator(secret_or_text),
]
"""A push address as text, or a reference to one that holds a stream key."""


class User(Model):
    """A user of a room; the stream's own room if none is named."""

    user_id: UserId
    room: Room | None = None

    def in_room(self, room: int | str) -> Self:
        """The same user with a room of their own."""
        return self if self.room is not None else self.model_copy(update={"room": room})

    def to_request(self) -> dict[str, Any]:
        """MixUserInfo (reference fields, "MixUserInfo and UserMediaStream")."""
        if self.room is None:
            raise ValueError("a user is sent only after its room is resolved")
        return {"UserId": self.user_id, **publish_room(self.room)}


class UserStream(User):
    """One picture stream of a user: the camera's or the shared screen's."""

    stream_type: Literal["camera", "screen"] = "camera"

    def to_stream_request(self) -> dict[str, Any]:
        """UserMediaStream."""
        return {
            "StreamType": code(self.stream_type, "camera", "screen"),
            "UserInfo": self.to_request(),
        }


def publish_room(room: int | str) -> dict[str, Any]:
    """RoomId and RoomIdType as the publish family has them: 0 integer, 1 string, always as text."""
    return {"RoomId": str(room), "RoomIdType": 0 if isinstance(room, int) else 1}


def code(word: str, *words: str) -> int:
    """The numeric code of a word: its place among the words."""
    return words.index(word)


def seconds(duration: str) -> int:
    """`24h` in seconds."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise ValueError(f"{duration!r} is not a duration")
    return int(match[1]) * _SECONDS[match[2]]


def robot_id(workspace: str, address: Address, room: int | str, role: str) -> str:
    """A user ID for a task's robot that is the same in every run: 30 characters of [a-z0-9_].

    The room and its kind take part, as integer room 1 and string room "1" are two rooms.
    """
    text = "\n".join((workspace, str(address), type(room).__name__, str(room), role))
    return "rcn_" + b32encode(sha256(text.encode()).digest()).decode().lower()[:26]
