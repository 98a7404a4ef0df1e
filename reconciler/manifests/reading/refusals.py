"""What is said of YAML that is well formed but not allowed here: what was found, and what to write instead.

Apart from the builder, so that the path every sound value takes stays short and easy to read.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.manifests.reading import guard, secret_names
from reconciler.manifests.reading.chunks import Chunk
from reconciler.model import Path

_VERSIONS = (None, (1, 1), (1, 2))
_READ_AS = {bool: "true or false", int: "a number", float: "a number", type(None): "nothing"}


class Refusals:
    """Notes the problems of one chunk at their places in the file."""

    def __init__(self, chunk: Chunk, findings: guard.Findings) -> None:
        self._chunk = chunk
        self._findings = findings

    def note(self, event: Any, message: str, path: Path = ()) -> None:
        """A problem where the event starts."""
        self.note_at(event.start_mark, message, path)

    def note_at(self, mark: Any, message: str, path: Path = ()) -> None:
        """A problem at a mark of the chunk."""
        line, column = _within(self._chunk.text, mark)
        self._findings.add(self._chunk.line + line + 1, column + 1, secret_names.tellable(path), message)

    def directives(self, start: Any) -> None:
        """`%TAG`, and versions of YAML that may mean something else by the same text."""
        if start.tags:
            self._directive(
                "%TAG", start, "found a %TAG directive, but tags are not allowed; remove the line"
            )
        if start.version not in _VERSIONS:
            message = "found a YAML version other than 1.1 and 1.2; write %YAML 1.2, or remove the line"
            self._directive("%YAML", start, message)

    def _directive(self, name: str, start: Any, message: str) -> None:
        # The event starts at the first directive, whichever that is.
        at = self._chunk.text.index(name, start.start_mark.index)
        line = self._chunk.line + self._chunk.text.count("\n", 0, at) + 1
        self._findings.add(line, 1, (), message)

    def decoration(self, event: Any, path: Path) -> None:
        """Anchors make documents grow when they are written out; tags name types we do not have.

        Neither is named: it may be the beginning of a password that nobody quoted.
        """
        if event.anchor is not None:
            message = (
                "found an anchor, but anchors are not allowed; remove it, or quote a text that begins with &"
            )
            self.note(event, message, path)
        if event.tag is not None:
            message = "found a tag, but tags are not allowed; remove it, or quote a text that begins with !"
            self.note(event, message, path)

    def alias(self, event: Any, path: Path) -> None:
        """A few nested aliases stand for more values than fit into memory."""
        message = (
            "found an alias, but aliases are not allowed; "
            "write the value itself, or quote a text that begins with *"
        )
        self.note(event, message, path)

    def length(self, event: Any, path: Path) -> None:
        """A text longer than any field of the API takes."""
        length, most = len(event.value), guard.MAX_SCALAR_CHARACTERS
        self.note(event, f"found a string of {length} characters; the limit is {most}; shorten it", path)

    def number(self, event: Any, path: Path) -> None:
        """A text that looks like a number, where a number and a text mean two things."""
        message = f"found {guard.quoted(event.value)}, which looks like a number but is read as text; "
        self.note(event, f"{message}use only digits, or quote it if it is text", path)

    def characters(self, event: Any, path: Path) -> None:
        """Forbidden characters that were written as escapes."""
        if bad := guard.forbidden(event.value):
            message = f"found an escape for {guard.character(bad[0])}, which is not allowed; remove it"
            self.note(event, message, path)

    def key(self, value: Any, event: Any, path: Path, mapping: Mapping[str, Any]) -> str:
        """A key that is no text, merges, or was there before; gives the text to go on with."""
        if type(value) is not str:
            message = f"found a key that is read as {_READ_AS[type(value)]}; keys must be text; "
            self.note(event, f"{message}write {_named(event.value, path) or 'it in quotes'}", path)
            return str(event.value)
        if value in mapping:
            key = f"the key {named}" if (named := _named(value, path)) else "a key"
            self.note(event, f"found {key} twice in the same mapping; keep one of the two", (*path, value))
        elif not event.style:
            message = "found a merge key, but merge keys are not allowed; write the fields themselves"
            self.note(event, message, (*path, value))
        return value

    def root(self, event: Any, value: Any) -> None:
        """A document that is a list or a scalar."""
        found = "a list" if type(value) is list else "a single value"
        self.note(event, f"found {found}; a document must be a mapping that begins with apiVersion and kind")


def _named(key: str, path: Path) -> str:
    """The key for a message, or nothing where it may be a secret."""
    here = (*path, key)
    return guard.quoted(key) if secret_names.tellable(here) == here else ""


def _within(text: str, mark: Any) -> tuple[int, int]:
    """The mark's line and column, from 0; one behind the last line break is told at the last line's end.

    There is no such line in the file, unless it belongs to the next document.
    """
    if mark.index < len(text):
        return mark.line, mark.column
    end = len(text) - 1
    return text.count("\n", 0, end), end - text.rfind("\n", 0, end) - 1
