"""What a manifest says of the end of a task, as planning looks at it."""

from dataclasses import dataclass

POLICIES = frozenset({"onEnd", "prevent", "protect", "schedule"})
"""Fields of a spec that say what is done of a task, and nothing of the task itself."""


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
