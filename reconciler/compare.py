"""Two specs of one kind -> the fields that differ, each with what changing it does."""

from collections.abc import Mapping
from typing import Any

from reconciler.diff import FieldChange, Identity, diff
from reconciler.kinds.marks import Spec, keyed_lists, mark_of
from reconciler.model import Impact, Path, path_text
from reconciler.plan import PlannedField

WANTED = ("state",)
"""The field that says what is wanted; it is the verb, not a difference of the spec."""


def compare(
    spec: type[Spec], before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[PlannedField, ...]:
    """Every field of the kind's spec that differs, sorted by path; nothing for equal specs."""
    if before == after:
        return ()
    lists = {path: Identity(mark.key, mark.ordered) for path, mark in keyed_lists(spec).items()}
    return tuple(
        _planned(spec, change, before, after)
        for change in diff(before, after, lists)
        if change.path != WANTED
    )


def _planned(
    spec: type[Spec], change: FieldChange, before: Mapping[str, Any], after: Mapping[str, Any]
) -> PlannedField:
    mark, depth = mark_of(spec, change.path)
    at, whole = change.path[:depth], len(change.path) <= depth + 1
    impact = mark.changed
    if mark.emptied and _value(before, at) and not _value(after, at):
        impact = mark.emptied
    elif change.after is None and whole and mark.removed is not None:
        impact = mark.removed
    elif change.before is None and whole and mark.added is not None:
        impact = mark.added
    path = path_text(("spec", *change.path))
    return PlannedField(path, change.before, change.after, Impact(impact), mark.visible)


def _value(spec: Any, path: Path) -> Any:
    for part in path:
        spec = spec.get(part) if isinstance(spec, Mapping) else None
    return spec
