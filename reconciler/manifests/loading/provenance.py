"""Where each field of a document comes from: itself, the workspace's defaults, a push domain, an override."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.push_domains import value_at
from reconciler.manifests.loading.composed import Composed, written_as
from reconciler.manifests.loading.declarations import Declaration
from reconciler.manifests.loading.layers import NOTHING, Node, plain, set_below
from reconciler.manifests.loading.overlay import stands
from reconciler.manifests.reading.reader import Document
from reconciler.model import Path


@dataclass(frozen=True, slots=True)
class Origin:
    """A field below `spec`, its value, and the FILE:LINE:COLUMN that says so; `how` adds to that in words."""

    path: Path
    value: Any
    place: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class Overridden:
    """A field that an override sets, in JSON; `removed` tells of one that is gone, `added` of a new one."""

    path: Path
    value: Any
    before: Any
    place: str
    former_place: str
    removed: bool
    added: bool


def overridden(one: Declaration, settings: Declaration) -> Iterator[Overridden]:
    """Every field of a document that an override sets, in order; `settings` is the workspace's document."""
    layers = one.document.layers if isinstance(one.document, Composed) else None
    for path, node in set_below(layers) if layers is not None else ():
        value, place = _former(node, path, one, settings)
        removed = node.value is NOTHING
        yield Overridden(path, None if removed else plain(node), value, node.place, place, removed, not place)


def _former(node: Node, path: Path, one: Declaration, settings: Declaration) -> tuple[Any, str]:
    """What an override stands in place of, and where that is; "" where there is nothing."""
    if isinstance(node.before, Node):
        return plain(node.before), node.before.place
    defaults = settings.whole.get("defaults", {}).get(one.kind.name, {})
    if not stands(defaults, path):
        return None, ""
    return value_at(defaults, path), _place(settings.document, _in_defaults(one, path))


def origins(one: Declaration, settings: Declaration) -> Iterator[Origin]:
    """Every value of a document as it is planned, and where it comes from; `settings` is the workspace's."""
    changed = {found.path: found for found in overridden(one, settings) if not found.removed}
    for path, value in _leaves(one.whole, ()):
        source, at = one.document.written(("spec", *path))
        if source.has(at):
            above = (changed[path[:count]] for count in range(len(path) + 1) if path[:count] in changed)
            how = _by_name(one.document, path) or _how(next(above, None))
            yield Origin(path, value, _place(source, at), how)
        else:
            place = _place(settings.document, _in_defaults(one, path))
            yield Origin(path, value, place, "the workspace's defaults")


def _in_defaults(one: Declaration, path: Path) -> Path:
    return ("spec", "defaults", one.kind.name, *path)


def _how(found: Overridden | None) -> str:
    if found is None:
        return ""
    return "added by an override" if found.added else f"overrides {found.former_place}"


def _by_name(document: Document, path: Path) -> str:
    """In words that a push domain gives the field; "" of any other."""
    short = document.short if isinstance(document, Composed) else {}
    return "by the name of a push domain" if written_as(short, path) != path else ""


def _place(document: Document, path: Path) -> str:
    line, column = document.where(path)
    return f"{document.file}:{line}:{column}"


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value that is no mapping or list, or an empty one, with its path."""
    if isinstance(value, dict | list) and value:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, (*path, key))
    else:
        yield path, value
