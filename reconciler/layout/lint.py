"""What is allowed in a custom layout and is hardly ever meant: told as warnings, never refused.

The reference leaves open what the cloud makes of some of it (reference semantics §4, mode 4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from reconciler.layout.rects import Rect, Size, overlap, union_area

Code = Literal["hidden", "unfilled", "same-z-order", "cropped", "uncovered"]

USUAL_PICTURE = Size(16, 9)
"""The shape of a camera's picture, where a layout does not state another one."""
_REMEMBERED = 128
"""Layouts of which the warnings are known for a while, as many streams have the same one."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One position of a custom layout, in pixels of the canvas.

    `named`: a user is bound to it. `placeholder`: it has an image of its own for want of a picture.
    `crop`: its render mode cuts off what does not fit. `source`: the shape of the picture in it,
    where a custom crop states one. `transparent`: a template makes parts of it see-through.
    """

    name: str
    rect: Rect
    z_order: int
    named: bool
    placeholder: bool
    crop: bool
    source: Size | None = None
    transparent: bool = False


@dataclass(frozen=True, slots=True)
class Lint:
    """Something to warn of: a stable word for it, the tile's index, and what to tell.

    `tile` is None where the warning is about the canvas or about several tiles at once.
    """

    code: Code
    tile: int | None
    message: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """A tile and the part of it, never empty, that is on the canvas."""

    index: int
    tile: Tile
    part: Rect


def lints(canvas: Size, tiles: Sequence[Tile], *, background: bool) -> list[Lint]:
    """Everything to warn of, by rule and then by tile; `background` is a colour or an image.

    Tiles without area are left out and those that stick out of the canvas are cut, as other rules
    tell of both; indexes are those of the tiles as given.
    """
    return list(_lints(canvas, tuple(tiles), background))


@lru_cache(_REMEMBERED)
def _lints(canvas: Size, tiles: tuple[Tile, ...], background: bool) -> tuple[Lint, ...]:
    seen = _seen(canvas, tiles)
    return (
        *_hidden(seen),
        *_unfilled(seen),
        *_same_z_order(seen),
        *_cropped(seen),
        *(() if background else _uncovered(canvas, seen)),
    )


def unfilled(canvas: Size, tiles: Sequence[Tile]) -> list[Lint]:
    """The one rule of these that is about who is seen."""
    return list(_unfilled_in(canvas, tuple(tiles)))


@lru_cache(_REMEMBERED)
def _unfilled_in(canvas: Size, tiles: tuple[Tile, ...]) -> tuple[Lint, ...]:
    return tuple(_unfilled(_seen(canvas, tiles)))


def _seen(canvas: Size, tiles: Sequence[Tile]) -> list[_Seen]:
    whole = Rect(0, 0, canvas.width, canvas.height)
    parts = (overlap(tile.rect, whole) for tile in tiles)
    return [
        _Seen(index, tile, part)
        for index, (tile, part) in enumerate(zip(tiles, parts, strict=True))
        if part is not None
    ]


def _hidden(seen: list[_Seen]) -> list[Lint]:
    """Tiles no pixel of which is seen. Equal zOrder hides nothing, as its order is not documented."""
    return [
        Lint(
            "hidden",
            one.index,
            f"{_slots([one])} is completely behind {_slots(cover)}: its user is invisible",
        )
        for one in seen
        if (cover := _cover(one, seen))
    ]


def _cover(one: _Seen, seen: list[_Seen]) -> list[_Seen]:
    """The tiles that hide this one together, or the first that does so alone; none if it is seen."""
    shared = [
        (other, part)
        for other in seen
        if other.tile.z_order > one.tile.z_order and not other.tile.transparent
        if (part := overlap(other.part, one.part))
    ]
    alone = [other for other, part in shared if part == one.part]
    if alone:
        return alone[:1]
    area = union_area(part for _, part in shared)
    return [other for other, _ in shared] if area == _area(one.part) else []


def _unfilled(seen: list[_Seen]) -> list[Lint]:
    """One for all tiles that are open to anybody and show nothing before; many layouts mean just that."""
    empty = [one for one in seen if not one.tile.named and not one.tile.placeholder]
    if not empty:
        return []
    have = "has" if len(empty) == 1 else "have"
    text = "no user and no backgroundImageUrl: empty until someone joins; filled in order of joining"
    return [Lint("unfilled", None, f"{_slots(empty)} {have} {text}")]


def _same_z_order(seen: list[_Seen]) -> list[Lint]:
    return [
        Lint(
            "same-z-order",
            one.index,
            f"{_slots([one])} overlaps {_slots(others)} at the same zOrder {one.tile.z_order}: it is not "
            "documented which one is in front",
        )
        for one in seen
        if (others := [other for other in seen if _undecided(one, other)])
    ]


def _undecided(one: _Seen, other: _Seen) -> bool:
    return (
        one.index != other.index
        and one.tile.z_order == other.tile.z_order
        and overlap(one.part, other.part) is not None
    )


def _cropped(seen: list[_Seen]) -> list[Lint]:
    """Tiles that show less than half of their picture: it fills the tile, and what is over is cut off."""
    found = []
    for one in seen:
        rect, source = one.tile.rect, one.tile.source or USUAL_PICTURE
        shown, all_of_it = sorted((rect.width * source.height, rect.height * source.width))
        if one.tile.crop and 2 * shown < all_of_it:
            shape = f"picture of {source.width}x{source.height}" if one.tile.source else "16:9 picture"
            text = f"{_slots([one])} shows {_per_cent(shown, all_of_it)} of a {shape} and crops the rest"
            found.append(Lint("cropped", one.index, f"{text}; renderMode: fit shows all of it"))
    return found


def _uncovered(canvas: Size, seen: list[_Seen]) -> list[Lint]:
    """A see-through tile counts as covering: how much shows through it is known to its image only."""
    whole = canvas.width * canvas.height
    bare = whole - union_area(one.part for one in seen)
    if not seen or not bare:
        return []
    text = f"{_per_cent(bare, whole)} of the canvas has neither a slot nor a background"
    return [Lint("uncovered", None, text)]


def _area(rect: Rect) -> int:
    return rect.width * rect.height


def _slots(some: Iterable[_Seen]) -> str:
    """`slot 'a'`, or `slots 'a', 'b' and 'c'`."""
    *names, last = (repr(one.tile.name) for one in some)
    return f"slots {', '.join(names)} and {last}" if names else f"slot {last}"


def _per_cent(part: int, whole: int) -> str:
    """Rounded down, so that less than a half never reads as 50%, nor less than all as 100%."""
    return f"{100 * part // whole}%" if 100 * part >= whole else "less than 1%"
