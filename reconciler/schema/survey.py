"""Every field of a kind, with what holds for it where it stands: its mark, and its places in requests."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, get_origin

from pydantic.fields import FieldInfo

from reconciler.kinds.api import FieldFacts, field_facts
from reconciler.kinds.base import Kind, Managed
from reconciler.kinds.marks import IN_PLACE, WANTED, ChangeEffect, Model, models_in
from reconciler.schema.types import parts_of


@dataclass(frozen=True, slots=True)
class Around:
    """What holds for the fields of a model where it stands.

    `mark` says what a change does, unless a field says it itself; None where nothing is planned.
    `at` are the places in requests that their names are appended to.
    """

    kind: Kind | None = None
    mark: ChangeEffect | None = None
    at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A field where it stands: `mark` and `at` are its own, or come from around it.

    `own` tells whether the mark is its own, so that what it says of coming and going is about this field.
    """

    facts: FieldFacts
    model: type[Model]
    info: FieldInfo
    around: Around
    own: bool

    @property
    def inner(self) -> list[type[Model]]:
        """The models whose fields stand below it; none below a reference to a secret."""
        models = [one for one in models_in(self.info.annotation) if issubclass(one, Model)]
        return [one for one in models if not one.holds_secret]

    @property
    def is_wanted(self) -> bool:
        """Whether it says what is wanted, which is no difference but the verb itself."""
        kind = self.around.kind
        return isinstance(kind, Managed) and self.model is kind.spec and (self.facts.alias,) == WANTED


def around(kind: Kind) -> Around:
    """What holds for a kind's whole spec."""
    mark = IN_PLACE if isinstance(kind, Managed) else None
    at: tuple[str, ...] = ("",)
    for one in kind.spec.within:
        if isinstance(one, ChangeEffect):
            mark = one
        else:
            at = one.at or at
    return Around(kind, mark, at)


def fields(model: type[Model], here: Around) -> Iterator[Field]:
    """The fields of a model that stands somewhere, in order."""
    for one in field_facts(model):
        info = model.model_fields[one.attribute]
        mark = next((mark for mark in info.metadata if isinstance(mark, ChangeEffect)), None)
        inside = replace(here, mark=mark or here.mark, at=_places(one, info, here.at))
        yield Field(one, model, info, inside, mark is not None)


def all_fields(kind: Kind) -> Iterator[tuple[str, Field]]:
    """Every field below a kind's spec, each with its path.

    `[]` is each element of a list, `*` each value of a mapping.
    """
    yield from below(kind.spec, around(kind))


def below(model: type[Model], here: Around, prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Every field of a model that stands somewhere, and of those below it, each with its path."""
    for field in fields(model, here):
        path = f"{prefix}{field.facts.alias}{many(field.info.annotation)}"
        yield path, field
        for inner in field.inner:
            yield from below(inner, field.around, f"{path}.")


def many(annotation: Any) -> str:
    """What follows a field's name in a path: `[]` of a list, `.*` of a mapping."""
    origin = get_origin(parts_of(annotation).plain)
    return "[]" if origin is tuple else ".*" if origin is dict else ""


def _places(one: FieldFacts, info: FieldInfo, above: tuple[str, ...]) -> tuple[str, ...]:
    listed = "[]" if many(info.annotation) == "[]" else ""
    here = (f"{one.name}{listed}",) if one.api.at is None else one.api.at
    found = (place[1:] if place[:1] == "/" else _joined(up, place) for up in above for place in here)
    return tuple(dict.fromkeys(found))


def _joined(up: str, place: str) -> str:
    return ".".join(part for part in (up, place) if part)
