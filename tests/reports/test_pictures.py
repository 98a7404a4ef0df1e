"""Pictures of layouts: pinned by golden files, held to the requests' pixels, safe whatever they tell.

A situation is a directory of tests/golden/pictures with `before.yaml` (what was applied; may be empty)
and `after.yaml` (what is planned). UPDATE_GOLDEN=1 rewrites what is expected; look at what it drew.
"""

import os
import re
import struct
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
import resvg_py
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli import main
from reconciler.kinds import KINDS, actions
from reconciler.kinds.capabilities import Shows
from reconciler.layout import DynamicMode, Rect, Size, dynamic_tiles
from reconciler.layout.scene import Scene, SceneMark, SceneTile
from reconciler.model import Verb
from reconciler.plan.model import Change, Plan
from reconciler.plan.saved import SavedPlan, saved_from_json, saved_to_json
from reconciler.planning.planner import make_plan
from reconciler.reports.escape import safe
from reconciler.reports.pictures import pictures_of, svg_change, svg_of, svg_of_scene
from reconciler.reports.pictures.compare import compared
from reconciler.reports.pictures.labels import Area, tile_lines
from reconciler.reports.pictures.styles import SIGNS, Fate, style_by_fate, style_of
from reconciler.reports.pictures.words import image_name, shortened, width_of, wrapped
from reconciler.state.model import State
from tests.support import TESTS, WORKSPACE, applied, loaded, through_text

GOLDEN = TESTS / "golden" / "pictures"
SITUATIONS = sorted(path.name for path in GOLDEN.iterdir())
SVG = "{http://www.w3.org/2000/svg}"
MODES: tuple[DynamicMode, ...] = get_args(DynamicMode)
HD = Size(1280, 720)


def planned(before: str, after: str) -> Plan:
    workspace = loaded(after)
    state = applied(loaded(before)) if before.strip() else State()
    return make_plan(workspace.settings, workspace.resources, state, {}, now=0)


def plan_of(situation: str) -> Plan:
    return planned(
        (GOLDEN / situation / "before.yaml").read_text(), (GOLDEN / situation / "after.yaml").read_text()
    )


def scene_of(change: Change) -> Scene:
    scene = pictures_of(change)[1]
    assert scene is not None
    return scene


def shows(name: str) -> Shows:
    kind = KINDS[name]
    assert isinstance(kind, Shows)
    return kind


def parts(text: str, name: str, mark: str = "") -> list[ET.Element]:
    """Every element of a name, and of a class if one is given."""
    found = ET.fromstring(text).iter(f"{SVG}{name}")
    return [one for one in found if not mark or one.get("class") == mark]


def rect_of(element: ET.Element) -> Rect:
    return Rect(*(int(element.attrib[side]) for side in ("x", "y", "width", "height")))


def rects(text: str) -> list[Rect]:
    """The tiles of a picture with one canvas, in the order of the request."""
    tiles = sorted(parts(text, "rect", "tile"), key=lambda one: int(one.attrib["data-index"]))
    assert [one.get("data-index") for one in tiles] == [str(index) for index in range(len(tiles))]
    return [rect_of(one) for one in tiles]


def words_in(text: str) -> list[str]:
    return [one.text or "" for one in parts(text, "text")]


# How it looks


def pictures(situation: str) -> Iterator[tuple[str, str]]:
    """(file name, SVG) of every stream and layout of a situation as it is planned, and of every change."""
    for change in plan_of(situation).changes:
        after, drawn = pictures_of(change)[1], svg_of(change)
        if after is not None:
            yield f"{change.address.name}.svg", svg_of_scene(after, str(change.address))
        if drawn is not None and change.verb is not Verb.START:
            yield f"{change.address.name}-change.svg", drawn


