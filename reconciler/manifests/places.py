"""Lines and columns, found again only when somebody asks.

A mark for each value would cost more memory than the values. Only a document with a problem is
asked for places, and its text is still there: so it is parsed once more, this time for its marks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from reconciler.manifests.events import events
from reconciler.model import Path

Place = tuple[int, int]
"""Line and column from 0, as YAML's marks count."""

_STARTS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


@dataclass(frozen=True, slots=True)
class Places:
    """Where each value of one text starts, and each key."""

    values: Mapping[Path, Place]
    keys: Mapping[Path, Place]

    def value(self, path: Path) -> Place:
        """The place of the value, or of the nearest collection around where it would be."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values[path]

    def key(self, path: Path) -> Place:
        """The place of the key; of a list's item, or of a path that is not there, that of the value."""
        return self.keys[path] if path in self.keys else self.value(path)


@lru_cache(maxsize=16)
def places(text: str) -> Places:
    """The places of a sound document's text; a handful of documents is remembered."""
    walk = _Walk()
    for event in events(text):
        walk.take(event)
    return Places(walk.values, walk.keys)


@dataclass(slots=True)
class _Walk:
    """The path of the next value: a list's index, or a mapping's key (None until it was read)."""

    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    path: list[Any] = field(default_factory=list)

    def take(self, event: Any) -> None:
        """Notes where the event's value or key is."""
        if isinstance(event, _ENDS):
            self.path.pop()
            self._next()
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, _STARTS):
            self.values[tuple(self.path)] = _place(event)
            self.path.append(None if isinstance(event, yaml.MappingStartEvent) else 0)

    def _scalar(self, event: Any) -> None:
        if self.path[-1] is None:
            self.path[-1] = event.value
            self.keys[tuple(self.path)] = _place(event)
        else:
            self.values[tuple(self.path)] = _place(event)
            self._next()

    def _next(self) -> None:
        if self.path:
            self.path[-1] = self.path[-1] + 1 if isinstance(self.path[-1], int) else None


def _place(event: Any) -> Place:
    return event.start_mark.line, event.start_mark.column
