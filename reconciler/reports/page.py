"""Lines of text for a terminal of some width: wrapped, indented, coloured where that is wanted."""

import re
from collections.abc import Iterable, Iterator

from rich.cells import cell_len

from reconciler.reports.escape import safe

MIN_WIDTH = 60
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
_WORD = re.compile(r"\s*\S+\s*|\s+")
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
    end = next(_folds(text, max(most - 1, 1)))
    return f"{text[:end].rstrip()}…"


class Page:
    """Collects lines; none is wider than `width`, which is at least 60, but for what is given whole."""

    def __init__(self, width: int, *, color: bool) -> None:
        self.width = max(width, MIN_WIDTH)
        self._color = color
        self._lines: list[str] = []

    def line(self, *pieces: Piece) -> None:
        """One line as it is."""
        shown = "".join(self._styled(*piece) for piece in pieces)
        if _COMMAND.match("".join(text for text, _ in pieces)):
            # CI services take `::` at the beginning of a line, however far it is indented, for a command.
            shown = shown.removeprefix(" ").replace("::", r"\::", 1)
        self._lines.append(shown.rstrip())

    def hanging(self, pieces: Iterable[Piece], indent: int, first: Iterable[Piece] = ()) -> None:
        """The pieces wrapped at the page's width, every line indented; `first` stands before the first."""
        whole = list(pieces)
        before = list(first) or [(" " * indent, "")]
        for line in _wrapped(whole, max(self.width - indent, 20)):
            self.line(*before, *line)
            before = [(" " * indent, "")]

    def told(self, word: str, text: str, style: str) -> None:
        """A text after a word such as `warning:`, wrapped."""
        head = f"{word}: "
        self.hanging([plain(text)], len(head), [(head, style)])

    def text(self) -> str:
        """Everything, without blanks at line ends."""
        return "\n".join(self._lines) + "\n"

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self._color and style and text else text


def _wrapped(pieces: list[Piece], room: int) -> Iterator[list[Piece]]:
    text = "".join(text for text, _ in pieces)
    if cells(text) <= room:
        yield pieces
        return
    start = 0
    for end in _breaks(text, room):
        yield list(_cut(pieces, start, end))
        start = end


def _breaks(text: str, room: int) -> Iterator[int]:
    """Where each line ends: between words, or within one that is wider than the room."""
    used = 0
    for match in _WORD.finditer(text):
        word = match[0]
        needed = cells(word.rstrip())
        if used and used + needed > room:
            yield match.start()
            used = 0
        if needed > room:
            folds = list(_folds(word.rstrip(), room))[:-1]
            yield from (match.start() + fold for fold in folds)
            word = word[folds[-1] :]
        used += cells(word)
    yield len(text)


def _folds(word: str, room: int) -> Iterator[int]:
    """The ends of the parts of a word that fill the room each."""
    if word.isascii():
        yield from range(room, len(word), room)
    else:
        used = 0
        for place, character in enumerate(word):
            wide = cells(character)
            if used + wide > room:
                yield place
                used = 0
            used += wide
    yield len(word)


def _cut(pieces: Iterable[Piece], start: int, end: int) -> Iterator[Piece]:
    """The pieces of one stretch of the whole text."""
    begin = 0
    for text, style in pieces:
        part = text[max(start - begin, 0) : max(end - begin, 0)]
        if part:
            yield part, style
        begin += len(text)
