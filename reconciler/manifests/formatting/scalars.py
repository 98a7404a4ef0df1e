"""How a scalar is written: as it was, but for its indentation and for quotes that say what it is.

Double quotes stand in the place of single ones, and around a plain text that another YAML could
take for something else, as the writer has it.
"""

import json
import re

from reconciler.manifests.converting.writer import is_ambiguous
from reconciler.manifests.formatting.nodes import Scalar
from reconciler.manifests.reading.scalars import resolve

STEP = 2
"""Blanks of one level of indentation."""

LONGEST_KEY = 1000
"""Characters of a key's source that libyaml surely reads without a `?` before it; it looks 1024 back."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_HEADER = re.compile(r"([|>])([-+]?)([1-9]?)([-+]?)[ \t]*")


def key_text(key: Scalar) -> str:
    """A key on one line."""
    if key.style and _PLAIN_KEY.fullmatch(key.value) and not is_ambiguous(key.value):
        return key.value
    # At the beginning of a line these would end the document.
    is_marker = not key.style and key.value.startswith(("---", "..."))
    return _quoted(key.value) if is_marker or "\n" in key.source else scalar_text(key, quoted=False)


def scalar_text(scalar: Scalar, *, quoted: bool) -> str:
    """A scalar of one line; a plain text is put in quotes if it is ambiguous, or `quoted` asks for it."""
    value = scalar.value
    if scalar.style == "'":
        simple = value.isprintable() and not set('"\\') & set(value)
        return f'"{value}"' if simple else scalar.source
    if not scalar.style and isinstance(resolve(value), str) and (quoted or is_ambiguous(value)):
        return _quoted(value)
    return scalar.source


def scalar_lines(scalar: Scalar, indent: int, *, quoted: bool) -> list[str]:
    """A scalar's lines in a block collection at that column: the first as it is, the others indented."""
    if scalar.is_block:
        return _block_lines(scalar, " " * (indent + STEP))
    if "\n" not in scalar.source:
        return [scalar_text(scalar, quoted=quoted)]
    first, *others = scalar.source.split("\n")
    lines = [first, *(_indented(line.lstrip(" \t"), " " * (indent + STEP)) for line in others)]
    # A blank at a line's end may be escaped in double quotes; elsewhere it means nothing.
    return lines if scalar.style == '"' else [line.rstrip(" \t") for line in lines]


def _indented(line: str, margin: str) -> str:
    return margin + line if line else ""


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _block_lines(scalar: Scalar, margin: str) -> list[str]:
    header, *content = scalar.source.removesuffix("\n").split("\n")
    match = _HEADER.fullmatch(header)
    assert match is not None
    style, *chomps, depth = match[1], match[2], match[4], match[3]
    chomp = "".join(chomps)
    base = scalar.indent + int(depth) if depth else _indentation(content)
    lines = [_indented(line[base:], margin) for line in content]
    while lines and not lines[-1] and chomp != "+":
        lines.pop()
    return [style + (str(STEP) if depth else "") + chomp, *lines]


def _indentation(lines: list[str]) -> int:
    """That of the first line which is not blank; of all that is there where every line is."""
    found = (len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" "))
    return next(found, max(map(len, lines), default=0))
