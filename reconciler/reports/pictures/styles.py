"""The style of a place: by who is in it, or by what becomes of it; never told by colour alone."""

from dataclasses import dataclass
from enum import StrEnum

INK, FAINT, CARD, EDGE = "#1f2328", "#59636e", "#f6f8fa", "#d1d9e0"
WARN, WARN_PAPER = "#7d4e00", "#fff8c5"
_FILLS = ("#34568b", "#7a4b8c", "#2f6f62", "#8a5a2b", "#8b3d52", "#4a6a2d", "#35707f", "#5b4fa0")
"""All dark enough for white letters (WCAG AA), and apart in hue."""


class Fate(StrEnum):
    """What becomes of a place from one picture to the next; a moved one may be resized as well."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    RESIZED = "resized"
    CHANGED = "changed"
    SAME = "unchanged"


SIGNS = {
    Fate.ADDED: "+",
    Fate.REMOVED: "\N{MINUS SIGN}",
    Fate.MOVED: "→",
    Fate.RESIZED: "↔",
    Fate.CHANGED: "≠",
    Fate.SAME: "",
}


@dataclass(frozen=True, slots=True)
class Style:
    """How a place is painted; widths and dashes in pixels of the screen, `badge` a word or two.

    `figure`: with a sign of who is in it.
    """

    fill: str
    edge: float = 1.5
    dash: tuple[float, ...] = ()
    hatched: bool = False
    badge: str = ""
    loud: str = ""
    figure: bool = False


def style_of(index: int, *, guessed: bool) -> Style:
    """Of a place in a picture by itself; the outline is dashed where the place is a guess."""
    return Style(_FILLS[index % len(_FILLS)], dash=(6, 4) if guessed else (), figure=True)


_BY_FATE = {
    Fate.ADDED: Style("#1a6b3a", edge=4, loud="#116329"),
    Fate.REMOVED: Style("#6e3333", edge=2.5, dash=(7, 5), hatched=True, loud="#a40e26"),
    Fate.MOVED: Style("#2a548f", edge=2.5, loud="#0550ae"),
    Fate.RESIZED: Style("#2a548f", edge=2.5, loud="#0550ae"),
    Fate.CHANGED: Style("#6b5213", edge=2.5, dash=(2, 3), loud="#7d4e00"),
    Fate.SAME: Style("#57606a"),
}


def style_by_fate(fate: Fate) -> Style:
    """Of a place in a change: colour, outline, hatching and a word with a sign of its own."""
    plain = _BY_FATE[fate]
    badge = f"{SIGNS[fate]} {fate}".strip() if fate is not Fate.SAME else ""
    return Style(plain.fill, plain.edge, plain.dash, plain.hatched, badge, plain.loud)
