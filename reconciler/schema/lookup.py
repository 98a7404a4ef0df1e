"""`KIND.field.field` as somebody types it -> the field, or what may have been meant."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.kinds import KINDS
from reconciler.kinds.base import Kind
from reconciler.kinds.marks import Model, withdrawn_at
from reconciler.schema.survey import Around, Field, all_fields, below
from reconciler.words import did_you_mean, nearest

Names = tuple[str, ...]
"""A path without what stands for each entry of a list or mapping."""

_CLOSE, _VERY_CLOSE = 0.5, 0.75
_MOST_MEANT = 3
_MANY = re.compile(r"\[[^\]]*\]")


class Unknown(LookupError):
    """There is no such kind or field; `hint` says what there is."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def beginning(text: str) -> list[str]:
    """The kinds and fields, one level of them, that begin as the text does."""
    above, dot, _ = text.rpartition(".")
    if not dot:
        return [name for name in KINDS if name.startswith(text)]
    name, _, rest = above.partition(".")
    if name not in KINDS:
        return []
    fields = {names(path): None for path, _ in all_fields(KINDS[name])}
    found = (f"{above}.{one[-1]}" for one in fields if one[:-1] == names(rest))
    return [one for one in found if one.startswith(text)]


@dataclass(frozen=True, slots=True)
class Found:
    """A kind and, unless it is the kind itself that was asked for, the path of a field and the field.

    `others` are fields of the same path, as of objects of several sorts.
    """

    kind: Kind
    path: str = ""
    names: Names = ()
    field: Field | None = None
    others: tuple[Field, ...] = ()

    @property
    def title(self) -> str:
        """As it is typed."""
        return ".".join([self.kind.name, *self.names])


def find(text: str, header: type[Model]) -> Found:
    """What the text names; raises Unknown.

    `spec.` may stand before a field, `[]`, an index or any key where there are many. `header` is the
    model of what stands around a spec.
    """
    name, _, rest = text.partition(".")
    kind = _kind(name)
    known = known_fields(kind, header)
    at: Names = ()
    free = False
    for part in _parts(rest):
        if (*at, part) in known:
            at, free = (*at, part), known[(*at, part)][0].endswith("*")
        elif free or part == "*":
            free = False
        else:
            raise _unknown(kind, at, part, known)
    if not at:
        return Found(kind)
    path, found = known[at]
    others = tuple(one for other, one in all_fields(kind) if other == path and one != found)
    return Found(kind, path, at, found, others)


def known_fields(kind: Kind, header: type[Model]) -> Mapping[Names, tuple[str, Field]]:
    """Every field of a kind's documents by its names, with its path: those of the spec from there on."""
    around = [one for one in below(header, Around()) if not one[0].startswith("spec")]
    return {names(path): (path, field) for path, field in [*around, *all_fields(kind)]}


def names(path: str) -> Names:
    """The names on a path."""
    return tuple(part for part in _MANY.sub("", path).split(".") if part and part != "*")


def children(at: Names, known: Mapping[Names, tuple[str, Field]]) -> list[Names]:
    """The fields right below one, in order."""
    return [one for one in known if one[:-1] == at]


def _parts(rest: str) -> list[str]:
    parts = [part for part in _MANY.sub("", rest).split(".") if part]
    return parts[1:] if parts[:1] == ["spec"] else parts


def _kind(name: str) -> Kind:
    if name in KINDS:
        return KINDS[name]
    close = nearest(name.lower(), map(str.lower, KINDS), _CLOSE)
    meant = did_you_mean([one for one in KINDS if one.lower() in close])
    raise Unknown(f"unknown kind {name!r}", f"{meant and f'{meant} '}use one of {', '.join(KINDS)}")


def _unknown(kind: Kind, at: Names, part: str, known: Mapping[Names, tuple[str, Field]]) -> Unknown:
    place = ".".join([kind.name, *at])
    withdrawn = withdrawn_at(kind.spec, at).get(part)
    if withdrawn:
        return Unknown(f"{place} does not accept {part}", withdrawn)
    here = [one[-1] for one in children(at, known)]
    if not here:
        return Unknown(f"{place} has no fields below it", f"see `reconciler explain {place}`")
    very_close, close = (nearest(part, here, cut) for cut in (_VERY_CLOSE, _CLOSE))
    elsewhere = [one for one in known if one[-1].lower() == part.lower()]
    meant = [(*at, *very_close)] if very_close else elsewhere or [(*at, one) for one in close]
    paths = [".".join([kind.name, *one]) for one in meant[:_MOST_MEANT]]
    hint = did_you_mean(paths) or f"its fields: {', '.join(here)}"
    return Unknown(f"{place} has no field {part!r}", hint)
