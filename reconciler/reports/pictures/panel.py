"""A scene with everything that is decided about how it is painted, before any stroke is drawn."""

from dataclasses import dataclass

from reconciler.layout import Rect
from reconciler.layout.scene import Scene
from reconciler.reports.pictures.styles import Style


@dataclass(frozen=True, slots=True)
class Move:
    """From where to where something has moved, in pixels of the canvas; an arrow is drawn if `shown`."""

    old: Rect
    new: Rect
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Panel:
    """A scene with how each of its places and watermarks is painted, and the places that were left.

    Of one that is `brief`, who is where is written on it and nothing else.
    """

    scene: Scene
    tiles: tuple[Style, ...]
    marks: tuple[Style, ...]
    moves: tuple[Move, ...] = ()
    brief: bool = False
