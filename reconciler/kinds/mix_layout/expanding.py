"""A layout by preset as the one in pixels that it stands for: that alone is planned, drawn and sent."""

from collections.abc import Iterator
from typing import TypeVar

from reconciler.kinds.api import field_facts
from reconciler.kinds.base import Fault
from reconciler.kinds.mix_layout.fields import MOST_CANVAS, LayoutFields, Slot
from reconciler.layout import (
    NoRoom,
    Preset,
    PresetTile,
    Size,
    most_gap,
    most_padding,
    preset_named,
    preset_tiles,
)

ONLY_WITH_PRESET = ("gap", "padding", "order")
PLACES = ("location_x", "location_y", "image_width", "image_height", "z_order")
"""What of a slot a preset says."""
L = TypeVar("L", bound=LayoutFields)


def preset_faults(layout: LayoutFields) -> Iterator[Fault]:
    """Every rule of presets that a layout breaks on any canvas."""
    preset = _preset(layout)
    if preset is None:
        for name in ONLY_WITH_PRESET:
            if getattr(layout, name) is not None:
                yield Fault((name,), "only valid with a preset, which the layout does not have")
        return
    if layout.mode != "custom":
        text = f"only valid with mode custom; the mode is {layout.mode or 'floating'}: set mode: custom"
        yield Fault(("preset",), text)
    yield from _count_faults(preset, layout)
    for index, slot in enumerate(layout.slots or ()):
        yield from _place_faults(preset, slot, index)
    yield from _order_faults(layout)


def _count_faults(preset: Preset, layout: LayoutFields) -> Iterator[Fault]:
    if layout.slots is None and not preset.slots:
        text = f"preset {preset.name} needs slots, a name for each input, such as slots: [host, guest]"
        yield Fault(("preset",), text)
        return
    found = len(named_slots(layout))
    if not preset.least <= found <= preset.most:
        least = f"{preset.least} to " if preset.least < preset.most else ""
        noun = "slot" if preset.most == 1 else "slots"
        yield Fault(
            ("slots",), f"found {found}; allowed with preset {preset.name}: {least}{preset.most} {noun}"
        )


def _place_faults(preset: Preset, slot: Slot, index: int) -> Iterator[Fault]:
    aliases = {one.attribute: one.alias for one in field_facts(Slot)}
    for name in PLACES:
        if getattr(slot, name) is not None:
            text = (
                f"preset {preset.name} places slot {slot.name!r}: remove {aliases[name]}, or remove preset "
            )
            yield Fault(("slots", index, aliases[name]), text + "and place every slot yourself")


def _order_faults(layout: LayoutFields) -> Iterator[Fault]:
    names = [slot.name for slot in named_slots(layout)]
    for index, name in enumerate(layout.order or ()):
        if name not in names:
            text = f"unknown slot {name!r}; the layout has {', '.join(names) or 'none'}"
            yield Fault(("order", index), text)
        elif name in (layout.order or ())[:index]:
            yield Fault(("order", index), f"duplicate slot {name!r}")
    missing = [name for name in names if name not in layout.order] if layout.order is not None else []
    if missing:
        yield Fault(("order",), f"must list every slot once; missing: {', '.join(missing)}")


def space_faults(layout: LayoutFields, canvas: Size | None) -> Iterator[Fault]:
    """Gap and padding that leave no room for the slots of a preset: on this canvas, or on any if it is None.

    Nothing of a preset that breaks another rule.
    """
    preset = _preset(layout)
    if preset is None or not _is_sound(layout):
        return
    size = canvas or Size(MOST_CANVAS, MOST_CANVAS)
    try:
        _tiles(preset, layout, size)
    except NoRoom:
        largest = "the largest canvas," if canvas is None else "a canvas of"
        yield _no_room(preset, layout, size, f"{largest} {size.width}x{size.height}")


def _no_room(preset: Preset, layout: LayoutFields, canvas: Size, where: str) -> Fault:
    """What is too large: the padding, else the gap, else the number of slots."""
    count, gap = len(named_slots(layout)), layout.gap or 0
    slots = f"{count} slots" if count > 1 else "1 slot"
    left = f"no room for {slots} of preset {preset.name} on {where}"
    most = most_padding(preset, count, canvas, gap)
    if layout.padding and most is not None:
        beside = f" with gap {gap}" if gap else ""
        return Fault(("padding",), f"{layout.padding} leaves {left}; allowed{beside}: at most {most}")
    most = most_gap(preset, count, canvas)
    if gap and most is not None:
        beside = " without padding" if layout.padding else ""
        return Fault(("gap",), f"{gap} leaves {left}; allowed{beside}: at most {most}")
    return Fault(("preset",), f"there is {left}: use a larger canvas")


def is_placeable(layout: LayoutFields, canvas: Size) -> bool:
    """Whether `expanded` can place its slots on this canvas; always, without a preset."""
    return layout.preset is None or (_is_sound(layout) and not any(space_faults(layout, canvas)))


def _is_sound(layout: LayoutFields) -> bool:
    names = [slot.name for slot in named_slots(layout)]
    return not any(preset_faults(layout)) and len(names) == len({*names})


def named_slots(layout: LayoutFields) -> tuple[Slot, ...]:
    """The layout's slots; those of its preset, if it has one and names none."""
    return with_slots(layout).slots or ()


def with_slots(layout: L) -> L:
    """The layout with the slots of its preset, where it names none itself and the preset does."""
    preset = _preset(layout)
    if layout.slots is not None or preset is None or not preset.slots:
        return layout
    return layout.model_copy(update={"slots": tuple(Slot(name=name) for name in preset.slots)})


def placed_slots(layout: LayoutFields, canvas: Size) -> tuple[Slot, ...]:
    """The layout's slots as they are written, those of a preset with their places in pixels.

    Raises ValueError for a preset that `is_placeable` does not allow.
    """
    preset, slots = _preset(layout), named_slots(layout)
    if preset is None:
        return slots
    order = layout.order or tuple(slot.name for slot in slots)
    tiles = dict(zip(order, _tiles(preset, layout, canvas), strict=True))
    return tuple(_placed(slot, tiles[slot.name]) for slot in slots)


def expanded(layout: L, canvas: Size) -> L:
    """The layout without its preset: each slot in pixels, in the order of the preset's places.

    One without a preset stays as it is. Raises ValueError as `placed_slots` does.
    """
    if layout.preset is None:
        return layout
    slots = {slot.name: slot for slot in placed_slots(layout, canvas)}
    update = dict.fromkeys(("preset", *ONLY_WITH_PRESET))
    in_order = tuple(slots[name] for name in layout.order or slots)
    return layout.model_copy(update={**update, "slots": in_order})


def _preset(layout: LayoutFields) -> Preset | None:
    return preset_named(layout.preset) if layout.preset is not None else None


def _tiles(preset: Preset, layout: LayoutFields, canvas: Size) -> list[PresetTile]:
    count = len(named_slots(layout))
    return preset_tiles(preset, count, canvas, gap=layout.gap or 0, padding=layout.padding or 0)


def _placed(slot: Slot, tile: PresetTile) -> Slot:
    rect = tile.rect
    places = (rect.x, rect.y, rect.width, rect.height, tile.z_order or None)
    mode = slot.render_mode or ("fit" if tile.whole else None)
    return slot.model_copy(update={**dict(zip(PLACES, places, strict=True)), "render_mode": mode})
