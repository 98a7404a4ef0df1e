"""Picture geometry in pixels of the canvas, from its top left corner (reference semantics §4)."""

from reconciler.layout.dynamic import DynamicMode, Picture, dynamic_tiles
from reconciler.layout.lengths import Length, checked_length, placed
from reconciler.layout.lint import Lint, Tile, lints, unfilled
from reconciler.layout.presets import (
    FIXED_GRID,
    PRESETS,
    Preset,
    PresetTile,
    has_room,
    most_gap,
    most_padding,
    preset_named,
    preset_tiles,
)
from reconciler.layout.rects import Rect, Size, overhang, overlap, union_area
from reconciler.layout.spreading import NoRoom

__all__ = [
    "FIXED_GRID",
    "PRESETS",
    "DynamicMode",
    "Length",
    "Lint",
    "NoRoom",
    "Picture",
    "Preset",
    "PresetTile",
    "Rect",
    "Size",
    "Tile",
    "checked_length",
    "dynamic_tiles",
    "has_room",
    "lints",
    "most_gap",
    "most_padding",
    "overhang",
    "overlap",
    "placed",
    "preset_named",
    "preset_tiles",
    "unfilled",
    "union_area",
]
