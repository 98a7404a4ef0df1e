"""The vocabulary every room shares: addresses, verbs, impacts and resources.

All of it is plain, frozen data; nothing here knows a kind, a file or the network.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from reconciler.claims import Claims
from reconciler.errors import UsageError

Path = tuple[str | int, ...]

_ADDRESS = re.compile(r"(?P<kind>[A-Z][A-Za-z0-9]*)/(?P<name>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)")


class Address(NamedTuple):
    """`Kind/name`, unique in a workspace; sorts by kind, then name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Reads `Kind/name`; raises UsageError for anything else."""
        match = _ADDRESS.fullmatch(text)
        if match is None:
            raise UsageError(
                f"{text!r} is not a valid address", "use Kind/name, as shown by `reconciler state list`"
            )
        return cls(match["kind"], match["name"])


class Verb(StrEnum):
    """What a change does; a closed set, and what steers. `unchanged` occurs only in drift reports."""

    START = "start"
    UPDATE = "update"
    RESUME = "resume"
    PAUSE = "pause"
    STOP = "stop"
    REPLACE = "replace"
    FORGET = "forget"
    UNCHANGED = "unchanged"


class Impact(StrEnum):
    """What a change interrupts, from nothing to the end of the task; ordered by `rank`.

    A pause, which is asked for, ranks as a stop.
    """

    NONE = "none"
    START = "start"
    RECONNECT = "reconnect"
    RESTART = "restart"
    PAUSE = "pause"
    STOP = "stop"

    @property
    def rank(self) -> int:
        """0 for the mildest; the worst of several is the one with the highest rank."""
        return _RANKS[self]


_RANKS = {impact: rank for rank, impact in enumerate(Impact)}
_RANKS[Impact.PAUSE] = _RANKS[Impact.STOP]


def worst(impacts: "list[Impact]") -> Impact:
    """The gravest of the impacts; `none` of an empty list."""
    return max(impacts, key=lambda impact: impact.rank, default=Impact.NONE)


class Status(StrEnum):
    """How something stands, as wanted by a manifest or as recorded after an apply.

    `uncertain` is only ever recorded: a call was sent whose outcome nobody knows.
    `ended` is only ever recorded: the cloud said that the task is gone. So are `finished`, an end that
    what is declared accepts, and `failed`, a task that ended again and again and is not started any more.
    """

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    UNCERTAIN = "uncertain"
    ENDED = "ended"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing runs: it was stopped, or has ended by itself."""
        return self in (Status.STOPPED, *ENDED_BY_ITSELF)


ENDED_BY_ITSELF = (Status.ENDED, Status.FINISHED, Status.FAILED)
"""How a task is recorded that has ended by itself."""


class OnEnd(StrEnum):
    """What the end of a task by itself means: it starts again, it is accepted, or its record is dropped."""

    RESTART = "restart"
    LEAVE = "leave"
    FORGET = "forget"


class EndReason(StrEnum):
    """Why a task has ended by itself, as far as anything tells; `unknown` where nothing does."""

    PLAYED = "played"
    PAUSED_TOO_LONG = "paused-too-long"
    MAX_DURATION = "max-duration"
    START_FAILED = "start-failed"
    ROBOT_REMOVED = "robot-removed"
    UNKNOWN = "unknown"


class OnRemoval(StrEnum):
    """What is done of a resource once its document is gone: its task is stopped, or left to run on."""

    STOP = "stop"
    LEAVE = "leave"


class Effect(StrEnum):
    """What a call does to a task; `other` calls set switches or only ask."""

    START = "start"
    UPDATE = "update"
    STOP = "stop"
    OTHER = "other"


class Source(StrEnum):
    """Who says how a resource stands: the more `weight`, the less another can contradict it."""

    DESCRIBE = "describe"
    CALLBACK = "callback"
    UPDATE = "answered-update"
    LIVE = "live-stream-state"
    LIVE_EVENT = "live-event"
    STATE = "state"
    NOBODY = "none"

    @property
    def weight(self) -> int:
        """A Describe is about the task, an event or an answer about a moment of it, a push about less.

        An event of a push counts least: nothing but a moment of it is signed.
        """
        return _WEIGHTS.get(self, 0)


