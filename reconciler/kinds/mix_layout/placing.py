"""The rules of a layout that take a canvas: how large slots are, and that all lies within it.

Slots must (semantics §4); whether watermarks must is unconfirmed (fields, "WaterMarkList[]").
"""

from collections.abc import Iterator

from reconciler.kinds.base import Fault
from reconciler.kinds.mix_layout.expanding import is_placeable, placed_slots, space_faults
from reconciler.kinds.mix_layout.fields import LayoutFields, Slot
from reconciler.kinds.mix_layout.watermarks import WatermarkImage, WatermarkText
from reconciler.layout import Rect, Size, overhang
from reconciler.model import Path


def place_faults(layout: LayoutFields, canvas: Size | None) -> Iterator[Fault]:
    """What slots and watermarks break by their places; without a canvas, as far as that can be told."""
    yield from space_faults(layout, canvas)
    for index, slot, rect in _rects(layout, canvas):
        yield from _size_faults(slot, rect, ("slots", index))
    if canvas is not None:
        yield from _overhangs(layout, canvas)


def borrowed_canvas_faults(layout: LayoutFields, canvas: Size) -> Iterator[Fault]:
    """What a layout without a canvas breaks on a stream's, and could not be told by itself."""
    yield from () if any(space_faults(layout, None)) else space_faults(layout, canvas)
    told = {index for index, _, _ in _rects(layout, None)}
    for index, slot, rect in _rects(layout, canvas):
        if index not in told:
            yield from _size_faults(slot, rect, ("slots", index))
    yield from _overhangs(layout, canvas)


def _rects(layout: LayoutFields, canvas: Size | None) -> Iterator[tuple[int, Slot, Rect]]:
    """Each slot that is known to be somewhere, by its index, and where."""
    slots = layout.slots or ()
    if layout.preset is not None:
        slots = placed_slots(layout, canvas) if canvas and is_placeable(layout, canvas) else ()
    for index, slot in enumerate(slots):
        rect = slot.rect(canvas)
        if rect is not None:
            yield index, slot, rect


def _size_faults(slot: Slot, rect: Rect, at: Path) -> Iterator[Fault]:
    """What a slot breaks by how large it is."""
    if not rect.width or not rect.height:
        text = f"slot {slot.name!r} is {rect.width}x{rect.height} pixels: its user is invisible"
        yield Fault(at, text, warns=True)
    custom = slot.background_custom_render
    sides = (("width", rect.width), ("height", rect.height)) if custom is not None else ()
    for name, most in sides:
        found = getattr(custom, name)
        if found > most:
            text = f"found {found}; allowed: at most the slot's {name}, {most} pixels"
            yield Fault((*at, "backgroundCustomRender", name), text)


def _overhangs(layout: LayoutFields, canvas: Size) -> Iterator[Fault]:
    """Every slot, and every watermark, that is not wholly on the canvas."""
    for index, slot, rect in _rects(layout, canvas):
        yield from _slot_overhangs(slot, rect, canvas, ("slots", index))
    for index, mark in enumerate(layout.watermarks or ()):
        for name, one in (("image", mark.image), ("text", mark.text)):
            if one is not None:
                yield from _mark_overhang(one, canvas, ("watermarks", index, name))


def _slot_overhangs(slot: Slot, rect: Rect, canvas: Size, at: Path) -> Iterator[Fault]:
    out = overhang(rect, canvas)
    sides = (
        ("imageWidth", out.width, rect.x, rect.width, canvas.width),
        ("imageHeight", out.height, rect.y, rect.height, canvas.height),
    )
    for name, amount, start, length, side in sides:
        if amount:
            yield Fault(
                (*at, name),
                f"slot {slot.name!r} ends at {start} + {length} = {start + length}, {amount} pixels past "
                f"the edge of the canvas at {side}",
            )


def _mark_overhang(mark: WatermarkImage | WatermarkText, canvas: Size, at: Path) -> Iterator[Fault]:
    """A mark, unlike a slot, can begin to the left of the canvas, or above it."""
    rect = Rect(mark.location_x, mark.location_y, mark.width, mark.height)
    if min(rect.x, rect.y) < 0 or overhang(rect, canvas) != Size(0, 0):
        text = f"spans {rect.x}, {rect.y} to {rect.right}, {rect.bottom}, which is not entirely on the "
        text += f"canvas of {canvas.width}x{canvas.height}; it is unconfirmed whether the API rejects that"
        yield Fault(at, text, warns=True)
