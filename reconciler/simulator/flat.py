"""Parameters of a query string or a form: names like `A.B.0.C`, and text for every value."""

import re
from collections.abc import Mapping
from typing import Any

from .errors import ApiError
from .parameters import Field

MOST_LEVELS = 20
TRUTH = {"true": True, "false": False}


def nested(pairs: Mapping[str, str], fields: Mapping[str, Field]) -> dict[str, Any]:
    """The same as the JSON body that the table of fields describes.

    What does not fit the table stays as it is, for the validator to refuse. Raises ApiError for names
    that contradict each other.
    """
    tree: dict[str, Any] = {}
    for name, text in pairs.items():
        *above, last = name.split(".")
        if len(above) >= MOST_LEVELS:
            raise ApiError("InvalidParameter", f"The parameter `{name}` has too many levels.")
        level = tree
        for part in above:
            level = level.setdefault(part, {})
            if not isinstance(level, dict):
                raise ApiError("InvalidParameter", f"The parameter `{name}` has both a value and parts.")
        if last in level:
            raise ApiError("InvalidParameter", f"The parameter `{name}` has both a value and parts.")
        level[last] = text
    return _record(tree, fields)


def _record(tree: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    return {name: _typed(value, fields[name]) if name in fields else value for name, value in tree.items()}


def _typed(value: Any, given: Field) -> Any:
    if isinstance(value, dict):
        if given.kind == "record":
            return _record(value, given.fields)
        return _list(value, given) if given.kind == "list" else value
    return _scalar(value, given)


def _list(value: dict[str, Any], given: Field) -> Any:
    if value.keys() != {str(index) for index in range(len(value))} or given.item is None:
        return value
    return [_typed(value[str(index)], given.item) for index in range(len(value))]


def _scalar(text: str, given: Field) -> Any:
    if given.kind == "integer" and re.fullmatch(r"-?[0-9]{1,20}", text):
        return int(text)
    if given.kind == "number" and re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", text):
        return float(text) if "." in text else int(text)
    if given.kind == "boolean":
        return TRUTH.get(text.lower(), text)
    return text
