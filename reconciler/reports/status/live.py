"""What a wall tells that a watch serves, beside how all stands."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Live:
    """What a wall that a watch serves tells beside the status: sentences, and the last runs as rows of words.

    `version` is that of what is shown: the page asks for itself anew when its server tells of another.
    """

    version: int
    told: tuple[str, ...] = ()
    runs: Sequence[Sequence[str]] = ()
