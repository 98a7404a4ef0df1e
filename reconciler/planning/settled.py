"""What planning comes to of a resource that has not changed: nothing to do, and what is told all the same.

It depends on the document, on what is recorded and on the moment, and on nothing else: as long as none of
the first two changes and that moment is not over, it need not be worked out again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model import Address
from reconciler.plan.model import Expiry

FOR_EVER = float("inf")
Seen = tuple[tuple[tuple[str, ...], str], ...]
"""(the key of a question, its answer) of each."""


@dataclass(frozen=True, slots=True)
class Settled:
    """An unchanged resource: what the plan tells of it, the same `until` a moment in unix seconds.

    `warnings` and `expiries` are those of the plan, in its order. `asked` tells that the cloud can
    say whether it still is as recorded, which may unsettle it. `alive` tells that it has a task. `seen` is
    what the cloud answered to each question that it shares with others, where all was as recorded; none where
    nothing can tell of it, and None where it was not asked.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    until: float = FOR_EVER
    warnings: tuple[str, ...] = ()
    expiries: tuple[Expiry, ...] = ()
    asked: bool = False
    alive: bool = True
    seen: Seen | None = None


NONE_SETTLED: Mapping[Address, Settled] = {}
