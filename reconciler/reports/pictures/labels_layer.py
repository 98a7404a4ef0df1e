"""What is written on a canvas: the labels of tiles, watermarks and background, in pixels of the screen."""

from dataclasses import dataclass

from reconciler.layout import Rect, overlap
from reconciler.layout.scene import Scene
from reconciler.reports.pictures.labels import Area, Line, label, tile_lines
from reconciler.reports.pictures.marks import mark_content, mark_tag
from reconciler.reports.pictures.panel import Panel
from reconciler.reports.pictures.svg import Point
from reconciler.reports.pictures.words import image_name, shortened


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a canvas lies on the screen: its top left corner, and the screen's pixels for one of its own."""

    ground: Rect
    at: Point
    scale: float

    def area(self, rect: Rect) -> Area:
        """Where the part of a place is that lies on the canvas; without extent if none does."""
        seen = overlap(rect, self.ground) or Rect(0, 0, 0, 0)
        x, y = self.at[0] + seen.x * self.scale, self.at[1] + seen.y * self.scale
        return Area(x, y, seen.width * self.scale, seen.height * self.scale)


def labels_layer(panel: Panel, screen: Screen) -> str:
    """The markup of every label, each where nothing covers it."""
    scene, whole = panel.scene, screen.area(panel.scene.ground)
    areas = [screen.area(tile.rect) for tile in scene.tiles]
    marks = [screen.area(mark.rect) for mark in scene.marks]
    above = [*marks, *(screen.area(move.old) for move in panel.moves)]
    parts = [label(_behind(scene, whole), whole, [*areas, *above], plate=True)]
    order = scene.stacked()
    for place, index in enumerate(order):
        before = [areas[other] for other in order[place + 1 :]]
        lines = tile_lines(scene.tiles[index], panel.tiles[index], areas[index], brief=panel.brief)
        plate = bool(panel.tiles[index].badge or panel.moves)
        clear = label(lines, areas[index], [*before, *above], plate=plate)
        parts.append(clear or label(lines, areas[index], before, plate=plate))
    for index, (mark, area) in enumerate(zip(scene.marks, marks, strict=True)):
        if area.width:
            parts += [
                mark_content(mark, area, screen.scale),
                mark_tag(index, panel.marks[index], area, whole),
            ]
    return "".join(parts)


def _behind(scene: Scene, whole: Area) -> list[Line]:
    """The name of the background's image."""
    text = f"background {image_name(scene.image)}" if scene.image else ""
    shown = shortened(text, whole.width - 20, 11)
    return [Line(shown, 11, 1)] if shown else []
