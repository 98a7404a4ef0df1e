"""Writes docs/pictures/presets: a sheet for each preset of layouts, with every number of slots that it takes.

Drawn from manifests as they are planned, in pixels of the canvas. Run from the repository's root:
python scripts/preset_pictures.py
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.kinds import shows
from reconciler.layout import PRESETS, preset_named
from reconciler.layout.scene import Scene, SceneTile
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import load
from reconciler.reports.pictures.styles import CARD, EDGE, FAINT, INK, style_of
from reconciler.reports.pictures.svg import box, element, text_at

FOLDER = Path("docs") / "pictures" / "presets"
SHEETS = (*PRESETS, "grid 2x2", "grid 3x3", "grid 4x4")
GAP, PADDING = 16, 24
_WIDTH, _HEIGHT, _BESIDE, _BELOW, _IN_A_ROW = 240, 135, 16, 34, 4
_LETTERS, _NAMES = 64, 4
"""The most of a number on a tile, in pixels of the canvas, and of names under a canvas."""

WORKSPACE = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: presets}
spec:
  region: ap-guangzhou
  endpoint: simulator
  trtc: {sdkAppId: 1400188366, secretKey: {env: TRTC_SECRET_KEY}}
---
"""
STREAM = """\
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: hall}}
spec:
  room: 7
  video: {{encode: {{fps: 15, bitRate: 1500, gop: 2}}}}
  layout:
    canvas: {{width: 1280, height: 720}}
    mode: custom
    preset: {preset}
    gap: {gap}
    padding: {padding}
    slots: [{slots}]
    users: {{{users}}}
  publish: [{{url: rtmp://3891.livepush.myqcloud.com/live/hall}}]
"""


class Sheet(NamedTuple):
    """A preset with each number of slots that it takes."""

    preset: str
    counts: range

    @property
    def path(self) -> Path:
        """The file."""
        return FOLDER / f"{self.preset.replace(' ', '-')}.svg"


def sheets() -> Iterator[Sheet]:
    """Every sheet."""
    for name in SHEETS:
        preset = preset_named(name)
        assert preset is not None
        yield Sheet(name, range(preset.least, preset.most + 1))


def names(preset: str, count: int) -> Sequence[str]:
    """The slots: the preset's own, where there are so many, else one for each letter."""
    known = preset_named(preset)
    own = known.slots if known is not None else ()
    return own if len(own) == count else [chr(ord("a") + place) for place in range(count)]


def manifests(preset: str, count: int, *, gap: int = GAP, padding: int = PADDING) -> str:
    """A workspace with one stream in this layout, and a user in each slot."""
    slots = names(preset, count)
    users = ", ".join(f"{slot}: {{userId: user-{number}}}" for number, slot in enumerate(slots))
    stream = STREAM.format(preset=preset, gap=gap, padding=padding, slots=", ".join(slots), users=users)
    return WORKSPACE + stream


def scene(text: str) -> Scene:
    """What the one stream of the manifests shows."""
    (resource,) = load(["-"], text.encode, LoadContext()).resources
    kind = shows(resource.address.kind)
    found = kind and kind.scene(kind.spec.model_validate(resource.spec))
    assert found
    return found


def drawn(sheet: Sheet) -> str:
    """The sheet as SVG."""
    rows = -(-len(sheet.counts) // _IN_A_ROW)
    columns = min(len(sheet.counts), _IN_A_ROW)
    width = max(columns * (_WIDTH + _BESIDE) + _BESIDE, 420)
    height = 48 + rows * (_HEIGHT + _BELOW)
    parts = [element("rect", {"width": width, "height": height, "fill": CARD})]
    parts.append(text_at((_BESIDE, 28), f"preset: {sheet.preset}", 16, INK, bold=True))
    for place, count in enumerate(sheet.counts):
        row, column = divmod(place, _IN_A_ROW)
        at = (_BESIDE + column * (_WIDTH + _BESIDE), 44 + row * (_HEIGHT + _BELOW))
        parts += _canvas(scene(manifests(sheet.preset, count)), at)
        parts.append(text_at((at[0], at[1] + _HEIGHT + 16), _caption(sheet.preset, count), 12, FAINT))
    attributes = {"xmlns": "http://www.w3.org/2000/svg", "width": width, "height": height}
    return element("svg", {**attributes, "font-family": "sans-serif"}, *parts) + "\n"


def _caption(preset: str, count: int) -> str:
    """The number of slots, and the preset's own names for so many, if they are few."""
    known = preset_named(preset)
    own = known.slots if known is not None and len(known.slots) == count <= _NAMES else ()
    return ": ".join([str(count), *([", ".join(own)] if own else [])])


def _canvas(shown: Scene, at: tuple[int, int]) -> Iterator[str]:
    sides = {"x": at[0], "y": at[1], "width": _WIDTH, "height": _HEIGHT}
    inside = {"class": "canvas", "viewBox": f"0 0 {shown.canvas.width} {shown.canvas.height}"}
    tiles = [part for index in shown.stacked() for part in _tile(index, shown.tiles[index])]
    yield element("svg", {**inside, **sides}, box(shown.ground, {"fill": "#000000"}), *tiles)
    yield element("rect", {**sides, "fill": "none", "stroke": EDGE})


def _tile(index: int, tile: SceneTile) -> Iterator[str]:
    """Its place in the order of the request; and that it is fitted in, where it is not cropped."""
    mark = {"class": "tile", "data-index": str(index), "fill": style_of(index, guessed=False).fill}
    rect = tile.rect
    yield box(rect, {**mark, "stroke": "#ffffff", "stroke-width": 4} if tile.z_order else mark)
    number = f"{index + 1}{' fit' if tile.render_mode == 'fit' else ''}"
    size = min(_LETTERS, rect.width // 2, rect.height // 2)
    yield text_at((rect.x + size // 4, rect.y + size), number, size, "#ffffff")


def main() -> None:
    """Writes the sheets."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for sheet in sheets():
        sheet.path.write_text(drawn(sheet))


if __name__ == "__main__":
    main()
