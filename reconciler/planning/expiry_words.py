"""What a plan says of what ends by itself, in words."""

from collections.abc import Iterable, Iterator, Sequence

from reconciler.plan.model import Expiry
from reconciler.words import listed

SIGNATURE = "push signature"
_TOLD_EACH = 3
"""So many expired signatures are told each by itself."""


def expired_signatures(expiries: Iterable[Expiry]) -> list[Expiry]:
    """The push signatures among them that have expired."""
    return [one for one in expiries if one.expired and one.what == SIGNATURE]


def warning(expiry: Expiry) -> str:
    """What a plan says of an end that is near, or has passed."""
    ends = "expired since" if expiry.expired else "ends at"
    return f"{expiry.address}: {expiry.what} {ends} {expiry.at}: {expiry.note}"


def signature_warnings(expired: Sequence[Expiry]) -> Iterator[str]:
    """What a plan says of the push signatures that have expired: each by itself, or all in a word."""
    if len(expired) <= _TOLD_EACH:
        yield from map(warning, expired)
        return
    first = min(one.at for one in expired)
    whose = listed(list(dict.fromkeys(one.address for one in expired)), _TOLD_EACH)
    yield (
        f"{len(expired)} push signatures have expired, the first at {first}: a push that breaks, or has "
        "broken since then, cannot reconnect; `reconciler apply --resign ADDRESS` signs the pushes of a "
        f"stream again, which interrupts and reconnects them ({whose})"
    )
