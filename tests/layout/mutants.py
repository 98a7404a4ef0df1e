"""Bugs on purpose of presets: each is switched on for a block, and a check must fail of it.

python -m tests.layout.mutants
"""

import contextlib
import math
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path as Directory
from typing import Any
from unittest.mock import patch

from reconciler.kinds.mix_layout import drawing, expanding, lints, placing, rules
from reconciler.kinds.mix_layout.fields import LayoutFields, Slot
from reconciler.kinds.mix_stream import resolving
from reconciler.layout import Lint, Preset, PresetTile, Rect, Size, Tile, presets, spreading
from reconciler.layout.spreading import Area, Span
from scripts.preset_pictures import sheets

from ..kinds import test_presets as kinds
from ..kinds.rules import test_rules as table
from ..mutants import Mutant, report
from ..support import loaded
from . import test_presets as layout
from .preset_checks import NAMES, assert_sound, named

PLACED_SLOTS, LINTS, PRESET_TILES = expanding.placed_slots, lints.lints, expanding.preset_tiles


def changed(*owners: Any, **attributes: Any) -> Mutant:
    """Attributes of modules, replaced in each that has them."""

    def switched() -> AbstractContextManager[Any]:
        stack = contextlib.ExitStack()
        for owner in owners:
            known = {name: value for name, value in attributes.items() if hasattr(owner, name)}
            stack.enter_context(patch.multiple(owner, **known))
        return stack

    return switched


def padded_once(
    preset: Preset, inputs: int, canvas: Size, *, gap: int = 0, padding: int = 0
) -> list[PresetTile]:
    """Padding at the left and the top alone."""
    area = Area(Span(padding, canvas.width - padding), Span(padding, canvas.height - padding), gap)
    return preset.place(area, inputs)


def without_gap(
    preset: Preset, inputs: int, canvas: Size, *, gap: int = 0, padding: int = 0
) -> list[PresetTile]:
    """What is written as `gap` does nothing."""
    return PRESET_TILES(preset, inputs, canvas, padding=padding)


def as_they_fill(area: Area, columns: int, rows: int) -> tuple[list[Span], list[Span]]:
    """Cells of any shape."""
    across, down = area.across, area.down
    return spreading.spread(across, columns, area.gap), spreading.spread(down, rows, area.gap)


def all_to_the_last(room: Span, parts: int, gap: int, most: int | None = None) -> list[Span]:
    """What does not divide evenly goes to one part."""
    each = spreading.even((room.length - (parts - 1) * gap) // parts)
    spans = [Span(room.start + place * (each + gap), each) for place in range(parts)]
    return [*spans[:-1], Span(spans[-1].start, spreading.even(room.start + room.length - spans[-1].start))]


def row_by_row(area: Area, tiles: int) -> list[Rect]:
    """The last row begins at the left."""
    columns = math.ceil(math.sqrt(tiles))
    across, down = spreading.cells(area, columns, -(-tiles // columns))
    return [Rect(x.start, y.start, x.length, y.length) for y in down for x in across][:tiles]


def as_written(layout: LayoutFields, canvas: Size) -> tuple[Slot, ...]:
    """Places by the order of `slots`."""
    return PLACED_SLOTS(layout.model_copy(update={"order": None}), canvas)


def uncovered_too(canvas: Size, tiles: Sequence[Tile], *, background: bool) -> list[Lint]:
    """What a preset leaves free is told."""
    return LINTS(canvas, tiles, background=False)


def pictures_are_in_their_places() -> None:
    """On usual canvases to the pixel, and on odd ones what must hold."""
    for case in layout.CASES.values():
        layout.test_where_pictures_are(*case)
    for name in NAMES:
        for inputs in range(named(name).least, named(name).most + 1):
            assert_sound(name, inputs, Size(1279, 719), 7, 13)
            assert_sound(name, inputs, Size(719, 1279), 6, 12)


def requests_are_as_pictured() -> None:
    """Of every sheet, and nothing is told."""
    loaded.cache_clear()  # what was loaded without the bug, or with another one
    for sheet in sheets():
        kinds.test_what_is_sent_is_what_the_sheet_shows_and_lints_find_nothing(sheet)


def presets_are_their_pixels() -> None:
    """In what is planned, drawn and sent."""
    loaded.cache_clear()
    for spec in kinds.SAME.values():
        kinds.test_a_preset_is_what_its_pixels_are(spec)
    kinds.test_a_layout_of_its_own_is_drawn_as_streams_send_it()
    kinds.test_the_order_says_which_slot_has_which_place()
    kinds.test_a_slot_keeps_what_else_is_said_of_it()


def rules_hold() -> None:
    """The cases of the rules of presets."""
    rules_of_presets = [rule for rule in table.CASES_OF if rule.startswith("PST")]
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for rule in rules_of_presets:
            for case in table.CASES_OF[rule]:
                table.assert_case(case, Directory(folder))


CHECKS = (pictures_are_in_their_places, presets_are_their_pixels, requests_are_as_pictured, rules_hold)
MUTANTS: dict[str, Mutant] = {
    "sizes are odd": changed(spreading, presets, even=lambda length: length),
    "padding is at two edges": changed(presets, layout, preset_tiles=padded_once),
    "there are no gaps": changed(expanding, preset_tiles=without_gap),
    "cells are of any shape": changed(spreading, presets, cells=as_they_fill),
    "what is left over goes to one": changed(spreading, presets, spread=all_to_the_last),
    "a last row begins at the left": changed(spreading, presets, grid=row_by_row),
    "pictures are behind the one they are in": changed(
        presets, PresetTile=lambda rect, z_order=0, whole=False: PresetTile(rect, 0, whole)
    ),
    "slides are cropped": changed(
        presets, PresetTile=lambda rect, z_order=0, whole=False: PresetTile(rect, z_order)
    ),
    "a large one is cropped whatever its shape": changed(presets, cuts_half=lambda rect: False),
    "the order changes nothing": changed(expanding, placed_slots=as_written),
    "gap and padding are recorded": changed(expanding, ONLY_WITH_PRESET=()),
    "what a preset leaves free is told": changed(lints, lints=uncovered_too),
    "rules of presets are not checked": changed(rules, preset_faults=lambda layout: ()),
    "room is not checked": changed(placing, space_faults=lambda layout, canvas: ()),
    "one pixel more is allowed": changed(expanding, most_padding=lambda *sides: 10_000),
    "a preset's own names are not bound": changed(resolving, with_slots=lambda layout: layout),
    "a layout by itself is not expanded": changed(drawing, expanded=lambda layout, canvas: layout),
}


def main() -> int:
    """Prints what catches each."""
    return report(MUTANTS, CHECKS)


if __name__ == "__main__":
    sys.exit(main())
