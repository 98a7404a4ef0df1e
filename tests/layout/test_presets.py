"""Presets: where each picture is, on usual canvases to the pixel and on any by what must hold."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.layout import (
    PRESETS,
    Size,
    has_room,
    most_gap,
    most_padding,
    preset_named,
    preset_tiles,
    union_area,
)

from .preset_checks import LARGE, NAMES, assert_sound, laid_out, named

HD, PORTRAIT = Size(1280, 720), Size(720, 1280)
Sides = tuple[int, int, int, int]

CASES: dict[str, tuple[str, int, Size, int, int, list[Sides]]] = {
    # preset, pictures, canvas, gap, padding: where each is
    "all of the canvas": ("full", 1, HD, 0, 0, [(0, 0, 1280, 720)]),
    "padding is at each edge": ("full", 1, HD, 99, 10, [(10, 10, 1260, 700)]),
    "sizes are even": ("full", 1, Size(641, 361), 0, 0, [(0, 0, 640, 360)]),
    "an odd padding is exact": ("full", 1, HD, 0, 5, [(5, 5, 1270, 710)]),
    "halves": ("side-by-side", 2, HD, 0, 0, [(0, 0, 640, 720), (640, 0, 640, 720)]),
    "halves that cut less than half": (
        *("side-by-side", 2, HD, 8, 0),
        [(0, 2, 636, 714), (644, 2, 636, 714)],
    ),
    "halves with padding": ("side-by-side", 2, HD, 16, 16, [(16, 16, 616, 688), (648, 16, 616, 688)]),
    "thirds differ by two pixels": (
        *("side-by-side", 3, HD, 0, 0),
        [(0, 120, 428, 478), (428, 120, 426, 478), (854, 120, 426, 478)],
    ),
    "an odd gap is exact": ("side-by-side", 2, HD, 5, 0, [(0, 2, 638, 714), (643, 2, 636, 714)]),
    "a picture in the corner": (
        *("picture-in-picture", 2, HD, 0, 0),
        [(0, 0, 1280, 720), (960, 540, 320, 180)],
    ),
    "pictures a gap away from the edges and from each other": (
        *("picture-in-picture", 3, HD, 24, 8),
        [(8, 8, 1264, 704), (990, 544, 258, 144), (708, 544, 258, 144)],
    ),
    "a fifth goes up": (
        *("picture-in-picture", 6, HD, 0, 0),
        [(0, 0, 1280, 720), *((x, 540, 320, 180) for x in (960, 640, 320, 0)), (960, 360, 320, 180)],
    ),
    "one beside": ("sidebar", 2, HD, 0, 0, [(0, 0, 960, 720), (960, 180, 320, 360)]),
    "four beside": (
        *("sidebar", 5, HD, 0, 0),
        [(0, 0, 960, 720), *((960, y, 320, 180) for y in (0, 180, 360, 540))],
    ),
    "two columns beside": (
        *("sidebar", 9, HD, 0, 0),
        [(0, 0, 960, 720), *((x, y, 160, 180) for y in (0, 180, 360, 540) for x in (960, 1120))],
    ),
    "the speaker at the left of the slides": (
        *("speaker-and-slides", 2, HD, 16, 24),
        [(24, 188, 304, 342), (344, 24, 912, 672)],
    ),
    "further speakers below the first": (
        *("speaker-and-slides", 4, HD, 0, 0),
        [(0, 0, 320, 240), (320, 0, 960, 720), (0, 240, 320, 240), (0, 480, 320, 240)],
    ),
    "a grid of one": ("grid", 1, HD, 8, 0, [(0, 0, 1280, 720)]),
    "a grid of three, the last in the middle": (
        *("grid", 3, HD, 0, 0),
        [(0, 0, 640, 360), (640, 0, 640, 360), (320, 360, 640, 360)],
    ),
    "a grid of five": (
        *("grid", 5, HD, 0, 0),
        [
            *((0, 0, 428, 360), (428, 0, 426, 360), (854, 0, 426, 360)),
            *((214, 360, 426, 360), (640, 360, 426, 360)),
        ],
    ),
    "a grid of two on a portrait canvas": (
        *("grid", 2, PORTRAIT, 0, 0),
        [(0, 0, 720, 640), (0, 640, 720, 640)],
    ),
    "a fixed grid keeps its cells": (
        *("grid 2x2", 3, HD, 0, 0),
        [(0, 0, 640, 360), (640, 0, 640, 360), (0, 360, 640, 360)],
    ),
    "a fixed grid of gaps and padding": (
        *("grid 2x2", 4, HD, 8, 16),
        [(x, y, 620, 340) for y in (16, 364) for x in (16, 644)],
    ),
    "columns come first": ("grid 1x2", 2, HD, 0, 0, [(0, 0, 1280, 360), (0, 360, 1280, 360)]),
    "a flat grid is shortened": (
        *("grid 1x4", 2, HD, 0, 0),
        [(320, 0, 640, 180), (320, 180, 640, 180)],
    ),
}


@pytest.mark.parametrize(("name", "inputs", "canvas", "gap", "padding", "sides"), CASES.values(), ids=CASES)
def test_where_pictures_are(
    name: str, inputs: int, canvas: Size, gap: int, padding: int, sides: list[Sides]
) -> None:
    rects = [tile.rect for tile in preset_tiles(named(name), inputs, canvas, gap=gap, padding=padding)]
    assert [(rect.x, rect.y, rect.width, rect.height) for rect in rects] == sides


canvases = st.builds(Size, st.integers(64, 1920), st.integers(64, 1920))
lengths = st.integers(0, 40) | st.integers(0, 1920)


@given(st.sampled_from(NAMES), st.integers(1, 16), canvases, lengths, lengths)
@example("speaker-and-slides", 2, Size(912, 64), 0, 0)
@example("speaker-and-slides", 3, Size(473, 64), 1, 0)
@example("sidebar", 2, Size(1000, 64), 0, 0)
def test_on_any_canvas_pictures_are_inside_apart_even_and_of_one_size(
    name: str, inputs: int, canvas: Size, gap: int, padding: int
) -> None:
    preset = named(name)
    if preset.least <= inputs <= preset.most:
        assert_sound(name, inputs, canvas, gap, padding)
    else:
        with pytest.raises(ValueError, match=f"^{inputs} inputs: {name} takes"):
            preset_tiles(preset, inputs, canvas, gap=gap, padding=padding)


@pytest.mark.parametrize("name", NAMES)
def test_there_is_room_for_every_number_on_a_usual_canvas(name: str) -> None:
    for canvas in (HD, PORTRAIT, Size(1920, 1080), Size(641, 361)):
        for inputs in range(named(name).least, named(name).most + 1):
            assert assert_sound(name, inputs, canvas, gap=6, padding=12)


@given(st.sampled_from(NAMES), st.integers(1, 16), canvases, lengths, lengths)
def test_what_is_most_has_room_and_one_more_has_none(
    name: str, inputs: int, canvas: Size, gap: int, padding: int
) -> None:
    preset = named(name)
    inputs = min(max(inputs, preset.least), preset.most)
    most = most_padding(preset, inputs, canvas, gap)
    assert has_room(preset, inputs, canvas, gap=gap, padding=padding) == (
        most is not None and padding <= most
    )
    widest = most_gap(preset, inputs, canvas)
    side = max(canvas.width, canvas.height)
    if gap < side:
        assert has_room(preset, inputs, canvas, gap=gap, padding=0) == (widest is not None and gap <= widest)


@given(canvases, st.integers(1, 16), st.sampled_from(["side-by-side", "grid", "grid 4x4", "sidebar"]))
def test_pictures_are_in_reading_order(canvas: Size, inputs: int, name: str) -> None:
    tiles = laid_out(name, max(inputs, named(name).least), canvas) or []
    places = [
        (tile.rect.y, tile.rect.x) for index, tile in enumerate(tiles) if index not in LARGE.get(name, ())
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("inputs", [1, 2, 4, 6, 9, 12, 16])
def test_a_full_grid_without_gaps_leaves_nothing_free(inputs: int) -> None:
    tiles = preset_tiles(named("grid"), inputs, HD)
    assert union_area(tile.rect for tile in tiles) == HD.width * HD.height


def test_pictures_in_the_picture_stay_where_they_are_as_others_come() -> None:
    every = [preset_tiles(named("picture-in-picture"), count, HD, gap=12) for count in range(2, 17)]
    assert all(fewer == more[:-1] for fewer, more in pairwise(every))


def test_what_is_no_preset() -> None:
    others = ("", "grids", "grid ", "grid 0x1", "grid 17x1", "grid 2x", "grid 2X2", "grid 2x2\n", "Full")
    assert [name for name in others if preset_named(name) is not None] == []
    assert all(preset_named(name) is not None for name in (*PRESETS, *NAMES))
