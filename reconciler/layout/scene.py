"""What a mixed picture is made of, for drawing it: pictures of users, watermarks, and what is behind them.

A value between those who know what a layout says and those who draw: it has places in pixels of
the canvas and words, and knows neither manifests nor SVG.
"""

from dataclasses import dataclass
from typing import Literal

from reconciler.layout.rects import Rect, Size

USUAL_INPUTS = 5
"""How many pictures an illustration has: a big one and a full row of small ones, in each mode."""


@dataclass(frozen=True, slots=True)
class SceneTile:
    """One place for a user's picture.

    `slot` is its name, empty in modes without slots. `user` is whose picture is there, and `stream`
    which of that user's. Without a user the place is open to whoever enters; in a mode without slots
    `entry` tells who that is, 1 for the first, 0 for somebody who is still to be named. `room` is as
    manifests have it: a number for an integer room. `placeholder` is an image's address. `remarks` are
    short phrases of what else is done to the picture, and `noun` is what `user` is the name of.
    """

    rect: Rect
    z_order: int
    render_mode: str
    slot: str = ""
    user: str = ""
    room: int | str | None = None
    stream: Literal["camera", "screen"] = "camera"
    entry: int = 0
    placeholder: str = ""
    remarks: tuple[str, ...] = ()
    noun: str = "user"


@dataclass(frozen=True, slots=True)
class SceneMark:
    """A watermark: `content` is the image's address or the text itself.

    `font_size` and the colours (`0xRRGGBB`, or what else is written there) are a text's; a colour is
    empty where none is given. `motion` is `off`, `random` or `bouncing`: a moving one begins in its place.
    """

    rect: Rect
    z_order: int
    kind: Literal["image", "text"]
    content: str
    motion: str = "off"
    font_size: int = 0
    font_color: str = ""
    back_color: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture; tiles and marks in the order of the request.

    `color` (`0xRRGGBB`) and `image`, an address that is scaled as `image_mode` says, are what shows
    where no tile is; empty if they are not given. A scene with a `note` is an illustration: the note
    tells what about it is a guess.
    """

    canvas: Size
    mode: str
    tiles: tuple[SceneTile, ...] = ()
    marks: tuple[SceneMark, ...] = ()
    color: str = ""
    image: str = ""
    image_mode: str = "stretch"
    note: str = ""

    @property
    def ground(self) -> Rect:
        """The canvas as a place; of one pixel at least, so that a canvas of none can be drawn."""
        return Rect(0, 0, max(self.canvas.width, 1), max(self.canvas.height, 1))

    def stacked(self) -> list[int]:
        """The tiles' indexes from the hindmost to the foremost; of two of one zOrder the later is before."""
        return sorted(range(len(self.tiles)), key=lambda index: self.tiles[index].z_order)
