"""Lines and columns, found again only when somebody asks.

A mark for each value would cost more memory than the values. Only a document with a problem is
asked for places, and its text is still there: so it is parsed once more, this time for its marks.
They are kept in the shape of the document, because paths in full would grow with its depth.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from reconciler.manifests.events import events
from reconciler.model import Path

Place = tuple[int, int]
"""Line and column from 0, as YAML's marks count."""

_Packed = int
"""A place in one number, which takes a third of a pair's memory."""

_COLUMN_BITS = 32
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


@dataclass(slots=True)
class _Collection:
    """Where a mapping or list starts, where each value in it does and, in a mapping, each key."""

    start: _Packed
    values: "dict[str, _Node] | list[_Node]"
    keys: dict[str | int, _Packed]


_Node = _Collection | _Packed


@dataclass(frozen=True, slots=True)
class Places:
    """Where each value of one text starts, and each key."""

    root: _Node

    def value(self, path: Path) -> Place:
        """The place of the value, or of the nearest collection around where it would be."""
        node, _ = self._walk(path)
        return _unpacked(node.start if isinstance(node, _Collection) else node)

    def key(self, path: Path) -> Place:
        """The place of the key; of a list's item, or of a path that is not there, that of the value."""
        around, left = self._walk(path[:-1])
        if path and not left and isinstance(around, _Collection) and path[-1] in around.keys:
            return _unpacked(around.keys[path[-1]])
        return self.value(path)

    def _walk(self, path: Path) -> tuple[_Node, int]:
        """The last node on the way that is there, and how many parts of the path lead further."""
        node = self.root
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


@lru_cache(maxsize=4)
def places(text: str) -> Places:
    """The places of a sound document's text; the last few documents are remembered."""
    walk = _Walk()
    for event in events(text):
        walk.take(event)
    return Places(walk.roots[0])


class _Walk:
    """The open collections, and the key that the next value goes to (None: in a list, or not read yet)."""

    def __init__(self) -> None:
        # The outermost list receives the document's root, so that a root is put like anything else.
        self.roots: list[_Node] = []
        self.open = [_Collection(0, self.roots, {})]
        self._key: str | None = None

    def take(self, event: Any) -> None:
        """Notes where the event's value or key is."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._enter(_Collection(_packed(event), {}, {}))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._enter(_Collection(_packed(event), [], {}))
        elif isinstance(event, _ENDS):
            self.open.pop()

    def _scalar(self, event: Any) -> None:
        at = self.open[-1]
        if self._key is None and isinstance(at.values, dict):
            self._key = event.value
            at.keys[event.value] = _packed(event)
        else:
            self._put(_packed(event))

    def _enter(self, collection: _Collection) -> None:
        self._put(collection)
        self.open.append(collection)

    def _put(self, node: _Node) -> None:
        values = self.open[-1].values
        if isinstance(values, list):
            values.append(node)
        elif self._key is not None:
            values[self._key] = node
            self._key = None


def _packed(event: Any) -> _Packed:
    return int(event.start_mark.line << _COLUMN_BITS | event.start_mark.column)


def _unpacked(place: _Packed) -> Place:
    return place >> _COLUMN_BITS, place & ((1 << _COLUMN_BITS) - 1)
