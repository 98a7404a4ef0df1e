"""The models that specs are made of, and what their fields know: what a change of them does.

A ChangeEffect stands in a field's annotation; these functions find it again by a path.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Self, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from reconciler.kinds.base import RECORDED
from reconciler.model import Impact, Path


class Model(BaseModel):
    """A frozen piece of a spec: lowerCamelCase names, strict types, unknown fields refused.

    One that `holds_secret` is a reference to a secret; what is written in its place is never shown.
    `withdrawn` are fields that the vendor has given up, each with what to write instead. A default has to be
    valid as it stands: it is validated by a test (tests/kinds/test_models.py), and not with each document.
    """

    holds_secret: ClassVar[bool] = False
    withdrawn: ClassVar[Mapping[str, str]] = {}

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, strict=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, in a fifth of the time where nothing below is copied: a resolved spec takes a dozen.

        These models have neither extra fields nor private attributes.
        """
        if deep:
            return super().model_copy(update=update, deep=True)
        new, copied = update or {}, object.__new__(type(self))
        object.__setattr__(copied, "__dict__", {**self.__dict__, **new})
        said = self.__pydantic_fields_set__
        said = said if said >= new.keys() else {*said, *new}  # none of these models is changed
        object.__setattr__(copied, "__pydantic_fields_set__", said)
        object.__setattr__(copied, "__pydantic_extra__", None)
        object.__setattr__(copied, "__pydantic_private__", None)
        return copied

    def to_json(self) -> dict[str, Any]:
        """Plain JSON without what is not set."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


M = TypeVar("M", bound=BaseModel)


def read_recorded(model: type[M], spec: Mapping[str, Any]) -> M:
    """A spec as it was recorded; raises pydantic's ValidationError, which is a ValueError.

    Rules that are younger than the record are not held against it: what runs by an address that would be
    refused today can still be changed and stopped.
    """
    return model.model_validate(spec, context=RECORDED)


def is_recorded(info: ValidationInfo) -> bool:
    """Whether what is validated was recorded, and so was validated before."""
    return info.context == RECORDED


@dataclass(frozen=True, slots=True)
class ChangeEffect:
    """What changing a field does; stands in the field's annotation and holds for all below it.

    `changed` is the impact of another value, `added` and `removed` that of an element of a
    list (or of the field as a whole) coming and going, `emptied` that of nothing being left;
    what is None is as `changed`. `why` says what is known of going and being emptied, where that is
    the graver, or what a restart comes to, and `ignored_in_modes` names the words of `mode` beside the field
    with which it means nothing anyway. `key` names the properties that tell a list's elements apart, so that
    they are compared by those and not by position; `ordered` says that their order matters all the same.
    `note` is what is to be told of a change that interrupts nothing.
    """

    changed: Impact = Impact.NONE
    visible: bool = False
    added: Impact | None = None
    removed: Impact | None = None
    emptied: Impact | None = None
    why: str = ""
    ignored_in_modes: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    ordered: bool = False
    note: str = ""


EACH = "*"
"""In a path of field names, each element of a list or each value of a mapping."""
IN_PLACE = ChangeEffect()
SEEN = ChangeEffect(visible=True)
RESTART = ChangeEffect(changed=Impact.RESTART)

Many = Field(strict=False)
"""Marks a tuple that manifests write as a list."""


def change_effect_of(spec: type[BaseModel], path: Path) -> tuple[ChangeEffect, int]:
    """The deepest ChangeEffect on the way along `path`, and how many parts of the path lead to it."""
    found, depth = IN_PLACE, 0
    for index, info in fields_along(spec, path):
        for mark in info.metadata:
            if isinstance(mark, ChangeEffect):
                found, depth = mark, index
    return found, depth


def fields_along(spec: type[BaseModel], path: Path) -> Iterator[tuple[int, FieldInfo]]:
    """Each field that `path` leads through, and how many parts of the path lead to it.

    Parts that pick an element of a list or a mapping are passed over.
    """
    current: Any = spec
    for index, part in enumerate(path, start=1):
        if is_collection(current):
            current = _element(current)
            continue
        info = next((info for model in models_in(current) if (info := _field(model, part))), None)
        if info is None:
            return
        yield index, info
        current = info.annotation


def bounds_at(spec: type[BaseModel], path: Path) -> str:
    """`5 to 86400`, `1 or more`, …: what the field at `path` allows of numbers; empty if it says nothing."""
    found: dict[str, Any] = {}
    for _, info in fields_along(spec, path):
        found = dict(_limits((info.annotation, *info.metadata)))
    if len(found) == 2:
        return f"{found['ge']} to {found['le']}"
    return f"{found['ge']} or more" if "ge" in found else f"{found['le']} or less" if found else ""


def _limits(parts: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for part in parts:
        for name in ("ge", "le"):
            if getattr(part, name, None) is not None:
                yield name, getattr(part, name)
        yield from _limits([*get_args(part), *getattr(part, "metadata", ())])


def holds_secret(spec: type[BaseModel], path: Path) -> bool:
    """Whether what stands at `path` is, or is written where, a secret belongs: it is not to be shown."""
    return any(
        model.holds_secret
        for index, info in fields_along(spec, path)
        for model in models_in(_at(info.annotation, inside=len(path) > index), deep=False)
        if issubclass(model, Model)
    )


def _at(annotation: Any, *, inside: bool) -> Any:
    """The annotation of what a path leads to: of a collection, or of one of its elements."""
    return _element(annotation) if inside and is_collection(annotation) else annotation


def names_at(spec: type[BaseModel], path: Path) -> list[str]:
    """The field names that are allowed in what `path` leads to."""
    models = models_at(spec, path)
    return sorted({str(info.alias) for model in models for info in model.model_fields.values()})


def withdrawn_at(spec: type[BaseModel], path: Path) -> dict[str, str]:
    """The withdrawn fields of what `path` leads to, each with what to write instead."""
    models = [model for model in models_at(spec, path) if issubclass(model, Model)]
    return {name: words for model in models for name, words in model.withdrawn.items()}


def models_at(spec: type[BaseModel], path: Path) -> list[type[BaseModel]]:
    """The models of what `path` leads to; of a list or mapping of many, those of each."""
    current: Any = spec
    for _, info in fields_along(spec, path):
        current = info.annotation
    return list(models_in(_element(current) if is_collection(current) else current))


def _field(model: type[BaseModel], alias: str | int) -> FieldInfo | None:
    return next((info for info in model.model_fields.values() if info.alias == alias), None)


def is_collection(annotation: Any) -> bool:
    """Whether an annotation is that of a list or a mapping of many."""
    return get_origin(_plain(annotation)) in (tuple, dict)


def _element(annotation: Any) -> Any:
    plain = _plain(annotation)
    arguments = get_args(plain)
    if get_origin(plain) is dict:
        return arguments[1]
    return arguments[0] if arguments else plain


def _plain(annotation: Any) -> Any:
    """The annotation without what is said beside it, and without None where one other thing is allowed."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    others = [one for one in get_args(annotation) if one is not NoneType]
    if get_origin(annotation) in (Union, UnionType) and len(others) == 1:
        return _plain(others[0])
    return annotation


