"""Every hostile input that is not a committed file, by name."""

from functools import partial

from .checked import CHECKED
from .corpus import CORPUS
from .expectations import SOUND
from .large import BUSY, LARGEST
from .made import REFUSED, Made

_EMPTY = ("empty", "byte order mark", "spaces", "line breaks", "carriage returns", "tabs")
_COMMENTS = ("many '#'", "many comments")


def _generated(name: str) -> Made:
    return Made(partial(CORPUS.__getitem__, name), SOUND if name in (*_EMPTY, *_COMMENTS) else REFUSED)


MADE = {
    **{f"generated/{name}": _generated(name) for name in CORPUS},
    **{f"largest/{name}": made for name, made in LARGEST.items()},
    **{f"busy/{name}": made for name, made in BUSY.items()},
    **{f"checked/{name}": made for name, made in CHECKED.items()},
}
