"""Picture geometry in pixels of the canvas, from its top left corner (reference semantics §4)."""

from reconciler.layout.dynamic import DynamicMode, Picture, dynamic_tiles
from reconciler.layout.lengths import Length, checked_length, placed
from reconciler.layout.lint import Lint, Tile, lints
from reconciler.layout.rects import Rect, Size, overhang, overlap, union_area

__all__ = [
    "DynamicMode",
    "Length",
    "Lint",
    "Picture",
    "Rect",
    "Size",
    "Tile",
    "checked_length",
    "dynamic_tiles",
    "lints",
    "overhang",
    "overlap",
    "placed",
    "union_area",
]