def models_in(annotation: Any, *, deep: bool = True) -> Iterator[type[BaseModel]]:
    """Every model that an annotation names, in unions, and in collections too if `deep`."""
    if not deep and get_origin(annotation) in (tuple, dict):
        return
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument, deep=deep)


def annotations_of(info: FieldInfo) -> Iterator[Any]:
    """Everything that stands in a field's annotation, at any depth, outside of the models it names."""
    waiting: list[Any] = [info.annotation, *info.metadata]
    while waiting:
        part = waiting.pop()
        yield part
        if not isinstance(part, type):
            waiting += [*get_args(part), *getattr(part, "__metadata__", ())]


def keyed_lists(spec: type[BaseModel], prefix: tuple[str, ...] = ()) -> dict[tuple[str, ...], ChangeEffect]:
    """Every list of the spec whose elements have a key: its path of field names, and its ChangeEffect."""
    found: dict[tuple[str, ...], ChangeEffect] = {}
    for info in spec.model_fields.values():
        path = (*prefix, str(info.alias))
        keyed = [mark for mark in info.metadata if isinstance(mark, ChangeEffect) and mark.key]
        found.update(dict.fromkeys([path], keyed[0]) if keyed else {})
        for model in models_in(info.annotation):
            found.update(keyed_lists(model, path))
    return found


WANTED = ("state",)
"""The field that says what is wanted; it is the verb, not a difference of the spec."""


def replaced(value: Any, path: Path, new: Any) -> Any:
    """A JSON value with another one at the path; what is not on the way to it is shared."""
    if not path:
        return new
    copy: Any = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], new)
    return copy
