"""A spec as a tree in which each value knows which document says it, and what it stands in place of."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.manifests.reading.reader import Document
from reconciler.model import Path


class _Nothing:
    """Stands where there is no value."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


@dataclass(slots=True)
class Node:
    """A value: a scalar, or the nodes of a mapping or list; NOTHING of one that an override removes.

    `path` is where it stands in `document`. `before` is what stood there before an override set it, which
    NOTHING did if it is new; None of what no override set as a whole. `gone` are entries of a settled list
    that overrides removed.
    """

    value: Any
    document: Document
    path: Path
    before: "Node | _Nothing | None" = None
    gone: "tuple[Node, ...]" = ()

    @property
    def is_set(self) -> bool:
        """Whether an override sets it as a whole."""
        return self.before is not None

    @property
    def place(self) -> str:
        """FILE:LINE:COLUMN of where it is written."""
        line, column = self.document.where(self.path)
        return f"{self.document.file}:{line}:{column}"


def tree(value: Any, document: Document, path: Path) -> Node:
    """The tree of a value that stands in a document as it is."""
    if isinstance(value, dict):
        value = {key: tree(inner, document, (*path, key)) for key, inner in value.items()}
    elif isinstance(value, list):
        value = [tree(inner, document, (*path, index)) for index, inner in enumerate(value)]
    return Node(value, document, path)


def plain(node: Node) -> Any:
    """The value of a tree, without what is removed."""
    if isinstance(node.value, dict):
        return {key: plain(inner) for key, inner in node.value.items() if inner.value is not NOTHING}
    if isinstance(node.value, list):
        return [plain(inner) for inner in kept(node)]
    return node.value


def kept(node: Node) -> list[Node]:
    """The elements of a list that no override removes."""
    return [inner for inner in node.value if inner.value is not NOTHING]


def settle(node: Node) -> None:
    """Takes what overrides remove out of all lists of a tree, once no more are laid over it."""
    if isinstance(node.value, list):
        left = kept(node)
        if len(left) < len(node.value):
            node.gone, node.value = tuple(one for one in node.value if one.value is NOTHING), left
    for inner in _inside(node):
        settle(inner)


def _inside(node: Node) -> list[Node]:
    if isinstance(node.value, dict):
        return list(node.value.values())
    return node.value if isinstance(node.value, list) else []


def node_at(node: Node, path: Path) -> tuple[Node, Path]:
    """The last node of a settled tree on the way that is there, and the part of the path that is left."""
    for done, part in enumerate(path):
        value, inner = node.value, None
        if isinstance(value, dict):
            inner = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            inner = value[part]
        if inner is None:
            return node, path[done:]
        node = inner
    return node, ()


def set_below(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """What overrides set as a whole in a tree, with the path of each; of what is gone, that where it was."""
    if node.is_set:
        yield path, node
        return
    for one in node.gone:
        yield (*path, *(one.before.path[-1:] if isinstance(one.before, Node) else ())), one
    if isinstance(node.value, dict):
        for key, inner in node.value.items():
            yield from set_below(inner, (*path, key))
    elif isinstance(node.value, list):
        for index, inner in enumerate(node.value):
            yield from set_below(inner, (*path, index))
