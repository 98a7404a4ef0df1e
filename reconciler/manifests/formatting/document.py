"""A manifest file in the one style, with everything that it says and every comment.

    bytes ─ chunks ─► one text a document ─ tree ─► lines ─► text ─ reader ─► the same values, or nothing

The text is not written anew from values, which know neither comments nor how a number was written:
each scalar keeps its source. Nothing is believed: what comes out is read again, and held against
what went in.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from reconciler.errors import ManifestError, Problem
from reconciler.kinds.converting.reading import QUOTED_FIELDS
from reconciler.manifests.converting.writer import SEPARATOR
from reconciler.manifests.formatting.nodes import Collection, Scalar, Tree, comments_in
from reconciler.manifests.formatting.order import shape_of
from reconciler.manifests.formatting.text import Page
from reconciler.manifests.formatting.tree import read_tree
from reconciler.manifests.loading.validating import is_sound
from reconciler.manifests.reading.chunks import cut
from reconciler.manifests.reading.guard import Findings
from reconciler.manifests.reading.reader import read_documents

_END = "..."
_CHANGED = (
    "cannot be formatted without changing its meaning, so it was left unchanged; report this as a bug in "
    "the formatter"
)


class _Piece(NamedTuple):
    """A chunk's tree, and of the document that it holds, if it holds one, its kind and what it overrides."""

    tree: Tree
    kind: Any
    of: Any = None


def formatted(data: bytes, file: str) -> str:
    """The file in the one style; an empty text where it holds nothing.

    Raises ManifestError with the reader's problems where it is not sound; schemas are not looked
    at. Formatting what was formatted changes nothing.
    """
    values = [document.value for document in read_documents(data, file, is_sound)]
    pieces = _pieces(data, file)
    text = _joined(pieces)
    if not _is_same(values, [piece.tree for piece in pieces], text, file):
        raise ManifestError([Problem(file, 0, 0, "", _CHANGED)])
    return text


def _pieces(data: bytes, file: str) -> list[_Piece]:
    lines = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found: list[_Piece] = []
    end = 0
    for chunk in cut(data, Findings(file, len(data))):
        _add_ends(lines[end : chunk.line], found)
        end = chunk.line + chunk.text.count("\n")
        tree = read_tree(chunk.text)
        found.append(_Piece(tree, _scalar(tree.root, "kind"), _scalar(tree.root, "spec", "of")))
    _add_ends(lines[end:], found)
    return found


def _add_ends(lines: list[str], found: list[_Piece]) -> None:
    """Keeps the comments that stand behind `...`, which is no part of any document."""
    for line in lines:
        comment = line.find("#") if line.startswith(_END) else -1
        if comment >= 0:
            found.append(_Piece(Tree([], [line[comment:].rstrip()], None, []), None))


def _scalar(node: Scalar | Collection | None, *keys: str) -> Any:
    """The value of the scalar below some keys; None where there is none."""
    for key in keys:
        entries = node.entries if isinstance(node, Collection) else []
        node = next((one.value for one in entries if one.key and one.key.value == key), None)
    return node.value if isinstance(node, Scalar) else None


def _joined(pieces: list[_Piece]) -> str:
    page = Page(QUOTED_FIELDS)
    text = ""
    for tree, kind, of in pieces:
        if tree.directives:
            text += f"{_END}\n" if text else ""
            text += "".join(f"{line}\n" for line in tree.directives) + SEPARATOR
        elif text:
            text += SEPARATOR
        text += "".join(f"{line}\n" for line in page.lines(tree, shape_of(kind, of)))
    return text


def _is_same(values: list[dict[str, Any]], trees: list[Tree], text: str, file: str) -> bool:
    """Whether the text says the same as the values, and has every comment of the trees once."""
    data = text.encode()
    try:
        again = [document.value for document in read_documents(data, file, is_sound)]
    except ManifestError:
        return False
    after = [piece.tree for piece in _pieces(data, file)]
    return list(map(_said, values)) == list(map(_said, again)) and _comments(trees) == _comments(after)


def _said(value: dict[str, Any]) -> str:
    """A value as text in which 1, 1.0 and true are three things, and the order of keys is none."""
    return json.dumps(value, sort_keys=True)


def _comments(trees: list[Tree]) -> "Counter[str]":
    found: Iterator[str] = (one for tree in trees for one in comments_in(tree))
    return Counter(found)
