"""Field types that several kinds share: rooms, users, secrets, addresses, words for numeric codes.

Alphabets and lengths are those of reference fields, "General TRTC identifier rules".
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from reconciler.calls import EnvSecret, FileSecret, SecretRef, StoredSecret, sent_text
from reconciler.kinds.api import Api, Part, Sendable
from reconciler.kinds.forms import JsonSchemaHint, pattern_validator, text_hint, text_keywords
from reconciler.kinds.marks import Model, models_in
from reconciler.kinds.regions import EVERY_REGION
from reconciler.model import Path

MAX_INTEGER_ROOM = 4294967294
_ROOM = re.compile(r"[A-Za-z0-9 !#$%&()+\-:;<=.>?@\[\]^_{}|~,]{1,64}")
_DURATION = re.compile(r"([1-9][0-9]{0,6})(s|m|h|d)")
_NO_DURATION = "not a duration: use a whole number with s, m, h or d, such as 24h"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
COLOR = re.compile(r"0x[0-9A-Fa-f]{6}")


def _room(value: Any) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_INTEGER_ROOM:
        return value
    if isinstance(value, str) and _ROOM.fullmatch(value):
        return value
    raise ValueError(
        f"not a room: use a number from 1 to {MAX_INTEGER_ROOM} for an integer room, or quoted text for a "
        'string room, such as room: "295066": 1 to 64 of the characters A-Z a-z 0-9, space and ! # $ % & ( '
        ") + - : ; < = . > ? @ [ ] ^ _ { } | ~ ,"
    )


def _duration(value: Any) -> str:
    if isinstance(value, str) and _DURATION.fullmatch(value):
        return value
    raise ValueError(_NO_DURATION)


_ROOM_HINT = JsonSchemaHint(
    {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": MAX_INTEGER_ROOM},
            text_keywords(
                _ROOM.pattern,
                "not a string room: 1 to 64 of the characters A-Z a-z 0-9, space and "
                "! # $ % & ( ) + - : ; < = . > ? @ [ ] ^ _ { } | ~ ,",
            ),
        ],
        "examples": [295066, "hall"],
    }
)
Room = Annotated[int | str, BeforeValidator(_room), _ROOM_HINT]
ROOM = Api(at=("RoomId", "RoomIdType"))
"""Of a field that is a room."""
UserId = Annotated[
    str,
    pattern_validator(
        r"[A-Za-z0-9_-]{1,32}", "not a TRTC user ID: 1 to 32 of the characters A-Z a-z 0-9 _ -", "moderator"
    ),
]
SdkAppId = Annotated[int, Field(ge=1, le=4294967295)]
NAME = (
    r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?",
    "not a valid name: use at most 253 lowercase letters, digits, - and ., starting and ending with a "
    "letter or digit",
)
"""The pattern of a name, and what is said of others."""
Name = Annotated[str, pattern_validator(*NAME, "town-hall")]
Duration = Annotated[
    str, BeforeValidator(_duration), text_hint(_DURATION.pattern, _NO_DURATION, "24h", "90m")
]
TxTimeFormat = Literal["hex", "decimal"]
"""How the moment is written at which a push signature expires (signing §4)."""
Color = Annotated[
    str, pattern_validator(COLOR.pattern, 'not a colour: use 0xRRGGBB, such as "0x1F2933"', "0x1F2933")
]


def _region(value: str) -> str:
    if value in EVERY_REGION:
        return value
    raise ValueError(f"not a TRTC region: use one of {', '.join(EVERY_REGION)}")


Region = Annotated[str, AfterValidator(_region), JsonSchemaHint({"enum": list(EVERY_REGION)})]
"""A region of some action on one of the sites; each has lists of its own, see `regions`."""


def region_marks(regions: Mapping[str, tuple[str, ...]], what: str) -> tuple[AfterValidator, JsonSchemaHint]:
    """What makes a text a region of actions that have lists of their own, by site; `what` names those."""
    every = sorted({name for names in regions.values() for name in names})

    def check(value: str) -> str:
        if value in every:
            return value
        raise ValueError(f"not a region of {what}: use one of {', '.join(every)}")

    return AfterValidator(check), JsonSchemaHint({"enum": every})


REGION = Api(at=("X-TC-Region",))
"""Of a field that is a region: it goes with each call, as a header."""


class SecretSource(Sendable):
    """Where a secret is held: `{env: NAME}` or `{file: PATH}`, never its value."""

    holds_secret = True
    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    env: (
        Annotated[
            str, pattern_validator(r"[A-Za-z_][A-Za-z0-9_]*", "not a valid variable name", "TRTC_SECRET_KEY")
        ]
        | None
    ) = None
    """The environment variable that holds it."""
    file: Annotated[str | None, Field(min_length=1)] = None
    """The file that holds it, below the directory that RECONCILER_SECRETS_DIR names."""

    @model_validator(mode="after")
    def _one_of(self) -> "SecretSource":
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret must be a reference: use {env: NAME} or {file: PATH}")
        return self

    def ref(self) -> StoredSecret:
        """The reference as the rest of the house knows it."""
        return EnvSecret(self.env) if self.env is not None else FileSecret(str(self.file))

    def sent(self) -> StoredSecret:
        """The reference, in whose place the value is sent."""
        return self.ref()


def text_or_ref(value: "str | SecretSource") -> str | SecretRef:
    """What is sent for a field that is a text or a reference to a secret."""
    return value.ref() if isinstance(value, SecretSource) else sent_text(value)


def secret_sources(value: Any, path: Path = ()) -> Iterator[tuple[Path, SecretSource]]:
    """Every secret that a spec refers to, with its path of field names."""
    found: list[tuple[Path, SecretSource]] = []
    _collect_secrets(value, path, found)
    return iter(found)


def _collect_secrets(value: Any, path: Path, found: list[tuple[Path, SecretSource]]) -> None:
    if isinstance(value, SecretSource):
        found.append((path, value))
    elif isinstance(value, Model):
        for attribute, alias in _secret_fields(type(value)):
            inner = getattr(value, attribute)
            if inner is not None and type(inner) is not str:
                _collect_secrets(inner, (*path, alias), found)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            _collect_secrets(item, (*path, index), found)
    elif isinstance(value, dict):
        for key, item in value.items():
            _collect_secrets(item, (*path, key), found)


@cache
def _secret_fields(model: type[Model]) -> tuple[tuple[str, str], ...]:
    """The fields of a model in which, or somewhere below which, a secret can be referred to."""
    return tuple(
        (attribute, str(info.alias))
        for attribute, info in model.model_fields.items()
        if any(
            issubclass(one, SecretSource) or (issubclass(one, Model) and bool(_secret_fields(one)))
            for one in models_in(info.annotation)
        )
    )


STREAM_TYPES = ("camera", "screen")


class User(Part):
    """A user of a room; of the stream's own room if none is named."""

    user_id: Annotated[UserId, Api(at=("UserInfo.UserId",))]
    """The user's ID in the room."""
    room: Annotated[Room | None, Api(at=("UserInfo.RoomId", "UserInfo.RoomIdType"))] = None
    """The user's room; default: the stream's."""

    def room_in(self, room: int | str) -> int | str:
        """The room the user is in, where `room` is the stream's."""
        return room if self.room is None else self.room

    def in_room(self, room: int | str) -> Self:
        """The same user with a room of their own."""
        return self if self.room is not None else self.model_copy(update={"room": room})

    def info(self) -> dict[str, Any]:
        """MixUserInfo (reference fields, "MixUserInfo"); a task sends it with a room, see `in_room`."""
        return {"UserId": self.user_id, **({} if self.room is None else publish_room(self.room))}


class UserStream(User):
    """One picture stream of a user: the camera's or the shared screen's."""

    stream_type: Annotated[Literal["camera", "screen"] | None, Api(words=STREAM_TYPES, default="camera")] = (
        None
    )
    """Which video of the user: camera or shared screen."""

    def to_request(self) -> dict[str, Any]:
        """UserMediaStream."""
        kind = {} if self.stream_type is None else {"StreamType": STREAM_TYPES.index(self.stream_type)}
        return {**kind, "UserInfo": self.info()}


def publish_room(room: int | str) -> dict[str, Any]:
    """RoomId and RoomIdType as the publish family has them: 0 integer, 1 string, always as text."""
    return {"RoomId": str(room), "RoomIdType": 0 if isinstance(room, int) else 1}


def seconds(duration: str) -> int:
    """`24h` in seconds."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise ValueError(f"{duration!r} is not a duration")
    return int(match[1]) * _SECONDS[match[2]]
