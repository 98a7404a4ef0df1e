"""Documents of one shape: the first two of them are read, of the others only the values that differ.

What a program writes, or a person copies, comes a thousand times: the same lines with other values. Such a
document is cut into simple values and all that stands between them. Where that is letter for letter what
stood around the values of a sound document, libyaml would make the same events of it with those values in
them, so that nothing but the values is looked at.

A value is simple if it is what libyaml takes for one scalar wherever it takes another simple one for that: it
begins with a letter or digit, stays on its line, and has no character that YAML gives a meaning in a plain
scalar; or it stands between quotes and has nothing in it to escape. Keys, comments, block scalars and all
other values belong to what has to be the same.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

from reconciler.kinds.converting.reading import QUOTED_FIELDS
from reconciler.manifests.reading.builder import Tree, build
from reconciler.manifests.reading.chunks import Chunk
from reconciler.manifests.reading.guard import Findings
from reconciler.manifests.reading.places import COLUMN_BITS, Marks
from reconciler.manifests.reading.scalars import SPECIAL_START, NotAllowed, looks_like_a_number, resolve

_MOST_CHARACTERS = 16 * 1024
"""Of a document that is looked at for its shape; far below what a single scalar may have."""
_REMEMBERED = 32
"""That are remembered: the last ones that were met."""
_PATIENCE = 100
"""So many more documents of new shapes than of known ones, and shapes are no longer looked for."""

# Nothing is given back, and no value has in it what one stands behind: else a line of many such places
# would be read to its end from each of them.
_PLAIN = r"[A-Za-z0-9][\w./-]*+(?:(?:(?<!-) |:)[A-Za-z0-9/][\w./-]*+)*+"
_QUOTED = r'"(?:[\w./@-]|(?<![:-]) |:(?! ))*+"'
_VALUE = re.compile(rf"(?<=[:-] )({_PLAIN}|{_QUOTED})(?=[\n,}}\]])", re.ASCII)
_LINE_ENDS = re.compile(r"[]}, ]*+\n")
"""What may stand behind the last value of a line."""
_HERE = "\0"
"""Where a value stood: no document has this character (see guard)."""


class _Part(NamedTuple):
    """A mapping or list: what is the same in each, then what is put into a copy of it.

    `values` are its simple values, each at a key or index by its number in the text; `parts` the mappings
    and lists in it, by their numbers among all of the shape.
    """

    fixed: Any
    values: Sequence[tuple[Any, int]]
    parts: Sequence[tuple[Any, int]]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What documents have in common: their parts, inner ones first, and where in its chunk each stands.

    The document's own text begins and ends so many characters from the beginning and the end of the chunk's,
    and has the `margin` before it; `line` counts from the chunk's first. `in_flow` are numbers of values that
    stand in brackets, `named` of those in fields where a text must not look like a number. `marks` are those
    of the document that it was learnt from, where everything starts at the same place in each. None has
    parts where no other document can be told by it.
    """

    parts: Sequence[_Part] = ()
    in_flow: Sequence[int] = ()
    named: Sequence[int] = ()
    margin: str = ""
    begins: int = 0
    ends: int = 0
    line: int = 0
    column: int = 0
    events: int = 0
    marks: Marks | None = None


class _Cut(NamedTuple):
    """A text cut at its simple values: what stands around them, and they themselves."""

    around: str
    values: Sequence[str]


class Shapes:
    """Builds documents, and remembers the shapes of sound ones for those that come after them."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Shape | None] = OrderedDict()
        self._patience = _PATIENCE

    def build(self, chunk: Chunk, findings: Findings) -> Tree | None:
        """As `builder.build`; the marks of a document of a known shape are another's, or None."""
        if self._patience <= 0 or len(chunk.text) > _MOST_CHARACTERS:
            return build(chunk, findings)
        pieces = _VALUE.split(chunk.text)
        cut = _Cut(_HERE.join(pieces[::2]), pieces[1::2])
        shape = self._known.get(cut.around)
        tree = None if shape is None else _repeated(shape, chunk, cut.values)
        if tree is not None:
            self._patience = min(self._patience + 1, _PATIENCE)
            self._known.move_to_end(cut.around)
            findings.count(tree.events)
            return tree
        self._patience -= 1
        tree = build(chunk, findings)
        if tree is not None and shape is None:
            self._learn(chunk, cut, tree)
        return tree

    def _learn(self, chunk: Chunk, cut: _Cut, tree: Tree) -> None:
        """Remembers what a sound document looks like, and its shape once a second one looks like it."""
        again = cut.around in self._known
        self._known[cut.around] = _shape_of(chunk, tree) if again else None
        self._known.move_to_end(cut.around)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _repeated(shape: _Shape, chunk: Chunk, texts: Sequence[str]) -> Tree | None:
    """The document of a shape that has these values; None where they have to be looked at more closely."""
    value = _filled(shape, texts)
    if value is None:
        return None
    text = shape.margin + chunk.text[shape.begins : len(chunk.text) - shape.ends]
    return Tree(value, text, chunk.line + shape.line, shape.column, shape.events, shape.marks)


