"""Picture geometry in pixels of the canvas, from its top left corner (reference semantics §4)."""

from dataclasses import dataclass


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


def overhang(rect: Rect, canvas: Size) -> Size:
    """By how many pixels a rectangle sticks out to the right of and below the canvas."""
    return Size(
        max(0, rect.x + rect.width - canvas.width),
        max(0, rect.y + rect.height - canvas.height),
    )
