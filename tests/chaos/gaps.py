"""What is known to go wrong, and so is kept from happening in the runs that must find nothing.

Each gap is closed by taking it out of here; `--open NAME` lets it happen, and seeds that fail of it
are found at once. A gap that no program can close is told by its reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.model import Address

from .fates import LATE

Fate = tuple[str, str]
Way = tuple[Address, str]


@dataclass(frozen=True, slots=True)
class Gap:
    """Why it goes wrong, and which fates of which actions, or which ways of which resources, lead to it."""

    why: str
    fates: frozenset[Fate] = frozenset()
    ways: frozenset[Way] = frozenset()


def befall(fates: Iterable[str], *actions: str) -> frozenset[Fate]:
    return frozenset((fate, action) for fate in fates for action in actions)


GAPS = {
    "render-late-stop": Gap(
        "StopPublishStream names the session, so a late one ends what was started after it",
        befall(LATE, "StopPublishStream"),
    ),
    "ingest-late-update": Gap(
        "UpdateStreamIngest has no SequenceNumber, so a late one undoes what was set after it",
        befall(LATE, "UpdateStreamIngest"),
    ),
}


def spared(opened: Iterable[str] = ()) -> tuple[frozenset[Fate], frozenset[Way]]:
    """What is kept from happening, except by the gaps that are opened."""
    shut = [gap for name, gap in GAPS.items() if name not in set(opened)]
    return frozenset().union(*(gap.fates for gap in shut)), frozenset().union(*(gap.ways for gap in shut))
