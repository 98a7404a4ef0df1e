"""Layouts by name: where each picture is, from the canvas, the number of pictures, gap and padding.

The pictures are numbered in their order. Sizes are even, since video is encoded in pairs of pixels; gaps and
padding are exact, but for tiles that are in the middle of more room than they may fill.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from reconciler.layout.dynamic import MAX_INPUTS
from reconciler.layout.rects import Rect, Size
from reconciler.layout.spreading import SHAPE, Area, NoRoom, Span, cells, cuts_half, even, grid, spread

_ACROSS = 4
"""A sidebar has a quarter of the width; a picture in the picture a quarter of either side, at most."""


@dataclass(frozen=True, slots=True)
class PresetTile:
    """Where one picture is; a higher `z_order` is in front. One that is to be seen `whole` is fitted in."""

    rect: Rect
    z_order: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Preset:
    """A layout by name, which takes `least` to `most` pictures.

    `slots` are the names of its pictures where none are given; none where their number is not known either.
    """

    name: str
    least: int
    most: int
    slots: tuple[str, ...]
    place: Callable[[Area, int], list[PresetTile]]


def preset_tiles(
    preset: Preset, inputs: int, canvas: Size, *, gap: int = 0, padding: int = 0
) -> list[PresetTile]:
    """So many pictures in their order, in pixels of the canvas.

    `gap` is between two pictures, and `padding` between them and the canvas's edges. Raises NoRoom, a
    ValueError, where these leave too little, and ValueError for a number that the preset does not take.
    """
    if not preset.least <= inputs <= preset.most:
        raise ValueError(f"{inputs} inputs: {preset.name} takes {preset.least} to {preset.most}")
    across = Span(padding, canvas.width - 2 * padding)
    return preset.place(Area(across, Span(padding, canvas.height - 2 * padding), gap), inputs)


def _big(area: Area, *, whole: bool = False) -> PresetTile:
    """One that fills the area; where that would cut more than half of a 16:9 picture, it is seen whole."""
    (across,), (down,) = spread(area.across, 1, area.gap), spread(area.down, 1, area.gap)
    rect = Rect(across.start, down.start, across.length, down.length)
    return PresetTile(rect, whole=whole or cuts_half(rect))


def _full(area: Area, inputs: int) -> list[PresetTile]:
    return [_big(area)]


def _side_by_side(area: Area, inputs: int) -> list[PresetTile]:
    """One row of equal tiles."""
    return _fixed_grid(area, inputs, columns=inputs, rows=1)


def _fixed_grid(area: Area, inputs: int, *, columns: int, rows: int) -> list[PresetTile]:
    """Row by row; cells at the end stay empty."""
    across, down = cells(area, columns, rows)
    every = [Rect(x.start, y.start, x.length, y.length) for y in down for x in across]
    return list(map(PresetTile, every[:inputs]))


def _grid(area: Area, inputs: int) -> list[PresetTile]:
    return list(map(PresetTile, grid(area, inputs)))


def _sidebar(area: Area, inputs: int) -> list[PresetTile]:
    """The first is large and at the left, the others are in a quarter of the width at its right."""
    narrow, wide = _split(area)
    start = area.across.start
    large = Area(Span(start, wide), area.down, area.gap)
    side = Area(Span(start + wide + area.gap, narrow), area.down, area.gap)
    return [_big(large), *_grid(side, inputs - 1)]


def _speaker_and_slides(area: Area, inputs: int) -> list[PresetTile]:
    """The second is large, at the right and seen whole; the others share a quarter at the left.

    What is too little to put them in the middle of goes to the large one, so that the gap is exact.
    """
    narrow, _ = _split(area)
    start = area.across.start
    speaker, *others = _grid(Area(Span(start, narrow), area.down, area.gap), inputs - 1)
    side = [tile.rect for tile in (speaker, *others)]
    spare = narrow + start - max(rect.right for rect in side)
    if min(rect.x for rect in side) == start:
        narrow -= spare
    before = narrow + area.gap
    large = Area(Span(start + before, area.across.length - before), area.down, area.gap)
    return [speaker, _big(large, whole=True), *others]


def _split(area: Area) -> tuple[int, int]:
    """(the narrow width, the wide one) that an area has on the two sides of a gap."""
    both = area.across.length - area.gap
    narrow = even(both // _ACROSS)
    return narrow, even(both - narrow)


def _picture_in_picture(area: Area, inputs: int) -> list[PresetTile]:
    """The first fills the area; the others are before it from the bottom right to the left, then upwards.

    They are 16:9 and of one size whatever their number, a gap away from its edges and from each other.
    """
    main, inner = _big(area), area.inset()
    quarters = [
        even((side.length - (_ACROSS - 1) * area.gap) // _ACROSS) for side in (inner.across, inner.down)
    ]
    width = even(min(quarters[0], quarters[1] * SHAPE.width // SHAPE.height))
    height = even(width * SHAPE.height // SHAPE.width)
    right, bottom = main.rect.right - area.gap, main.rect.bottom - area.gap
    insets = []
    for place in range(inputs - 1):
        row, column = divmod(place, _ACROSS)
        x, y = right - width - column * (width + area.gap), bottom - height - row * (height + area.gap)
        insets.append(PresetTile(Rect(x, y, width, height), z_order=1))
    return [main, *insets]


_BY_NAME: Mapping[str, Preset] = {
    one.name: one
    for one in (
        Preset("full", 1, 1, ("main",), _full),
        Preset("side-by-side", 2, MAX_INPUTS, ("left", "right"), _side_by_side),
        Preset("picture-in-picture", 2, MAX_INPUTS, ("main", "inset"), _picture_in_picture),
        Preset("speaker-and-slides", 2, MAX_INPUTS, ("speaker", "slides"), _speaker_and_slides),
        Preset("sidebar", 2, MAX_INPUTS, (), _sidebar),
        Preset("grid", 1, MAX_INPUTS, (), _grid),
    )
}
PRESETS = tuple(_BY_NAME)
"""The presets' names; `grid` can have its columns and rows after it, as in `grid 3x3`."""
FIXED_GRID = r"grid ([1-9]|1[0-6])x([1-9]|1[0-6])"
"""How a grid with so many columns and rows is written, whatever the number of its pictures."""


