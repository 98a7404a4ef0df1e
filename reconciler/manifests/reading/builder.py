"""A value from events, with every check on the way and no recursion.

A builder reads one document. The open collections stand on a stack beside the key that each is
at, so that a problem knows its path without any bookkeeping for the values that are sound.
PyYAML's events are untyped, hence the `Any`s.
"""

from collections.abc import Callable
from sys import intern
from typing import Any, NamedTuple

import yaml

from reconciler.kinds.converting.reading import QUOTED_FIELDS
from reconciler.manifests.reading import guard
from reconciler.manifests.reading.chunks import Chunk
from reconciler.manifests.reading.events import FAILURES, complaint, events
from reconciler.manifests.reading.places import COLUMN_BITS, Marks, no_starts
from reconciler.manifests.reading.refusals import Refusals
from reconciler.manifests.reading.scalars import SPECIAL_START, NotAllowed, looks_like_a_number, resolve
from reconciler.model import Path

_OUTSIDE = (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent, yaml.StreamEndEvent)
_BEFORE_ROOT = 2  # the starts of stream and document come before the first counted event


class Tree(NamedTuple):
    """A sound document: its value, its own text, the line and column (from 0) where it starts, its size.

    The size is in `events`, as the tally of the file counts them.

    A block mapping's text keeps the indentation of its first line, because YAML gives it a
    meaning; what stands before the bracket of a flow mapping is left out.
    """

    value: dict[str, Any]
    text: str
    line: int
    column: int
    events: int
    marks: Marks | None


def build(chunk: Chunk, findings: guard.Findings) -> Tree | None:
    """The chunk's document if it holds one and it is sound; what is wrong goes to the findings.

    Raises Enough when the file is hopeless.
    """
    before = len(findings.problems)
    builder = _Builder(chunk, findings)
    event: Any = None
    number = 0
    scalar, handlers, most = builder.scalar, _HANDLERS, guard.MAX_EVENTS
    try:
        # Most events are scalars, and nothing is done more often than this.
        for number, event in enumerate(events(chunk.text), -_BEFORE_ROOT):
            if number >= most and not isinstance(event, _OUTSIDE):
                raise guard.Refused(f"found more than {guard.MAX_EVENTS} values in one document; split it")
            kind = type(event)
            if kind is yaml.ScalarEvent:
                scalar(event)
            else:
                handlers[kind](builder, event)
    except guard.Refused as refused:
        builder.refusals.note(event, str(refused), builder.path())
    except FAILURES as error:
        message, mark = complaint(error)
        builder.refusals.note_at(mark or event.end_mark, message)
    findings.count(number)
    return builder.tree(number) if len(findings.problems) == before else None


