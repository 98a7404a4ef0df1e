"""Two scenes against each other: which place became which, and what became of it."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reconciler.layout import Rect, Size, overlap
from reconciler.layout.scene import Scene, SceneMark, SceneTile
from reconciler.reports.pictures.styles import Fate
from reconciler.reports.pictures.words import (
    headline,
    image_name,
    mark_name,
    place_text,
    room_text,
    size_text,
)

T = TypeVar("T", SceneTile, SceneMark)
Key = Callable[[T], Hashable]


@dataclass(frozen=True, slots=True)
class Pair:
    """A place before and after, by their indexes; None where there is none. `text` tells what differs."""

    old: int | None
    new: int | None
    fate: Fate
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two scenes, or is the same; `around` is told of no place."""

    tiles: tuple[Pair, ...]
    marks: tuple[Pair, ...]
    around: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether the two show the same."""
        return not self.around and all(one.fate is Fate.SAME for one in (*self.tiles, *self.marks))


def compared(before: Scene | None, after: Scene | None) -> Comparison:
    """What became of each tile and watermark; None is no picture at all.

    A tile is known again by its slot and user, else by its user, else by its slot, else by its place:
    whoever is seen elsewhere has moved, whatever the slots are called.
    """
    old, new = (before.canvas if before else None), (after.canvas if after else None)
    canvases = (old or new or Size(1, 1), new or old or Size(1, 1))
    tiles = (before.tiles if before else ()), (after.tiles if after else ())
    marks = (before.marks if before else ()), (after.marks if after else ())
    return Comparison(
        tuple(_pairs(*tiles, _TILE_KEYS, canvases, _tile_name, _tile_difference)),
        tuple(_pairs(*marks, _MARK_KEYS, canvases, mark_name, _mark_difference)),
        tuple(_around(before, after)) if before and after else (),
    )


def onto(rect: Rect, old: Size, new: Size) -> Rect:
    """The place that the rectangle has on a canvas of another size, if everything on it is scaled."""
    if old == new or not old.width or not old.height:
        return rect
    left, right = (_scaled(side, old.width, new.width) for side in (rect.x, rect.right))
    top, bottom = (_scaled(side, old.height, new.height) for side in (rect.y, rect.bottom))
    return Rect(left, top, right - left, bottom - top)


def _scaled(length: int, old: int, new: int) -> int:
    return (2 * length * new + old) // (2 * old)


def _user(tile: SceneTile) -> Hashable:
    return (tile.user, tile.room, tile.stream) if tile.user else None


def _slot_and_user(tile: SceneTile) -> Hashable:
    return (tile.slot, _user(tile)) if tile.slot else None


_TILE_KEYS: tuple[Key[SceneTile], ...] = (
    _slot_and_user,
    _user,
    lambda tile: tile.slot or None,
    lambda tile: tile.entry or None,
    lambda tile: tile.rect,
)
_MARK_KEYS: tuple[Key[SceneMark], ...] = (
    lambda mark: mark,
    lambda mark: (mark.kind, mark.content),
    lambda mark: (mark.kind, mark_name(mark)),
    lambda mark: (mark.kind, mark.rect),
)


def _pairs(
    before: Sequence[T],
    after: Sequence[T],
    keys: Sequence[Key[T]],
    canvases: tuple[Size, Size],
    name: Callable[[T], str],
    difference: Callable[[T, T], list[str]],
) -> Iterator[Pair]:
    matched = _matched(before, after, keys)
    for old, one in enumerate(before):
        if old not in matched:
            yield Pair(old, None, Fate.REMOVED, f"{name(one)}, was {place_text(one.rect)}")
            continue
        other = after[matched[old]]
        told: list[str] = difference(one, other)
        # On canvases of two sizes a pixel more or less is rounding.
        fate = _fate(onto(one.rect, *canvases), other.rect, slack=int(canvases[0] != canvases[1]))
        if fate is not Fate.SAME:
            told = [f"{place_text(one.rect)} → {place_text(other.rect)}", *told]
        if fate is Fate.SAME and told:
            fate = Fate.CHANGED
        yield Pair(old, matched[old], fate, f"{name(other)}: {', '.join(told)}" if told else name(other))
    for new, one in enumerate(after):
        if new not in matched.values():
            yield Pair(None, new, Fate.ADDED, f"{name(one)}, {place_text(one.rect)}")


def _matched(before: Sequence[T], after: Sequence[T], keys: Sequence[Key[T]]) -> dict[int, int]:
    """Each old index with its new one: by the first key that finds one, in the order of the lists."""
    found: dict[int, int] = {}
    for key in keys:
        left: dict[Hashable, list[int]] = {}
        for new, one in enumerate(after):
            if new not in found.values() and key(one) is not None:
                left.setdefault(key(one), []).append(new)
        for old, one in enumerate(before):
            if old not in found and left.get(key(one)):
                found[old] = left[key(one)].pop(0)
    return found


def _fate(old: Rect, new: Rect, slack: int) -> Fate:
    """One that lies within the other was resized; any other that is not the same has moved."""
    sides = ((old.x, new.x), (old.y, new.y), (old.right, new.right), (old.bottom, new.bottom))
    if all(abs(one - other) <= slack for one, other in sides):
        return Fate.SAME
    return Fate.RESIZED if overlap(old, new) in (old, new) else Fate.MOVED


def _tile_name(tile: SceneTile) -> str:
    return f"{tile.slot} ({tile.user})" if tile.slot and tile.user else headline(tile)


def _tile_difference(old: SceneTile, new: SceneTile) -> list[str]:
    sides = (
        ("slot", old.slot, new.slot),
        (new.noun, _who(old), _who(new)),
        ("zOrder", str(old.z_order), str(new.z_order)),
        ("renderMode", old.render_mode, new.render_mode),
        ("placeholder", *_images(old.placeholder, new.placeholder)),
        ("", "; ".join(old.remarks), "; ".join(new.remarks)),
    )
    return list(_told(sides))


def _who(tile: SceneTile) -> str:
    screen = " (screen)" if tile.stream == "screen" else ""
    room = f" in room {room_text(tile.room)}" if tile.room is not None else ""
    return f"{tile.user}{screen}{room}" if tile.user else ""


def _mark_difference(old: SceneMark, new: SceneMark) -> list[str]:
    contents = _images(old.content, new.content) if new.kind == "image" else (old.content, new.content)
    sides = (
        ("shows", *contents),
        ("zOrder", str(old.z_order), str(new.z_order)),
        ("motion", old.motion, new.motion),
        ("size", str(old.font_size), str(new.font_size)),
        ("colour", old.font_color, new.font_color),
        ("background", old.back_color, new.back_color),
    )
    return list(_told(sides))


def _images(old: str, new: str) -> tuple[str, str]:
    """The images' names; where only the rest of their addresses differs, that it does."""
    names = (image_name(old) if old else "", image_name(new) if new else "")
    return names if old == new or names[0] != names[1] else ("old address", "new address")


def _told(sides: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    for word, old, new in sides:
        if old != new:
            yield f"{word} {old or 'none'} → {new or 'none'}".strip()


def _around(before: Scene, after: Scene) -> Iterator[str]:
    """What differs in the canvas and behind the tiles."""
    sides = (
        ("canvas", _canvas(before), _canvas(after)),
        ("mode", before.mode, after.mode),
        ("background colour", before.color, after.color),
        ("background image", *_images(before.image, after.image)),
        ("background renderMode", before.image_mode, after.image_mode),
    )
    return _told(sides)


def _canvas(scene: Scene) -> str:
    return size_text(scene.canvas.width, scene.canvas.height)
