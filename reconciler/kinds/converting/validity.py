"""Until when a signed push address counts, and what a manifest says so that it counts no less."""

import math
import re
from typing import NamedTuple

from reconciler.moments import rfc3339

_DAY = 86400
_MOST_DAYS = 3650
"""A key is changed sooner than that."""
_TX_TIME = re.compile(r"(?:^|&)txtime=([^&]*)", re.IGNORECASE)
_HEX = re.compile(r"[0-9A-Fa-f]{1,8}")
_USUAL = "new ones are valid for 24h"


class Validity(NamedTuple):
    """What is told of a signature's end, and the `validFor` of the manifest; None for the usual 24 hours."""

    words: str
    valid_for: str | None = None


def validity_of(query: str, now: float) -> Validity:
    """What a signed address's query says of its end (reference signing §4); `now` in unix seconds."""
    said = _TX_TIME.search(query)
    if said is None:
        return Validity(f"their expiry is missing: {_USUAL}")
    if _HEX.fullmatch(said[1]) is None:
        return Validity(f"their txTime is not a time in hexadecimal digits: {_USUAL}")
    ends = int(said[1], 16)
    if ends <= now + _DAY:
        word = "expired" if ends <= now else "expire"
        return Validity(f"they {word} at {rfc3339(ends)}: {_USUAL}")
    days = min(math.ceil((ends - now) / _DAY), _MOST_DAYS)
    return Validity(
        f"they expire at {rfc3339(ends)}: the manifest sets validFor: {days}d, so that new ones made now "
        f"expire at {rfc3339(now + days * _DAY)}",
        f"{days}d",
    )
