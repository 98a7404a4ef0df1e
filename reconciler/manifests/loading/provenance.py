"""Where each field of a document comes from: itself, the workspace's defaults, a push domain, an override."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.manifests.loading.composed import Composed
from reconciler.manifests.loading.declarations import Declaration
from reconciler.manifests.loading.layers import NOTHING, Node, plain, set_below
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


def overridden(one: Declaration) -> Iterator[Overridden]:
    """Every field of a document that an override sets, in order."""
    layers = one.document.layers if isinstance(one.document, Composed) else None
    for path, node in set_below(layers) if layers is not None else ():
        before = node.before if isinstance(node.before, Node) else None
        removed = node.value is NOTHING
        yield Overridden(
            path,
            None if removed else plain(node),
            None if before is None else plain(before),
            node.place,
            "" if before is None else before.place,
            removed,
            before is None,
        )


def origins(one: Declaration, settings: Declaration) -> Iterator[Origin]:
    """Every value of a document as it is planned, and where it comes from; `settings` is the workspace's."""
    changed = {found.path: found for found in overridden(one)}
    for path, value in _leaves(one.whole, ()):
        source, at = one.document.written(("spec", *path))
        if not source.has(at):
            here: Path = ("spec", "defaults", one.kind.name, *path)
            yield Origin(path, value, _place(settings.document, here), "the workspace's defaults")
            continue
        above = (changed[path[:count]] for count in range(len(path) + 1) if path[:count] in changed)
        found = next(above, None)
        named = _named(one.document, path)
        yield Origin(path, value, _place(source, at), named or _how(found))


def _how(found: Overridden | None) -> str:
    if found is None:
        return ""
    return "added by an override" if found.added else f"overrides {found.former_place}"


def _named(document: Document, path: Path) -> str:
    """In words that a push domain gives the field; "" of any other."""
    short = document.short if isinstance(document, Composed) else {}
    given = any(path[:count] in short for count in range(1, len(path) + 1))
    return "by the name of a push domain" if given else ""


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
