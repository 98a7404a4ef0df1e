"""Lines of text for a terminal of some width: wrapped by rich, indented, coloured where that is wanted."""

import re
from collections.abc import Iterable
from importlib import import_module

from rich.cells import cell_len, chop_cells

from reconciler.reports.escape import safe

MIN_WIDTH = 60
DETAIL = 13
"""Columns before what is told of a change below its first line."""
_LEAST_ROOM = 10
_TOGETHER = 1000
"""So many lines are kept as one text."""
_CODES = {
    "bold": "1",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "cyan": "36",
    "bright_black": "90",
    "bold red": "1;31",
    "bold yellow": "1;33",
}
_COMMAND = re.compile(r"\s*::")

Piece = tuple[str, str]
"""A text that is safe already, and its style: a key of the codes, or nothing."""


def plain(text: str) -> Piece:
    """The text without a style, made safe."""
    return safe(text), ""


def cells(text: str) -> int:
    """How many columns the text takes; a Chinese character takes two."""
    return len(text) if text.isascii() else cell_len(text)


def clipped(text: str, most: int) -> str:
    """The text in at most that many columns, with an ellipsis where it is cut."""
    if cells(text) <= most:
        return text
    return f"{chop_cells(text, max(most - 1, 1))[0].rstrip()}…"


class Page:
    """Collects lines; none is wider than `width`, which is at least `least`, but for what is given whole."""

    def __init__(self, width: int, *, color: bool, least: int = MIN_WIDTH) -> None:
        self.width = max(width, least)
        self._color = color
        self._lines: list[str] = []
        self._full: list[str] = []

    def line(self, *pieces: Piece) -> None:
        """One line as it is."""
        shown = "".join(self._styled(*piece) for piece in pieces)
        if _COMMAND.match("".join(text for text, _ in pieces)):
            # CI services take `::` at the beginning of a line, however far it is indented, for a command.
            shown = shown.removeprefix(" ").replace("::", r"\::", 1)
        self._lines.append(shown.rstrip())
        if len(self._lines) == _TOGETHER:  # one long text takes half the room of its lines
            self._full.append("\n".join(self._lines))
            self._lines.clear()

    def hanging(self, pieces: Iterable[Piece], indent: int, first: Iterable[Piece] = ()) -> None:
        """The pieces wrapped at the page's width, every line indented; `first` stands before the first."""
        whole = list(pieces)
        before = list(first) or [(" " * indent, "")]
        for line in _wrapped(whole, max(self.width - indent, _LEAST_ROOM)):
            self.line(*before, *line)
            before = [(" " * indent, "")]

    def labelled(self, word: str, text: str, style: str) -> None:
        """A text after a word such as `warning:`, wrapped."""
        head = f"{word}: "
        self.hanging([plain(text)], len(head), [(head, style)])

    def text(self) -> str:
        """Everything, without blanks at line ends."""
        return "\n".join([*self._full, *self._lines, ""]) or "\n"

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self._color and style and text else text


def _wrapped(pieces: list[Piece], room: int) -> Iterable[list[Piece]]:
    """The pieces in lines, by rich where they do not fit in one."""
    if cells("".join(text for text, _ in pieces)) <= room:
        return [pieces]
    lines: Iterable[list[Piece]] = import_module("reconciler.reports.wrapping").wrapped(pieces, room)
    return lines