@pytest.mark.parametrize("situation", SITUATIONS)
def test_picture(situation: str) -> None:
    drawn = dict(pictures(situation))
    for name, text in drawn.items():
        path = GOLDEN / situation / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text)
        assert path.read_text() == text, f"{path} differs; look, then run with UPDATE_GOLDEN=1"
    assert {path.name for path in (GOLDEN / situation).glob("*.svg")} == set(drawn)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_saved_plan_has_the_same_pictures(situation: str) -> None:
    plan = plan_of(situation)
    saved = through_text(saved_to_json(SavedPlan(plan, "0")))
    read = saved_from_json(saved, actions()).plan
    assert [svg_of(change) for change in read.changes] == [svg_of(change) for change in plan.changes]


# What the documentation shows: file, situation, its picture
SHOWN = (
    ("custom", "moved-added-removed", "town-hall"),
    ("illustration", "modes", "floating"),
    ("change", "moved-added-removed", "town-hall-change"),
)


@pytest.mark.parametrize(("name", "situation", "picture"), SHOWN)
def test_the_documentation_shows_what_is_drawn(name: str, situation: str, picture: str) -> None:
    text = (GOLDEN / situation / f"{picture}.svg").read_text()
    path = TESTS.parent / "docs" / "pictures" / f"{name}.svg"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
        path.with_suffix(".png").write_bytes(resvg_py.svg_to_bytes(svg_string=text))
    assert path.read_text() == text
    assert size_of_png(path.with_suffix(".png").read_bytes()) == size_of_svg(text)


def size_of_svg(text: str) -> tuple[int, int]:
    root = ET.fromstring(text)
    return int(root.attrib["width"]), int(root.attrib["height"])


def size_of_png(data: bytes) -> tuple[int, int]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


# Where things are

EXAMPLES = [*(TESTS.parent / "manifests" / "examples").iterdir(), TESTS.parent / "manifests" / "demo"]


def started(text: str) -> Iterator[tuple[Mapping[str, Any], Change]]:
    """(VideoParams of the start, its change) of every stream with a picture."""
    for change in planned("", text).changes:
        video = change.steps[0].call.request.get("VideoParams")
        if video is not None and "LayoutParams" in video and pictures_of(change)[1] is not None:
            yield video, change


def assert_drawn_as_sent(text: str) -> int:
    """Every position and watermark of every start is drawn to the pixel; tells how many there were."""
    count = 0
    for video, change in started(text):
        drawn = svg_of_scene(scene_of(change), str(change.address))
        width, height = video["VideoEncode"]["Width"], video["VideoEncode"]["Height"]
        assert [one.get("viewBox") for one in parts(drawn, "svg", "canvas")] == [f"0 0 {width} {height}"]
        sent = [
            Rect(*(one.get(side, 0) for side in ("LocationX", "LocationY", "ImageWidth", "ImageHeight")))
            for one in video["LayoutParams"].get("MixLayoutList", ())
        ]
        if video["LayoutParams"].get("MixLayoutMode") == 4:
            assert rects(drawn) == sent
        marks = [
            Rect(one["LocationX"], one["LocationY"], one["WaterMarkWidth"], one["WaterMarkHeight"])
            for mark in video.get("WaterMarkList", ())
            for one in (mark.get("WaterMarkImage") or mark.get("WaterMarkText"),)
        ]
        assert [rect_of(one) for one in parts(drawn, "rect", "mark")] == marks
        count += len(sent) + len(marks)
    return count


def text_of(directory: Path) -> str:
    return "\n---\n".join(path.read_text() for path in sorted(directory.glob("*.yaml")))


def test_the_examples_are_drawn_as_they_are_sent() -> None:
    assert sum(assert_drawn_as_sent(text_of(directory)) for directory in EXAMPLES) > 20


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_situation_is_drawn_as_it_is_sent(situation: str) -> None:
    assert_drawn_as_sent((GOLDEN / situation / "after.yaml").read_text())


