"""The texts of a picture: made harmless, shortened to the room there is, and what is told of a place.

How wide a text is depends on the reader's font, so it is estimated, rather too wide than too
narrow: by DejaVu Sans, the widest of the common sans-serif fonts.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from reconciler.layout import Rect
from reconciler.layout.scene import SceneMark, SceneTile
from reconciler.reports.escape import safe

LONGEST_TEXT = 160
"""How many characters of one text are told at most, however much room there is."""

_SHARES: Mapping[str, float] = {
    **dict.fromkeys("ijlI.,:;|'· ", 0.35),
    **dict.fromkeys('frt()[]/\\-!`"', 0.42),
    **dict.fromkeys("+=<>~#&→↔≠\N{MINUS SIGN}", 0.86),
    **dict.fromkeys("mwMW@%…", 1.02),
    **dict.fromkeys("abcdeghknopqsuvxyz0123456789_?*$^{}", 0.65),
}
"""The widths of letters as shares of their height; capitals are 0.8, and all else is as wide as high."""

_AUTHORITY_ENDS = re.compile(r"[/?#]")


def cleaned(text: str) -> str:
    """The text clean, and cut where it is very long."""
    found = safe(text[: LONGEST_TEXT + 1])
    return found if len(found) <= LONGEST_TEXT else f"{found[: LONGEST_TEXT - 1]}…"


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is at most, in the unit of `size`, the height of its letters."""
    return sum(map(_share, text)) * size * (1.1 if bold else 1)


def _share(letter: str) -> float:
    """The width of a letter as a share of its height."""
    known = _SHARES.get(letter)
    if known is not None:
        return known
    return 0.8 if letter.isascii() else 0 if unicodedata.combining(letter) else 1.1


def shortened(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text clean and whole if it fits, else cut and ended by …; empty where not even that fits."""
    whole = cleaned(text)
    if width_of(whole, size, bold=bold) <= room:
        return whole
    left, kept = room - width_of("…", size, bold=bold), 0
    for letter in whole:
        left -= width_of(letter, size, bold=bold)
        if left < 0:
            break
        kept += 1
    return f"{whole[:kept].rstrip()}…" if kept else ""


def wrapped(text: str, room: float, size: float) -> Iterator[str]:
    """The text in lines that fit, broken between words; a word that is too long is shortened."""
    line = ""
    for word in cleaned(text).split():
        longer = f"{line} {word}"
        if line and width_of(longer, size) <= room:
            line = longer
            continue
        if line:
            yield line
        line = shortened(word, room, size)
    if line:
        yield line


def image_name(url: str) -> str:
    """`stage.png (media.example)`: no more of an address than its last name and its host; else all of it."""
    rest = url.partition("://")[2]
    if not rest:
        return url
    authority = _AUTHORITY_ENDS.split(rest, maxsplit=1)[0]
    host = authority.rpartition("@")[2].partition(":")[0]
    name = re.split(r"[?#]", rest[len(authority) :], maxsplit=1)[0].rpartition("/")[2]
    return f"{name} ({host})" if name else host


def size_text(width: int, height: int) -> str:
    """`640x360`."""
    return f"{width}x{height}"


def place_text(rect: Rect) -> str:
    """`640x360 at 0,720`, in pixels of the canvas."""
    return f"{size_text(rect.width, rect.height)} at {rect.x},{rect.y}"


def room_text(room: int | str | None) -> str:
    """As manifests write it: a string room in quotes; empty where it is not known."""
    return "" if room is None else str(room) if isinstance(room, int) else f'"{room}"'


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, `11th`."""
    teens = 10 <= number % 100 <= 13
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def headline(tile: SceneTile) -> str:
    """Who is there, as short as can be: a user, an open slot, or a place in the order of entry."""
    return tile.user or tile.slot or _entry(tile)


def _entry(tile: SceneTile) -> str:
    return f"{ordinal(tile.entry)} to join" if tile.entry else "the large one"


def tile_text(tile: SceneTile) -> str:
    """Everything that is known of a place, in one sentence."""
    who = tile.user and f"{tile.noun} {tile.user}{' (screen)' if tile.stream == 'screen' else ''}"
    if not tile.user:
        who = "open, filled in order of joining" if tile.slot else _entry(tile)
    parts = (
        f"slot {tile.slot}: {who}" if tile.slot else who,
        tile.room is not None and f"room {room_text(tile.room)}",
        place_text(tile.rect),
        f"zOrder {tile.z_order}",
        f"renderMode {tile.render_mode}",
        tile.placeholder and f"placeholder {image_name(tile.placeholder)}",
        *tile.remarks,
    )
    return cleaned(", ".join(part for part in parts if part))


def mark_name(mark: SceneMark) -> str:
    """An image's name, or a text in quotes."""
    return image_name(mark.content) if mark.kind == "image" else f"“{cleaned(mark.content)}”"


def mark_text(mark: SceneMark) -> str:
    """Everything that is known of a watermark, in one sentence."""
    motion = {"random": ", moves at random", "bouncing": ", bounces"}.get(mark.motion, "")
    name = shortened(mark_name(mark), 60, 1)
    return cleaned(f"watermark {mark.kind} {name}, {place_text(mark.rect)}, zOrder {mark.z_order}{motion}")
