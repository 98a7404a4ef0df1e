"""One canvas to scale: everything in its place to the pixel, and what is written on it.

The places are drawn in an SVG of their own whose unit is a pixel of the canvas, so that the numbers
in the file are those of the request; it cuts off what sticks out. Texts stand in pixels of the
screen above it, as they must be readable at any scale.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from reconciler.layout import Rect, Size, overlap
from reconciler.reports.pictures.figures import Sign, figure
from reconciler.reports.pictures.labels_layer import Screen, labels_layer
from reconciler.reports.pictures.marks import hex_color, mark_shapes
from reconciler.reports.pictures.panel import Move, Panel
from reconciler.reports.pictures.styles import EDGE, Style
from reconciler.reports.pictures.svg import (
    Point,
    arrow,
    box,
    crossing,
    element,
    frame,
    hatching,
    number,
    words,
)
from reconciler.reports.pictures.words import mark_text, tile_text

_KEPT = 1024
"""Drawn tiles that are kept; one is less than a kilobyte, but for hatched ones."""


def scale_to_fit(canvases: Sequence[Size], most: tuple[float, float]) -> float:
    """Pixels of the screen for a pixel of the canvas, so that each of them fits."""
    return min(min(most[0] / max(one.width, 1), most[1] / max(one.height, 1)) for one in canvases)


def drawn(panel: Panel, at: Point, scale: float) -> str:
    """The panel's markup, its top left corner at a point of the screen."""
    width, height = panel.scene.ground.width, panel.scene.ground.height
    attributes: dict[str, Any] = {
        "class": "canvas",
        "x": at[0],
        "y": at[1],
        "width": width * scale,
        "height": height * scale,
        "viewBox": f"0 0 {width} {height}",
        "preserveAspectRatio": "none",
    }
    outline = element(
        "rect",
        {
            "x": at[0] - 0.5,
            "y": at[1] - 0.5,
            "width": width * scale + 1,
            "height": height * scale + 1,
            "fill": "none",
            "stroke": EDGE,
        },
    )
    return (
        outline
        + element("svg", attributes, *_shapes(panel, 1 / scale))
        + element("g", {"class": "labels"}, labels_layer(panel, Screen(panel.scene.ground, at, scale)))
    )


def _shapes(panel: Panel, unit: float) -> Iterator[str]:
    """Background, tiles, watermarks and moves; `unit` is a pixel of the screen in those of the canvas."""
    scene = panel.scene
    whole = scene.ground
    yield box(whole, {"class": "background", "fill": hex_color(scene.color) or "#000000"})
    if scene.image:
        lines = {"stroke": "#ffffff", "stroke-opacity": 0.35, "stroke-width": unit, "fill": "none"}
        yield crossing(whole, lines)
    order = scene.stacked()
    for place, index in enumerate(order):
        before = tuple(scene.tiles[other].rect for other in order[place + 1 :])
        yield _tile(panel, index, unit, before)
    for mark, style in zip(scene.marks, panel.marks, strict=True):
        if overlap(mark.rect, whole) is not None:
            yield element(
                "g", {}, words("title", {}, mark_text(mark)), *mark_shapes(mark, style, unit, whole)
            )
    for move in panel.moves:
        yield _left_place(move.old, unit)
    for move in panel.moves:
        if move.shown:
            yield arrow(_middle(move.old), _entered(move, 12 * unit), unit, "#0550ae")


def _tile(panel: Panel, index: int, unit: float, before: tuple[Rect, ...]) -> str:
    tile, ground = panel.scene.tiles[index], panel.scene.ground
    sign = Sign(bool(tile.user), tile.stream == "screen")
    strokes = _strokes(index, tile.rect, panel.tiles[index], sign, before, ground, unit)
    return element("g", {}, words("title", {}, tile_text(tile)), strokes)


@lru_cache(maxsize=_KEPT)
def _strokes(
    index: int, rect: Rect, style: Style, sign: Sign, before: tuple[Rect, ...], ground: Rect, unit: float
) -> str:
    """A tile but for its words: of a wall of streams that share a layout it is drawn once."""
    inside = [
        box(rect, {"class": "tile", "data-index": str(index), "fill": style.fill}),
        *(figure(rect, sign, before, unit) if style.figure else ()),
    ]
    if style.hatched:
        lines = {"stroke": "#ffffff", "stroke-opacity": 0.45, "stroke-width": 1.5 * unit, "fill": "none"}
        inside.append(hatching(rect, ground, 10 * unit, lines))
    edge: dict[str, Any] = {"stroke": "#ffffff"}
    if style.dash:
        edge["stroke-dasharray"] = " ".join(number(part * unit) for part in style.dash)
    inside.append(frame(rect, style.edge * unit, edge))
    return "".join(inside)


def _left_place(rect: Rect, unit: float) -> str:
    """The outline of a place that was left, seen on light and on dark."""
    dashes = {"stroke-dasharray": f"{number(5 * unit)} {number(4 * unit)}"}
    under = frame(rect, 2 * unit, {"stroke": "#000000", "stroke-opacity": 0.7})
    return under + frame(rect, 2 * unit, {"stroke": "#ffffff", **dashes})


def _middle(rect: Rect) -> Point:
    return rect.x + rect.width / 2, rect.y + rect.height / 2


def _entered(move: Move, depth: float) -> Point:
    """Where an arrow ends: on the straight way between the middles, a little within the new place."""
    start, end = _middle(move.old), _middle(move.new)
    across, down = end[0] - start[0], end[1] - start[1]
    length = math.hypot(across, down)
    if not length:
        return end
    # How far back from the middle the edge is, as a share of the way.
    sides = ((move.new.width / 2, abs(across)), (move.new.height / 2, abs(down)))
    back = min(1.0, *(half / way for half, way in sides if way))
    share = max(0.0, back - depth / length)
    return end[0] - across * share, end[1] - down * share
