"""Lengths as people write them, in pixels or in per cent of the canvas, and the pixels they come to."""

import re

from reconciler.layout.rects import Rect, Size

Length = int | str
"""Whole pixels, or a text such as `25%` or `33.33%`: per cent of the canvas's width or height."""

_PER_CENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?%")
_WHOLE = 100 * 100


def checked_length(value: object) -> Length:
    """The value as it is, if it is a length: pixels from 0, or a text from `0%` to `100%`.

    Raises ValueError, with what to write instead, for anything else.
    """
    if isinstance(value, str):
        hundredths(value)
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise _no_length()


def hundredths(text: str) -> int:
    """`33.33%` as 3333: hundredths of one per cent, from 0 to 10000.

    Raises ValueError unless it is digits with at most two decimals and a per cent sign, up to 100.
    """
    match = _PER_CENT.fullmatch(text)
    if match is None:
        raise _no_length()
    value = 100 * int(match[1]) + int((match[2] or "").ljust(2, "0"))
    if value > _WHOLE:
        raise _no_length()
    return value


def placed(canvas: Size, x: Length, y: Length, width: Length, height: Length) -> Rect:
    """The rectangle in pixels of the canvas that four lengths describe.

    Its edges are rounded, half a pixel up, and not its size: where one tile ends in per cent the
    next one begins, so that tiles which abut in per cent abut in pixels, and two tiles of the same
    width in per cent may differ by one pixel. Pixels stay as they are, also beside per cent. What
    goes beyond the canvas is not cut off. Raises ValueError for a text that is no length.
    """
    if isinstance(x, int) and isinstance(y, int) and isinstance(width, int) and isinstance(height, int):
        return Rect(x, y, width, height)
    left, right = _edges(x, width, canvas.width)
    top, bottom = _edges(y, height, canvas.height)
    return Rect(left, top, right - left, bottom - top)


def _edges(start: Length, length: Length, side: int) -> tuple[int, int]:
    """Where a tile begins and ends on one side of the canvas, in pixels."""
    begin = _fine(start, side)
    return _rounded(begin), _rounded(begin + _fine(length, side))


def _fine(length: Length, side: int) -> int:
    """A length in the 10000th parts of a pixel, in which every per cent of whole pixels is exact."""
    return length * _WHOLE if isinstance(length, int) else hundredths(length) * side


def _rounded(fine: int) -> int:
    return (fine + _WHOLE // 2) // _WHOLE


def _no_length() -> ValueError:
    return ValueError(
        "not a length: use whole pixels, or a percentage of the canvas such as 25%, from 0% to 100% with at "
        "most two decimals"
    )
