"""What a round of questions will take, told before the first of them; pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.calls import PACE, Call


@dataclass(frozen=True, slots=True)
class Expected:
    """Calls that are about to be made: how many of each action, and the seconds they take at the API's pace.

    With `lists` there may be more: how long a list is, and what of it is asked after itself, is known by
    reading it.
    """

    calls: tuple[tuple[str, int], ...] = ()
    seconds: float = 0.0
    lists: bool = False

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(count for _, count in self.calls)


def expected(single: Iterable[Call], pages: Iterable[Call]) -> Expected:
    """What these calls take: each sort after the other, and those of an action in a region at its pace."""
    listed = list(pages)
    every = Counter((one.action, one.region if one.action.regional else "") for one in (*single, *listed))
    seconds = sum(count / (action.per_second * PACE) for (action, _), count in every.items())
    names = Counter[str]()
    for (action, _), count in every.items():
        names[action.name] += count
    return Expected(tuple(names.most_common()), seconds, bool(listed))


def nobody(told: Expected) -> None:
    """Nobody is told."""
