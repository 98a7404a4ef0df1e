"""Two specs of one kind -> the fields that differ, each with what changing it does."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from reconciler.kinds.api import Spec
from reconciler.kinds.marks import WANTED, ChangeEffect, change_effect_of, keyed_lists, read_recorded
from reconciler.model import Impact, Path
from reconciler.plaintext import CHANGED, has_digest, masked
from reconciler.plan.model import PlannedField
from reconciler.planning.walk import FieldChange, Identity, differences
from reconciler.words import path_text


def compare(
    spec: type[Spec], before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[PlannedField, ...]:
    """The same of two specs in plain JSON."""
    if before == after:
        return ()
    return compare_specs(read_recorded(spec, before), read_recorded(spec, after))


def compare_specs(before: Spec, after: Spec) -> tuple[PlannedField, ...]:
    """Every field of the kind's spec that differs, sorted by path; nothing for specs that mean the same."""
    spec = type(after)
    old, new = (one.with_defaults().to_json() for one in (before, after))
    changes = differences(old, new, _identities(spec))
    return tuple(_planned(spec, change, old, new) for change in changes if change.path != WANTED)


@cache
def _identities(spec: type[Spec]) -> Mapping[tuple[str, ...], Identity]:
    """By what the elements of each list of a spec are known again."""
    return {path: Identity(mark.key, mark.ordered) for path, mark in keyed_lists(spec).items()}


def _planned(
    spec: type[Spec], change: FieldChange, before: Mapping[str, Any], after: Mapping[str, Any]
) -> PlannedField:
    mark, depth = change_effect_of(spec, change.path)
    impact, why = _impact(mark, depth, change, before, after)
    if not why and impact is mark.changed:
        why = mark.note if impact is Impact.NONE else mark.why if impact is Impact.RESTART else ""
    hit = _hit(spec, change, after) if impact is not Impact.NONE else ""
    old, new = shown_value(change.before), shown_value(change.after)
    return PlannedField(
        path=path_text(("spec", *change.path)),
        before=old,
        after=f"{new}{CHANGED}" if old == new and isinstance(new, str) else new,
        impact=impact,
        visible=mark.visible,
        why=why,
        hits="" if hit in (change.before, change.after) else masked(hit),
    )


def shown_value(value: Any) -> Any:
    """A value as a plan shows it: without the secrets of its addresses, or their digests.

    It is the very same where it has none.
    """
    return _masked(value) if _holds_digest(value) else value


def _holds_digest(value: Any) -> bool:
    if isinstance(value, str):
        return has_digest(value)
    if isinstance(value, dict | Mapping):  # the first is what nearly all are, and quickly told
        return any(map(_holds_digest, value.values()))
    return isinstance(value, list) and any(map(_holds_digest, value))


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value) if has_digest(value) else value
    if isinstance(value, dict | Mapping):
        return {name: _masked(inner) for name, inner in value.items()}
    return [_masked(inner) for inner in value] if isinstance(value, list) else value


def _impact(
    mark: ChangeEffect, depth: int, change: FieldChange, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Impact, str]:
    """What the change does, and why that is graver than another value would be."""
    at, whole = change.path[:depth], len(change.path) <= depth + 1
    if mark.ignored_in_modes and _value(after, (*at[:-1], "mode")) in mark.ignored_in_modes:
        return mark.changed, ""
    if mark.emptied and _value(before, at) and not _value(after, at):
        return mark.emptied, mark.why
    if change.after is None and whole and mark.removed is not None:
        return mark.removed, mark.why if mark.removed is Impact.RESTART else ""
    if change.before is None and whole and mark.added is not None:
        return mark.added, ""
    return mark.changed, ""


def _hit(spec: type[Spec], change: FieldChange, after: Mapping[str, Any]) -> str:
    """The element of a keyed list that the change is about, by its key: the push, or the room."""
    for depth, part in enumerate(change.path):
        mark, at = change_effect_of(spec, change.path[:depth])
        if not isinstance(part, int) or not mark.key or at != depth:
            continue
        whole = depth + 1 == len(change.path)
        element = (change.after or change.before) if whole else _value(after, change.path[:depth])[part]
        return ", ".join(_words(name, element.get(name)) for name in mark.key)
    return ""


def _words(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return "the address in " + " ".join(f"{source} {held}" for source, held in value.items())
    return str(value) if name == "url" else f"{name} {value!r}"


def _value(spec: Any, path: Path) -> Any:
    for part in path:
        spec = spec.get(part) if isinstance(spec, Mapping) else None
    return spec
