"""Rectangles of whole pixels from the canvas's top left corner, and how they lie on each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in pixels; x and y are those of its top left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column to the right of it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.y + self.height


def overhang(rect: Rect, canvas: Size) -> Size:
    """By how many pixels a rectangle sticks out to the right of and below the canvas."""
    return Size(max(0, rect.right - canvas.width), max(0, rect.bottom - canvas.height))


def overlap(one: Rect, other: Rect) -> Rect | None:
    """The part that two rectangles share; none if they share no pixel."""
    x, y = max(one.x, other.x), max(one.y, other.y)
    width, height = min(one.right, other.right) - x, min(one.bottom, other.bottom) - y
    return Rect(x, y, width, height) if width > 0 and height > 0 else None


def union_area(rects: Iterable[Rect]) -> int:
    """How many pixels lie in at least one of the rectangles.

    Between two neighbouring edges the picture is the same in every column, so that one column
    stands for all of them: exact, and its cost does not depend on the size of the canvas.
    """
    every = list(rects)
    edges = sorted({edge for rect in every for edge in (rect.x, rect.right)})
    total = 0
    for left, right in pairwise(edges):
        spans = ((rect.y, rect.bottom) for rect in every if rect.x <= left and right <= rect.right)
        total += (right - left) * _covered(spans)
    return total


def _covered(spans: Iterable[tuple[int, int]]) -> int:
    """The length that spans (start, end) cover together."""
    ordered = sorted(spans)
    total, reached = 0, ordered[0][0] if ordered else 0
    for start, end in ordered:
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total
