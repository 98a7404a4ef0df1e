"""On which line of a JSON text a value stands, for messages about what somebody has written there."""

import json
from collections.abc import Iterator

from reconciler.model import Path

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"


def line_of(text: str, path: Path) -> int:
    """The line, from 1, on which what is at a path begins, or what is nearest above it; of valid JSON."""
    at = _skip(text, 0)
    for part in path:
        found = next((place for key, place in _members(text, at) if key == part), None)
        if found is None:
            break
        at = found
    return text.count("\n", 0, at) + 1


def _members(text: str, at: int) -> Iterator[tuple[str | int, int]]:
    """(key or index, where its value begins) of the object or list that begins at a place."""
    closing = {"{": "}", "[": "]"}.get(text[at])
    index, at = 0, _skip(text, at + 1)
    while closing is not None and text[at] != closing:
        key: str | int = index
        if closing == "}":
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        yield key, at
        _, at = _DECODER.raw_decode(text, at)
        at, index = _skip(text, at), index + 1
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
