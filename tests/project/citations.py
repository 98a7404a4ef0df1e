"""Citations of docs/reference: what they look like, and where each of them leads.

    semantics §10                     a numbered section of docs/reference/semantics.md
    semantics §3.5                    a numbered rule of a section
    semantics §1, §3 and §11          several; also §1 to §3, §1-3
    fields, "McuLayout"               a section, or what a row of a table begins with, by its name
    fields, "McuLayout", "VideoParams"
    errors.md                         a whole page

`.md` may stand after any page's name. A citation may go over lines, also of a comment.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"

_BREAK = re.compile(r"[ \t]*\n[ \t]*(?:#:?[ \t]*)?")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^)\s]+)\)")
_TARGET = re.compile(r"^\[([^\]]+)\]: (\S+)$", re.MULTILINE)


def slug(title: str) -> str:
    """The anchor that a heading gets on GitHub, which forgets signs and case."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


@dataclass(frozen=True)
class Page:
    """A page of markdown, and what can be cited of it."""

    text: str

    @cached_property
    def anchors(self) -> frozenset[str]:
        return frozenset(slug(title) for title in _HEADING.findall(self.text))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The numbers of sections (`## 3. Title`) and of the rules in their tables (`| 3.5 |`)."""
        sections = re.findall(r"^#+ (\d+)\. ", self.text, re.MULTILINE)
        return frozenset((*sections, *re.findall(r"^\| (\d+\.\d+) \|", self.text, re.MULTILINE)))

    @cached_property
    def rows(self) -> frozenset[str]:
        """What stands in code at the beginning of a table's rows."""
        firsts = re.findall(r"^\| (`[^|]*) \|", self.text, re.MULTILINE)
        return frozenset(name for first in firsts for name in _CODE.findall(first))

    def has(self, place: str) -> bool:
        """Whether a section, rule or row is there; an empty place is the page."""
        if place.startswith("§"):
            return place[1:] in self.numbers
        return not place or slug(place) in self.anchors or place in self.rows

    def links(self) -> Iterator[tuple[str, str]]:
        """(text, target) of every link, those by a label among them."""
        yield from _LINK.findall(self.text)
        yield from _TARGET.findall(self.text)


def pages() -> dict[str, Page]:
    """The pages that can be cited, by name."""
    files = sorted(file for file in REFERENCE.glob("*.md") if file.stem != "README")
    return {file.stem: Page(file.read_text()) for file in files}


class Citation(NamedTuple):
    """A place on a page; `§` and a number, a name, or nothing for the whole page."""

    line: int
    page: str
    place: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.page} {self.place}".rstrip()


class Grammar:
    """What is read as a citation, and what looks like one that is not well-formed."""

    def __init__(self, names: tuple[str, ...]) -> None:
        page = rf"\b(?P<page>{'|'.join(names)})"
        sections = r"§[\d.]*\d(?:(?:,\s+|\s+and\s+|\s+to\s+|,\s+and\s+)§[\d.]*\d|-\d+)*"
        titles = r'"[^"]+"(?:(?:,\s+|\s+and\s+)"[^"]+")*'
        places = rf"(?:(?:\.md)?\s+(?P<sections>{sections})|(?:\.md)?,\s+(?P<titles>{titles})|\.md\b)"
        self._whole = re.compile(page + places, re.IGNORECASE)
        self._hint = re.compile(rf'§|reference\s|semantics\s|(?:{"|".join(names)})(?:\.md|,\s+[#\s]*")')
        self._stray = re.compile(rf"§|\breference\s+(?:{'|'.join(names)})\b|\bsemantics\s+\d")

    def hinted(self, text: str) -> bool:
        """Whether a file's text may have a citation at all, which is quicker to tell than what is code."""
        return self._hint.search(text) is not None

    def citations(self, text: str) -> Iterator[Citation]:
        """Every citation of a text, with its line."""
        flat = _flat(text)
        for match in self._whole.finditer(flat):
            line = text.count("\n", 0, match.start()) + 1
            for place in _places(match["sections"], match["titles"]):
                yield Citation(line, match["page"].lower(), place)

    def strays(self, text: str) -> Iterator[str]:
        """What is left of a text that only a citation has: it was not read, so nobody follows it."""
        rest = self._whole.sub(lambda match: " " * len(match[0]), _flat(text))
        for match in self._stray.finditer(rest):
            line = text.count("\n", 0, match.start()) + 1
            yield f"line {line}: {rest[max(match.start() - 20, 0) : match.end() + 20].strip()}"


def written(file: Path) -> str:
    """A file's text; of Python only its comments and strings, with spaces for the code between them."""
    text = file.read_text()
    if file.suffix != ".py":
        return text
    lines = [[" "] * len(line) for line in text.split("\n")]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING):
            _keep(lines, token)
    return "\n".join(map("".join, lines))


def _keep(lines: list[list[str]], token: tokenize.TokenInfo) -> None:
    (row, column), parts = token.start, token.string.split("\n")
    for number, part in enumerate(parts):
        begin = 0 if number else column
        lines[row - 1 + number][begin : begin + len(part)] = part


def _flat(text: str) -> str:
    """The text with its line breaks, and what begins the lines of a comment, as spaces."""
    return _BREAK.sub(lambda match: " " * len(match[0]), text)


def _places(sections: str | None, titles: str | None) -> Iterator[str]:
    if sections:
        yield from (f"§{number}" for number in _NUMBER.findall(sections))
    elif titles:
        yield from (" ".join(title.split()) for title in re.findall(r'"([^"]+)"', titles))
    else:
        yield ""
