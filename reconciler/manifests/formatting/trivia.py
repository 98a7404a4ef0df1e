"""What stands between two values of a manifest and is not data: comments and blank lines.

Between libyaml's events there are only blanks, line breaks, the indicators of YAML and comments, as
every quote and every text is inside an event. So each `#` there begins a comment.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

BLANK = ""
"""Stands for one or more blank lines among comments."""

_USUAL_GAP = 2
_NEW_ITEM = frozenset("-?")


class Place(Enum):
    """Where a comment stands in its line."""

    OWN = "alone on its line"
    BEHIND = "behind a value or a key"
    DASHED = "behind an indicator at the beginning of its line"


class Trivia(NamedTuple):
    """A comment with its `#`, or `BLANK`; its column from 0, where it starts, the blanks before it."""

    text: str
    place: Place
    column: int = 0
    start: int = 0
    gap: int = 0

    @property
    def behind(self) -> str:
        """The comment with the blanks that stand between it and what it is behind."""
        return " " * (self.gap or _USUAL_GAP) + self.text


def between(text: str, start: int, end: int) -> Iterator[Trivia]:
    """The comments and blank lines from one index to another, where no value stands."""
    at = start
    line_start = text.rfind("\n", 0, start) + 1
    while at < end:
        found = text.find("\n", at, end)
        stop = end if found < 0 else found
        mark = text.find("#", at, stop)
        if mark >= 0:
            yield _comment(text, at, mark, stop, first=at == start, line_start=line_start)
        elif found >= 0 and at == line_start and not text[at:stop].strip():
            yield Trivia(BLANK, Place.OWN, start=at)
        at = line_start = stop + 1


def _comment(text: str, at: int, mark: int, stop: int, *, first: bool, line_start: int) -> Trivia:
    before = text[at:mark]
    if not text[line_start:mark].strip():
        place = Place.OWN
    elif first and not _NEW_ITEM & set(before):
        place = Place.BEHIND
    else:
        place = Place.DASHED
    run = before[len(before.rstrip()) :]
    gap = 0 if "\t" in run else len(run)
    return Trivia(text[mark:stop].rstrip(), place, mark - line_start, mark, gap)


def dash_in(text: str, start: int, end: int) -> int:
    """Where the first dash is, from one index to another, that is in no comment; `end` if there is none."""
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        mark = text.find("#", at, stop)
        dash = text.find("-", at, stop if mark < 0 else mark)
        if dash >= 0:
            return dash
        at = stop + 1
    return end


def lines_of(comments: Iterable[str], indent: int, *, first: bool = False) -> Iterator[str]:
    """The lines of comments and blank lines, of which one is kept, and none if they are `first`."""
    blank = first
    for one in comments:
        if one:
            yield " " * indent + one
            blank = False
        elif not blank:
            yield ""
            blank = True


def without_end(comments: list[str]) -> list[str]:
    """The same without blank lines at the end."""
    length = len(comments)
    while length and not comments[length - 1]:
        length -= 1
    return comments[:length]
