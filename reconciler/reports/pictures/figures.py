"""Who is in a place, as a sign: a bust for a camera, a screen for a shared one, outlined for nobody."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from reconciler.layout import Rect, overlap
from reconciler.reports.pictures.svg import element, number

_MOST = 110
"""Pixels of the screen."""


class Sign(NamedTuple):
    """Which sign: whether somebody is in the place, and whether a shared screen is what is shown."""

    taken: bool
    screen: bool


def figure(rect: Rect, sign: Sign, before: Sequence[Rect], unit: float) -> list[str]:
    """The sign at the lower right of a tile; nothing where a place that is before the tile would cut it."""
    side = int(min(rect.width * 0.5, rect.height * 0.5, _MOST * unit))
    place = Rect(rect.right - side - side // 4, rect.bottom - side, side, side)
    if not side or any(overlap(place, one) for one in before):
        return []
    ink: dict[str, Any] = {"fill": "#ffffff", "fill-opacity": 0.2}
    if not sign.taken:
        ink = {"fill": "none", "stroke": "#ffffff", "stroke-opacity": 0.35, "stroke-width": side * 0.03}
    return _screen(place, side, ink) if sign.screen else _bust(place, side, ink)


def _bust(place: Rect, side: int, ink: dict[str, Any]) -> list[str]:
    middle = place.x + side / 2
    left, right, base = middle - side * 0.45, middle + side * 0.45, float(place.bottom)
    top = base - side * 0.58
    bend = f"C{number(left)} {number(top)} {number(right)} {number(top)} {number(right)} {number(base)}"
    shoulders = element("path", {**ink, "d": f"M{number(left)} {number(base)}{bend}Z"})
    return [element("circle", {**ink, "cx": middle, "cy": base - side * 0.68, "r": side * 0.21}), shoulders]


def _screen(place: Rect, side: int, ink: dict[str, Any]) -> list[str]:
    sides = {"x": place.x, "y": place.y + side * 0.2, "width": side, "height": side * 0.58}
    foot = {"x": place.x + side * 0.3, "y": place.y + side * 0.84, "width": side * 0.4, "height": side * 0.07}
    return [element("rect", {**ink, **sides, "rx": side * 0.05}), element("rect", {**ink, **foot})]
