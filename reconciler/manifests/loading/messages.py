"""What pydantic found wrong, in words that say what was found, what is allowed and what to write."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.kinds.marks import bounds_at, holds_secret, models_at, names_at, withdrawn_at
from reconciler.kinds.push_domains import instead_of
from reconciler.manifests.reading.secret_names import tellable
from reconciler.model import Path
from reconciler.words import guess

_NOUNS = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "a string",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "mapping_type": "a mapping",
}
_BOUNDS = ("greater_than_equal", "less_than_equal")
_SHOWN = 60
_KEY = "[key]"
"""What pydantic adds to the location of a mapping's key."""
# Whatever else stands before :// or behind the colon of a host is no part of an address, and may be a key.
_SCHEME = re.compile(r"[A-Za-z]{1,10}")
_HOST = re.compile(r"([\w.-]*|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")


def explanations(
    error: ValidationError, model: type[BaseModel], value: Any
) -> Iterator[tuple[Path, str, bool]]:
    """(path, message, whether it is about the key itself) of everything that pydantic found."""
    for detail in error.errors(include_url=False):
        of_key = detail["type"] == "extra_forbidden" or detail["loc"][-1:] == (_KEY,)
        path, message = explain(detail, model, value)
        instead = _instead(model, path) if detail["type"] == "missing" else ""
        yield path, f"{message}, or write {instead}" if instead else message, of_key


def explain(error: ErrorDetails, model: type[BaseModel], value: Any) -> tuple[Path, str]:
    """(path below the validated value, message) of one error of pydantic's.

    Where a secret belongs, what was found is described and never shown: it may be the secret.
    """
    path = _real_path(error["loc"], value)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return path, "is required"
    if kind == "extra_forbidden":
        withdrawn = withdrawn_at(model, path[:-1]).get(str(path[-1]))
        return tellable(path), withdrawn or _unknown(str(path[-1]), names_at(model, path[:-1]))
    hidden = holds_secret(model, path)
    found = described(error["input"]) if hidden else shown(error["input"])
    if kind == "value_error":
        return path, f"found {found}: {context['error']}"
    path = tellable(path)
    if hidden and kind in _NOUNS:
        return path, f"found {found}; allowed: a reference to a secret, {{env: NAME}} or {{file: PATH}}"
    allowed = bounds_at(model, path) if kind in _BOUNDS else ""
    return path, f"found {found}; allowed: {allowed or _allowed(kind, context, error['msg'])}"


def _instead(model: type[BaseModel], path: Path) -> str:
    """What can be written in the place of a required field; "" where nothing can."""
    others = (instead_of(one, str(path[-1])) for one in models_at(model, path[:-1]))
    return next(filter(None, others), "")


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
    return message[:1].lower() + message[1:]


def _unknown(name: str, allowed: Sequence[str]) -> str:
    return f"unknown field; {guess(name, allowed, 0.7)}allowed here: {', '.join(allowed)}"


def described(value: Any) -> str:
    """What kind of thing a value is, and nothing of the value itself but an address's host."""
    if isinstance(value, str):
        return shown(value) if "://" in value else "a plain string"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "a plain number"
    return shown(value)


def shown(value: Any) -> str:
    """A value as it is named in a message, on one line and never at length."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of length {len(value)}"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)[:_SHOWN]
    text = _host_only(value) if "://" in value else value
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _host_only(address: str) -> str:
    """An address without its credentials, path and query, any of which can hold a key."""
    scheme, _, rest = address.partition("://")
    if _SCHEME.fullmatch(scheme) is None:
        return "…://…"
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    named = host.rpartition("@")[2]
    if _HOST.fullmatch(named) is None:
        return f"{scheme}://…"
    return f"{scheme}://{named}" + ("/…" if len(host) < len(rest) else "")


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
        elif last and part != _KEY and isinstance(value, Mapping):
            path.append(part)
    return tuple(path)