class _Builder:
    """The state between two events."""

    def __init__(self, chunk: Chunk, findings: guard.Findings) -> None:
        # The outermost list receives the document's root, so that a root is put like anything else.
        self._at: Any = []
        self._key: str | None = None
        self._around: list[tuple[Any, str | None]] = []
        self._first: Any = None
        self._last: Any = None
        self._starts = no_starts()
        self._chunk = chunk
        self.refusals = Refusals(chunk, findings)

    def path(self) -> Path:
        """Where the next value would go; a mapping that waits for a key adds no step."""
        steps = [len(at) - 1 if type(at) is list else key for at, key in self._around[1:]]
        if self._around:
            steps.append(len(self._at) if type(self._at) is list else self._key)
        return tuple(step for step in steps if step is not None)

    def tree(self, events: int) -> Tree | None:
        """The whole document, when all events were handled without a problem; None if there is none."""
        if self._first is None:
            return None
        start = self._first.start_mark
        text = _without_tail(self._chunk.text[start.index : self._last.end_mark.index], self._last)
        flow = self._first.flow_style
        line, column = self._chunk.line + start.line, start.column if flow else 0
        marks = Marks(self._at[0], self._starts, start.line, column)
        text = text if flow else " " * start.column + text
        return Tree(marks.value, text, line, column, events, marks)

    def start(self, event: Any) -> None:
        if event.tags or event.version:
            self.refusals.directives(event)

    def open_mapping(self, event: Any) -> None:
        self._enter({}, event)

    def open_sequence(self, event: Any) -> None:
        self._enter([], event)

    def _enter(self, collection: Any, event: Any) -> None:
        if event.tag is not None or event.anchor is not None:
            self.refusals.decoration(event, self.path())
        if len(self._around) >= guard.MAX_DEPTH:
            raise guard.Refused(f"found more than {guard.MAX_DEPTH} levels of nesting; nest less deeply")
        mark = event.start_mark
        self._starts.append(mark.line << COLUMN_BITS | mark.column)
        if type(self._at) is list:
            self._at.append(collection)
        elif self._key is not None:
            self._at[self._key] = collection
        else:
            what = "a key that is a list or mapping; keys must be text"
            template = self._chunk.text.startswith("{{", mark.index - 1)
            raise guard.Refused(
                f"found {what}{'; placeholders such as {{ … }} are not filled in' if template else ''}"
            )
        self._first = self._first or event
        self._around.append((self._at, self._key))
        self._at, self._key = collection, None

    def close(self, event: Any) -> None:
        # A block collection ends where the next thing starts; only a bracket is the document's own text.
        if event.end_mark.index > event.start_mark.index:
            self._last = event
        self._at = self._around.pop()[0]
        self._key = None

    def scalar(self, event: Any) -> None:
        # Nothing is done more often, so nothing here is a method that need not be.
        self._last = event
        mark, value = event.start_mark, event.value
        self._starts.append(mark.line << COLUMN_BITS | mark.column)
        if event.tag is not None or event.anchor is not None:
            self.refusals.decoration(event, self.path())
        if len(value) > guard.MAX_SCALAR_CHARACTERS:
            self.refusals.length(event, self.path())
        key, at, style = self._key, self._at, event.style
        if not style:
            if value[:1] in SPECIAL_START:
                value = self._resolved(value, event)
            if key in QUOTED_FIELDS and type(value) is str and looks_like_a_number(value):
                self.refusals.number(event, self.path())
        elif style == '"' and not value.isprintable():
            self.refusals.characters(event, self.path())
        if type(at) is list:
            at.append(value)
        elif key is not None:
            at[key] = value
            self._key = None
        else:
            self._put(value, event)

    def _resolved(self, value: str, event: Any) -> Any:
        """What a plain scalar means."""
        try:
            return resolve(value)
        except NotAllowed as problem:
            self.refusals.note(event, str(problem), self.path())
            return value

    def alias(self, event: Any) -> None:
        self.refusals.alias(event, self.path())
        self._last = event
        self._put(f"*{event.anchor}", event)

    def _put(self, value: Any, event: Any) -> None:
        at = self._at
        if type(at) is list:
            at.append(value)
        elif self._key is None:
            if type(value) is not str or value in at or value == "<<":
                value = self.refusals.key(value, event, self.path(), at)
            # Thousands of documents have the same few keys, and each would be a text of its own.
            self._key = intern(value)
        else:
            at[self._key] = value
            self._key = None

    def end(self, event: Any) -> None:
        root = self._at[0]
        empty = root is None and not self._last.value
        if type(root) is not dict and not empty:
            self.refusals.root(self._first or self._last, root)


def _without_tail(text: str, last: Any) -> str:
    # Blank lines at the end belong to the document only where a block scalar keeps them.
    kept = getattr(last, "style", "") in ("|", ">") and (last.value == "\n" or last.value.endswith("\n\n"))
    return text if kept else text.rstrip("\n")


def _nothing(builder: _Builder, event: Any) -> None:
    """A stream's own start and end say nothing about the document."""


# Not bound to a builder: one that referred to itself, and so its document, would stay until the
# collector comes by, and it does not come for a few large things.
_HANDLERS: dict[type[yaml.Event], Callable[[_Builder, Any], None]] = {
    yaml.StreamStartEvent: _nothing,
    yaml.DocumentStartEvent: _Builder.start,
    yaml.MappingStartEvent: _Builder.open_mapping,
    yaml.SequenceStartEvent: _Builder.open_sequence,
    yaml.ScalarEvent: _Builder.scalar,
    yaml.AliasEvent: _Builder.alias,
    yaml.SequenceEndEvent: _Builder.close,
    yaml.MappingEndEvent: _Builder.close,
    yaml.DocumentEndEvent: _Builder.end,
    yaml.StreamEndEvent: _nothing,
}
