"""Two specs as plain JSON -> what differs, field by field; the only user of deepdiff.

Lists whose elements have an identity are first reshaped so that plain comparing pairs the right
elements: by name, or by key with the leftovers paired in order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deepdiff import DeepDiff
from deepdiff.helper import notpresent

from reconciler.model import Path, canonical_json


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


class _Gone(int):
    """The place in `before` of an element that `after` no longer has; unlike any place in `after`."""

    def __hash__(self) -> int:
        return hash(("gone", int(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Gone) and int(self) == int(other)


@dataclass(frozen=True, slots=True)
class _Pair:
    label: str | int
    old_place: int | None
    old: Any
    new: Any


@dataclass(slots=True)
class _Reshaper:
    identities: Identities
    moved: list[FieldChange] = field(default_factory=list)

    def reshape(self, old: Any, new: Any, path: Path, fields: tuple[str, ...]) -> tuple[Any, Any]:
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            return self._both(old, new, path, lambda key: (*fields, str(key)))
        identity = self.identities.get(fields)
        if identity is None or not isinstance(old, list) or not isinstance(new, list):
            return old, new
        pairs = _pairs(old, new, identity)
        if identity.ordered:
            self.moved.extend(_moved(pairs, path))
        labelled_old = {pair.label: pair.old for pair in pairs if pair.old is not None}
        labelled_new = {pair.label: pair.new for pair in pairs if pair.new is not None}
        return self._both(labelled_old, labelled_new, path, lambda label: fields)

    def _both(
        self,
        old: Mapping[Any, Any],
        new: Mapping[Any, Any],
        path: Path,
        fields_of: Callable[[Any], tuple[str, ...]],
    ) -> tuple[dict[Any, Any], dict[Any, Any]]:
        out_old, out_new = dict(old), dict(new)
        for key in old.keys() & new.keys():
            out_old[key], out_new[key] = self.reshape(old[key], new[key], (*path, key), fields_of(key))
        return out_old, out_new


def diff(
    before: Mapping[str, Any], after: Mapping[str, Any], identities: Identities
) -> tuple[FieldChange, ...]:
    """Every difference, sorted by path; `identities` are keyed by the list's path of field names."""
    reshaper = _Reshaper(identities)
    old, new = reshaper.reshape(before, after, (), ())
    tree = DeepDiff(
        old,
        new,
        view="tree",
        threshold_to_diff_deeper=0,
        zip_ordered_iterables=True,
        ignore_private_variables=False,
    )
    changes = [_field_change(level) for levels in tree.values() for level in levels]
    return tuple(sorted([*changes, *reshaper.moved], key=_by_path))


def _by_path(change: FieldChange) -> list[tuple[str, int]]:
    return [("", part) if isinstance(part, int) else (part, 0) for part in change.path]


def _field_change(level: Any) -> FieldChange:
    path = tuple(int(part) if isinstance(part, int) else part for part in level.path(output_format="list"))
    return FieldChange(path, _plain(level.t1), _plain(level.t2))


def _plain(value: Any) -> Any:
    return None if value is notpresent else value


def _pairs(old: Sequence[Any], new: Sequence[Any], identity: Identity) -> list[_Pair]:
    """The elements of both lists, paired, in the order of `new` and then what is gone."""
    named = identity.key == ("name",)
    waiting = {place: _key(element, identity) for place, element in enumerate(old)}
    partner = _partners(new, waiting, identity, leftovers=not named)
    pairs = []
    for index, element in enumerate(new):
        place = partner.get(index)
        before = None if place is None else old[place]
        pairs.append(_Pair(element["name"] if named else index, place, before, element))
    gone = [_Pair(old[p]["name"] if named else _Gone(p), p, old[p], None) for p in waiting]
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


def _moved(pairs: list[_Pair], path: Path) -> list[FieldChange]:
    """One change of the list itself where elements that stay have changed places."""
    staying = [pair for pair in pairs if pair.old is not None and pair.new is not None]
    by_old_place = sorted(staying, key=lambda pair: pair.old_place or 0)
    if staying == by_old_place:
        return []
    return [FieldChange(path, [pair.label for pair in by_old_place], [pair.label for pair in staying])]
