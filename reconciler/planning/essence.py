"""What starts and what goes dark, field by field: the essence of a resource as its kind says it."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from reconciler.kinds.essence import Essential, Role
from reconciler.kinds.marks import Model
from reconciler.kinds.records import Desired
from reconciler.kinds.registration import Registered
from reconciler.model import Impact, Path, Verb, canonical_json, digest
from reconciler.plan.model import PlannedField
from reconciler.planning.cases import Case
from reconciler.planning.fields import shown_value
from reconciler.planning.sharing import Sharing
from reconciler.words import path_text

_LENGTH = 16
_ROOM = "room"
_PATHS = 512
"""So many are remembered."""
Tree = Mapping[str | int, Any]
"""Steps of paths, each with those below it; None where a path ends."""


class Whole(NamedTuple):
    """What starts or goes dark as a whole, in fields; for `alike` see Change."""

    fields: tuple[PlannedField, ...] = ()
    alike: str = ""


def whole_of(case: Case, verb: Verb, sharing: Sharing) -> Whole:
    """What starts, as fields that are added, or what goes dark, as fields that are removed.

    Nothing of any other change, and where nothing runs any more. What many resources say alike is shared.
    """
    if case.desired is not None and (verb is Verb.START or (case.entry is None and verb is Verb.RESUME)):
        parts = case.kind.kind.essence(case.desired.spec)
        alike = _likeness(case.desired, parts) if verb is Verb.START else ""
        written = case.desired.resource.spec
        return Whole(tuple(_shared(one, written, _added, sharing) for one in parts), alike)
    known = case.recorded or case.desired
    goes_dark = verb is Verb.STOP or (verb is Verb.FORGET and not case.kind.is_switch)
    if not goes_dark or case.is_over or known is None:
        return Whole()
    dark = (one for one in case.kind.kind.essence(known.spec) if one.role is not Role.SETTING)
    return Whole(tuple(_shared(one, None, _removed, sharing) for one in dark))


def _likeness(desired: Desired, parts: Iterable[Essential]) -> str:
    """A digest of what starts but for its names, rooms and addresses."""
    whole = desired.resource.spec
    places = (one.path for one in parts if one.role is Role.PLACE)
    named = _tree((*places, *_robots(desired.kind, desired.spec)))
    room = whole.get(_ROOM)
    blanked = _blank(whole, named, room)
    text = canonical_json(blanked)
    return digest(_without_room(text, room)).removeprefix("sha256:")[:_LENGTH]


def _robots(kind: Registered, spec: Any) -> Iterable[Path]:
    """Where the names of its robots stand."""
    return () if kind.imports is None else (robot.path for robot in kind.imports.robots_in(spec))


@lru_cache(_PATHS)
def _tree(paths: tuple[Path, ...]) -> Tree:
    """The paths step by step; where one ends, nothing more is below. Resources of a kind share it."""
    tree: dict[str | int, Any] = {}
    for path in sorted(paths, key=len, reverse=True):
        below = tree
        for step in path[:-1]:
            below = below.setdefault(step, {})
        below[path[-1]] = None
    return tree


def _without_room(text: str, room: Any) -> str:
    """A spec's canonical JSON without its own room, wherever a user has it.

    No text has it by chance: the quotes within one are escaped.
    """
    own = f'"{_ROOM}":{canonical_json(room)}'
    return text.replace(f"{own},", "").replace(f",{own}}}", "}").replace(f"{{{own}}}", "{}")


def _blank(value: Any, tree: Tree, room: Any) -> Any:
    """A spec with nothing at the tree's ends, but for its own room."""
    if not isinstance(value, dict):
        return [
            _end(inner, tree[index], room) if index in tree else inner for index, inner in enumerate(value)
        ]
    ends = {
        step: _end(value[step], below, room)
        for step, below in tree.items()
        if step in value and (step != _ROOM or value[step] != room)
    }
    return {**value, **ends}


def _end(value: Any, below: Tree | None, room: Any) -> Any:
    return None if below is None else _blank(value, below, room)


Make = Callable[[Essential, Any], PlannedField]


def _shared(one: Essential, written: Mapping[str, Any] | None, make: Make, sharing: Sharing) -> PlannedField:
    """The field of a part: an equal one that is known, but of a place, which no other has.

    Of a resource that is `written` by this version, what stands there is taken from it.
    """
    value = one.value
    if isinstance(value, Model):
        value = value.to_json() if written is None else _standing(written, one.path)
    if one.role is Role.PLACE:
        return make(one, value)
    return sharing.made((make, one.path, one.label, one.words), value, lambda: make(one, value))


def _standing(written: Any, path: Path) -> Any:
    for step in path:
        written = written[step]
    return written


def _added(one: Essential, value: Any) -> PlannedField:
    return _field(one, None, shown_value(value))


def _removed(one: Essential, value: Any) -> PlannedField:
    return _field(one, shown_value(value), None)


@lru_cache(_PATHS)
def _path_text(path: Path) -> str:
    """The path of a field below `spec`: resources of a kind have the same ones."""
    return path_text(("spec", *path))


def _field(one: Essential, before: Any, after: Any) -> PlannedField:
    return PlannedField(
        path=_path_text(one.path),
        before=before,
        after=after,
        impact=Impact.NONE,
        visible=False,
        label=one.label,
        words=one.words,
        is_place=one.role is Role.PLACE,
    )
