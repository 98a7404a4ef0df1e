"""How fields stand in requests: their names and numbers, what is so where they are left out, who knows them.

An Api stands in a field's annotation, as a ChangeEffect does. A Part is sent as it was written; what a
manifest no longer says is said out loud by an update, where the API's default is known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from reconciler.calls import sent_text
from reconciler.kinds.marks import ChangeEffect, Model, models_in
from reconciler.kinds.sites import Site
from reconciler.model import Path


@dataclass(frozen=True, slots=True)
class Api:
    """How a field is told to the API.

    `name` is the API's, where it is not the field's own with a capital. `words` are the manifests' words
    in the order of the API's numbers, which begin at `first`, "" for a number that means nothing; False and
    True for a switch that the API has as 0 and 1. `default` is what is so where the field is left out, in
    the manifests' terms; None where the reference does not say. `only` is the site that knows the field, and
    `instead` what to do on the other, where that one has deprecated it. A number that goes `as_text` is sent
    as such, and a colour that is `hashed` with `#` in the place of 0x. A field that stands `apart` is no part
    of the object; its model sees to it.

    `at` is where it stands in requests, one place or several, in the object that the field around
    it becomes, or from the top after a `/`; nowhere if it is empty, and under `name` if it is None.
    Editors and the documentation are told by it.
    """

    name: str = ""
    words: tuple[str | int, ...] = ()
    first: int = 0
    default: Any = None
    only: Site | None = None
    instead: str = ""
    apart: bool = False
    as_text: bool = False
    hashed: bool = False
    at: tuple[str, ...] | None = None

    def code(self, word: str | int) -> int:
        """The API's number of a word."""
        return self.first + self.words.index(word)

    def word(self, number: Any) -> str | int | None:
        """The word of a number; None for one that the API does not have."""
        at = number - self.first if type(number) is int else -1
        word = self.words[at] if 0 <= at < len(self.words) else None
        return None if word == "" else word


_PLAIN = Api()
NOWHERE = Api(apart=True, at=())
"""Of a field that stands in no request."""
M = TypeVar("M", bound=Model)


def switch(*, default: bool, only: Site | None = None) -> Api:
    """A switch that the API has as 0 and 1."""
    return Api(words=(False, True), default=default, only=only)


class Sendable(Model):
    """A model that knows what is sent for it."""

    def sent(self) -> Any:
        """An object of the API, or the secret that a value is made from."""
        raise NotImplementedError


class FieldFacts(NamedTuple):
    """A field of a model: its attribute, its name in manifests, its name in requests, and its Api."""

    attribute: str
    alias: str
    name: str
    api: Api


@lru_cache(None)
def field_facts(model: type[Model]) -> tuple[FieldFacts, ...]:
    """Every field of a model, in order."""
    found = []
    for attribute, info in model.model_fields.items():
        alias = str(info.alias)
        api = next((mark for mark in info.metadata if isinstance(mark, Api)), _PLAIN)
        found.append(FieldFacts(attribute, alias, api.name or alias[:1].upper() + alias[1:], api))
    return tuple(found)


@lru_cache(None)
def _members(model: type[Model]) -> tuple[FieldFacts, ...]:
    """Every field that is part of the model's object, in order."""
    return tuple(one for one in field_facts(model) if not one.api.apart)


class Part(Sendable):
    """A piece of a spec that becomes an object of the API, field by field."""

    def to_request(self) -> dict[str, Any]:
        """The object, with what was written and nothing else."""
        return {
            one.name: _sent(value, one.api)
            for one in _members(type(self))
            if (value := getattr(self, one.attribute)) is not None
        }

    def sent(self) -> Any:
        """The object."""
        return self.to_request()

    def with_defaults(self) -> Self:
        """The same with the API's defaults where it says nothing: equal for what means the same."""
        return with_defaults(self)