STREAM = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: hall}}
spec:
  room: 7
  video: {{encode: {{width: {width}, height: {height}, fps: 15, bitRate: 900, gop: 2}}}}
  layout: {layout}
  publish: [{{url: rtmp://3891.livepush.myqcloud.com/live/hall}}]
"""


@st.composite
def layouts(draw: st.DrawFn) -> str:
    """A stream with slots in pixels and in per cent, each on the canvas."""
    width, height = draw(st.integers(16, 1920)), draw(st.integers(16, 1920))
    slots = []
    for index in range(draw(st.integers(1, 16))):
        if draw(st.booleans()):
            x, y = draw(st.integers(0, width)), draw(st.integers(0, height))
            sides: list[Any] = [x, y, draw(st.integers(0, width - x)), draw(st.integers(0, height - y))]
        else:
            across, down = draw(st.integers(0, 100)), draw(st.integers(0, 100))
            sides = [f"{across}%", f"{down}%", f"{draw(st.integers(0, 100 - across))}%", f"{100 - down}%"]
        names = ("locationX", "locationY", "imageWidth", "imageHeight")
        z_order = draw(st.integers(-3, 3))
        slots.append({"name": f"s{index}", "zOrder": z_order, **dict(zip(names, sides, strict=True))})
    return STREAM.format(width=width, height=height, layout={"mode": "custom", "slots": slots})


@given(layouts())
def test_any_custom_layout_is_drawn_as_it_is_sent(text: str) -> None:
    assert assert_drawn_as_sent(text) > 0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("inputs", range(1, 17))
def test_other_modes_are_drawn_as_illustrations_of_the_best_known_geometry(
    mode: DynamicMode, inputs: int
) -> None:
    big = {"maxVideoUser": {"userId": "host"}} if mode == "screen-share" else {}
    (change,) = planned("", STREAM.format(width=1280, height=720, layout={"mode": mode, **big})).changes
    kind = shows(change.address.kind)
    assert change.entry is not None
    scene = kind.scene(kind.spec.model_validate(change.entry.spec), inputs)
    assert scene is not None
    drawn = svg_of_scene(scene, "hall")
    assert rects(drawn) == [picture.rect for picture in dynamic_tiles(mode, inputs, HD)]
    assert "Illustration" in words_in(drawn)
    assert f"with {inputs} input" in scene.note


def test_what_is_documented_is_no_illustration() -> None:
    for change in plan_of("moved-added-removed").changes:
        assert "Illustration" not in svg_of_scene(scene_of(change), "hall")


def test_a_higher_z_order_is_drawn_later() -> None:
    tiles = tuple(SceneTile(Rect(0, 0, 9, 9), z_order, "crop", f"s{z_order}") for z_order in (3, -1, 2))
    drawn = parts(svg_of_scene(Scene(HD, "custom", tiles), "x"), "rect", "tile")
    assert [one.get("data-index") for one in drawn] == ["1", "2", "0"]


def test_a_layout_without_a_canvas_says_which_one_is_assumed() -> None:
    kind = shows("MixLayout")

    def canvas(width: object) -> tuple[Size, str]:
        slots = [{"name": "a", "locationX": 10, "imageWidth": width, "imageHeight": 300}]
        scene = kind.scene(kind.spec.model_validate({"mode": "custom", "slots": slots}))
        assert scene is not None
        return scene.canvas, scene.note

    assert canvas(500) == (Size(510, 300), "The layout has no canvas; 510x300 is assumed.")
    assert canvas("50%") == (HD, "The layout has no canvas; 1280x720 is assumed.")
    assert canvas(10**18)[0] == HD


def test_a_layout_by_itself_does_not_say_that_the_first_to_enter_is_the_big_one() -> None:
    kind = shows("MixLayout")
    scene = kind.scene(kind.spec.model_validate({"mode": "screen-share"}), 3)
    assert scene is not None
    found = words_in(svg_of_scene(scene, "x"))
    assert [text for text in found if "to join" in text or "large one" in text][-3:] == [
        "the large one",
        "1st to join",
        "2nd to join",
    ]


# What became of what

A = SceneTile(Rect(0, 0, 100, 100), 0, "crop", "a", "ann", 1)
B = SceneTile(Rect(100, 0, 100, 100), 0, "crop", "b", "bob", 1)
OPEN = SceneTile(Rect(200, 0, 100, 100), 0, "crop", "c")
LOGO = SceneMark(Rect(0, 0, 10, 10), 0, "image", "https://a.example/logo.png")

FATES: dict[str, tuple[tuple[SceneTile, ...], tuple[SceneTile, ...], list[Fate]]] = {
    # before, after, what became of each in the order before, then what is new
    "nothing": ((A, B), (A, B), [Fate.SAME, Fate.SAME]),
    "another order": ((A, B), (B, A), [Fate.SAME, Fate.SAME]),
    "moved": ((A, B), (replace(A, rect=Rect(0, 50, 100, 100)), B), [Fate.MOVED, Fate.SAME]),
    "resized": ((A,), (replace(A, rect=Rect(0, 0, 100, 50)),), [Fate.RESIZED]),
    "resized and moved": ((A,), (replace(A, rect=Rect(50, 50, 90, 90)),), [Fate.MOVED]),
    "two change seats": (
        (A, B),
        (replace(A, user="bob"), replace(B, user="ann")),
        [Fate.MOVED, Fate.MOVED],
    ),
    "a slot has another name": ((A,), (replace(A, slot="z"),), [Fate.CHANGED]),
    "an open slot has another name": ((OPEN,), (replace(OPEN, slot="z"),), [Fate.CHANGED]),
    "another user": ((A,), (replace(A, user="eve"),), [Fate.CHANGED]),
    "the same user of another room": ((A,), (replace(A, room="1"),), [Fate.CHANGED]),
    "another layer": ((A,), (replace(A, z_order=1),), [Fate.CHANGED]),
    "added": ((A,), (A, OPEN), [Fate.SAME, Fate.ADDED]),
    "removed": ((A, OPEN), (A,), [Fate.SAME, Fate.REMOVED]),
    "one goes, another comes": ((A, OPEN), (A, B), [Fate.SAME, Fate.REMOVED, Fate.ADDED]),
}


@pytest.mark.parametrize(("before", "after", "fates"), FATES.values(), ids=FATES)
def test_what_became_of_tiles(
    before: tuple[SceneTile, ...], after: tuple[SceneTile, ...], fates: list[Fate]
) -> None:
    found = compared(Scene(HD, "custom", before), Scene(HD, "custom", after))
    assert [one.fate for one in found.tiles] == fates
    assert found.same == (set(fates) == {Fate.SAME})


def test_what_became_of_watermarks() -> None:
    def fates(*marks: SceneMark) -> list[Fate]:
        return [
            one.fate
            for one in compared(Scene(HD, "grid", marks=(LOGO,)), Scene(HD, "grid", marks=marks)).marks
        ]

    assert fates(LOGO) == [Fate.SAME]
    assert fates() == [Fate.REMOVED]
    assert fates(LOGO, LOGO) == [Fate.SAME, Fate.ADDED]
    assert fates(replace(LOGO, rect=Rect(50, 50, 10, 10))) == [Fate.MOVED]
    assert fates(replace(LOGO, content="https://a.example/logo.png?v=2")) == [Fate.CHANGED]


def test_on_a_larger_canvas_what_keeps_its_share_has_not_moved() -> None:
    third = replace(A, rect=Rect(427, 0, 426, 720))
    grown = replace(A, rect=Rect(640, 0, 640, 1080))
    found = compared(Scene(HD, "custom", (third,)), Scene(Size(1920, 1080), "custom", (grown,)))
    assert [one.fate for one in found.tiles] == [Fate.SAME]
    assert found.around == ("canvas 1280x720 → 1920x1080",)


def test_fates_are_told_apart_by_more_than_colour() -> None:
    styles = {fate: style_by_fate(fate) for fate in Fate}
    shapes = {(style.dash, style.hatched, style.edge) for style in styles.values()}
    assert len(shapes) == len(Fate) - 1  # a moved and a resized one have the same edge, and other words
    assert len({style.badge for style in styles.values()}) == len(set(SIGNS.values())) == len(Fate)


def test_a_change_shows_words_hatching_dashes_and_arrows() -> None:
    (change,) = plan_of("moved-added-removed").changes
    drawn = svg_of(change)
    assert drawn is not None
    found = words_in(drawn)
    for badge in ("+ added", "\N{MINUS SIGN} removed", "→ moved", "≠ changed"):
        assert badge in found
    paths = [one.attrib["d"] for one in parts(drawn, "path")]
    assert sum(path.count("M") > 5 for path in paths) == 1, "one tile is hatched"
    assert sum(path.count("L") == 6 and path.endswith("Z") for path in paths) == 2, "two arrows"
    assert any(re.fullmatch(r"removed: guest-2, was 320x240 at 960,240", text) for text in found)
    assert "moved: guest-3 (slides): 320x240 at 960,480 → 320x240 at 960,240" in found


def test_a_picture_that_stays_is_not_drawn() -> None:
    before = (GOLDEN / "moved-added-removed" / "before.yaml").read_text()
    (change,) = planned(before, before.replace("town-hall}]", "elsewhere}]")).changes
    assert change.verb is Verb.UPDATE
    assert svg_of(change) is None


def test_what_stops_and_what_starts_have_one_picture() -> None:
    text = (GOLDEN / "moved-added-removed" / "before.yaml").read_text()
    (start,) = planned("", text).changes
    (stop,) = planned(text, WORKSPACE).changes
    assert pictures_of(start)[0] is None
    assert pictures_of(stop) == (pictures_of(start)[1], None)
    assert "no picture" in words_in(svg_of(stop) or "")
    drawn = svg_of(start)
    assert drawn is not None and "no picture" not in words_in(drawn), "a start has nothing to compare with"


def test_a_change_of_nothing_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="no picture to no picture"):
        svg_change(None, None, "x")


def test_what_has_no_picture_has_none() -> None:
    text = (TESTS.parent / "manifests" / "demo" / "live.yaml").read_text()
    (change,) = planned("", text).changes
    assert pictures_of(change) == (None, None)
    assert svg_of(change) is None


# Whatever stands in it

ELEMENTS = {"svg", "g", "title", "desc", "rect", "path", "line", "circle", "text"}
NASTY = (
    "</text></svg><script>alert(1)</script>",
    '"><image href="https://evil.example/x.png"/>',
    "]]><!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>&a;",
    "a\u202egnp.exe\u0000\u200b\ufffe\ud800\U000e0041",
    "x" * 100_000,
    "\u0301" * 300,
)
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=40), st.text(st.characters(), max_size=40))
numbers = st.integers(-(10**19), 10**19)
small = st.integers(0, 2000)
places = st.builds(Rect, small, small, small, small)
hostile_tiles = st.builds(
    SceneTile, places, numbers, texts, texts, texts, texts, entry=numbers, placeholder=texts,
    remarks=st.lists(texts, max_size=2).map(tuple),
)  # fmt: skip
hostile_marks = st.builds(
    SceneMark, st.builds(Rect, numbers, numbers, st.integers(0, 10**19), small), numbers,
    st.sampled_from(["image", "text"]), texts, texts, st.integers(1, 10**19), texts, texts,
)  # fmt: skip
hostile_scenes = st.builds(
    Scene, st.builds(Size, small, small), texts, st.lists(hostile_tiles, max_size=4).map(tuple),
    st.lists(hostile_marks, max_size=3).map(tuple), texts, texts, texts, texts,
)  # fmt: skip


def assert_harmless(drawn: str) -> None:
    root = ET.fromstring(drawn)
    assert root.get("role") == "img"
    assert [one.tag for one in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in ("href", "style", "id") and "}" not in name
            assert "url(" not in value and "//" not in value
    assert safe(drawn.removesuffix("\n")) == drawn.removesuffix("\n")


@given(hostile_scenes, texts)
def test_no_text_breaks_a_picture(scene: Scene, title: str) -> None:
    assert_harmless(svg_of_scene(scene, title))


@given(st.none() | hostile_scenes, hostile_scenes, texts)
def test_no_text_breaks_a_change(before: Scene | None, after: Scene, title: str) -> None:
    assert_harmless(svg_change(before, after, title))


@pytest.mark.parametrize("side", [10**19, 2000, 1])
def test_something_far_larger_than_the_canvas_is_drawn_on_it_only(side: int) -> None:
    large = Rect(-side, -side, 3 * side, 3 * side)
    scene = Scene(HD, "custom", (replace(A, rect=large),), (replace(LOGO, rect=large),))
    drawn = svg_change(scene, Scene(HD, "custom"), "x")
    assert_harmless(drawn)
    assert len(drawn) < 20_000


@given(hostile_tiles, st.floats(0, 900), st.floats(0, 900))
def test_no_label_is_wider_than_its_tile(tile: SceneTile, width: float, height: float) -> None:
    for style in (style_of(0, guessed=False), *map(style_by_fate, Fate)):
        for line in tile_lines(tile, style, Area(0, 0, width, height)):
            assert line.width <= width


@given(texts, st.floats(0, 600), st.floats(1, 40), st.booleans())
def test_a_shortened_text_fits(text: str, room: float, size: float, bold: bool) -> None:
    found = shortened(text, room, size, bold=bold)
    assert width_of(found, size, bold=bold) <= room
    assert found in ("", safe(text)) or found.endswith("…")


@given(texts, st.floats(20, 600))
def test_wrapped_lines_fit(text: str, room: float) -> None:
    assert all(width_of(line, 12) <= room for line in wrapped(text, room, 12))


IMAGES = {
    "https://media.example/a/stage.png": "stage.png (media.example)",
    "https://user:pass@media.example:8443/a/stage.png?sign=1#x": "stage.png (media.example)",
    "http://media.example": "media.example",
    "http://media.example/": "media.example",
    "https://media.example?sign=1": "media.example",
    "https://media.example/a@b/c.png": "c.png (media.example)",
}


@pytest.mark.parametrize(("url", "name"), IMAGES.items())
def test_an_address_is_shown_by_its_last_name_and_its_host_only(url: str, name: str) -> None:
    assert image_name(url) == name
    scene = Scene(HD, "custom", (replace(A, placeholder=url),), (replace(LOGO, content=url),), "", url)
    drawn = svg_of_scene(scene, "x") + (svg_change(scene, replace(scene, tiles=()), "x"))
    assert "sign=" not in drawn
    assert "pass" not in drawn


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_white_letters_can_be_read_on_every_tile() -> None:
    fills = {style_of(index, guessed=False).fill for index in range(20)}
    fills |= {
        color for fate in Fate for color in (style_by_fate(fate).fill, style_by_fate(fate).loud) if color
    }
    assert all(1.05 / (luminance(fill) + 0.05) >= 4.5 for fill in fills)


# The command


def render(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["render", *arguments])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "manifests").mkdir()
    text = (GOLDEN / "modes" / "after.yaml").read_text()
    (tmp_path / "manifests" / "all.yaml").write_text(f"{WORKSPACE}---\n{text}")
    return tmp_path


MADE = [
    "pictures/MixLayout-any-canvas.svg",
    "pictures/MixStream-floating.svg",
    "pictures/MixStream-grid.svg",
    "pictures/MixStream-screen-share.svg",
]


def test_render_writes_a_file_for_each(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert render() == 0
    assert capsys.readouterr().out.splitlines() == MADE
    assert sorted(str(path.relative_to(here)) for path in here.glob("pictures/*")) == MADE
    for change in plan_of("modes").changes:
        drawn = (here / "pictures" / f"{change.address.kind}-{change.address.name}.svg").read_text()
        assert drawn == svg_of_scene(scene_of(change), str(change.address))
    layout = (here / MADE[0]).read_text()
    assert rects(layout) == [Rect(0, 0, 640, 720), Rect(640, 0, 640, 720)]
    assert "1280x720 is assumed." in " ".join(words_in(layout))


def test_render_draws_what_is_chosen(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert render("--target", "MixStream/grid", "--out", "there", "--inputs", "16") == 0
    assert capsys.readouterr().out == "there/MixStream-grid.svg\n"
    assert len(rects((here / "there" / "MixStream-grid.svg").read_text())) == 16


def test_render_reads_standard_input(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (here / "manifests" / "all.yaml").open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert render("-") == 0
        assert sys.stdin is stream
    assert capsys.readouterr().out.splitlines() == MADE


def test_render_resolves_layouts_by_reference_and_defaults(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo = TESTS.parent / "manifests" / "demo"
    assert render(str(demo)) == 0
    assert "pictures/MixStream-town-hall-french.svg" in capsys.readouterr().out.splitlines()
    drawn = (here / "pictures" / "MixStream-town-hall-french.svg").read_text()
    assert "interpreter" in words_in(drawn)
    assert rects(drawn) == rects((here / "pictures" / "MixLayout-stage.svg").read_text())

    defaults = (
        "  defaults: {MixLayout: {background: {color: '0x123456'}, canvas: {width: 640, height: 360}}}\n"
    )
    text = (here / "manifests" / "all.yaml").read_text().replace(WORKSPACE, WORKSPACE + defaults)
    (here / "manifests" / "all.yaml").write_text(text)
    assert render("--target", "MixLayout/any-canvas") == 0
    (background,) = parts((here / MADE[0]).read_text(), "rect", "background")
    assert background.get("fill") == "#123456"
    assert rect_of(background) == Rect(0, 0, 640, 360)


def test_render_names_what_shows_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (GOLDEN / "sound-gets-a-picture" / "before.yaml").read_text()
    (here / "manifests" / "all.yaml").write_text(f"{WORKSPACE}---\n{text}")
    assert render() == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "MixStream/radio has no video to render" in told.err


def test_render_refuses_what_it_does_not_know(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert render("--target", "MixStream/gird") == 64
    assert "did you mean MixStream/grid?" in capsys.readouterr().err
    assert render("--inputs", "17") == 64
    (here / "file").write_text("")
    assert render("--out", "file/below") == 1
    assert "cannot be written" in capsys.readouterr().err
    assert not (here / "pictures").exists()


def test_a_long_name_is_cut(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (here / "manifests" / "all.yaml").read_text()
    (here / "manifests" / "all.yaml").write_text(text.replace("name: grid", f"name: {'g' * 253}"))
    assert render() == 0
    assert len(list((here / "pictures").iterdir())) == len(MADE)


def test_png(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert render("--format", "png", "--target", "MixStream/grid") == 0
    assert capsys.readouterr().out == "pictures/MixStream-grid.png\n"
    data = (here / "pictures" / "MixStream-grid.png").read_bytes()
    (change,) = (one for one in plan_of("modes").changes if one.address.name == "grid")
    width, height = size_of_svg(svg_of_scene(scene_of(change), "x"))
    assert size_of_png(data) == (2 * width, 2 * height)


def test_png_without_fonts_warns(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_fonts(svg_string: str, zoom: int) -> bytes:
        return bytes(resvg_py.svg_to_bytes(svg_string=svg_string, zoom=zoom, skip_system_fonts=True))

    monkeypatch.setitem(sys.modules, "resvg_py", SimpleNamespace(svg_to_bytes=without_fonts))
    assert render("--format", "png", "--target", "MixStream/grid") == 0
    assert "no fonts" in capsys.readouterr().err


def test_png_takes_an_extra(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert render("--format", "png") == 64
    assert "pip install 'tencent-live-reconciler[png]'" in capsys.readouterr().err
    assert not (here / "pictures").exists()
