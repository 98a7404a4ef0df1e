"""What is written on a place, and where: in a corner that no place before it covers, or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.layout.scene import SceneTile
from reconciler.reports.pictures.styles import Style
from reconciler.reports.pictures.svg import element, text_at
from reconciler.reports.pictures.words import (
    headline,
    image_name,
    ordinal,
    place_text,
    room_text,
    shortened,
    width_of,
)

_PAD = 5
"""Between a label and the edge of its place, and between its plate and its letters."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle on the screen, in pixels that need not be whole."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: "Area") -> bool:
        """Whether they share more than an edge."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a label; the higher its `rank`, the sooner it is left out. `paper` is what it stands on."""

    text: str
    size: float
    rank: int
    bold: bool = False
    paper: str = ""

    @property
    def height(self) -> float:
        """With what is free above and below it."""
        return self.size * 1.3 + (3 if self.paper else 0)

    @property
    def width(self) -> float:
        """An estimate, rather too wide."""
        return width_of(self.text, self.size, bold=self.bold) + (8 if self.paper else 0)


def tile_lines(tile: SceneTile, style: Style, area: Area, *, brief: bool = False) -> list[Line]:
    """What is written on a place of that size, shortened to its width; if `brief`, only who is there."""
    small = area.width < 130 or area.height < 84
    big, plain = (11.0, 9.5) if small else (14.0, 11.0)
    room = area.width - 4 * _PAD
    found = (
        Line(_one_of((style.badge,), room, plain, bold=True), plain, 0, bold=True, paper=style.loud),
        Line(_name(tile, room, big), big, 1, bold=True),
        *(() if brief else _more_lines(tile, room, plain)),
    )
    return [line for line in found if line.text]


def _more_lines(tile: SceneTile, room: float, plain: float) -> Iterator[Line]:
    """What is told of a place beside who is there, in letters of `plain` height."""
    slot = "" if headline(tile) == tile.slot else tile.slot
    where = f"room {room_text(tile.room)}" if tile.room is not None else ""
    if not tile.user:
        where = "open" if tile.slot else ""
    screen = " · screen" if tile.stream == "screen" else ""
    yield Line(shortened(slot and f"slot {slot}", room, plain), plain, 4)
    yield Line(shortened(where + screen, room, plain), plain, 3)
    yield Line(_one_of(_layers(tile), room, plain), plain, 2)
    yield Line(_one_of((place_text(tile.rect),), room, plain), plain, 6)
    yield Line(shortened(_instead(tile), room, plain) if room > 90 else "", plain, 5)


def _name(tile: SceneTile, room: float, size: float) -> str:
    """The headline; of a place in the order of entry the number alone, where there is no more room."""
    shorter = headline(tile) if tile.user or tile.slot or not tile.entry else ordinal(tile.entry)
    whole = _one_of((headline(tile), shorter), room, size, bold=True)
    return whole or shortened(shorter, room, size, bold=True)


def _layers(tile: SceneTile) -> tuple[str, ...]:
    """zOrder and render mode, from the longest to the shortest way to say it."""
    z_order, mode = tile.z_order, tile.render_mode
    return f"zOrder {z_order} · {mode}", f"z {z_order} · {mode}", f"z{z_order} {mode}", f"z{z_order}"


def _instead(tile: SceneTile) -> str:
    return f"placeholder {image_name(tile.placeholder)}" if tile.placeholder else ""


def _one_of(texts: Iterable[str], room: float, size: float, *, bold: bool = False) -> str:
    """The first that fits as it is."""
    return next((text for text in texts if width_of(text, size, bold=bold) <= room), "")


def label(lines: Sequence[Line], area: Area, before: Sequence[Area], *, plate: bool) -> str:
    """The label's markup: as many lines as find room where nothing is before them; perhaps none.

    With a `plate` behind them they can be read on anything.
    """
    for block in _ever_less(lines):
        size = _extent(block)
        for spot in _spots(size, area):
            if not any(spot.meets(one) for one in before):
                return _drawn(block, spot, plate=plate)
    return ""


def _ever_less(lines: Sequence[Line]) -> Iterator[list[Line]]:
    left = list(lines)
    while left:
        yield left
        least = max(left, key=lambda line: line.rank)
        left = [line for line in left if line is not least]


def _extent(lines: Sequence[Line]) -> tuple[float, float]:
    return max(line.width for line in lines) + 2 * _PAD, sum(line.height for line in lines) + _PAD


def _spots(size: tuple[float, float], area: Area) -> Iterator[Area]:
    """The corners, sides and middle of an area, where something of that size fits in: top left first."""
    width, height = size
    free, below = area.width - 2 * _PAD - width, area.height - 2 * _PAD - height
    if free < 0 or below < 0:
        return
    for down in (0.0, 1.0, 0.5):
        for across in (0.0, 1.0, 0.5):
            yield Area(area.x + _PAD + free * across, area.y + _PAD + below * down, width, height)


def _drawn(lines: Sequence[Line], spot: Area, *, plate: bool) -> str:
    under = {"fill": "#000000", "fill-opacity": 0.45, "rx": 4}
    drawn = [element("rect", {**under, **_sides(spot)})] if plate else []
    y = spot.y + _PAD / 2
    for line in lines:
        base = y + line.height / 2 + line.size * 0.36
        if line.paper:
            paper = Area(spot.x + _PAD, y + 0.5, line.width, line.height - 1)
            drawn.append(element("rect", {"fill": line.paper, "rx": 3, **_sides(paper)}))
        start = spot.x + _PAD + (4 if line.paper else 0)
        drawn.append(text_at((start, base), line.text, line.size, "#ffffff", bold=line.bold))
        y += line.height
    return "".join(drawn)


def _sides(area: Area) -> dict[str, float]:
    return {"x": area.x, "y": area.y, "width": area.width, "height": area.height}