class Spec(Model):
    """The `spec` of a document; each kind has its own.

    `within` is what holds for all of it, as the annotation of a field says it for what is below.
    """

    within: ClassVar[tuple[ChangeEffect | Api, ...]] = ()

    def with_defaults(self) -> Self:
        """The same with the API's defaults where it says nothing: equal for what means the same."""
        return with_defaults(self)


def _sent(value: Any, api: Api) -> Any:
    if api.words:
        return api.code(value)
    if api.as_text:
        return str(value)
    if isinstance(value, str):
        return sent_text(hashed_color(value) if api.hashed else value)
    if isinstance(value, tuple):
        return [_sent(item, _PLAIN) for item in value]
    return value.sent() if isinstance(value, Sendable) else value


def hashed_color(color: str) -> str:
    """`0x1F2933` as `#1F2933`."""
    return f"#{color.removeprefix('0x')}"


def with_defaults(model: M) -> M:
    """The model with the API's defaults where it says nothing, and so in all below it."""
    updates = {}
    for one in field_facts(type(model)):
        value = getattr(model, one.attribute)
        new = _value_with_defaults(one.api.default if value is None else value)
        if new is not value:
            updates[one.attribute] = new
    return model.model_copy(update=updates) if updates else model


def _value_with_defaults(value: Any) -> Any:
    if isinstance(value, Part | Spec):
        return value.with_defaults()
    if isinstance(value, Model):
        return with_defaults(value)
    if isinstance(value, tuple) and any(isinstance(item, Model) for item in value):
        return tuple(_value_with_defaults(item) for item in value)
    if isinstance(value, dict):
        return {key: _value_with_defaults(item) for key, item in value.items()}
    return value


def with_resets(model: M, bases: Sequence[Model]) -> M:
    """The model with the API's default for each field that a base says and it does not.

    In an update what is left out stays as it is (semantics §3), so what goes back to its default
    is said. The elements of lists are left alone, as lists are sent whole.
    """
    updates = {}
    for one in field_facts(type(model)):
        value = getattr(model, one.attribute)
        olds = [old for base in bases if (old := getattr(base, one.attribute)) is not None]
        new = _value_with_reset(value, olds, one.api.default)
        if new is not value:
            updates[one.attribute] = new
    return model.model_copy(update=updates) if updates else model


def _value_with_reset(value: Any, olds: Sequence[Any], default: Any) -> Any:
    if value is None:
        value = default if olds else None
    if isinstance(value, Model):
        return with_resets(value, [old for old in olds if isinstance(old, type(value))])
    return value


def foreign_fields(model: Model, site: Site | None, path: Path = ()) -> Iterator[tuple[Path, Site, str]]:
    """Every field that is given and that only the other site knows: its path, that site, and Api.instead.

    None is a site that knows everything, as the simulator does.
    """
    if site is None:
        return
    for one in _bound_fields(type(model)):
        value = getattr(model, one.attribute)
        if value is None:
            continue
        if one.api.only is not None and one.api.only is not site:
            yield (*path, one.alias), one.api.only, one.api.instead
        for part, inner in _models_below(value):
            yield from foreign_fields(inner, site, (*path, one.alias, *part))


@lru_cache(None)
def _bound_fields(model: type[Model]) -> tuple[FieldFacts, ...]:
    """The fields of a model that one site alone knows, or below which there is such a one."""
    fields = model.model_fields
    return tuple(
        one
        for one in field_facts(model)
        if one.api.only is not None
        or any(
            issubclass(below, Model) and bool(_bound_fields(below))
            for below in models_in(fields[one.attribute].annotation)
        )
    )


def _models_below(value: Any) -> Iterator[tuple[Path, Model]]:
    if isinstance(value, Model):
        yield (), value
    elif isinstance(value, tuple):
        yield from (((index,), item) for index, item in enumerate(value) if isinstance(item, Model))
    elif isinstance(value, dict):
        yield from (((key,), item) for key, item in value.items() if isinstance(item, Model))
