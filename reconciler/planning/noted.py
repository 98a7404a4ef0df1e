"""What is only recorded of a resource, and takes no call: its labels, annotations and onRemoval."""

from collections.abc import Iterator, Mapping
from typing import TypedDict

from reconciler.model import Impact, OnRemoval, Path, Resource
from reconciler.plan.model import PlannedField
from reconciler.state.model import Entry
from reconciler.words import path_text

METADATA = "metadata"


class Noted(TypedDict):
    """Those parts of an entry."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    on_removal: OnRemoval


def noted_of(resource: Resource) -> Noted:
    """What an entry has of a resource beside its spec."""
    return Noted(labels=resource.labels, annotations=resource.annotations, on_removal=resource.on_removal)


def noted_fields(resource: Resource, entry: Entry) -> tuple[PlannedField, ...]:
    """What of it differs from what is recorded."""
    labels, annotations = entry.labels, entry.annotations
    if (resource.labels, resource.annotations, resource.on_removal) == (
        labels,
        annotations,
        entry.on_removal,
    ):
        return ()  # as it is of nearly every resource
    found = [
        *_differing("annotations", annotations, resource.annotations),
        *_differing("labels", labels, resource.labels),
    ]
    if resource.on_removal is not entry.on_removal:
        found.append(_field(("onRemoval",), str(entry.on_removal), str(resource.on_removal)))
    return tuple(found)


def _differing(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[PlannedField]:
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield _field((name, key), before.get(key), after.get(key))


def _field(path: Path, before: str | None, after: str | None) -> PlannedField:
    return PlannedField(path_text((METADATA, *path)), before, after, Impact.NONE, visible=False)
