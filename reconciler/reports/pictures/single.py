"""One picture by itself: the canvas, and below it a list of who is where."""

from collections.abc import Iterator, Sequence

from reconciler.layout.scene import Scene, SceneTile
from reconciler.reports.pictures.marks import hex_color, tag
from reconciler.reports.pictures.page import PADDING, Column, Page
from reconciler.reports.pictures.panel import Panel
from reconciler.reports.pictures.panel_svg import drawn, scale_to_fit
from reconciler.reports.pictures.styles import EDGE, style_of
from reconciler.reports.pictures.svg import element
from reconciler.reports.pictures.words import (
    cleaned,
    image_name,
    mark_name,
    mark_text,
    place_text,
    room_text,
    size_text,
    tile_text,
)

INNER, NARROW = 880, 360
_MOST = (880.0, 600.0)
_TILES = (
    Column("slot", 0.14),
    Column("user", 0.18),
    Column("room", 0.11),
    Column("place", 0.18),
    Column("zOrder", 0.07),
    Column("renderMode", 0.1),
    Column("placeholder and more", 0.22),
)
_MARKS = (Column("watermark", 0.1), Column("shows", 0.42), Column("place", 0.22), Column("", 0.26))


def svg_of_scene(scene: Scene, title: str, *, narrow: bool = False) -> str:
    """The scene as an SVG file, headed by a title such as the address of what it is of.

    It refers to nothing outside itself, and holds no id, style or script, so that it can be put into a
    page as it is. Each tile is a `rect` of class `tile` in pixels of the canvas, its `data-index` the
    place in the request's list. For a `narrow` page, the list is of short lines.
    """
    page = Page(NARROW if narrow else INNER)
    page.head(title, summary(scene))
    if scene.note:
        page.warn("Illustration", scene.note)
    scale = scale_to_fit([scene.canvas], (page.inner, _MOST[1]))
    height = max(scene.canvas.height, 1) * scale
    left = PADDING + (page.inner - max(scene.canvas.width, 1) * scale) / 2
    page.add(drawn(plain(scene), (left, page.y), scale), height + 14)
    _lists(page, scene, narrow=narrow)
    return page.svg(title, description(scene))


def plain(scene: Scene) -> Panel:
    """The scene with each tile in a colour of its own; dashed where their places are a guess."""
    styles = tuple(style_of(index, guessed=bool(scene.note)) for index in range(len(scene.tiles)))
    return Panel(scene, styles, tuple(style_of(index, guessed=False) for index in range(len(scene.marks))))


def summary(scene: Scene) -> str:
    """`1280x720 · custom · 4 tiles · 1 watermark`."""
    parts = (
        size_text(scene.canvas.width, scene.canvas.height),
        scene.mode,
        _count(len(scene.tiles), "tile"),
        scene.marks and _count(len(scene.marks), "watermark"),
    )
    return " · ".join(part for part in parts if part)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def description(scene: Scene) -> str:
    """The scene in words, for those who do not see it."""
    note = [f"Illustration: {scene.note}"] if scene.note else []
    places = (*map(tile_text, scene.tiles), *map(mark_text, scene.marks))
    return " ".join([f"{summary(scene)}.", *note, *(f"{text}." for text in (*_behind(scene), *places))])


def _behind(scene: Scene) -> list[str]:
    """What shows where no tile is."""
    color = [f"background {cleaned(scene.color)}"] if scene.color else []
    image = f"background image {image_name(scene.image)}, renderMode {scene.image_mode}"
    return [*color, *([cleaned(image)] if scene.image else [])]


def _lists(page: Page, scene: Scene, *, narrow: bool) -> None:
    if scene.color:
        swatch = {"x": PADDING, "y": page.y + 2, "width": 12, "height": 12, "stroke": EDGE}
        page.add(element("rect", {**swatch, "fill": hex_color(scene.color) or "#000000"}))
    for text in _behind(scene):
        page.line(text, sign=" ")
    page.add("", 6)
    listed = [tile for tile in scene.tiles if tile.slot]
    if narrow:
        for tile in listed:
            page.line(f"{tile.slot}: {tile.user or 'open'}, {place_text(tile.rect)}")
        for index, mark in enumerate(scene.marks):
            page.line(f"{tag(index)}: {mark_name(mark)}, {place_text(mark.rect)}")
        return
    if listed:
        page.table(_TILES, map(_cells, listed))
    if scene.marks:
        page.add("", 6)
        page.table(_MARKS, _mark_rows(scene))


def _cells(tile: SceneTile) -> Sequence[str]:
    more = (tile.placeholder and image_name(tile.placeholder), *tile.remarks)
    user = f"{tile.user}{' (screen)' if tile.stream == 'screen' else ''}" if tile.user else "open"
    return (
        tile.slot,
        user,
        room_text(tile.room),
        place_text(tile.rect),
        str(tile.z_order),
        tile.render_mode,
        "; ".join(part for part in more if part),
    )


def _mark_rows(scene: Scene) -> Iterator[Sequence[str]]:
    for index, mark in enumerate(scene.marks):
        motion = "" if mark.motion == "off" else f", {mark.motion}"
        yield tag(index), mark_name(mark), place_text(mark.rect), f"zOrder {mark.z_order}{motion}"