def preset_named(name: str) -> Preset | None:
    """The preset of a name such as `sidebar` or `grid 3x3`; None if there is none."""
    found = re.fullmatch(FIXED_GRID, name)
    if found is None:
        return _BY_NAME.get(name)
    columns, rows = map(int, found.groups())
    most = min(columns * rows, MAX_INPUTS)
    slots = tuple(f"slot-{number}" for number in range(1, most + 1))
    return Preset(name, 1, most, slots, partial(_fixed_grid, columns=columns, rows=rows))


def most_padding(preset: Preset, inputs: int, canvas: Size, gap: int) -> int | None:
    """The largest padding that so many pictures have room with; None if they have none without padding."""
    return _most(
        lambda padding: has_room(preset, inputs, canvas, gap=gap, padding=padding), max(canvas.width, 1)
    )


def most_gap(preset: Preset, inputs: int, canvas: Size) -> int | None:
    """The largest gap that so many pictures have room with, less than the canvas is wide or high; None if
    they have none without gaps.
    """
    return _most(
        lambda gap: has_room(preset, inputs, canvas, gap=gap, padding=0), max(canvas.width, canvas.height)
    )


def _most(fits: Callable[[int], bool], end: int) -> int | None:
    """The largest number below the end that fits, as all do that are below it; None if 0 does not."""
    found = bisect_left(range(end), True, key=lambda number: not fits(number))
    return found - 1 if found else None


def has_room(preset: Preset, inputs: int, canvas: Size, *, gap: int, padding: int) -> bool:
    """Whether each of so many pictures has a size of at least two pixels."""
    try:
        preset_tiles(preset, inputs, canvas, gap=gap, padding=padding)
    except NoRoom:
        return False
    return True
