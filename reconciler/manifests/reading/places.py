"""Lines and columns of values, kept as small as can be until somebody asks.

A builder collects one number for each value and key, in the order in which they stand in the text; a
mapping keeps the order of its keys, so the value itself tells which number is whose. Only of a
document with a problem the numbers are put beside its values, in the same shape, because paths in
full would grow with its depth.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reconciler.model import Path

Place = tuple[int, int]
"""Line and column from 0, as YAML's marks count."""

_Packed = int
"""A place in one number, which takes a third of a pair's memory."""

COLUMN_BITS = 32
"""Packed is the line, shifted by so many bits, and the column."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """A sound document's value, and where each of its collections, keys and scalars starts, in order.

    A key stands before its value, and a collection before what is in it; see `no_starts`. Places are told
    as from `line`, and in that line from `column`.
    """

    value: dict[str, Any]
    starts: "array[int]"
    line: int
    column: int

    def place(self, path: Path) -> Place:
        """The place of the value, or of the nearest collection around where it would be."""
        node, _ = _walk(_shape(self), path)
        return self._told(node.start if isinstance(node, _Collection) else node)

    def has(self, path: Path) -> bool:
        """Whether something stands at the path."""
        return _walk(_shape(self), path)[1] == 0

    def key_place(self, path: Path) -> Place:
        """The place of the key; of a list's item, or of a path that is not there, that of the value."""
        around, left = _walk(_shape(self), path[:-1])
        if path and not left and isinstance(around, _Collection) and path[-1] in around.keys:
            return self._told(around.keys[path[-1]])
        return self.place(path)

    def _told(self, place: _Packed) -> Place:
        line, column = place >> COLUMN_BITS, place & ((1 << COLUMN_BITS) - 1)
        return line - self.line, column - (self.column if line == self.line else 0)


def no_starts() -> "array[int]":
    """What the starts of a document are collected in: of each value and key its line and column, packed."""
    return array("Q")


@dataclass(slots=True)
class _Collection:
    """Where a mapping or list starts, where each value in it does and, in a mapping, each key."""

    start: _Packed
    values: "dict[str, _Node] | list[_Node]"
    keys: dict[str | int, _Packed]


_Node = _Collection | _Packed


@lru_cache(maxsize=2)
def _shape(marks: Marks) -> _Node:
    """The places in the shape of the document; the last few documents are remembered."""
    return _node(marks.value, iter(marks.starts))


def _node(value: Any, starts: Iterator[_Packed]) -> _Node:
    # Recursion is as deep as the guard lets a document be.
    if isinstance(value, dict):
        start, keys, values = next(starts), dict[str | int, _Packed](), dict[str, _Node]()
        for key, inner in value.items():
            keys[key] = next(starts)
            values[key] = _node(inner, starts)
        return _Collection(start, values, keys)
    if isinstance(value, list):
        return _Collection(next(starts), [_node(inner, starts) for inner in value], {})
    return next(starts)


def _walk(root: _Node, path: Path) -> tuple[_Node, int]:
    """The last node on the way that is there, and how many parts of the path lead further."""
    node = root
    for done, part in enumerate(path):
        inner = _inner(node, part)
        if inner is None:
            return node, len(path) - done
        node = inner
    return node, 0


def _inner(node: _Node, part: str | int) -> _Node | None:
    if not isinstance(node, _Collection):
        return None
    if isinstance(node.values, dict):
        return node.values.get(part) if isinstance(part, str) else None
    return node.values[part] if isinstance(part, int) and 0 <= part < len(node.values) else None
