"""The end of a task by itself: what a manifest says that it means, and how often it starts again."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.api import NOWHERE
from reconciler.kinds.fields import Duration, seconds
from reconciler.kinds.marks import Model
from reconciler.kinds.restarts import RestartLimit


class Ending(Model):
    """A resource whose task can end by itself."""

    on_end: Annotated[Literal["restart", "leave", "forget"] | None, NOWHERE] = None
    """What apply does when the task has ended by itself: `restart` it, `leave` it finished, or `forget` its
    record. Default: `restart`, but `leave` for an ingest that has played its `repeatNum`."""


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
