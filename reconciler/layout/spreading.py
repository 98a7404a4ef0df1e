"""Rows and columns of tiles: a length divided into even parts with exact gaps, and the grids made of two."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.layout.rects import Rect, Size

SHAPE = Size(16, 9)
"""The shape that tiles are held near to: that of most cameras and slides."""


class NoRoom(ValueError):
    """Gaps and padding leave less than two pixels for a tile."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one side: where it begins, and its length, in pixels; one of less than 0 holds nothing."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Area:
    """Where tiles may be, in pixels of the canvas, and the gap between two of them."""

    across: Span
    down: Span
    gap: int

    def inset(self) -> "Area":
        """The area without a gap's breadth at each of its four sides."""
        gap = self.gap
        across = Span(self.across.start + gap, self.across.length - 2 * gap)
        return Area(across, Span(self.down.start + gap, self.down.length - 2 * gap), gap)


def even(length: int) -> int:
    """The next even length below; video is encoded in pairs of pixels. Raises NoRoom for less than two."""
    if length < 2:
        raise NoRoom(f"{length} pixels")
    return length // 2 * 2


def cuts_half(size: Rect) -> bool:
    """Whether a 16:9 picture that fills such a tile shows less than half of itself."""
    shown, all_of_it = sorted((size.width * SHAPE.height, size.height * SHAPE.width))
    return 2 * shown < all_of_it


def spread(room: Span, parts: int, gap: int, most: int | None = None) -> list[Span]:
    """So many parts of even length, in order, with the gap between them.

    They fill the room and differ by two pixels at most, the longer ones first; if that is longer than
    `most`, an even length, each has that, and all of them are in the middle. Raises NoRoom.
    """
    pairs, longer = divmod((room.length - (parts - 1) * gap) // 2, parts)
    lengths = [even(2 * (pairs + (place < longer))) for place in range(parts)]
    if most is not None and lengths[0] > most:
        lengths = [most] * parts
    spare = room.length - sum(lengths) - (parts - 1) * gap
    return list(_in_line(room.start + spare // 4 * 2, lengths, gap))


def _in_line(start: int, lengths: Sequence[int], gap: int) -> Iterator[Span]:
    for length in lengths:
        yield Span(start, length)
        start += length + gap


def cells(area: Area, columns: int, rows: int) -> tuple[list[Span], list[Span]]:
    """(the columns, the rows) of a grid that fills the area.

    Where its cells would be so narrow or flat that they cut more than half of a 16:9 picture, they are
    shortened until they do not, and the grid is in the middle. Raises NoRoom.
    """
    across = spread(area.across, columns, area.gap)
    tallest = even(2 * min(one.length for one in across) * SHAPE.height // SHAPE.width)
    down = spread(area.down, rows, area.gap, tallest)
    widest = even(2 * min(one.length for one in down) * SHAPE.width // SHAPE.height)
    return spread(area.across, columns, area.gap, widest), down


def grid(area: Area, tiles: int) -> list[Rect]:
    """So many tiles row by row, in as many columns as bring them nearest to 16:9; a last row that is not full
    is in the middle. Raises NoRoom.
    """
    columns = _columns(area, tiles)
    rows = -(-tiles // columns)
    across, down = cells(area, columns, rows)
    in_last = tiles - (rows - 1) * columns
    last = spread(area.across, in_last, area.gap, min(one.length for one in across))
    lines = [(down[row], last if row == rows - 1 and in_last < columns else across) for row in range(rows)]
    return [Rect(x.start, y.start, x.length, y.length) for y, line in lines for x in line]


def _columns(area: Area, tiles: int) -> int:
    """The number of columns for which tiles are nearest to 16:9; of two, the larger. Raises NoRoom."""
    shapes = {columns: _distance(area, columns, -(-tiles // columns)) for columns in range(tiles, 0, -1)}
    possible = {columns: distance for columns, distance in shapes.items() if distance is not None}
    if not possible:
        raise NoRoom(f"{tiles} tiles")
    return min(possible, key=lambda columns: possible[columns])


def _distance(area: Area, columns: int, rows: int) -> float | None:
    """How many times too wide or too high the tiles would be; None if they have no room.

    Of equal quotients of whole numbers the floats are equal too.
    """
    width, height = (
        side.length - (parts - 1) * area.gap for side, parts in ((area.across, columns), (area.down, rows))
    )
    if width < 2 * columns or height < 2 * rows:
        return None
    flatter, steeper = width * rows * SHAPE.height, height * columns * SHAPE.width
    return max(flatter, steeper) / min(flatter, steeper)
