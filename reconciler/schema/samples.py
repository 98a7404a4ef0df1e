"""Examples of kinds and fields: from examples.yaml, which has a document of each kind, else from the types.

They are data beside the code, as they name kinds, which the code does not.
"""

from collections.abc import Mapping
from pkgutil import get_data
from typing import Any

from reconciler.kinds.base import Kind
from reconciler.kinds.forms import Node
from reconciler.kinds.marks import Model
from reconciler.schema.remarks import default_of
from reconciler.schema.survey import Field
from reconciler.schema.types import type_node

FILE = "examples.yaml"
_SECRET = {"env": "TRTC_SECRET_KEY"}
_NONE = object()


def sample_text(kind: Kind) -> str:
    """A kind's example document, as it is written."""
    texts = (get_data(__package__, FILE) or b"").decode().split("---\n")
    return next((text for text in texts if f"\nkind: {kind.name}\n" in text), "")


def sample_of(path: str, one: Field, document: Mapping[str, Any]) -> Any:
    """An example of a field, with what is around it; None if there is none.

    `path` is as `all_fields` has it, `document` what its kind's example says around the field.
    """
    parts = path.replace("[]", ".[]").split(".")
    found = _picked(document, parts)
    if found is _NONE:
        node = type_node(one.info.annotation, tuple(one.info.metadata), lambda model: {"model": model})
        value = _value(node, one)
        found = _NONE if value is _NONE else _wrapped(parts, value)
    return None if found is _NONE else found


def _picked(value: Any, parts: list[str]) -> Any:
    """What the document has at the path, alone with what is around it; of many, the first that has it."""
    if not parts:
        return value
    part, rest = parts[0], parts[1:]
    if part == "[]":
        items = [_picked(one, rest) for one in value] if isinstance(value, list) else []
        return next(([one] for one in items if one is not _NONE), _NONE)
    if not isinstance(value, Mapping):
        return _NONE
    for key in list(value) if part == "*" else [part]:
        inner = _picked(value[key], rest) if key in value else _NONE
        if inner is not _NONE:
            return {key: inner}
    return _NONE


def _wrapped(parts: list[str], value: Any) -> Any:
    for part in reversed(parts):
        if part == "[]":
            value = value if isinstance(value, list) else [value]
        else:
            value = {"name" if part == "*" else part: value}
    return value


def _value(node: Node, one: Field) -> Any:
    """A value that the type allows, and that says something; _NONE where nothing can be guessed."""
    if one.inner:
        return _NONE
    if "model" in node:
        return _secret(node["model"])
    own = default_of(one).get("default", one.facts.api.default)
    options = [*node.get("examples", []), *node.get("enum", [])]
    other = next((value for value in options if value is not None and value != own), _NONE)
    if other is not _NONE:
        return other
    for inner in node.get("anyOf", []):
        value = _value(inner, one)
        if value is not _NONE:
            return value
    return _plain(node, one, own)


def _plain(node: Node, one: Field, own: Any) -> Any:
    kinds = node.get("type", "")
    if "boolean" in kinds:
        return own is not True
    if "array" in kinds:
        value = _value(node["items"], one)
        return _NONE if value is _NONE else [value]
    if "const" in node:
        return node["const"]
    if "integer" in kinds:
        return own if isinstance(own, int) else node.get("minimum", 0)
    return _NONE


def _secret(model: type[Model]) -> Any:
    return _SECRET if model.holds_secret else _NONE
