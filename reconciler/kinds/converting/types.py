"""Numbers that a request has as texts, and texts that it has as numbers: put right, and each of them told.

Scripts build such bodies, and so do requests whose parameters stand in a URL, where all is text. What a
field's value is, is what the models have for the field of that name.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from reconciler.kinds.api import field_facts
from reconciler.kinds.converting.reading import Reading, found
from reconciler.kinds.marks import Model, models_in
from reconciler.model import Path

_NAMES: Mapping[type, str] = {str: "a string", bool: "true or false", int: "a number", float: "a number"}
_BESIDE: Mapping[str, type] = {"RoomId": str, "RoomIdType": int, "WithTranscoding": int}
"""What stands in no field of its own."""
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")
_TRUTH = {"true": True, "false": False}


def with_types(body: Mapping[str, Any], spec: type[Model], reading: Reading, *, told: bool) -> dict[str, Any]:
    """The body with each value of the type that its field has, where it can be no other.

    `told` tells whether each is noted: in a URL every number is a text.
    """
    types = _types(spec)

    def changed(value: Any, name: str, path: Path) -> Any:
        if isinstance(value, dict):
            return {inner: changed(one, inner, (*path, inner)) for inner, one in value.items()}
        if isinstance(value, list):
            return [changed(one, name, (*path, index)) for index, one in enumerate(value)]
        new = _as_type(value, types.get(name, frozenset()))
        if told and type(new) is not type(value):
            reading.at(*path).warn(
                f"{found(value)} is {_NAMES[type(value)]}, but the API takes {_NAMES[type(new)]}: "
                f"{found(new)} is sent"
            )
        return new

    return {name: changed(value, name, (name,)) for name, value in body.items()}


def _as_type(value: Any, types: frozenset[type]) -> Any:
    if isinstance(value, str):
        if int in types and _INTEGER.fullmatch(value):
            return int(value)
        if float in types and _NUMBER.fullmatch(value):
            return float(value)
        return _TRUTH.get(value.lower(), value) if bool in types else value
    return str(value) if type(value) is int and types == {str} else value


@cache
def _types(spec: type[Model]) -> Mapping[str, frozenset[type]]:
    """The types of the values of each name of the API's, anywhere below a spec."""
    types: dict[str, set[type]] = {name: {one} for name, one in _BESIDE.items()}
    for model in _models(spec):
        for one in field_facts(model):
            annotation = model.model_fields[one.attribute].annotation
            plain = {int} if one.api.words else {str} if one.api.as_text else _plain(annotation)
            types.setdefault(one.name, set()).update(plain)
    return {name: frozenset(one) for name, one in types.items()}


def _models(spec: type[Model]) -> Iterator[type[Model]]:
    """A model and all below it, each once."""
    waiting, seen = [spec], {spec}
    while waiting:
        model = waiting.pop()
        yield model
        for info in model.model_fields.values():
            below = {one for one in models_in(info.annotation) if issubclass(one, Model)}
            waiting += below - seen
            seen |= below


def _plain(annotation: Any) -> Iterator[type]:
    if annotation in _NAMES:
        yield annotation
    if type(annotation) in _NAMES:  # a value of a Literal
        yield type(annotation)
    for argument in get_args(annotation):
        yield from _plain(argument)
