"""What holds of presets on any canvas, for tests and for the bugs on purpose that they catch."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise

from reconciler.layout import (
    Lint,
    NoRoom,
    Preset,
    PresetTile,
    Rect,
    Size,
    Tile,
    has_room,
    lints,
    overhang,
    overlap,
    preset_named,
    preset_tiles,
)
from reconciler.layout.spreading import cuts_half

NAMES = (
    *("full", "side-by-side", "picture-in-picture", "speaker-and-slides", "sidebar", "grid"),
    *("grid 1x1", "grid 2x2", "grid 3x3", "grid 4x4", "grid 1x16", "grid 16x1", "grid 5x3", "grid 16x16"),
)
LARGE = {"full": {0}, "picture-in-picture": {0}, "speaker-and-slides": {1}, "sidebar": {0}}
"""The pictures that are not of one size with the others."""


def named(name: str) -> Preset:
    found = preset_named(name)
    assert found is not None
    return found


def laid_out(name: str, inputs: int, canvas: Size, gap: int = 0, padding: int = 0) -> list[PresetTile] | None:
    """The pictures; None if they have no room."""
    preset = named(name)
    try:
        tiles = preset_tiles(preset, inputs, canvas, gap=gap, padding=padding)
    except NoRoom:
        assert not has_room(preset, inputs, canvas, gap=gap, padding=padding)
        return None
    assert has_room(preset, inputs, canvas, gap=gap, padding=padding)
    return tiles


def assert_sound(name: str, inputs: int, canvas: Size, gap: int, padding: int) -> bool:
    """All that holds of any preset; tells whether there was room."""
    tiles = laid_out(name, inputs, canvas, gap, padding)
    if tiles is None:
        return False
    rects = [tile.rect for tile in tiles]
    assert len(tiles) == inputs
    for rect in rects:
        assert min(rect.width, rect.height) >= 2
        assert rect.width % 2 == 0 and rect.height % 2 == 0
        assert min(rect.x, rect.y) >= padding
        assert overhang(rect, Size(canvas.width - padding, canvas.height - padding)) == Size(0, 0)
    assert_apart(name, tiles, gap)
    assert_of_one_size([rect for index, rect in enumerate(rects) if index not in LARGE.get(name, ())])
    assert found_by_lints(tiles, canvas) == []
    return True


def assert_apart(name: str, tiles: Sequence[PresetTile], gap: int) -> None:
    """At least a gap lies between any two, and exactly one between two in a row; but for the picture
    that others are in, and beside a large one those that are as wide as they may be, in the middle of theirs.
    """
    large = [tiles[index].rect for index in LARGE.get(name, ())]
    beside = tiles[1:] if name == "picture-in-picture" else tiles
    for one, other in combinations(tiles, 2):
        if overlap(one.rect, other.rect) is not None:
            assert name == "picture-in-picture" and one is tiles[0]
            assert one.z_order < other.z_order
    for one, other in combinations([tile.rect for tile in beside], 2):
        assert max(*distances(one, other)) >= gap
    for line in rows(name, [tile.rect for tile in beside]):
        for left, right in pairwise(line):
            narrowed = any(rect in large for rect in (left, right)) and any(
                is_widest(rect) for rect in (left, right) if rect not in large
            )
            assert right.x - left.right == gap or narrowed


def is_widest(rect: Rect) -> bool:
    """Whether two more pixels across would cut more than half of a 16:9 picture."""
    return not cuts_half(rect) and cuts_half(replace(rect, width=rect.width + 2))


def distances(one: Rect, other: Rect) -> tuple[int, int]:
    """How far two are apart across and down; negative where they share pixels of that side."""
    across = max(one.x, other.x) - min(one.right, other.right)
    return across, max(one.y, other.y) - min(one.bottom, other.bottom)


def rows(name: str, rects: Sequence[Rect]) -> list[list[Rect]]:
    """Those of one row together, from the left to the right."""
    found: dict[tuple[int, int], list[Rect]] = {}
    for rect in rects:
        found.setdefault((rect.y, rect.height), []).append(rect)
    assert len(found) <= len(rects)
    return [sorted(line, key=lambda rect: rect.x) for line in found.values()]


def assert_of_one_size(rects: Sequence[Rect]) -> None:
    """To two pixels."""
    for lengths in ([rect.width for rect in rects], [rect.height for rect in rects]):
        assert max(lengths, default=0) - min(lengths, default=0) <= 2


def found_by_lints(tiles: Sequence[PresetTile], canvas: Size) -> list[Lint]:
    """What is told of them as slots, with a user in each; nothing covers what a preset leaves free."""
    slots = [
        Tile(str(index), tile.rect, tile.z_order, named=True, placeholder=False, crop=not tile.whole)
        for index, tile in enumerate(tiles)
    ]
    return lints(canvas, slots, background=True)
