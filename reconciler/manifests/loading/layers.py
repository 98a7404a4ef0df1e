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
    NOTHING did if it is new; None of what no override set as a whole.
    """

    value: Any
    document: Document
    path: Path
    before: "Node | _Nothing | None" = None

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


def node_at(node: Node, path: Path) -> tuple[Node, Path]:
    """The last node on the way that is there, and the part of the path that leads further."""
    for done, part in enumerate(path):
        inner = None
        if isinstance(node.value, dict):
            inner = node.value.get(part)
        elif isinstance(node.value, list) and isinstance(part, int):
            inner = dict(enumerate(kept(node))).get(part)
        if inner is None:
            return node, path[done:]
        node = inner
    return node, ()


def set_below(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """What overrides set as a whole in a tree, with the path of each; of what is gone, that where it was."""
    if node.is_set:
        yield path, node
    elif isinstance(node.value, dict):
        for key, inner in node.value.items():
            yield from set_below(inner, (*path, key))
    elif isinstance(node.value, list):
        index = 0
        for inner in node.value:
            yield from set_below(inner, (*path, index))
            index += inner.value is not NOTHING
