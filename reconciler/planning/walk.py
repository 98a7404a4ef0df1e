"""Two specs as plain JSON -> the fields that differ, by a walk over both at once.

Lists are compared by place. Of lists whose elements have an identity the right elements are paired
first: by name, or by key with the leftovers paired in order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from reconciler.model import Path, canonical_json
from reconciler.words import path_order


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One difference; `before` or `after` is None where the field, or element, is absent."""

    path: Path
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Identity:
    """How the elements of a list are told apart, and whether their order means something.

    With the single key `name`, elements are labelled by name; otherwise by their place.
    """

    key: tuple[str, ...]
    ordered: bool = False


Identities = Mapping[tuple[str, ...], Identity]
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class _Pair:
    """An element before and after, and where it stood; its label is its place in `after`, if it is there."""

    label: str | int
    old_place: int | None
    old: Any
    new: Any


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], identities: Identities
) -> tuple[FieldChange, ...]:
    """Every difference, sorted by path; `identities` are keyed by the list's path of field names.

    Values are compared as JSON has them: 1 is neither `true` nor `1.0`.
    """
    found = _walk(before, after, (), (), identities)
    return tuple(sorted(found, key=lambda change: path_order(change.path)))


def _walk(
    old: Any, new: Any, path: Path, fields: tuple[str, ...], identities: Identities
) -> Iterator[FieldChange]:
    """What differs at a path; `fields` is that path without the places in lists and their names."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in {**old, **new}:
            sides = old.get(key, _ABSENT), new.get(key, _ABSENT)
            yield from _walk(*sides, (*path, key), (*fields, key), identities)
    elif isinstance(old, list) and isinstance(new, list):
        pairs = _by_place(old, new)
        identity = identities.get(fields)
        if identity is not None:
            pairs = _by_identity(old, new, identity)
            yield from _moved(pairs, path) if identity.ordered else ()
        for pair in pairs:
            yield from _walk(pair.old, pair.new, (*path, pair.label), fields, identities)
    elif type(old) is not type(new) or old != new:
        yield FieldChange(path, *(None if value is _ABSENT else value for value in (old, new)))


def _by_place(old: Sequence[Any], new: Sequence[Any]) -> list[_Pair]:
    both = zip_longest(old, new, fillvalue=_ABSENT)
    return [_Pair(place, place, *values) for place, values in enumerate(both)]


def _by_identity(old: Sequence[Any], new: Sequence[Any], identity: Identity) -> list[_Pair]:
    """The elements of both lists, paired, in the order of `new` and then what is gone."""
    named = identity.key == ("name",)
    waiting = {place: _key(element, identity) for place, element in enumerate(old)}
    partner = _partners(new, waiting, identity, leftovers=not named)
    pairs = []
    for index, element in enumerate(new):
        place = partner.get(index)
        before = _ABSENT if place is None else old[place]
        pairs.append(_Pair(element["name"] if named else index, place, before, element))
    gone = [_Pair(old[place]["name"] if named else place, place, old[place], _ABSENT) for place in waiting]
    return pairs + gone


def _partners(
    new: Sequence[Any], waiting: dict[int, str], identity: Identity, *, leftovers: bool
) -> dict[int, int]:
    """Place in `new` -> place in `old`; what finds a partner leaves `waiting`."""
    places: dict[str, list[int]] = {}
    for place, key in waiting.items():
        places.setdefault(key, []).append(place)
    partner: dict[int, int] = {}
    for index, element in enumerate(new):
        same = places.get(_key(element, identity))
        if same:
            partner[index] = same.pop(0)
            del waiting[partner[index]]
    if leftovers:
        lonely = [index for index in range(len(new)) if index not in partner]
        for index, place in zip(lonely, list(waiting), strict=False):
            partner[index] = place
            del waiting[place]
    return partner


def _key(element: Any, identity: Identity) -> str:
    return canonical_json([element.get(name) for name in identity.key])


def _moved(pairs: list[_Pair], path: Path) -> Iterator[FieldChange]:
    """One change of the list itself where elements that stay have changed places."""
    staying = [pair for pair in pairs if _ABSENT not in (pair.old, pair.new)]
    by_old_place = sorted(staying, key=lambda pair: pair.old_place or 0)
    if staying != by_old_place:
        yield FieldChange(path, [pair.label for pair in by_old_place], [pair.label for pair in staying])
