"""Lengths, areas, warnings and guesses: tables of cases, and what a count of single pixels says."""

from collections import Counter
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.layout import (
    DynamicMode,
    Length,
    Lint,
    Rect,
    Size,
    Tile,
    checked_length,
    dynamic_tiles,
    lints,
    overhang,
    overlap,
    placed,
    union_area,
)

HD = Size(1280, 720)
MODES: tuple[DynamicMode, ...] = get_args(DynamicMode)

canvases = st.builds(Size, st.integers(1, 1920), st.integers(1, 1920))
small_canvases = st.builds(Size, st.integers(1, 14), st.integers(1, 14))
small_rects = st.builds(
    Rect, st.integers(-3, 16), st.integers(-3, 16), st.integers(0, 17), st.integers(0, 17)
)


def pixels(*rects: Rect) -> set[tuple[int, int]]:
    return {
        pixel
        for rect in rects
        for pixel in product(range(rect.x, rect.x + rect.width), range(rect.y, rect.y + rect.height))
    }


def on(canvas: Size) -> Rect:
    return Rect(0, 0, canvas.width, canvas.height)


# Lengths

LENGTHS: tuple[Any, ...] = (
    0,
    1,
    640,
    100000,
    "0%",
    "5%",
    "50%",
    "33.3%",
    "33.33%",
    "99.99%",
    "100%",
    "100.00%",
)
NO_LENGTHS: tuple[Any, ...] = (
    *(-1, 2.5, 0.0, True, False, None, [], Decimal(1)),
    *("", "%", "50", "640", "-5%", "+5%", "50 %", " 50%", "50%\n", "50%%", ".5%", "5.%", "5,5%", "33.333%"),
    *("100.01%", "101%", "1000%", "1e1%", "0x5%", "\u0665%", "\u00bd%", "50px"),
)


@pytest.mark.parametrize("value", LENGTHS)
def test_a_length_is_kept_as_it_is_written(value: Any) -> None:
    kept = checked_length(value)
    assert kept == value
    assert type(kept) is type(value)


@pytest.mark.parametrize("value", NO_LENGTHS, ids=repr)
def test_what_is_no_length(value: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^not a length: use whole pixels, or a percentage of the canvas such as 25%"
    ):
        checked_length(value)


@given(st.text(alphabet="0123456789.%-+ e", max_size=8))
def test_a_length_in_text_is_a_number_up_to_a_hundred_with_two_decimals(text: str) -> None:
    def is_one() -> bool:
        number, sign, rest = text.partition("%")
        whole, point, decimals = number.partition(".")
        shaped = bool(sign) and not rest and whole.isdigit() and len(whole) <= 3
        shaped = shaped and (not point or (decimals.isdigit() and len(decimals) <= 2))
        return shaped and Decimal(number) <= 100

    if is_one():
        assert checked_length(text) == text
    else:
        with pytest.raises(ValueError, match="not a length"):
            checked_length(text)


# Rectangles from lengths

PLACED: dict[str, tuple[Size, tuple[Length, Length, Length, Length], Rect]] = {
    # canvas, (x, y, width, height), what it is in pixels
    "pixels": (HD, (10, 20, 300, 400), Rect(10, 20, 300, 400)),
    "pixels outside the canvas": (HD, (1270, 700, 300, 400), Rect(1270, 700, 300, 400)),
    "a quarter": (HD, ("50%", "0%", "50%", "50%"), Rect(640, 0, 640, 360)),
    "the whole": (Size(1, 1919), ("0%", "0%", "100%", "100.00%"), Rect(0, 0, 1, 1919)),
    "first third": (HD, ("0%", 0, "33.33%", "100%"), Rect(0, 0, 427, 720)),
    "second third": (HD, ("33.33%", 0, "33.33%", "100%"), Rect(427, 0, 426, 720)),
    "last third": (HD, ("66.66%", 0, "33.34%", "100%"), Rect(853, 0, 427, 720)),
    "half a pixel goes up, at both ends": (Size(5, 3), ("50%", "50%", "20%", "0%"), Rect(3, 2, 1, 0)),
    "just below half a pixel goes down": (Size(5, 1), ("49.99%", 0, "50.01%", 1), Rect(2, 0, 3, 1)),
    "a 10000th below half a pixel": (Size(1, 1), (0, 0, "49.99%", "50%"), Rect(0, 0, 0, 1)),
    "per cent from a pixel on": (HD, (11, 7, "25%", "25%"), Rect(11, 7, 320, 180)),
    "pixels from a per cent on": (HD, ("33.33%", "33.33%", 100, 100), Rect(427, 240, 100, 100)),
    "per cent over the edge": (Size(100, 100), ("60%", "0%", "60%", "100%"), Rect(60, 0, 60, 100)),
    "hardly anything": (HD, (0, 0, "0.01%", "0.1%"), Rect(0, 0, 0, 1)),
}


