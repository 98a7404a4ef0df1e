"""Watermarks in a picture: a see-through plate in its place, and the tag that a list below explains.

They are drawn before every tile, as how their zOrder and that of tiles go together is not documented.
"""

from collections.abc import Iterator

from reconciler.layout import Rect
from reconciler.layout.scene import SceneMark
from reconciler.reports.pictures.labels import Area
from reconciler.reports.pictures.styles import INK, Style
from reconciler.reports.pictures.svg import box, element, frame, hatching, number, text_at
from reconciler.reports.pictures.words import image_name, shortened, width_of

_TAG, _TALL = 11, 15


def tag(index: int) -> str:
    """`W1` for the first."""
    return f"W{index + 1}"


def mark_shapes(mark: SceneMark, style: Style, unit: float, ground: Rect) -> Iterator[str]:
    """The plate and its outline, in pixels of the canvas."""
    paper = hex_color(mark.back_color)
    plain = {"class": "mark", "fill": paper or "#ffffff", "fill-opacity": 0.85 if paper else 0.22}
    yield box(mark.rect, plain)
    if style.hatched:
        lines = {"stroke": "#ffffff", "stroke-opacity": 0.7, "stroke-width": 1.5 * unit, "fill": "none"}
        yield hatching(mark.rect, ground, 8 * unit, lines)
    yield frame(mark.rect, unit, {"stroke": "#000000", "stroke-opacity": 0.6})
    dash = style.dash or ((3, 3) if mark.motion == "off" else (1, 3))
    dashes = " ".join(number(part * unit) for part in dash)
    yield frame(mark.rect, max(1, style.edge / 2) * unit, {"stroke": "#ffffff", "stroke-dasharray": dashes})


def hex_color(color: str) -> str:
    """`0xRRGGBB` as SVG has it; empty for any other text."""
    digits = color.removeprefix("0x")
    known = color != digits and len(digits) == 6
    return f"#{digits.lower()}" if known and set(digits) <= set("0123456789abcdefABCDEF") else ""


def mark_tag(index: int, style: Style, area: Area, whole: Area) -> str:
    """The tag above the upper right corner, in pixels of the screen, and on the canvas if it can be."""
    badge = f"{tag(index)} {style.badge}".strip()
    width = width_of(badge, _TAG, bold=True) + 6
    x = max(whole.x, min(area.x + area.width, whole.x + whole.width) - width)
    y = max(whole.y - 7, area.y - _TALL)
    paper = {"fill": style.loud or "#ffffff", "x": x, "y": y, "width": width, "height": _TALL, "rx": 3}
    ink = "#ffffff" if style.loud else INK
    return element("rect", paper) + text_at((x + 3, y + 11.5), badge, _TAG, ink, bold=True)


def mark_content(mark: SceneMark, area: Area, scale: float) -> str:
    """A text, or the name of an image, where it fits, in pixels of the screen."""
    if mark.kind == "text":
        size = min(mark.font_size * scale, area.height * 0.9)
        text = shortened(mark.content, area.width - 8, size) if size >= 5 else ""
        color = hex_color(mark.font_color) or "#ffffff"
        return text_at((area.x + 4, area.y + area.height / 2 + size * 0.36), text, size, color)
    if area.height < 34:
        return ""
    text = shortened(image_name(mark.content), area.width - 8, 10)
    return text_at((area.x + 4, area.y + area.height - 6), text, 10, "#ffffff") if len(text) > 4 else ""
