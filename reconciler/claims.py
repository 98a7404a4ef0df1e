"""What a spec claims: what it has for itself, needs of others, or opens to them, each a value with a type."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class ClaimKind(StrEnum):
    """What a claim is on: a push address, a robot in its room, a robot's name, a session, a live stream.

    A live stream is one of a push domain, or, as a feed, one of a name wherever it is pushed; a mix has a
    session of its own, and an output. A room is one that a stream shows.
    """

    PUSH = "push"
    ROBOT = "robot"
    NAME = "name"
    SESSION = "render"
    LIVE = "live"
    FEED = "feed"
    MIX = "mix"
    OUTPUT = "mix output"
    ROOM = "room"


class Claim(NamedTuple):
    """Something that a spec occupies, needs or opens: what it is of, and which one; sorts by both."""

    kind: ClaimKind
    key: str

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a spec occupies, needs and opens; see the methods of a kind of these names."""

    occupies: frozenset[Claim] = frozenset()
    needs: frozenset[Claim] = frozenset()
    opens: frozenset[Claim] = frozenset()


NOTHING = Claims()
