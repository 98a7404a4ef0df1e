"""The few strokes that pictures are made of, as SVG; the one place where text becomes markup.

No element refers to anything: no address, no style sheet, no id. Hatching and arrows are drawn line by
line, so that any number of pictures can stand in one page, and any renderer draws them alike.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from itertools import count, takewhile
from typing import Any

from reconciler.layout import Rect, overlap
from reconciler.reports.escape import safe

Attributes = Mapping[str, Any]
"""Texts and numbers."""
_KEPT = 4096
"""Attributes that are kept as they are written: pictures share their colours, sizes and most places."""
Point = tuple[float, float]


def number(value: float) -> str:
    """A whole number as it is, any other with at most three decimals, as short as it can be."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(name: str, attributes: Attributes, *children: str) -> str:
    """An element; every attribute is escaped, and the children are markup already."""
    written = "".join([_attribute(key, value) for key, value in attributes.items()])
    return f"<{name}{written}>{''.join(children)}</{name}>" if children else f"<{name}{written}/>"


@lru_cache(maxsize=_KEPT)
def _attribute(key: str, value: str | float) -> str:
    return f' {key}="{escape(safe(value)) if isinstance(value, str) else number(value)}"'


def words(name: str, attributes: Attributes, text: str) -> str:
    """An element that holds text."""
    return element(name, attributes, escape(safe(text), quote=False))


def text_at(
    at: Point, text: str, size: float, fill: str, *, bold: bool = False, anchor: str = "start"
) -> str:
    """One line of text; `at` is the left end of its base line, or the middle or the end by `anchor`."""
    attributes: dict[str, Any] = {"x": at[0], "y": at[1], "font-size": size, "fill": fill}
    attributes |= {"font-weight": "bold"} if bold else {}
    attributes |= {"text-anchor": anchor} if anchor != "start" else {}
    return words("text", attributes, text) if text else ""


def box(rect: Rect, attributes: Attributes) -> str:
    """A rectangle, in whole pixels."""
    sides = {"x": rect.x, "y": rect.y, "width": rect.width, "height": rect.height}
    return element("rect", {**attributes, **sides})


def frame(rect: Rect, width: float, attributes: Attributes) -> str:
    """An outline of some width that lies within the rectangle; none where there is no room for it."""
    across, down = rect.width - width, rect.height - width
    if across <= 0 or down <= 0:
        return ""
    sides = {"x": rect.x + width / 2, "y": rect.y + width / 2, "width": across, "height": down}
    return element("rect", {"fill": "none", "stroke-width": width, **attributes, **sides})


def hatching(whole: Rect, ground: Rect, step: float, attributes: Attributes) -> str:
    """Diagonal lines over the part of a rectangle that is on the ground, so far from each other."""
    rect = overlap(whole, ground)
    if rect is None:
        return ""
    lines = []
    for reach in takewhile(lambda at: at < rect.width + rect.height, (step * turn for turn in count(1))):
        right, down = min(reach, rect.width), min(reach, rect.height)
        start, end = (rect.x + reach - down, rect.y + down), (rect.x + right, rect.y + reach - right)
        lines.append(f"M{_pair(start)}L{_pair(end)}")
    return element("path", {"d": "".join(lines), **attributes}) if lines else ""


def crossing(rect: Rect, attributes: Attributes) -> str:
    """Both diagonals of a rectangle: what stands for an image."""
    right, bottom = rect.x + rect.width, rect.y + rect.height
    lines = f"M{rect.x} {rect.y}L{right} {bottom}M{right} {rect.y}L{rect.x} {bottom}"
    return element("path", {"d": lines, **attributes})


def arrow(start: Point, end: Point, unit: float, fill: str) -> str:
    """An arrow with a light edge; `unit` is the size of a pixel on the screen. None if it is too short."""
    length = math.dist(start, end)
    if length < 16 * unit:
        return ""
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    outline = [
        _beside(start, along, 0, 2.5 * unit),
        _beside(end, along, -13 * unit, 2.5 * unit),
        _beside(end, along, -13 * unit, 7 * unit),
        end,
        _beside(end, along, -13 * unit, -7 * unit),
        _beside(end, along, -13 * unit, -2.5 * unit),
        _beside(start, along, 0, -2.5 * unit),
    ]
    attributes = {"fill": fill, "stroke": "#ffffff", "stroke-width": 1.5 * unit, "stroke-linejoin": "round"}
    return element("path", {"d": f"M{'L'.join(map(_pair, outline))}Z", **attributes})


def _beside(point: Point, along: Point, forward: float, aside: float) -> Point:
    return (
        point[0] + along[0] * forward - along[1] * aside,
        point[1] + along[1] * forward + along[0] * aside,
    )


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
