"""What an annotation allows, as JSON Schema: pydantic tells the types, Forms what validators let through."""

from collections.abc import Callable, Iterator
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from reconciler.kinds.forms import JsonSchemaHint, Node
from reconciler.kinds.marks import Model

Models = Callable[[type[Model]], Node]
"""What stands for a model."""


class Parts(NamedTuple):
    """An annotation taken apart: its type without None, what is said beside it, whether None is allowed."""

    plain: Any
    beside: tuple[Any, ...] = ()
    optional: bool = False


def parts_of(annotation: Any) -> Parts:
    """The parts of an annotation; a union of several types stays one."""
    if get_origin(annotation) is Annotated:
        inner, *beside = get_args(annotation)
        found = parts_of(inner)
        return found._replace(beside=(*found.beside, *beside))
    options = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    if NoneType not in options:
        return Parts(annotation)
    left: Any = reduce(or_, (one for one in options if one is not NoneType))
    return parts_of(left)._replace(optional=True)


def type_node(annotation: Any, beside: tuple[Any, ...], models: Models) -> Node:
    """The schema of what an annotation, and what is said beside it, allows."""
    parts = parts_of(annotation)
    node = _node(parts.plain, (*parts.beside, *beside), models)
    return or_null(node) if parts.optional else node


def _node(plain: Any, beside: tuple[Any, ...], models: Models) -> Node:
    if isinstance(plain, type) and issubclass(plain, Model):
        return models(plain)
    match get_origin(plain), get_args(plain):
        case (origin, options) if origin in (Union, UnionType) and _names_models(options):
            return {"anyOf": [type_node(one, (), models) for one in options]}
        case (origin, (element, _)) if origin is tuple:
            limits = {
                keyword: getattr(one, name)
                for keyword, name in (("minItems", "min_length"), ("maxItems", "max_length"))
                for one in _said(beside)
                if getattr(one, name, None)
            }
            told = {
                k: v for one in beside if isinstance(one, JsonSchemaHint) for k, v in one.keywords.items()
            }
            return {"type": "array", "items": type_node(element, (), models), **limits, **told}
        case (origin, (key, value)) if origin is dict:
            return _mapping(type_node(key, (), models), type_node(value, (), models))
        case _:
            return TypeAdapter(Annotated[plain, "", *beside]).json_schema()


def _said(beside: tuple[Any, ...]) -> Iterator[Any]:
    """What is said beside a type; pydantic keeps it in a Field where that stands within a union."""
    for one in beside:
        yield from one.metadata if isinstance(one, FieldInfo) else (one,)


def _names_models(options: tuple[Any, ...]) -> bool:
    plain = (parts_of(one).plain for one in options)
    return any(isinstance(one, type) and issubclass(one, Model) for one in plain)


def _mapping(key: Node, value: Node) -> Node:
    names = {"propertyNames": key} if key != {"type": "string"} else {}
    return {"type": "object", **names, "additionalProperties": value or True}


def or_null(node: Node) -> Node:
    """Nothing is allowed too, as if the field were left out."""
    if "enum" in node and isinstance(node.get("type"), str):
        return {**node, "type": [node["type"], "null"], "enum": [*node["enum"], None]}
    if isinstance(node.get("type"), str) and not node.keys() & {"anyOf", "not", "oneOf"}:
        return {**node, "type": [node["type"], "null"]}
    examples = {name: node[name] for name in ("examples",) if name in node}
    rest = {name: value for name, value in node.items() if name not in examples}
    options = rest["anyOf"] if rest.keys() == {"anyOf"} else [rest]
    return {"anyOf": [*options, {"type": "null"}], **examples}
