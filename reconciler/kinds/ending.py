"""The end of a task by itself: what a manifest says that it means, and how often it starts again."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.api import NOWHERE
from reconciler.kinds.fields import Duration, seconds
from reconciler.kinds.marks import Model

POLICIES = frozenset({"onEnd", "prevent", "protect", "schedule"})
"""Fields of a spec that say what is done of a task, and nothing of the task itself."""


class Ending(Model):
    """A resource whose task can end by itself."""

    on_end: Annotated[Literal["restart", "leave", "forget"] | None, NOWHERE] = None
    """What apply does when the task has ended by itself: `restart` it, `leave` it finished, or `forget` its
    record. Default: `restart`, but `leave` for an ingest that has played its `repeatNum`."""


@dataclass(frozen=True, slots=True)
class RestartLimit:
    """How often a task that ends by itself is started again: `most` times `within` so many seconds.

    The first time at once, the second `back_off` seconds after the first, and each further one twice as long
    after the one before it.
    """

    most: int = 5
    within: float = 600
    back_off: float = 10

    def wait(self, count: int) -> float:
        """How many seconds after the last of so many restarts the next one may be."""
        return 0.0 if count == 0 else self.back_off * 2 ** (count - 1)


USUAL_LIMIT = RestartLimit()


class Restarts(Model):
    """How often apply starts a task again that ends by itself."""

    most: Annotated[Annotated[int, Field(ge=1, le=100)], NOWHERE] = 5
    """How many restarts there are `within` that time; the task is `failed` if it ends once more."""
    within: Annotated[Duration, NOWHERE] = "10m"
    """The time in which restarts are counted."""
    back_off: Annotated[Duration, NOWHERE] = "10s"
    """How long after the first restart the second one may be; each further wait is twice as long."""

    def limit(self) -> RestartLimit:
        """The same as the planner looks at it."""
        return RestartLimit(self.most, seconds(self.within), seconds(self.back_off))
