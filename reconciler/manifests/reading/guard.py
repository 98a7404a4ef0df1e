"""What no manifest may hold, whoever wrote it: the limits, the forbidden characters, the tally of problems.

Manifests come from pull requests of strangers, and their texts end up in terminals, reports and
comments. So characters that hide or reorder text are refused before anything is built, and every
limit is checked on sizes and events rather than on finished values.
"""

import json
import re
import unicodedata

from reconciler.errors import ManifestError, Problem
from reconciler.model import Path
from reconciler.words import path_text

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_DOCUMENT_BYTES = 1024 * 1024
MAX_DOCUMENTS = 100_000
MAX_SCALAR_CHARACTERS = 64 * 1024
MAX_DEPTH = 32
MAX_EVENTS = 50_000
MAX_DIRECTIVES = 16
# Reading takes time by the event. These keep a file of nothing but brackets, or of thousands of tiny
# documents, from taking more of it than its size explains. Sound documents are let off: see Findings.
BYTES_PER_EVENT = 5
EVENTS_PER_DOCUMENT = 8
MAX_PROBLEMS = 100

_SHOWN_CHARACTERS = 60
_FORBIDDEN_ASCII = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f"  # C0 but for tab, line feed and carriage return
    "\x7f-\x9f"  # DEL and C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks and overrides of the writing direction
    "\u2028\u2029"  # line breaks that editors do not show as such
    "\ufeff"  # byte order mark
    "\ud800-\udfff"  # halves of surrogate pairs
    "\ufdd0-\ufdef\ufffe\uffff]"  # no characters at all
)
# The last two of each further plane are no characters either. They have a pattern of their own,
# because one with all of them searches several times as slowly.
_FORBIDDEN_BEYOND = re.compile(
    "["
    + "".join(chr(plane + last) for plane in range(0x10000, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
    + "]"
)


class Enough(Exception):
    """There are so many problems, or so many values, that looking for more helps nobody."""


class Refused(Exception):
    """A limit is broken: the rest of this document is not looked at."""


class Findings:
    """Collects the problems of one file, up to a number that a person can read.

    It also counts what was read of it: a file of `size` bytes may have `MAX_EVENTS`, and one more for
    every `BYTES_PER_EVENT`, but for documents that turn out to be sound and are let off.
    """

    def __init__(self, file: str, size: int) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._size = size
        self._allowed = self._left = MAX_EVENTS + size // BYTES_PER_EVENT
        self._last = 0

    def add(self, line: int, column: int, path: Path, message: str) -> None:
        """Notes one problem; raises Enough when the file is hopeless."""
        self.problems.append(Problem(self.file, line, column, path_text(path), message))
        if len(self.problems) >= MAX_PROBLEMS:
            self.whole_file(f"found {MAX_PROBLEMS} problems and stopped; fix these first")
            raise Enough

    def count(self, events: int) -> None:
        """Counts one more document."""
        self._last = events + EVENTS_PER_DOCUMENT
        self._left -= self._last

    @property
    def overdrawn(self) -> bool:
        """Whether more was counted than a file of its size may have."""
        return self._left < 0

    def let_off(self) -> None:
        """Takes back what the last document counted."""
        self._left += self._last

    def too_dense(self, line: int) -> None:
        """Notes that the document below `line` lines was one too many; raises Enough."""
        allowed = f"{self._allowed}, the limit for a file of {self._size} bytes with errors"
        advice = "correct this document, or split this file"
        self.add(line + 1, 1, (), f"found more values and documents than {allowed}; {advice}")
        raise Enough

    def whole_file(self, message: str) -> None:
        """Notes a problem that has no line."""
        self.problems.append(Problem(self.file, 0, 0, "", message))

    def settle(self) -> None:
        """Raises ManifestError if anything was found."""
        if self.problems:
            raise ManifestError(self.problems)


def forbidden(text: str) -> re.Match[str] | None:
    """A forbidden character's match, if there is one; to be asked again after escapes are undone."""
    if text.isascii():
        return _FORBIDDEN_ASCII.search(text)
    return _FORBIDDEN.search(text) or _FORBIDDEN_BEYOND.search(text)


def character(char: str) -> str:
    """A forbidden character named rather than shown: showing it is what must not happen."""
    name = unicodedata.name(char, "")
    return f"U+{ord(char):04X} ({name})" if name else f"U+{ord(char):04X}"


def quoted(text: str) -> str:
    """A piece of a manifest for a message: on one line, ASCII only, cut short."""
    short = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
    return json.dumps(short)
