"""What runs now, as data: each resource's condition with the evidence for it, where it goes, what ends."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

from reconciler.model import Address, Source, Status, Verb
from reconciler.plan.keys import Key, Labels, Moment
from reconciler.plan.model import Expiry, Selection


class Condition(StrEnum):
    """How a resource stands: as it is recorded or, where the cloud tells more, as it was observed.

    Of a `degraded` one some pushes are down. Of a `silent` one no push arrives though its task is recorded as
    running; an `absent` one is declared and not recorded. A `finished` one has ended as its manifest accepts.
    A `failed` one has ended too often to start again, or none of its pushes succeeds.
    """

    RUNNING = "running"
    ALLOWED = "allowed"
    PAUSED = "paused"
    STOPPED = "stopped"
    FORBIDDEN = "forbidden"
    DEGRADED = "degraded"
    SILENT = "silent"
    UNCERTAIN = "uncertain"
    ENDED = "ended"
    FINISHED = "finished"
    FAILED = "failed"
    ABSENT = "absent"


class Health(StrEnum):
    """Whether a resource stands as the manifests want it.

    `down`: it should run and does not. `doubt`: it should run, and nobody knows that it does. `differs`: it
    is wanted otherwise, and nothing that should run is missing. The gravest first.
    """

    DOWN = "down"
    DOUBT = "doubt"
    DIFFERS = "differs"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class ResourceStatus:
    """How one resource stands.

    `wanted` is None for what is no longer in the manifests. `since` is when the condition began, and
    `started_at` when the task was started or the switch was set; None where that is not known. `verb` is what
    an apply would do. `spec` is what is recorded of it, or declared where nothing is, as its kind's
    model: what is drawn.
    """

    address: Annotated[Address, Key()]
    status: Annotated[Condition, Key("as observed, or as recorded")]
    wanted: Annotated[Status | None, Key("null if it is not in the manifests")]
    health: Annotated[Health, Key("whether it stands as wanted")]
    since: Annotated[Moment | None, Key("null if not known")]
    started_at: Annotated[Moment | None, Key("start of the task; null if not known")]
    source: Annotated[Source, Key("who says so")]
    evidence: Annotated[str, Key("for people to read, not for programs")]
    goes_to: Annotated[tuple[str, ...], Key("push addresses without secrets, and rooms")] = ()
    ends: Annotated[tuple[Expiry, ...], Key("what ends by itself, earliest first")] = ()
    verb: Annotated[Verb, Key("what an apply would do")] = Verb.UNCHANGED
    labels: Annotated[Labels, Key()] = field(default_factory=dict)
    spec: Any = field(default=None, repr=False, compare=False)

    @property
    def asked(self) -> bool:
        """Whether the cloud itself says how it stands."""
        return self.source not in (Source.STATE, Source.NOBODY)

    @property
    def runs_unseen(self) -> bool:
        """Whether it is on for all that is recorded, and nothing of the cloud confirms it."""
        return not self.asked and self.status in (Condition.RUNNING, Condition.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """How all chosen resources stand `at` a moment (RFC 3339 UTC), the gravest first."""

    workspace: Annotated[str, Key()]
    at: Annotated[Moment, Key("when the cloud was asked")]
    serial: Annotated[int, Key("serial of the state; 0 for none", name="stateSerial")]
    lineage: Annotated[str, Key("lineage of that state; empty for none", name="stateLineage")]
    resources: Annotated[tuple[ResourceStatus, ...], Key("the gravest health first, then by address")] = ()
    warnings: Annotated[tuple[str, ...], Key()] = ()
    state_location: Annotated[str, Key("location of that state", optional=True)] = ""
    state_status: Annotated[str, Key("`present`, `new` or `missing`", optional=True)] = ""
    cloud: Annotated[str, Key("the endpoint that was asked", optional=True)] = ""
    selection: Annotated[Selection | None, Key("only where resources were chosen", optional=True)] = None

    @property
    def missed(self) -> int:
        """How many should run and do not, or are not known to."""
        return sum(one.health in (Health.DOWN, Health.DOUBT) for one in self.resources)

    def summary(self) -> dict[str, int]:
        """How many resources have each condition and health, and how many run by their record alone."""
        conditions = Counter(one.status for one in self.resources)
        healths = Counter(one.health for one in self.resources)
        return {
            **{str(one): conditions[one] for one in Condition},
            **{str(one): healths[one] for one in Health},
            "unobservable": sum(one.runs_unseen for one in self.resources),
        }
