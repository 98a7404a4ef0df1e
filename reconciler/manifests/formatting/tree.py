"""The text of a document -> its values and its comments, as they are written.

Unlike the builder's values, these keep the source of each scalar and know which comment belongs
to which key: one that stands alone on its line belongs to the key below it, one behind a key or a
value to that key. A comment below the last key of a mapping, indented like its keys, is its foot.
"""

from dataclasses import dataclass
from typing import Any

import yaml

from reconciler.manifests.formatting.nodes import Collection, Entry, Scalar, Tree
from reconciler.manifests.formatting.trivia import BLANK, Place, Trivia, between, dash_in, without_end
from reconciler.manifests.reading.events import events

_STARTS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


@dataclass(slots=True)
class _Open:
    """A collection that is not closed yet; `entry` is the one whose value comes next."""

    node: Collection
    flow: bool
    start: Any
    holder: Entry | None
    indentless: bool
    indent: int
    entry: Entry | None = None


def read_tree(text: str) -> Tree:
    """The tree of a sound document's text, or of a text that has nothing but comments."""
    builder = _TreeBuilder(text)
    for event in events(text):
        builder.take(event)
    return builder.tree()


class _TreeBuilder:
    """The state between two events.

    `waiting` are comments whose place is not known yet, `last` is what ended before them, and
    `dash` where the last list began, whose first dash no event tells of.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open: list[_Open] = []
        self._root: Collection | None = None
        self._directives: list[str] = []
        self._waiting: list[Trivia] = []
        self._last: Entry | None = None
        self._dash: int | None = None

    def tree(self) -> Tree:
        """The tree, when all events were taken."""
        head: list[str] = []
        rest = [one.text for one in self._waiting]
        if self._root is None:
            return Tree(self._directives, rest, None, [])
        if self._root.entries:
            first = self._root.entries[0]
            head, first.before = first.before, []
        foot, self._root.foot = [*self._root.foot, *rest], []
        return Tree(self._directives, head, self._root, without_end(foot))

    def take(self, event: Any) -> None:
        """Takes one event in."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._begin(event)
            return
        if isinstance(event, yaml.StreamStartEvent | yaml.DocumentEndEvent):
            return
        start, before = event.start_mark.index, self._at
        self._gap(start)
        self._at = max(self._at, event.end_mark.index)
        if isinstance(event, _ENDS):
            self._close(event)
        elif isinstance(event, _STARTS):
            self._enter(event, before)
        elif isinstance(event, yaml.ScalarEvent) and self._open:
            self._scalar(event, before)

    def _begin(self, event: Any) -> None:
        """Where the document's own text begins; directives are above its `---`."""
        if event.explicit:
            self._at = event.end_mark.index
            above = self._text[: self._at - len("---")]
            self._directives = [line.rstrip() for line in above.splitlines() if line.strip()]

    def _gap(self, end: int) -> None:
        for one in between(self._text, self._at, end):
            if one.place is Place.BEHIND and self._last is not None and self._dash is None:
                self._last.put_behind(one)
            else:
                self._waiting.append(one)

    def _scalar(self, event: Any, before: int) -> None:
        at = self._open[-1]
        style = event.style or ""
        source = self._text[event.start_mark.index : event.end_mark.index]
        scalar = Scalar(source, event.value, style, self._column())
        if at.node.is_list or at.entry is not None:
            entry = self._next_entry(event, before)
            entry.value = scalar
            entry.before += self._comments()
            at.entry = None
        else:
            entry = at.entry = Entry(scalar, before=[one.text for one in self._waiting])
            at.node.entries.append(entry)
            self._waiting = []
        self._last, self._dash = entry, None
        if scalar.is_block:
            _settle_block(entry, scalar, self._waiting)

    def _enter(self, event: Any, before: int) -> None:
        """A collection begins: what is above its bracket is its holder's; else it is the first entry's."""
        is_list = isinstance(event, yaml.SequenceStartEvent)
        flow, column = bool(event.flow_style), event.start_mark.column
        around = self._open[-1] if self._open else None
        holder = self._next_entry(event, before) if self._open else None
        node = Collection(is_list)
        if holder is None:
            self._root = node
        else:
            holder.value = node
            holder.before += self._comments() if flow else []
        indentless = is_list and around is not None and not around.node.is_list and column == around.indent
        indent = self._column() if flow else column
        self._open.append(_Open(node, flow, event.start_mark, holder, indentless, indent))
        if around is not None:
            around.entry = None
        self._last = holder if flow else self._last
        self._dash = None if flow else event.start_mark.index

    def _close(self, event: Any) -> None:
        at = self._open.pop()
        own = self._waiting if at.flow else self._waiting[: _own(self._waiting, at)]
        self._waiting = self._waiting[len(own) :]
        at.node.foot = without_end([one.text for one in own])
        if at.flow:
            at.node.inline = event.end_mark.line == at.start.line
            self._last = at.holder
        if not at.node.entries and at.holder is not None:
            at.holder.before += [one for one in at.node.foot if one]
            at.node.foot = []
        self._dash = None

    def _next_entry(self, event: Any, before: int) -> Entry:
        """The entry whose value begins: a mapping's that has its key, or a new one of a list.

        What waits above the dash of a new one, and on its line, is above the entry; what stands on
        lines between the dash and the value waits on.
        """
        at = self._open[-1]
        if at.entry is not None:
            return at.entry
        entry = Entry()
        at.node.entries.append(entry)
        if not at.flow:
            first = len(at.node.entries) == 1
            dash = at.start.index if first else dash_in(self._text, before, event.start_mark.index)
            inside = [one.start > dash and one.place is Place.OWN for one in self._waiting]
            waiting = [*zip(self._waiting, inside, strict=True)]
            entry.before = [one.text for one, is_inside in waiting if not is_inside]
            self._waiting = [one for one, is_inside in waiting if is_inside]
        return entry

    def _comments(self) -> list[str]:
        """Takes the comments that wait, without blank lines."""
        found = [one.text for one in self._waiting if one.text]
        self._waiting = []
        return found

    def _column(self) -> int:
        return self._open[-1].indent if self._open else 0


def _own(waiting: list[Trivia], at: _Open) -> int:
    """How many of the comments that wait are a block collection's own, as their indentation tells."""
    count = 0
    for number, one in enumerate(waiting, 1):
        if one.text and (at.indentless or one.column < at.indent):
            break
        count = number if one.text else count
    return count


def _settle_block(entry: Entry, scalar: Scalar, waiting: list[Trivia]) -> None:
    """A block scalar's first line may have a comment, and its source ends with the blank lines below it."""
    header, _, content = scalar.source.partition("\n")
    mark = header.find("#")
    if mark >= 0:
        gap = len(header[:mark]) - len(header[:mark].rstrip())
        entry.put_behind(Trivia(header[mark:].rstrip(), Place.BEHIND, gap=0 if "\t" in header else gap))
        header = header[:mark]
    scalar.source = f"{header.rstrip()}\n{content}"
    if not scalar.keeps and (content == "\n" or content.endswith("\n\n")):
        waiting.append(Trivia(BLANK, Place.OWN))
