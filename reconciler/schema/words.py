"""What may be written at a field, and what is so where it is left out, in words with `code` in them."""

import json
from typing import Any

from reconciler.kinds.forms import Node
from reconciler.kinds.marks import Model
from reconciler.kinds.push_domains import instead_of
from reconciler.schema.remarks import api_default, default_of
from reconciler.schema.survey import Field
from reconciler.schema.types import type_node


def type_words(one: Field) -> str:
    """A field's type in words, with its range."""
    node = type_node(one.info.annotation, tuple(one.info.metadata), lambda model: {"model": model})
    return node_words(node)


def default_words(one: Field) -> str:
    """What is so where the field is left out; empty if that is not known."""
    if one.info.is_required():
        instead = instead_of(one.model, one.facts.alias)
        return f"required, or {instead}" if instead else "required"
    ours = default_of(one)
    if ours and not one.inner:
        return f"`{plain(ours['default'])}`"
    told = api_default(one)
    return f"the API's: `{told}`" if told else ""


def node_words(node: Node) -> str:
    """A type in words; in the place of a model's schema stands `{"model": model}`."""
    if "model" in node:
        return _model(node["model"])
    if "anyOf" in node and node.get("type") != "integer":
        return ", or ".join(node_words(one) for one in node["anyOf"] if one != {"type": "null"})
    if "enum" in node or "const" in node:
        values = node.get("enum", [node.get("const")])
        return ", ".join(f"`{plain(one)}`" for one in values if one is not None)
    kinds = node.get("type", "")
    kind = kinds if isinstance(kinds, str) else next(one for one in kinds if one != "null")
    return _SAID[kind](node) if kind else _range(node)


def plain(value: Any) -> str:
    """A value as a manifest has it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _model(model: type[Model]) -> str:
    return "a reference to a secret: `{env: NAME}` or `{file: PATH}`" if model.holds_secret else "mapping"


def _text(node: Node) -> str:
    if "patternErrorMessage" in node:
        return str(node["patternErrorMessage"]).removeprefix("not ")
    least, most = node.get("minLength"), node.get("maxLength")
    if most is not None:
        return f"text, {f'{least} to' if least else 'at most'} {most} characters"
    return "text, not empty" if least else "text"


def _number(node: Node) -> str:
    noun = "whole number" if "integer" in node["type"] else "number"
    ranges = [_range(one) for one in node["anyOf"]] if "anyOf" in node else [_range(node)]
    text = ", ".join([noun, *(one for one in [" or ".join(filter(None, ranges))] if one)])
    return f"{text}, but not {node['not']['const']}" if "not" in node else text


def _range(node: Node) -> str:
    if "const" in node:
        return str(node["const"])
    least, most = node.get("minimum"), node.get("maximum")
    if least is not None and most is not None:
        return f"{least} to {most}"
    return f"{least} or more" if least is not None else ""


def _list(node: Node) -> str:
    items = "mappings" if "model" in node["items"] else node_words(node["items"])
    return f"list of {items}" + (f", at most {node['maxItems']}" if "maxItems" in node else "")


def _mapping(node: Node) -> str:
    value = node["additionalProperties"]
    if value is True:
        return "mapping"
    inner = "mappings" if "model" in value or value.get("type") == "object" else node_words(value)
    return f"mapping of {inner}"


_SAID = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": lambda node: "`true` or `false`",
    "array": _list,
    "object": _mapping,
}
