"""Where the modes floating, screen-share and grid put their pictures: a guess, for drawing only.

The exact pixels are not documented for relay. The prose tells who is big and from where the others
are lined up; the fractions are those of cloud recording, an older page about the same product, and
how they are rounded is said nowhere (reference semantics §4). No request may rest on them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from reconciler.layout.rects import Rect, Size

DynamicMode = Literal["floating", "screen-share", "grid"]

MAX_INPUTS = 16

# The recording page counts all pictures, the big one too: four of 1/4 fill a column, a fifth has no room.
_SHARES = (
    # up to so many inputs, columns of small ones, each 1/n wide, 1/n high
    (5, 1, 5, 4),
    (7, 1, 7, 6),
    (9, 1, 9, 8),
    (MAX_INPUTS, 2, 10, 8),
)
_GRIDS = (
    # up to so many inputs, columns, rows
    (1, 1, 1),
    (2, 2, 1),
    (4, 2, 2),
    (9, 3, 3),
    (MAX_INPUTS, 4, 4),
)
_SMALL, _GAP, _IN_A_ROW = 235, 12, 4
"""Of the floating mode, in thousandths of the canvas's width or height; the gap is also the margin."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Where one input is drawn; a higher `z_order` is in front."""

    rect: Rect
    z_order: int = 0


def dynamic_tiles(mode: DynamicMode, inputs: int, canvas: Size) -> list[Picture]:
    """The best guess at where so many inputs are seen, the big one first, then in order of entry.

    The exact pixels are not documented for relay. Every picture is inside the canvas, those beside
    the big one are of equal size and share no pixel with each other; what rounding leaves over
    stays between them. On a canvas of a few pixels small ones may have no area. Raises ValueError
    unless 1 to 16 inputs are asked for, which is all that the API mixes.
    """
    if not 1 <= inputs <= MAX_INPUTS:
        raise ValueError(f"{inputs} inputs: a mix supports 1 to {MAX_INPUTS}")
    return _MODES[mode](inputs, canvas)


def _floating(inputs: int, canvas: Size) -> list[Picture]:
    """One fills the canvas; the others before it from the bottom left to the right, then upwards."""
    width, height = canvas.width * _SMALL // 1000, canvas.height * _SMALL // 1000
    pictures = [Picture(Rect(0, 0, canvas.width, canvas.height))]
    for place in range(inputs - 1):
        row, column = divmod(place, _IN_A_ROW)
        left = canvas.width * _offset(column) // 1000
        below = canvas.height * _offset(row) // 1000
        pictures.append(Picture(Rect(left, canvas.height - below - height, width, height), z_order=1))
    return pictures


def _offset(place: int) -> int:
    return _GAP + place * (_SMALL + _GAP)


def _screen_share(inputs: int, canvas: Size) -> list[Picture]:
    """A big one at the left; the others at the right from the top down, one column after the other.

    Which of two columns is filled first is a guess as well: the left one.
    """
    columns, across, rows = next(share[1:] for share in _SHARES if inputs <= share[0])
    width, height = canvas.width // across, canvas.height // rows
    edge = canvas.width - columns * width
    pictures = [Picture(Rect(0, 0, edge, canvas.height))]
    for place in range(inputs - 1):
        column, row = divmod(place, rows)
        pictures.append(Picture(Rect(edge + column * width, row * canvas.height // rows, width, height)))
    return pictures


def _grid(inputs: int, canvas: Size) -> list[Picture]:
    """Equal parts, row by row; the cells at the end stay empty. That rows come first is a guess."""
    columns, rows = next(grid[1:] for grid in _GRIDS if inputs <= grid[0])
    width, height = canvas.width // columns, canvas.height // rows
    cells = (divmod(place, columns) for place in range(inputs))
    return [
        Picture(Rect(column * canvas.width // columns, row * canvas.height // rows, width, height))
        for row, column in cells
    ]


_MODES: Mapping[DynamicMode, Callable[[int, Size], list[Picture]]] = {
    "floating": _floating,
    "screen-share": _screen_share,
    "grid": _grid,
}
