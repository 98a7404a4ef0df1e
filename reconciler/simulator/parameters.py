"""One validator for every action: requests are checked against tables of fields, not by code.

Unknown names, missing names and wrong types have the common codes; what a value out of its range gets
depends on the action, since its list of codes may lack InvalidParameterValue (errors.md).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .errors import ApiError

Kind = Literal["integer", "number", "boolean", "text", "record", "list"]
TYPES: dict[Kind, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "text": (str,),
    "record": (dict,),
    "list": (list,),
}


@dataclass(frozen=True, slots=True)
class Field:
    """What one request field may hold."""

    kind: Kind
    required: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()
    pattern: str = ""
    least: int = 0
    most: int | None = None
    fields: Mapping[str, "Field"] = field(default_factory=dict)
    item: "Field | None" = None
    code: str = ""
    missing: str = "MissingParameter"


def integer(low: float | None = None, high: float | None = None, *, code: str = "") -> Field:
    """A whole number within bounds; `code` is the action's own code for a value outside."""
    return Field("integer", low=low, high=high, code=code)


def number(*choices: float, low: float | None = None, high: float | None = None) -> Field:
    """A number out of a few, or within bounds."""
    return Field("number", choices=choices, low=low, high=high)


def boolean() -> Field:
    """True or false."""
    return Field("boolean")


def one_of(*choices: int | str) -> Field:
    """A code out of an enumeration."""
    return Field("text" if isinstance(choices[0], str) else "integer", choices=choices)


def text(pattern: str = "", *, most: int | None = None, code: str = "") -> Field:
    """A string that matches a pattern as a whole and has at most so many bytes."""
    return Field("text", pattern=pattern, most=most, code=code)


def record(fields: Mapping[str, Field]) -> Field:
    """A nested object."""
    return Field("record", fields=fields)


def many(item: Field, most: int | None = None, *, least: int = 0, code: str = "") -> Field:
    """A list of at least and at most so many; `code` is also its entries'."""
    return Field("list", item=item, least=least, most=most, code=code)


def must(given: Field, missing: str = "MissingParameter") -> Field:
    """The same field, required; `missing` is the action's own code for its absence."""
    return replace(given, required=True, missing=missing)


def validate(values: Mapping[str, Any], fields: Mapping[str, Field], range_code: str, path: str = "") -> None:
    """Raise for the first thing wrong in an object: unknown names, then missing ones, then the values."""
    for name in values:
        if name not in fields:
            raise ApiError("UnknownParameter", f"The parameter `{path}{name}` is not recognised.")
    for name, given in fields.items():
        if given.required and name not in values:
            raise ApiError(given.missing, f"The parameter `{path}{name}` is missing.")
    for name, value in values.items():
        _value(f"{path}{name}", value, fields[name], range_code)


def _value(path: str, value: Any, given: Field, range_code: str) -> None:
    if not _typed(value, given.kind):
        raise ApiError("InvalidParameter", f"The parameter `{path}` must be of type {given.kind}.")
    if given.kind == "record":
        validate(value, given.fields, range_code, f"{path}.")
    elif given.kind == "list":
        _items(path, value, given, given.code or range_code)
    elif problem := _problem(value, given):
        raise ApiError(given.code or range_code, f"The parameter `{path}` {problem}.")


def _typed(value: Any, kind: Kind) -> bool:
    return isinstance(value, TYPES[kind]) and isinstance(value, bool) == (kind == "boolean")


def _items(path: str, values: list[Any], given: Field, range_code: str) -> None:
    if given.most is not None and len(values) > given.most:
        raise ApiError(range_code, f"The parameter `{path}` has more than {given.most} entries.")
    if len(values) < given.least:
        raise ApiError(range_code, f"The parameter `{path}` has fewer than {given.least} entries.")
    if given.item is not None:
        for index, value in enumerate(values):
            _value(f"{path}.{index}", value, given.item, range_code)


def _problem(value: Any, given: Field) -> str:
    if given.choices and value not in given.choices:
        return f"must be one of {', '.join(map(str, given.choices))}"
    if isinstance(value, str):
        return _text_problem(value, given)
    if given.low is not None and value < given.low:
        return f"must not be below {given.low}"
    if given.high is not None and value > given.high:
        return f"must not be above {given.high}"
    return ""


def _text_problem(value: str, given: Field) -> str:
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return "is not valid Unicode"
    if given.most is not None and size > given.most:
        return f"is longer than {given.most} bytes"
    if given.pattern and re.fullmatch(given.pattern, value) is None:
        return f"must match {given.pattern}"
    return ""