def _filled(shape: _Shape, texts: Sequence[str]) -> Any:
    """The value of a document; None where a value may be one that is refused."""
    if not shape.parts or any(":" in texts[number] for number in shape.in_flow):
        return None
    try:
        values = [_read(text) for text in texts]
    except NotAllowed:
        return None
    for number in shape.named:
        if type(values[number]) is str and looks_like_a_number(texts[number]):
            return None
    built: list[Any] = []
    for fixed, inside, parts in shape.parts:
        part = fixed.copy()
        for key, number in inside:
            part[key] = values[number]
        for key, number in parts:
            part[key] = built[number]
        built.append(part)
    return built[-1]


def _read(text: str) -> Any:
    """What a simple value means; raises NotAllowed."""
    if text[0] in SPECIAL_START:
        return resolve(text)
    return text[1:-1] if text[0] == '"' else text


def _shape_of(chunk: Chunk, tree: Tree) -> _Shape:
    """The shape of a document that was read, if each of its simple values is one by itself."""
    if tree.marks is None:
        return _Shape()
    study = _Study(chunk.text, tree.marks)
    begins = study.at(tree.marks.starts[0])
    study.add(tree.value, in_flow=False)
    if study.left:
        return _Shape()
    margin = tree.text[: len(tree.text) - len(tree.text.lstrip(" "))]
    ends = len(chunk.text) - begins - len(tree.text) + len(margin)
    return _Shape(
        tuple(study.parts),
        tuple(study.in_flow),
        tuple(study.named),
        margin,
        begins,
        ends,
        line=tree.line - chunk.line,
        column=tree.column,
        events=tree.events,
        marks=tree.marks if study.ends_lines else None,
    )


class _Study:
    """Goes through a document that was read beside the places where its values start.

    `left` are the simple values that were not found there, each by where it starts, with its number. Where
    each of them `ends_lines`, nothing starts elsewhere if one is longer.
    """

    def __init__(self, text: str, marks: Marks) -> None:
        self._text = text
        self._starts = iter(marks.starts)
        self._lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        found = list(_VALUE.finditer(text))
        self.left = {one.start(): (number, one[0]) for number, one in enumerate(found)}
        self.ends_lines = all(_LINE_ENDS.match(text, one.end()) for one in found)
        self.parts: list[_Part] = []
        self.in_flow: list[int] = []
        self.named: list[int] = []

    def at(self, start: int) -> int:
        """Where in the text a packed place is."""
        return self._lines[start >> COLUMN_BITS] + (start & ((1 << COLUMN_BITS) - 1))

    def add(self, collection: Any, *, in_flow: bool) -> int:
        """Adds a mapping or list with all that is in it, and gives its number among the parts."""
        in_flow = self._text[self.at(next(self._starts))] in "{[" or in_flow
        fixed, values, parts = collection.copy(), [], []
        is_mapping = isinstance(collection, dict)
        for key, inner in collection.items() if is_mapping else enumerate(collection):
            if is_mapping:
                next(self._starts)  # of the key
            if isinstance(inner, dict | list):
                fixed[key] = None
                parts.append((key, self.add(inner, in_flow=in_flow)))
            elif (number := self._number(inner)) is not None:
                fixed[key] = None
                values.append((key, number))
                self.in_flow.extend([number] * in_flow)
                self.named.extend([number] * (key in QUOTED_FIELDS))
        self.parts.append(_Part(fixed, tuple(values), tuple(parts)))
        return len(self.parts) - 1

    def _number(self, value: Any) -> int | None:
        """The number of the simple value that starts where this one does, if that is all of it."""
        at = self.at(next(self._starts))
        number, text = self.left.get(at, (None, ""))
        if number is None or (type(value), value) != (type(read := _read(text)), read):
            return None
        del self.left[at]
        return number
