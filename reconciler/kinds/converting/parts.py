"""An object of the API becomes what a manifest says for it: the reverse of Part.to_request.

It follows the models, as that does: their annotations say which field is a word, a part, a list of
parts or a secret. What a value may be is left to the models, which judge the whole when it is read.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic.fields import FieldInfo

from reconciler.kinds.addresses import AddressText
from reconciler.kinds.api import Api, FieldFacts, Part, field_facts
from reconciler.kinds.converting.addresses import read_address
from reconciler.kinds.converting.reading import Reading, found, variable_word
from reconciler.kinds.marks import Model, annotations_of, models_in


def object_of(value: Any, known: Collection[str], reading: Reading) -> dict[str, Any]:
    """The known fields of an object that are not null; notes what is no object, and every other field."""
    if not isinstance(value, Mapping):
        reading.problem(f"found {found(value, shown=False)}; allowed: an object")
        return {}
    for name in value:
        if name not in known:
            reading.unknown(name, known)
    return {name: inner for name, inner in value.items() if inner is not None and name in known}


def list_of(value: Any, reading: Reading) -> list[Any]:
    """A list; notes what is none."""
    if isinstance(value, list):
        return value
    reading.problem(f"found {found(value, shown=False)}; allowed: a list")
    return []


def member(value: Any, name: str) -> Any:
    """The field of an object; None if it has none, or is no object."""
    return value.get(name) if isinstance(value, Mapping) else None


def read_part(
    model: type[Model],
    value: Any,
    reading: Reading,
    *,
    apart: Collection[str] = (),
    beside: Collection[str] = (),
) -> dict[str, Any]:
    """What a manifest says for an object of the API.

    `apart` are attributes of the model that are read by the caller, `beside` the names of fields
    of the object that are, or that are dropped.
    """
    fields = [one for one in field_facts(model) if not one.api.apart and one.attribute not in apart]
    given = object_of(value, {*(one.name for one in fields), *beside}, reading)
    read = {}
    for one in fields:
        info, inner = model.model_fields[one.attribute], reading.at(one.name, to=(one.alias,))
        if one.name in given:
            read[one.alias] = _read(info, one, given[one.name], inner)
        elif isinstance(info.default, int | str):
            # The models have such a default only where the API demands the field.
            inner.warn(f"is missing but required by the API: the manifest sets {info.default}")
            read[one.alias] = info.default
    return {alias: inner for alias, inner in read.items() if inner is not None}


def _read(info: FieldInfo, one: FieldFacts, value: Any, reading: Reading) -> Any:
    if one.api.words:
        return _word(one.api, value, reading)
    if one.api.as_text:
        return _number(value, reading)
    if one.api.hashed:
        return _color(value, reading)
    here = list(models_in(info.annotation, deep=False))
    if any(isinstance(part, AddressText) for part in annotations_of(info)):
        return read_address(value, reading, variable_word(one.name))
    parts = [model for model in here if issubclass(model, Part)]
    if parts:
        return read_part(parts[0], value, reading)
    if any(issubclass(model, Model) and model.holds_secret for model in here):
        return reading.secret(value, variable_word(one.name))
    below = [model for model in models_in(info.annotation) if issubclass(model, Part)]
    if not below:
        return value
    items = enumerate(list_of(value, reading))
    return [read_part(below[0], item, reading.at(index, to=(index,))) for index, item in items]


def _number(value: Any, reading: Reading) -> Any:
    """The number that a text says; anything else as it is, once it is noted."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,10}", value):
        return int(value)
    reading.problem(f"found {found(value)}; allowed: a whole number as text")
    return None


def _color(value: Any, reading: Reading) -> Any:
    """`#1F2933` as manifests have colours, in which a `#` would begin a comment; anything else is noted."""
    if isinstance(value, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        return f"0x{value[1:]}"
    reading.problem(f"found {found(value)}; allowed: a colour such as #1F2933")
    return None


def _word(api: Api, value: Any, reading: Reading) -> str | int | None:
    word = api.word(value)
    if word is None:
        codes = (f"{api.code(one)} ({str(one).lower()})" for one in api.words if one != "")
        reading.problem(f"found {found(value)}; allowed: {', '.join(codes)}")
    return word
