"""What is hardly ever meant in a layout, as warnings: of the layout by itself, and of who is bound to it."""

from collections.abc import Collection, Iterator

from reconciler.kinds.base import Fault
from reconciler.kinds.mix_layout.expanding import named_slots, placed_slots
from reconciler.kinds.mix_layout.fields import LayoutFields, Slot
from reconciler.layout import Lint, Rect, Size, Tile, lints, unfilled
from reconciler.model import Path

UNFILLED = "unfilled"
"""The one lint that is about users."""


def layout_lints(layout: LayoutFields, canvas: Size, at: Path = ()) -> Iterator[Fault]:
    """What can be said of a layout whoever is seen in it; told once, where the layout stands."""
    names = [slot.name for slot in named_slots(layout)]
    back = layout.background  # a preset's gaps are meant, with or without one
    behind = layout.preset is not None or (back is not None and bool(back.color or back.image_url))
    found = lints(canvas, _tiles(layout, names, canvas), background=behind)
    return (_fault(lint, at) for lint in found if lint.code != UNFILLED)


def binding_lints(
    layout: LayoutFields, users: Collection[str], canvas: Size, at: Path = ()
) -> Iterator[Fault]:
    """What can be said once it is known which slots have a user."""
    return (_fault(lint, at) for lint in unfilled(canvas, _tiles(layout, users, canvas)))


def _tiles(layout: LayoutFields, users: Collection[str], canvas: Size) -> list[Tile]:
    return [_tile(slot, slot.name in users, canvas) for slot in placed_slots(layout, canvas)]


def _fault(lint: Lint, at: Path) -> Fault:
    place: Path = () if at[-1:] == ("ref",) else ("slots",) if lint.tile is None else ("slots", lint.tile)
    return Fault((*at, *place), lint.message, warns=True)


def _tile(slot: Slot, named: bool, canvas: Size) -> Tile:
    crop = slot.custom_crop
    return Tile(
        name=slot.name,
        rect=slot.rect(canvas) or Rect(0, 0, 0, 0),
        z_order=slot.z_order or 0,
        named=named,
        placeholder=slot.background_image_url is not None,
        crop=slot.render_mode in (None, "crop"),
        source=Size(crop.width, crop.height) if crop is not None else None,
        transparent=slot.transparent_url is not None,
    )