@pytest.mark.parametrize(("canvas", "lengths", "rect"), PLACED.values(), ids=PLACED)
def test_a_rectangle_from_lengths(
    canvas: Size, lengths: tuple[Length, Length, Length, Length], rect: Rect
) -> None:
    assert placed(canvas, *lengths) == rect


@pytest.mark.parametrize("at", range(4))
def test_a_text_that_is_no_length_is_refused_wherever_it_stands(at: int) -> None:
    lengths: list[Length] = [0, 0, 10, 10]
    lengths[at] = "10"
    with pytest.raises(ValueError, match="not a length"):
        placed(HD, *lengths)


def as_text(hundredths: int) -> str:
    """With as few decimals as it takes, as people write it."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") + "%"


cuts = st.lists(st.integers(0, 10000), max_size=3).map(lambda inner: sorted([0, *inner, 10000]))


@given(canvases, cuts, cuts)
def test_tiles_that_abut_in_per_cent_cover_the_canvas_and_never_overlap(
    canvas: Size, across: list[int], down: list[int]
) -> None:
    tiles = [
        placed(canvas, *map(as_text, (left, top, right - left, bottom - top)))
        for (left, right), (top, bottom) in product(pairwise(across), pairwise(down))
    ]
    assert sum(tile.width * tile.height for tile in tiles) == canvas.width * canvas.height
    assert union_area(tiles) == canvas.width * canvas.height
    assert all(overhang(tile, canvas) == Size(0, 0) for tile in tiles)


@given(st.integers(1, 1920), st.integers(0, 10000), st.integers(0, 10000))
def test_edges_are_rounded_half_up(side: int, start: int, length: int) -> None:
    def rounded(hundredths: int) -> int:
        exact = Decimal(hundredths) / 10000 * side
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))

    rect = placed(Size(side, side), as_text(start), as_text(start), as_text(length), as_text(length))
    assert (rect.x, rect.y) == (rounded(start),) * 2
    assert (rect.x + rect.width, rect.y + rect.height) == (rounded(start + length),) * 2


@given(canvases, st.integers(0, 10000), st.integers(0, 2000))
def test_pixels_stay_as_they_are_beside_per_cent(canvas: Size, share: int, length: int) -> None:
    text = as_text(share)
    from_per_cent = placed(canvas, text, text, length, length)
    for_per_cent = placed(canvas, length, length, text, text)
    assert (from_per_cent.width, from_per_cent.height) == (length, length)
    assert (for_per_cent.x, for_per_cent.y) == (length, length)
    # Shifted by whole pixels, a size in per cent is what it is at the corner.
    assert (for_per_cent.width, for_per_cent.height) == (from_per_cent.x, from_per_cent.y)


# Areas

OVERHANGS = (
    (Rect(0, 0, 1280, 720), Size(0, 0)),
    (Rect(1280, 720, 0, 0), Size(0, 0)),
    (Rect(1, 0, 1280, 720), Size(1, 0)),
    (Rect(0, 360, 10, 720), Size(0, 360)),
    (Rect(2000, 800, 10, 10), Size(730, 90)),
)


@pytest.mark.parametrize(("rect", "out"), OVERHANGS)
def test_overhang(rect: Rect, out: Size) -> None:
    assert overhang(rect, HD) == out


@given(st.lists(small_rects, max_size=6))
def test_the_area_of_a_union_is_its_number_of_pixels(rects: list[Rect]) -> None:
    assert union_area(rects) == len(pixels(*rects))


@given(small_rects, small_rects)
def test_an_overlap_is_the_pixels_of_both(one: Rect, other: Rect) -> None:
    shared = overlap(one, other)
    both = pixels(one) & pixels(other)
    assert (pixels(shared) if shared is not None else set()) == both
    assert (shared is None) == (not both)


def test_the_area_of_a_union_does_not_depend_on_the_number_of_pixels() -> None:
    huge = 10**12
    cross = (Rect(0, huge, 3 * huge, huge), Rect(huge, 0, huge, 3 * huge))
    assert union_area(cross) == 5 * huge**2


# Warnings


def tile(
    name: str, rect: tuple[int, int, int, int], z_order: int = 0, *, named: bool = True, **rest: Any
) -> Tile:
    return Tile(name, Rect(*rect), z_order, named, **({"placeholder": False, "crop": False} | rest))


LEFT, RIGHT, ALL = (0, 0, 640, 720), (640, 0, 640, 720), (0, 0, 1280, 720)
NARROW, REST = (0, 0, 405, 720), (405, 0, 875, 720)
PORTRAIT = Size(1080, 1920)

Told = tuple[str, int | None, str]


def hidden(index: int, who: str, by: str) -> Told:
    return "hidden", index, f"{who} is completely behind {by}: its user is invisible"


def tied(index: int, who: str, others: str, z_order: int) -> Told:
    text = f"{who} overlaps {others} at the same zOrder {z_order}: it is not documented which one is in front"
    return "same-z-order", index, text


def unfilled(who: str) -> Told:
    text = "no user and no backgroundImageUrl: empty until someone joins; filled in order of joining"
    return "unfilled", None, f"{who} {text}"


def cropped(index: int, shows: str) -> Told:
    return "cropped", index, f"{shows} and crops the rest; renderMode: fit shows all of it"


def uncovered(share: str) -> Told:
    return "uncovered", None, f"{share} of the canvas has neither a slot nor a background"


LINTS: dict[str, tuple[list[Tile], list[Told]]] = {
    # tiles over no background, what is told
    "nothing": ([], []),
    "all is well": ([tile("a", LEFT), tile("b", RIGHT)], []),
    "hidden by one": (
        [tile("a", (10, 10, 9, 9)), tile("b", ALL, 1)],
        [hidden(0, "slot 'a'", "slot 'b'")],
    ),
    "hidden by two together": (
        [tile("a", ALL), tile("b", LEFT, 1), tile("c", RIGHT, 2)],
        [hidden(0, "slot 'a'", "slots 'b' and 'c'")],
    ),
    "of several the one that hides alone is named": (
        [tile("a", LEFT), tile("b", (0, 0, 9, 9), 1), tile("c", ALL, 2), tile("d", RIGHT)],
        [
            hidden(0, "slot 'a'", "slot 'c'"),
            hidden(1, "slot 'b'", "slot 'c'"),
            hidden(3, "slot 'd'", "slot 'c'"),
        ],
    ),
    "of two that hide alone the first is named": (
        [tile("a", LEFT), tile("b", ALL, 1), tile("c", LEFT, 2)],
        [hidden(0, "slot 'a'", "slot 'b'")],
    ),
    "one pixel is seen": (
        [tile("a", ALL), tile("b", (0, 0, 1280, 719), 1), tile("c", (1, 0, 1279, 720), 2)],
        [],
    ),
    "a see-through tile hides nothing": ([tile("a", LEFT), tile("b", ALL, 1, transparent=True)], []),
    "a see-through tile is hidden": (
        [tile("a", LEFT, transparent=True), tile("b", ALL, 1)],
        [hidden(0, "slot 'a'", "slot 'b'")],
    ),
    "what is behind hides nothing": ([tile("a", ALL, 2), tile("b", LEFT, 3)], []),
    "hidden as far as it is on the canvas": (
        [tile("a", (1000, 500, 600, 600)), tile("b", ALL, 1)],
        [hidden(0, "slot 'a'", "slot 'b'")],
    ),
    "equal zOrder hides nothing, and each tells of all others": (
        [tile("a", ALL, 3), tile("b", LEFT, 3), tile("c", RIGHT, 3), tile("d", RIGHT, 4)],
        [
            hidden(2, "slot 'c'", "slot 'd'"),
            tied(0, "slot 'a'", "slots 'b' and 'c'", 3),
            tied(1, "slot 'b'", "slot 'a'", 3),
            tied(2, "slot 'c'", "slot 'a'", 3),
        ],
    ),
    "one unfilled": ([tile("a", LEFT), tile("b", RIGHT, named=False)], [unfilled("slot 'b' has")]),
    "several unfilled are told once": (
        [tile(name, (column * 320, 0, 320, 720), named=False) for column, name in enumerate("abcd")],
        [unfilled("slots 'a', 'b', 'c' and 'd' have")],
    ),
    "a placeholder is enough": ([tile("a", ALL, named=False, placeholder=True)], []),
    "a narrow tile": (
        [tile("a", NARROW, crop=True), tile("b", REST, crop=True)],
        [cropped(0, "slot 'a' shows 31% of a 16:9 picture")],
    ),
    "a narrow tile that crops nothing": ([tile("a", NARROW), tile("b", REST)], []),
    "a flat tile": (
        [tile("a", ALL), tile("b", (0, 0, 1280, 1), 1, crop=True)],
        [cropped(1, "slot 'b' shows less than 1% of a 16:9 picture")],
    ),
    "just half is enough": ([tile("a", ALL), tile("b", (0, 0, 640, 720), 1, crop=True)], []),
    "just less than half": (
        [tile("a", ALL), tile("b", (0, 0, 639, 720), 1, crop=True)],
        [cropped(1, "slot 'b' shows 49% of a 16:9 picture")],
    ),
    "a narrow tile for a narrow picture": (
        [tile("a", ALL), tile("b", NARROW, 1, crop=True, source=PORTRAIT)],
        [],
    ),
    "a wide tile for a narrow picture": (
        [tile("a", ALL, crop=True, source=PORTRAIT)],
        [cropped(0, "slot 'a' shows 31% of a picture of 1080x1920")],
    ),
    "a tile crops by its shape, not by what of it is on the canvas": (
        [tile("a", ALL), tile("b", (1279, 0, 1280, 720), 1, crop=True)],
        [],
    ),
    "a quarter uncovered": ([tile("a", LEFT), tile("b", (640, 0, 640, 360))], [uncovered("25%")]),
    "one per cent uncovered": (
        [tile("a", (0, 0, 1152, 720)), tile("b", (1152, 0, 128, 648))],
        [uncovered("1%")],
    ),
    "one pixel uncovered": (
        [tile("a", (0, 0, 1280, 719)), tile("b", (0, 719, 1279, 1))],
        [uncovered("less than 1%")],
    ),
    "all but one pixel uncovered": ([tile("a", (0, 0, 1, 1))], [uncovered("99%")]),
    "covered twice is covered once": (
        [tile("a", LEFT), tile("b", (320, 0, 640, 720), 1)],
        [uncovered("25%")],
    ),
    "a see-through tile covers": ([tile("a", ALL, transparent=True)], []),
    "what sticks out covers as far as it is on the canvas": (
        [tile("a", (640, 0, 1280, 720))],
        [uncovered("50%")],
    ),
    "no area, or none on the canvas": (
        [
            tile("a", (0, 0, 0, 720), named=False, crop=True),
            tile("b", (1280, 0, 9, 999), named=False, crop=True),
        ],
        [],
    ),
    "indexes are those of all tiles": (
        [tile("empty", (0, 0, 0, 0)), tile("a", LEFT), tile("b", ALL, 1)],
        [hidden(1, "slot 'a'", "slot 'b'")],
    ),
}


def told_by(found: Iterable[Lint]) -> list[Told]:
    return [(lint.code, lint.tile, lint.message) for lint in found]


@pytest.mark.parametrize(("tiles", "told"), LINTS.values(), ids=LINTS)
def test_lints(tiles: list[Tile], told: list[Told]) -> None:
    assert told_by(lints(HD, tiles, background=False)) == told
    over_background = [one for one in told if one[0] != "uncovered"]
    assert told_by(lints(HD, tiles, background=True)) == over_background


tiles_anyhow = st.lists(
    st.builds(
        Tile,
        st.sampled_from("abcdef"),
        small_rects,
        z_order=st.integers(0, 2),
        named=st.booleans(),
        placeholder=st.booleans(),
        crop=st.booleans(),
        source=st.none() | st.builds(Size, st.integers(1, 40), st.integers(1, 40)),
        transparent=st.integers(0, 4).map(lambda number: number == 0),
    ),
    max_size=7,
)


def told_of(found: Iterable[Lint], code: str) -> list[int | None]:
    return [lint.tile for lint in found if lint.code == code]


@given(small_canvases, tiles_anyhow)
def test_what_is_hidden_or_undecided_by_single_pixels(canvas: Size, tiles: list[Tile]) -> None:
    seen = [pixels(tile.rect) & pixels(on(canvas)) for tile in tiles]
    found = lints(canvas, tiles, background=True)
    hidden, undecided = [], []
    for index, one in enumerate(tiles):
        in_front: set[tuple[int, int]] = set()
        beside: set[tuple[int, int]] = set()
        for other_index, other in enumerate(tiles):
            if other.z_order > one.z_order and not other.transparent:
                in_front |= seen[other_index]
            if other.z_order == one.z_order and other_index != index:
                beside |= seen[other_index]
        if seen[index] and seen[index] <= in_front:
            hidden.append(index)
        if seen[index] & beside:
            undecided.append(index)
    assert told_of(found, "hidden") == hidden
    assert told_of(found, "same-z-order") == undecided


@given(small_canvases, tiles_anyhow, st.booleans())
def test_what_is_uncovered_by_single_pixels(canvas: Size, tiles: list[Tile], background: bool) -> None:
    covered = pixels(*(tile.rect for tile in tiles)) & pixels(on(canvas))
    bare = 100 - Fraction(100 * len(covered), canvas.width * canvas.height)
    found = [lint for lint in lints(canvas, tiles, background=background) if lint.code == "uncovered"]
    if background or not covered or not bare:
        assert found == []
    else:
        (lint,) = found
        assert lint.tile is None
        assert lint.message.startswith(f"{int(bare)}% of" if bare >= 1 else "less than 1% of")


@given(small_canvases, tiles_anyhow)
def test_what_is_cropped_by_the_scale_at_which_a_picture_fills_its_tile(
    canvas: Size, tiles: list[Tile]
) -> None:
    cropped = []
    for index, one in enumerate(tiles):
        source = one.source or Size(16, 9)
        scale = max(Fraction(one.rect.width, source.width), Fraction(one.rect.height, source.height))
        if one.crop and pixels(one.rect) & pixels(on(canvas)):
            shown = one.rect.width * one.rect.height / (scale * source.width * scale * source.height)
            cropped += [index] if shown < Fraction(1, 2) else []
    assert told_of(lints(canvas, tiles, background=True), "cropped") == cropped


@given(small_canvases, tiles_anyhow)
def test_the_unfilled_are_told_once_and_all_named(canvas: Size, tiles: list[Tile]) -> None:
    names = [
        repr(tile.name)
        for tile in tiles
        if pixels(tile.rect) & pixels(on(canvas)) and not tile.named and not tile.placeholder
    ]
    found = [lint for lint in lints(canvas, tiles, background=True) if lint.code == "unfilled"]
    assert [lint.tile for lint in found] == ([None] if names else [])
    quoted = [word.rstrip(",") for lint in found for word in lint.message.split() if word.startswith("'")]
    assert quoted == names


# The modes that the cloud lays out

# Canvases on which every fraction of the mode comes to whole pixels.
THOUSAND, EVEN = Size(1000, 2000), Size(630, 240)
GUESSES: dict[str, tuple[DynamicMode, int, Size, dict[int, Rect]]] = {
    # mode, inputs, canvas, some of the pictures by their place
    "floating 1": ("floating", 1, HD, {0: Rect(0, 0, 1280, 720)}),
    "floating 16": (
        "floating",
        16,
        THOUSAND,
        {
            0: Rect(0, 0, 1000, 2000),
            1: Rect(12, 1506, 235, 470),
            2: Rect(259, 1506, 235, 470),
            4: Rect(753, 1506, 235, 470),
            5: Rect(12, 1012, 235, 470),
            13: Rect(12, 24, 235, 470),
            15: Rect(506, 24, 235, 470),
        },
    ),
    "floating with rounding": ("floating", 3, HD, {1: Rect(15, 543, 300, 169), 2: Rect(331, 543, 300, 169)}),
    "screen-share 1": ("screen-share", 1, EVEN, {0: Rect(0, 0, 504, 240)}),
    "screen-share 5": (
        "screen-share",
        5,
        EVEN,
        {0: Rect(0, 0, 504, 240), 1: Rect(504, 0, 126, 60), 4: Rect(504, 180, 126, 60)},
    ),
    "screen-share 6": ("screen-share", 6, EVEN, {0: Rect(0, 0, 540, 240), 5: Rect(540, 160, 90, 40)}),
    "screen-share 7": ("screen-share", 7, EVEN, {0: Rect(0, 0, 540, 240), 6: Rect(540, 200, 90, 40)}),
    "screen-share 8": ("screen-share", 8, EVEN, {0: Rect(0, 0, 560, 240), 7: Rect(560, 180, 70, 30)}),
    "screen-share 9": ("screen-share", 9, EVEN, {0: Rect(0, 0, 560, 240), 8: Rect(560, 210, 70, 30)}),
    "screen-share 10": (
        "screen-share",
        10,
        EVEN,
        {
            0: Rect(0, 0, 504, 240),
            1: Rect(504, 0, 63, 30),
            8: Rect(504, 210, 63, 30),
            9: Rect(567, 0, 63, 30),
        },
    ),
    "screen-share 16": ("screen-share", 16, EVEN, {0: Rect(0, 0, 504, 240), 15: Rect(567, 180, 63, 30)}),
    "screen-share with rounding": (
        "screen-share",
        7,
        HD,
        {0: Rect(0, 0, 1098, 720), 1: Rect(1098, 0, 182, 120), 6: Rect(1098, 600, 182, 120)},
    ),
    "grid 1": ("grid", 1, HD, {0: Rect(0, 0, 1280, 720)}),
    "grid 2": ("grid", 2, HD, {0: Rect(0, 0, 640, 720), 1: Rect(640, 0, 640, 720)}),
    "grid 3": (
        "grid",
        3,
        HD,
        {0: Rect(0, 0, 640, 360), 1: Rect(640, 0, 640, 360), 2: Rect(0, 360, 640, 360)},
    ),
    "grid 4": ("grid", 4, HD, {3: Rect(640, 360, 640, 360)}),
    "grid 5": (
        "grid",
        5,
        HD,
        {0: Rect(0, 0, 426, 240), 2: Rect(853, 0, 426, 240), 4: Rect(426, 240, 426, 240)},
    ),
    "grid 9": ("grid", 9, HD, {8: Rect(853, 480, 426, 240)}),
    "grid 10": ("grid", 10, HD, {3: Rect(960, 0, 320, 180), 9: Rect(320, 360, 320, 180)}),
    "grid 16": ("grid", 16, HD, {15: Rect(960, 540, 320, 180)}),
}


@pytest.mark.parametrize(("mode", "inputs", "canvas", "rects"), GUESSES.values(), ids=GUESSES)
def test_guesses(mode: DynamicMode, inputs: int, canvas: Size, rects: dict[int, Rect]) -> None:
    pictures = dynamic_tiles(mode, inputs, canvas)
    assert {place: pictures[place].rect for place in rects} == rects


@given(st.sampled_from(MODES), st.integers(1, 16), canvases)
def test_guesses_lie_on_the_canvas_side_by_side(mode: DynamicMode, inputs: int, canvas: Size) -> None:
    pictures = dynamic_tiles(mode, inputs, canvas)
    rects = [picture.rect for picture in pictures]
    assert len(rects) == inputs
    assert all(rect.x >= 0 and rect.y >= 0 and overhang(rect, canvas) == Size(0, 0) for rect in rects)
    alike = rects if mode == "grid" else rects[1:]
    assert len({(rect.width, rect.height) for rect in alike}) <= 1
    beside = rects[1:] if mode == "floating" else rects
    assert not any(overlap(one, other) for one, other in combinations(beside, 2))


@given(st.integers(1, 16), canvases)
def test_a_floating_guess_has_one_that_fills_the_canvas_behind_all_others(inputs: int, canvas: Size) -> None:
    big, *others = dynamic_tiles("floating", inputs, canvas)
    assert big.rect == on(canvas)
    assert all(other.z_order > big.z_order for other in others)


@given(st.integers(1, 16))
def test_a_screen_share_guess_fills_the_height_and_leaves_no_gap_beside_the_big_one(inputs: int) -> None:
    big, *others = [picture.rect for picture in dynamic_tiles("screen-share", inputs, EVEN)]
    assert big.height == EVEN.height
    assert all(other.x >= big.right for other in others)
    assert big.right in {other.x for other in others} or not others
    assert max(Counter(other.x for other in others).values(), default=0) <= 8


@pytest.mark.parametrize(("mode", "inputs"), [*product(MODES, (-1, 0, 17))])
def test_a_mix_has_1_to_16_inputs(mode: DynamicMode, inputs: int) -> None:
    with pytest.raises(ValueError, match=f"{inputs} inputs: a mix supports 1 to 16"):
        dynamic_tiles(mode, inputs, HD)
