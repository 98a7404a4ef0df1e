"""What pydantic found wrong, in words that say what was found, what is allowed and what to write."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from reconciler.kinds.marks import names_at
from reconciler.model import Path

_NOUNS = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "a text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "mapping_type": "a mapping",
}
_SHOWN = 60


def explain(error: ErrorDetails, model: type[BaseModel], value: Any) -> tuple[Path, str]:
    """(path below the validated value, message) of one error of pydantic's."""
    path = _real_path(error["loc"], value)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return path, "is required"
    if kind == "extra_forbidden":
        return path, _unknown(str(path[-1]), names_at(model, path[:-1]))
    if kind == "value_error":
        return path, f"found {shown(error['input'])}: {context['error']}"
    return path, f"found {shown(error['input'])}; allowed: {_allowed(kind, context, error['msg'])}"


def _allowed(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind in _NOUNS:
        return _NOUNS[kind]
    if kind == "literal_error":
        return str(context["expected"]).replace("'", "")
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"{context['ge']} or more" if "ge" in context else f"{context['le']} or less"
    if kind in ("too_long", "string_too_long"):
        unit = "characters" if kind.startswith("string") else "entries"
        return f"at most {context['max_length']} {unit}"
    if kind == "string_too_short":
        return f"at least {context['min_length']} character"
    if kind == "string_pattern_mismatch":
        return f"what matches {context['pattern']}"
    return message[:1].lower() + message[1:]


def _unknown(name: str, allowed: Sequence[str]) -> str:
    close = get_close_matches(name, allowed, 1, 0.6)
    guess = f"did you mean {close[0]}? " if close else ""
    return f"unknown field; {guess}allowed here: {', '.join(allowed)}"


def shown(value: Any) -> str:
    """A value as it is named in a message, on one line and never at length."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _real_path(location: tuple[int | str, ...], value: Any) -> Path:
    """The location without what pydantic adds to name the branch of a union it tried."""
    path: list[int | str] = []
    for index, part in enumerate(location):
        last = index == len(location) - 1
        inside = (isinstance(value, Mapping) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        )
        if inside:
            value = value[part]
            path.append(part)
        elif last and isinstance(value, Mapping):
            path.append(part)
    return tuple(path)
