"""Layouts by preset: what they are expanded to, and that everything else sees just that."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import ManifestError
from reconciler.kinds import shows
from reconciler.kinds.mix_layout.expanding import expanded
from reconciler.kinds.mix_layout.kind import LayoutSpec
from reconciler.layout import Rect, Size, preset_named, preset_tiles
from reconciler.layout.scene import Scene
from reconciler.planning.planner import make_plan
from reconciler.state.model import State
from scripts.preset_pictures import FOLDER, SHEETS, Sheet, drawn, manifests, sheets

from ..layout.preset_checks import NAMES
from ..support import TESTS, applied, loaded

ROOT = TESTS.parent
CANVAS = Size(1280, 720)
SVG = "{http://www.w3.org/2000/svg}"
SIDES = ("LocationX", "LocationY", "ImageWidth", "ImageHeight")
every_sheet = pytest.mark.parametrize("sheet", [*sheets()], ids=lambda sheet: str(sheet.preset))


def video_of(text: str) -> Mapping[str, Any]:
    """VideoParams of the start of the one stream."""
    workspace = loaded(text)
    (change,) = make_plan(workspace.settings, workspace.resources, State(), {}, now=0).changes
    video: Mapping[str, Any] = change.steps[0].call.request["VideoParams"]
    return video


def sent(text: str) -> list[Mapping[str, Any]]:
    """The slots of the start of the one stream."""
    slots: list[Mapping[str, Any]] = video_of(text)["LayoutParams"]["MixLayoutList"]
    return slots


def rect_sent(slot: Mapping[str, Any]) -> Rect:
    return Rect(*(slot[side] for side in SIDES))


# The sheets


def canvases(sheet: Sheet) -> Iterator[list[Rect]]:
    """The tiles of each canvas of a committed sheet, in the order of the request."""
    for canvas in ET.parse(ROOT / sheet.path).getroot().iter(f"{SVG}svg"):
        if canvas.get("class") == "canvas":
            tiles = [one for one in canvas.iter(f"{SVG}rect") if one.get("class") == "tile"]
            tiles.sort(key=lambda one: int(one.attrib["data-index"]))
            yield [Rect(*(int(one.attrib[side]) for side in ("x", "y", "width", "height"))) for one in tiles]


@every_sheet
def test_a_sheet_is_as_drawn(sheet: Sheet) -> None:
    text = (ROOT / sheet.path).read_text()
    assert text == drawn(sheet), "look at it, then run python scripts/preset_pictures.py"
    assert len(text) < 100_000


@every_sheet
def test_what_is_sent_is_what_the_sheet_shows_and_lints_find_nothing(sheet: Sheet) -> None:
    shown = list(canvases(sheet))
    assert len(shown) == len(sheet.counts)
    for count, rects in zip(sheet.counts, shown, strict=True):
        text = manifests(sheet.preset, count)
        assert [rect_sent(slot) for slot in sent(text)] == rects
        assert loaded(text).warnings == ()


@every_sheet
@pytest.mark.parametrize(("gap", "padding"), [(0, 0), (7, 0), (0, 40)])
def test_lints_find_nothing_with_other_gaps(sheet: Sheet, gap: int, padding: int) -> None:
    for count in (sheet.counts[0], sheet.counts[len(sheet.counts) // 2], sheet.counts[-1]):
        assert loaded(manifests(sheet.preset, count, gap=gap, padding=padding)).warnings == ()


def test_every_preset_has_a_sheet_that_the_page_shows() -> None:
    page = (ROOT / "docs" / "layouts.md").read_text()
    files = sorted(path.name for path in (ROOT / FOLDER).iterdir())
    assert files == sorted(sheet.path.name for sheet in sheets())
    assert [name for name in files if f"(pictures/presets/{name})" not in page] == []
    assert all(f"`{name}`" in page for name in SHEETS)


# Expanded: everything else sees what the layout in pixels would give

STAGE = """\
apiVersion: reconciler/v1
kind: MixLayout
metadata: {{name: stage}}
spec: {spec}
---
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: hall}}
spec:
  room: 7
  video: {{encode: {{width: 1280, height: 720, fps: 15, bitRate: 900, gop: 2}}}}
  layout: {{ref: stage, users: {{{users}}}}}
  publish: [{{url: rtmp://3891.livepush.myqcloud.com/live/hall}}]
"""
USERS = "speaker: {userId: anna}, slides: {userId: screen, streamType: screen}"
SPEAKER = "{name: speaker, locationX: 24, locationY: 188, imageWidth: 304, imageHeight: 342}"
SLIDES = "{name: slides, locationX: 344, locationY: 24, imageWidth: 912, imageHeight: 672, renderMode: fit}"
PRESET = "mode: custom, preset: speaker-and-slides, gap: 16, padding: 24"
BACKGROUND = 'background: {color: "0x1F2933"}'
PIXELS = f"{{mode: custom, slots: [{SPEAKER}, {SLIDES}], {BACKGROUND}}}"
SAME = {
    "names of its own": f"{{{PRESET}, {BACKGROUND}}}",
    "a canvas": f"{{canvas: {{width: 1280, height: 720}}, {PRESET}, {BACKGROUND}}}",
    "names": f"{{{PRESET}, slots: [speaker, slides], {BACKGROUND}}}",
    "mappings": f"{{{PRESET}, slots: [{{name: speaker}}, {{name: slides}}], {BACKGROUND}}}",
    "an order": f"{{{PRESET}, slots: [slides, speaker], order: [speaker, slides], {BACKGROUND}}}",
    "what it says itself": f"{{{PRESET}, slots: [speaker, {{name: slides, renderMode: fit}}], {BACKGROUND}}}",
}


def stage(spec: str) -> str:
    return STAGE.format(spec=spec, users=USERS)


@pytest.mark.parametrize("spec", SAME.values(), ids=SAME)
def test_a_preset_is_what_its_pixels_are(spec: str) -> None:
    pixels, preset = loaded(stage(PIXELS)), loaded(stage(spec))
    assert preset.resources[0].spec == pixels.resources[0].spec
    assert preset.warnings == pixels.warnings == ()
    plan = make_plan(preset.settings, preset.resources, applied(pixels), {}, now=0)
    assert plan.changes == ()


def test_inline_is_as_by_reference() -> None:
    inline = stage(PIXELS).replace("{ref: stage,", f"{{{PRESET}, {BACKGROUND},")
    assert loaded(inline).resources[0].spec == loaded(stage(PIXELS)).resources[0].spec


def test_a_slot_keeps_what_else_is_said_of_it() -> None:
    image = "https://images.example/soon.png"
    own = (
        f"slots: [{{name: speaker, backgroundImageUrl: '{image}'}}, {{name: slides, renderMode: fit-black}}]"
    )
    speaker, slides = sent(stage(f"{{{PRESET}, {own}}}"))
    assert speaker["BackgroundImageUrl"] == image and "RenderMode" not in speaker
    assert slides["RenderMode"] == 2
    assert [rect_sent(one) for one in (speaker, slides)] == [Rect(24, 188, 304, 342), Rect(344, 24, 912, 672)]


def test_the_order_says_which_slot_has_which_place() -> None:
    swapped = sent(stage(f"{{{PRESET}, order: [slides, speaker]}}"))
    users = [slot["UserMediaStream"]["UserInfo"]["UserId"] for slot in swapped]
    assert users == ["screen", "anna"]
    assert [rect_sent(slot).width for slot in swapped] == [304, 912]


@st.composite
def arranged(draw: st.DrawFn) -> tuple[list[str], list[str] | None, str]:
    """Names of slots, their order if one is given, and a preset that takes so many."""
    slots = draw(
        st.lists(st.from_regex(r"[a-z][a-z0-9]{0,3}", fullmatch=True), min_size=1, max_size=16, unique=True)
    )
    known = [preset for preset in map(preset_named, NAMES) if preset is not None]
    fitting = [preset.name for preset in known if preset.least <= len(slots) <= preset.most]
    return slots, draw(st.none() | st.permutations(slots)), draw(st.sampled_from(fitting))


@given(arranged(), st.integers(0, 8), st.integers(0, 16))
def test_names_are_kept_and_places_are_taken_in_order(
    found: tuple[list[str], list[str] | None, str], gap: int, padding: int
) -> None:
    slots, order, name = found
    written = {"mode": "custom", "preset": name, "slots": slots, "gap": gap, "padding": padding}
    layout = expanded(LayoutSpec.model_validate({**written, "order": order}), CANVAS)
    preset = preset_named(name)
    assert preset is not None and layout.slots is not None
    assert [slot.name for slot in layout.slots] == (order or slots)
    tiles = preset_tiles(preset, len(slots), CANVAS, gap=gap, padding=padding)
    assert layout.rects(None) == [tile.rect for tile in tiles]
    assert layout.to_json().keys() == {"mode", "slots"}


def test_a_layout_of_its_own_is_drawn_as_streams_send_it() -> None:
    kind = shows("MixLayout")
    assert kind is not None
    for spec in (*SAME.values(), PIXELS):
        shown: Scene | None = kind.scene(kind.spec.model_validate(yaml.safe_load(spec)), 5)
        assert shown is not None
        by_name = {tile.slot: tile.rect for tile in shown.tiles}
        assert by_name == {"speaker": Rect(24, 188, 304, 342), "slides": Rect(344, 24, 912, 672)}


def test_a_layout_that_needs_a_larger_canvas_than_the_usual_one_is_drawn_on_the_largest() -> None:
    kind = shows("MixLayout")
    assert kind is not None
    shown = kind.scene(
        kind.spec.model_validate(yaml.safe_load("{mode: custom, preset: full, padding: 700}")), 5
    )
    assert shown is not None
    assert [tile.rect for tile in shown.tiles] == [Rect(700, 700, 520, 520)]


def test_open_slots_are_told_as_of_any_layout() -> None:
    text = STAGE.format(spec=f"{{{PRESET}}}", users="speaker: {userId: anna}")
    assert [one.message[:25] for one in loaded(text).warnings] == ["slot 'slides' has no user"]


def test_a_slot_that_is_bound_and_not_of_the_preset_is_refused() -> None:
    text = STAGE.format(spec=f"{{{PRESET}}}", users="stage: {userId: anna}")
    with pytest.raises(ManifestError) as raised:
        loaded(text)
    told = [one.message for one in raised.value.problems]
    assert told == ["unknown slot 'stage'; the layout has speaker, slides"]


@pytest.mark.parametrize("wrong", ["slots: [a]", "slots: [a, a]", "order: [slides]", "gap: 1900"])
def test_a_wrong_preset_is_told_once_however_many_streams_use_it(wrong: str) -> None:
    canvas = "canvas: {width: 1280, height: 720}"
    text = STAGE.format(spec=f"{{{canvas}, mode: custom, preset: speaker-and-slides, {wrong}}}", users="")
    with pytest.raises(ManifestError) as raised:
        loaded(text)
    assert len(raised.value.problems) == 1
