"""A scene alone, small: the canvas without a title or lists, for a wall of many."""

from dataclasses import replace
from typing import Any

from reconciler.layout.scene import Scene
from reconciler.reports.pictures.panel_svg import drawn, scale_to_fit
from reconciler.reports.pictures.single import description, plain
from reconciler.reports.pictures.svg import element, words

_MOST = (360.0, 360.0)


def thumbnail(scene: Scene, title: str) -> str:
    """The scene's canvas as an SVG to be put into a page, which scales it; it holds a title and the words."""
    scale = scale_to_fit([scene.canvas], _MOST)
    width, height = scene.ground.width * scale, scene.ground.height * scale
    attributes: dict[str, Any] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {round(width, 1):g} {round(height, 1):g}",
        "role": "img",
        "font-family": "sans-serif",
    }
    told = (words("title", {}, title), words("desc", {}, description(scene)))
    return element("svg", attributes, *told, drawn(replace(plain(scene), brief=True), (0, 0), scale)) + "\n"