_WEIGHTS = dict.fromkeys(Source, 0) | {
    Source.DESCRIBE: 4,
    Source.CALLBACK: 3,
    Source.UPDATE: 3,
    Source.LIVE: 2,
    Source.LIVE_EVENT: 1,
}


class Standing(StrEnum):
    """How a resource stands by what was seen of it.

    `degraded`: some of its pushes are down; `silent`: none arrives, and the room may just be empty;
    `failed`: it gave up, and may exist all the same; `gone`: its task has ended. `unknown` is where nothing
    follows from what was seen, and causes no action.
    """

    RUNNING = "running"
    DEGRADED = "degraded"
    PAUSED = "paused"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    SILENT = "silent"
    FAILED = "failed"
    GONE = "gone"
    UNKNOWN = "unknown"


_STANDINGS: Mapping[Status | None, Standing] = {
    Status.RUNNING: Standing.RUNNING,
    Status.PAUSED: Standing.PAUSED,
    Status.ALLOWED: Standing.ALLOWED,
    Status.FORBIDDEN: Standing.FORBIDDEN,
    Status.ENDED: Standing.GONE,
}


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of a recorded resource: who says so, when (unix seconds), and in which words.

    `status` is what a plan may act on, None where nothing may be concluded; `seen` how it stands where that
    says more. `reason` is why its task has ended, where that was told. `specs` are those that may be in force
    by what the cloud says of the task, the recorded one first as it was seen: one, or several where it does
    not tell all. `task_id` is the task's, where that was told, and `made` is what a call had made for it, as
    it is by now.
    """

    status: Status | None
    evidence: str
    at: float
    seen: Standing | None = None
    source: Source = Source.NOBODY
    reason: EndReason | None = None
    specs: tuple[Mapping[str, Any], ...] = ()
    task_id: str | None = None
    made: Mapping[str, str] = field(default_factory=dict)

    @property
    def standing(self) -> Standing:
        """How it stands by this alone."""
        return self.seen or _STANDINGS.get(self.status, Standing.UNKNOWN)


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)  # once: it takes long


def canonical_json(value: Any) -> str:
    """One text for equal values: sorted keys, no spaces, ASCII only."""
    return _CANONICAL.encode(value)


def digest(*parts: str) -> str:
    """`sha256:` and the hex digest of the parts, told apart by their lengths."""
    hasher = hashlib.sha256()
    for data in (part.encode() for part in parts):
        hasher.update(f"{len(data)}:".encode())
        hasher.update(data)
    return f"sha256:{hasher.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Location:
    """Where in the manifests something stands; `line` counts from 1."""

    file: str
    line: int


class Claimed(NamedTuple):
    """A spec as plain JSON, and what it claims."""

    spec: Mapping[str, Any]
    claims: Claims


@dataclass(frozen=True, slots=True)
class Resource:
    """One desired resource, resolved: nothing in `spec` refers to another document any more.

    `spec` is the kind's validated spec as plain JSON; `uses` are the other documents it was
    resolved from, each with a digest of its text; `digest` covers the texts of all of them and the
    kind's schema version. `renamed_from` are the names it had, whose record it takes over. `claimed` is what
    its spec claims, where that was worked out.
    """

    address: Address
    spec: Mapping[str, Any]
    wanted: Status
    labels: Mapping[str, str]
    digest: str
    uses: Mapping[Address, str] = field(default_factory=dict)
    location: Location | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    renamed_from: tuple[str, ...] = ()
    on_removal: OnRemoval = OnRemoval.STOP
    claimed: Claimed | None = field(default=None, compare=False, repr=False)

    @property
    def claims(self) -> Claims | None:
        """What its spec claims; None where that was not worked out of this very spec."""
        known = self.claimed
        return known.claims if known is not None and known.spec is self.spec else None

    def with_spec(self, spec: Mapping[str, Any]) -> "Resource":
        """The same with another spec, and nothing left of its own: there may be a secret in it."""
        return replace(self, spec=spec, claimed=None)
