"""What a plan's attributes say of their JSON: the one source of its codec and its schema.

The annotations of a dataclass say all of it: the type is the value's shape, and a `Key` says the rest. An
attribute without a Key has no JSON.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum, auto
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from reconciler.calls import Call, Request
from reconciler.model import Address


@dataclass(frozen=True, slots=True)
class Key:
    """The key of an attribute: its `name` where that is not the attribute's, and its `description`.

    One that is `saved` stands in saved plans only. One that is `optional` is left out where there is
    nothing to tell; a saved plan has null there where a call may be. An `inline` attribute has no key: those
    of its value stand among its owner's, before them. Keys stand in the attributes' order, but after all of
    a lower `place`; what is left out where it is empty comes last.
    """

    description: str = ""
    name: str = ""
    saved: bool = False
    optional: bool = False
    inline: bool = False
    place: int = 0


class Member(NamedTuple):
    """A key of a JSON object: where its value is, as in `call.action.name`, the value's type, and the Key."""

    path: str
    type: Any
    key: Key


Moment = Annotated[str, "RFC 3339, in UTC"]
Moments = Mapping[Address, Moment]
Context = Annotated[Mapping[str, Any], "what the plan is bound to"]
Unchanged = Annotated[int, "of a summary"]
Labels = Annotated[Mapping[str, str], "values by names"]
"""Types whose JSON is more than their values' own."""


class Shape(Enum):
    """How a value is made of another type's."""

    ONE = auto()
    LIST = auto()
    NULLABLE = auto()


def shape(hint: Any) -> tuple[Shape, Any]:
    """A type's shape, and what it is made of."""
    if get_origin(hint) is tuple:
        return Shape.LIST, get_args(hint)[0]
    if get_origin(hint) in (UnionType, Union):  # the latter of what is annotated
        return Shape.NULLABLE, get_args(hint)[0]
    return Shape.ONE, hint


_CALL = (
    Member("action.service", str, Key(name="service")),
    Member("action.name", str, Key(name="action")),
    Member("action.version", str, Key(name="version", saved=True)),
    Member("region", str, Key(name="region", saved=True)),
    Member("request", Request, Key("saved plans only; secrets are references", name="request", saved=True)),
)
"""A call's keys: it is written with the names of its action, and read back with the action itself."""


@cache
def members(cls: Any) -> tuple[Member, ...]:
    """Every key of the JSON of a dataclass or of a call, in the JSON's order."""
    if cls is Call:
        return _CALL
    found: list[Member] = []
    for one in attributes(cls):
        inner = members(one.type) if one.key.inline else ()
        found += (member._replace(path=f"{one.path}.{member.path}") for member in inner)
    found += (one for one in attributes(cls) if not one.key.inline)
    return tuple(sorted(found, key=lambda member: member.key.place))


@cache
def attributes(cls: Any) -> tuple[Member, ...]:
    """The attributes of a dataclass that have a Key, with its name, in their order."""
    return tuple(_attributes(cls))


def _attributes(cls: Any) -> Iterator[Member]:
    hints = get_type_hints(cls, include_extras=True)
    for name in (one.name for one in fields(cls)):
        *more, key = getattr(hints[name], "__metadata__", (None,))
        if isinstance(key, Key):
            plain = hints[name].__origin__
            kind = Annotated[plain, *more] if more else plain
            yield Member(name, kind, replace(key, name=key.name or _camel_case(name)))


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
