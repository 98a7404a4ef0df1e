"""The card that pictures stand on: a paper of its own, so that it reads on dark and on light pages.

Also what stands around them: title, notes, and lists under the picture, one line after the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.reports.pictures.styles import CARD, EDGE, FAINT, INK, WARN, WARN_PAPER
from reconciler.reports.pictures.svg import element, text_at, words
from reconciler.reports.pictures.words import shortened, width_of, wrapped

PADDING = 20
_SMALL = 11.5
_ROW = 18


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: its heading and its width as a share of the list's."""

    heading: str
    share: float


class Page:
    """Collects markup from the top down; `y` is how far it has come, in pixels of the screen."""

    def __init__(self, inner: float) -> None:
        self.inner = inner
        self.y: float = PADDING
        self._parts: list[str] = []

    def add(self, markup: str, height: float = 0) -> None:
        """Markup that takes some height at the present place."""
        self._parts.append(markup)
        self.y += height

    def head(self, title: str, under: str) -> None:
        """The title, and a line below it."""
        room = self.inner
        self.add(
            text_at((PADDING, self.y + 14), shortened(title, room, 17, bold=True), 17, INK, bold=True), 23
        )
        self.add(text_at((PADDING, self.y + 10), shortened(under, room, _SMALL), _SMALL, FAINT), 24)

    def warn(self, word: str, text: str) -> None:
        """A boxed note that begins with a word in bold."""
        start = PADDING + 8 + width_of(word, _SMALL, bold=True) + 12
        lines = list(wrapped(text, self.inner - start + PADDING - 10, _SMALL))
        height = len(lines) * 16 + 10
        paper = {"x": PADDING, "y": self.y, "width": self.inner, "height": height, "rx": 4}
        self.add(element("rect", {**paper, "fill": WARN_PAPER, "stroke": WARN, "stroke-dasharray": "6 4"}))
        self.add(text_at((PADDING + 10, self.y + 17), word, _SMALL, WARN, bold=True))
        for number, line in enumerate(lines):
            self.add(text_at((start, self.y + 17 + number * 16), line, _SMALL, INK))
        self.y += height + 12

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """A list with headings; what does not fit its column is shortened."""
        self.row(columns, [column.heading for column in columns], FAINT)
        line = {"x1": PADDING, "x2": PADDING + self.inner, "y1": self.y - 2, "y2": self.y - 2}
        self.add(element("line", {**line, "stroke": EDGE}))
        for row in rows:
            self.row(columns, row, INK)

    def row(self, columns: Sequence[Column], cells: Sequence[str], fill: str) -> None:
        """One line of a list."""
        x: float = PADDING
        for column, cell in zip(columns, cells, strict=True):
            width = column.share * self.inner
            self.add(text_at((x, self.y + 12), shortened(cell, width - 8, _SMALL), _SMALL, fill))
            x += width
        self.y += _ROW

    def line(self, text: str, *, sign: str = "", fill: str = INK) -> None:
        """A line of text, behind a sign in bold where there is one."""
        start = PADDING + (18 if sign else 0)
        self.add(text_at((PADDING, self.y + 12), sign, 13, fill, bold=True) if sign else "")
        self.add(
            text_at((start, self.y + 12), shortened(text, self.inner - start + PADDING, _SMALL), _SMALL, fill)
        )
        self.y += _ROW

    def svg(self, title: str, description: str) -> str:
        """The whole file: a picture to screen readers, with its title and what is in it in words."""
        width, height = self.inner + 2 * PADDING, round(self.y + PADDING)
        paper = {"x": 0.5, "y": 0.5, "width": width - 1, "height": height - 1, "rx": 8}
        card = element("rect", {**paper, "fill": CARD, "stroke": EDGE})
        attributes: dict[str, Any] = {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": width,
            "height": height,
            "viewBox": f"0 0 {round(width)} {height}",
            "role": "img",
            "font-family": "sans-serif",
        }
        told = (words("title", {}, title), words("desc", {}, description))
        return element("svg", attributes, *told, card, *self._parts) + "\n"
