"""Which of two workers has the newer manifests: each has files of its own, which change when they do.

Contents have no order by themselves, and clocks of machines and files none that can be relied on. What tells
is who changed what: a worker whose files were those in force, and are others now, has newer ones; one whose
files stayed while another version came into force has older ones. Without that, a worker whose work tree is a
minute behind would take back what another one has just applied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MOST_PAST = 20
"""Versions that are remembered as having been in force."""


class Standing(StrEnum):
    """How a worker's manifests stand to those in force.

    Unknown are those that never were in force, of a worker whose files never were what is: they may be the
    newest, or on their way there. If they are the newest, the other workers have them soon as well.
    """

    SAME = "same"
    NEWER = "newer"
    OLDER = "older"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class InForce:
    """The version of the manifests by which the last round was made, and those before, the newest first.

    `number` rises with each version that comes into force; "" is the version before any round.
    """

    version: str = ""
    number: int = 0
    past: tuple[str, ...] = ()

    def followed_by(self, version: str) -> "InForce":
        """The same once another version is in force."""
        past = (self.version, *(one for one in self.past if one not in (version, self.version)))
        return InForce(version, self.number + 1, tuple(one for one in past if one)[:MOST_PAST])

    def to_json(self) -> dict[str, Any]:
        """As `in_force` reads it."""
        return {"version": self.version, "number": self.number, "past": list(self.past)}


def in_force(kept: Mapping[str, Any]) -> InForce:
    """What a round before kept of it."""
    return InForce(
        str(kept.get("version", "")), int(kept.get("number", 0)), tuple(map(str, kept.get("past", ())))
    )


@dataclass(frozen=True, slots=True)
class InStep:
    """Which number, and version, was in force when this worker's files were that; 0 where they never were."""

    number: int = 0
    version: str = ""


def standing(versions: Sequence[str], step: InStep, force: InForce) -> Standing:
    """How this worker's files stand to what is in force; `versions` are theirs, that of now at the end."""
    *before, mine = versions
    if mine == force.version:
        return Standing.SAME
    if step.number == force.number:
        return Standing.NEWER  # its files have changed since
    if step.version == mine or mine in force.past:
        return Standing.OLDER  # another worker's have
    return Standing.NEWER if force.version in before else Standing.UNKNOWN
