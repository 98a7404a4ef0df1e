"""Texts broken into lines by rich; imported only where a text does not fit, as rich takes a while to load."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

Piece = tuple[str, str]
"""A text that is safe already, and its style as rich names it, or nothing."""
_CONSOLE = Console(color_system=None, highlight=False, markup=False, emoji=False)


def wrapped(pieces: Iterable[Piece], room: int) -> Iterator[list[Piece]]:
    """The lines, none wider than `room` columns: broken between words, or within one that is wider."""
    text = Text.assemble(*pieces, overflow="fold", end="")
    for line in text.wrap(_CONSOLE, room):
        yield [(segment.text, str(segment.style or "")) for segment in line.render(_CONSOLE)]
