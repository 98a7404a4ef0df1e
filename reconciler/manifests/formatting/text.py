"""A document's tree -> its lines in the one style: block style, two blanks a level, keys in order.

What stood in brackets on one line stays there. Lists are indented below their keys, and the first
key of a mapping in a list stands beside the dash.
"""

from collections.abc import Collection as Names
from typing import NamedTuple

from reconciler.manifests.formatting.nodes import Collection, Entry, Scalar, Tree
from reconciler.manifests.formatting.order import Shape
from reconciler.manifests.formatting.scalars import LONGEST_KEY, STEP, key_text, scalar_lines, scalar_text
from reconciler.manifests.formatting.trivia import lines_of, without_end

_NOTHING = "null"
"""Stands in brackets where no value does."""


class _Written(NamedTuple):
    """An entry's lines, and comments for which there is no place but above it."""

    lines: list[str]
    above: list[str]


class Page:
    """Writes trees; `quoted` are the fields whose texts are in quotes whatever they are.

    `_kept` tells, while it writes, that a block scalar ended just now to which blank lines below it
    would belong.
    """

    def __init__(self, quoted: Names[str]) -> None:
        self._quoted = frozenset(quoted)
        self._kept = False

    def lines(self, tree: Tree, shape: Shape) -> list[str]:
        """The document's lines below its directives."""
        if tree.root is None:
            return [*lines_of(without_end(tree.head), 0, first=True)]
        self._kept = False
        head = lines_of(tree.head, 0, first=True)
        return [*head, *self._block(tree.root, 0, shape), *self._foot(tree.foot, 0)]

    def _block(self, node: Collection, indent: int, shape: Shape) -> list[str]:
        if not node.entries:
            return [" " * indent + _empty(node)]
        lines: list[str] = []
        for entry in _ordered(node, shape):
            tight = not lines or self._kept
            written = self._item(entry, indent, shape) if node.is_list else self._pair(entry, indent, shape)
            lines += lines_of([*entry.before, *written.above], indent, first=tight)
            lines += written.lines
        return [*lines, *self._foot(node.foot, indent)]

    def _foot(self, comments: list[str], indent: int) -> list[str]:
        lines = [*lines_of(comments, indent, first=self._kept)]
        self._kept = self._kept and not lines
        return lines

    def _pair(self, entry: Entry, indent: int, shape: Shape) -> _Written:
        """A key and its value."""
        assert entry.key is not None
        name, margin = key_text(entry.key), " " * indent
        lead = [] if len(name) <= LONGEST_KEY else [f"{margin}? {name}"]
        head = f"{margin}:" if lead else f"{margin}{name}:"
        below, quoted = shape.at(entry.key.value), entry.key.value in self._quoted
        block = _block_of(entry)
        if block is not None:
            lines = [head + entry.behind, *self._block(block, indent + STEP, below)]
        else:
            lines = self._value(entry, head, indent, below, quoted=quoted)
        return _Written([*lead, *lines], [])

    def _item(self, entry: Entry, indent: int, shape: Shape) -> _Written:
        """A dash and what stands beside it."""
        head, below, block = " " * indent + "-", shape.item(), _block_of(entry)
        if block is None:
            return _Written(self._value(entry, head, indent, below, quoted=False), [])
        lines = self._block(block, indent + STEP, below)
        first = next(number for number, line in enumerate(lines) if line.lstrip()[:1] not in ("", "#"))
        behind = [entry.behind.lstrip()] if entry.behind else []
        above = [*behind, *(line.strip() for line in lines[:first])]
        return _Written([head + lines[first][indent + 1 :], *lines[first + 1 :]], above)

    def _value(self, entry: Entry, head: str, indent: int, shape: Shape, *, quoted: bool) -> list[str]:
        """What stands behind a colon or dash, with the comment behind it."""
        self._kept = isinstance(entry.value, Scalar) and entry.value.keeps
        if not isinstance(entry.value, Scalar):
            return [f"{head} {self._inline(entry.value, shape)}{entry.behind}"]
        first, *others = scalar_lines(entry.value, indent, quoted=quoted)
        lines = [f"{head} {first}" if first else head, *others]
        commented = 0 if entry.value.is_block else -1
        lines[commented] += entry.behind
        return lines

    def _inline(self, value: "Collection | Scalar | None", shape: Shape, *, quoted: bool = False) -> str:
        """A value in brackets, on one line."""
        if not isinstance(value, Collection):
            return (scalar_text(value, quoted=quoted) if value is not None else "") or _NOTHING
        if value.is_list:
            items = (self._inline(one.value, shape.item()) for one in value.entries)
            return f"[{', '.join(items)}]"
        pairs = []
        for one in _ordered(value, shape):
            assert one.key is not None
            key = one.key.value
            text = self._inline(one.value, shape.at(key), quoted=key in self._quoted)
            pairs.append(f"{key_text(one.key)}: {text}")
        return f"{{{', '.join(pairs)}}}"


def _empty(node: Collection) -> str:
    return "[]" if node.is_list else "{}"


def _block_of(entry: Entry) -> Collection | None:
    """Its value, if that is written on lines of its own."""
    value = entry.value
    return value if isinstance(value, Collection) and value.entries and not _fits(value) else None


def _fits(node: Collection) -> bool:
    """Whether it stands in brackets on one line, and can: a key that needs a `?` wants lines of its own."""
    if not node.inline:
        return False
    short = all(one.key is None or len(key_text(one.key)) <= LONGEST_KEY for one in node.entries)
    return short and all(_fits(one.value) for one in node.entries if isinstance(one.value, Collection))


def _ordered(node: Collection, shape: Shape) -> list[Entry]:
    """The entries in the order of the model's fields; keys that it does not know keep theirs, behind them."""
    if node.is_list:
        return node.entries
    ranks = {name: rank for rank, name in enumerate(shape.names())}
    return sorted(node.entries, key=lambda one: ranks.get(one.key.value if one.key else "", len(ranks)))
