"""A sealed file that is too large to be held as a whole: written in pieces, its checksum put in at the end.

The bytes are those of `seal`. A value that is an iterator is a list whose items are made one by one.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from reconciler.backends.local.files import Files, replacement
from reconciler.backends.local.regular import MAX_PLAN_BYTES
from reconciler.state.seal import KEY

_HEAD = f'{{\n  "{KEY}": "sha256:%s",\n'
_UNKNOWN = "0" * sha256().digest_size * 2


class PatchedFiles(Files, Protocol):
    """Files in which what was written can be written once more."""

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        """All of the data, in the place of what stands there."""
        ...


class TooLong(Exception):
    """The file would have more bytes than it may; nothing was put in its place."""


def replace_sealed(
    files: PatchedFiles, path: Path, data: Mapping[str, Any], token: str, limit: int = MAX_PLAN_BYTES
) -> None:
    """A new sealed file (0600) in place of an old one, as replace_file does it.

    Raises OSError, and TooLong for one of more than `limit` bytes.
    """
    checksum, length = sha256(), len(_HEAD % _UNKNOWN)
    with replacement(files, path, token) as descriptor:
        files.write(descriptor, (_HEAD % _UNKNOWN).encode())
        for text in pieces(data):
            piece = text.encode()
            length += len(piece)
            if length > limit:
                raise TooLong
            checksum.update(piece)
            files.write(descriptor, piece)
        files.write_at(descriptor, (_HEAD % checksum.hexdigest()).encode(), 0)


def pieces(data: Mapping[str, Any]) -> Iterator[str]:
    """What follows the checksum's line: indented JSON in ASCII, in the data's order."""
    before = ""
    for key, value in data.items():
        yield f"{before}  {json.dumps(key)}: "
        before = ",\n"
        if isinstance(value, Iterator):
            yield from _items(value)
        else:
            yield _indented(value, "\n  ")
    yield "\n}\n"


def _items(values: Iterator[Any]) -> Iterator[str]:
    before, after = "[\n    ", "[]"
    for value in values:
        yield before
        yield _indented(value, "\n    ")
        before, after = ",\n    ", "\n  ]"
    yield after


def _indented(value: Any, line: str) -> str:
    """As `json.dumps` indents it, whose every call would leave a cycle for the collector."""
    within = f"{line}  "
    if isinstance(value, dict) and value:
        items = (f"{json.dumps(key)}: {_indented(one, within)}" for key, one in value.items())
        return f"{{{within}{f',{within}'.join(items)}{line}}}"
    if isinstance(value, list | tuple) and value:
        return f"[{within}{f',{within}'.join(_indented(one, within) for one in value)}{line}]"
    return json.dumps(value)
