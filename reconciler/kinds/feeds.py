"""Live streams by their names alone, as mixes know them: who makes one, and what is made of it (mixes §2)."""

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.claims import Claim, ClaimKind
from reconciler.kinds.base import Managed
from reconciler.kinds.live import PushTarget

MOST_MIXES = 19
"""How many mixes a stream can be in at once (mixes §2)."""


def feed_claim(stream: str) -> Claim:
    """A live stream of that name, wherever it is pushed."""
    return Claim(ClaimKind.FEED, stream)


def is_feed(claim: Claim) -> bool:
    """Whether a claim is on a live stream by its name alone."""
    return claim.kind is ClaimKind.FEED


def feeds_of(targets: Iterable[PushTarget | None]) -> frozenset[Claim]:
    """What pushes to these places feed."""
    return frozenset(feed_claim(target.stream) for target in targets if target is not None)


def fed_streams(kind: Managed, spec: Any) -> Mapping[str, PushTarget | None]:
    """The streams that a resource feeds, by name, and where each is pushed, as far as that is known."""
    names = sorted(claim.key for claim in kind.opens(spec) if claim.kind is ClaimKind.FEED)
    places: dict[str, PushTarget] = {}
    for claim in sorted(kind.needs(spec)):
        if claim.kind is ClaimKind.LIVE:
            domain, _, rest = claim.key.partition("/")
            app, _, stream = rest.rpartition("/")
            places.setdefault(stream, PushTarget(domain, app, stream))
    return {name: places.get(name) for name in names}
