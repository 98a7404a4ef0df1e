"""What a kind is: a frozen spec whose fields know what changing them does, and pure capabilities.

Capability is "the method is there": whether a kind can start, update, pause, resume, stop or be
observed is asked once, when it is registered, and every such method returns a complete Call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from reconciler.calls import Action, StoredSecret, TaskIdOf
from reconciler.claims import Claim
from reconciler.kinds.expirations import Renewal
from reconciler.kinds.restarts import USUAL_LIMIT, RestartLimit
from reconciler.kinds.sites import Site
from reconciler.model import Address, Path, Status

if TYPE_CHECKING:  # models and pydantic are imported with the first kind, and not to say what one is
    from reconciler.kinds.api import Spec
    from reconciler.kinds.essence import Essential

RECORDED = "recorded"
"""The context in which a spec is validated that was recorded, and so was validated before."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule of the kind that a spec breaks: the field's path below `spec`, and what to write.

    One that `warns` is told and stops nothing: the reference is silent or contradicts itself.
    One that is `of_workspace` is broken by the workspace's own settings, where it is told once for all
    resources; its path is below the workspace's `spec`. One that a `setting` of the workspace would mend is
    told there, where many documents need it.
    """

    path: Path
    message: str
    warns: bool = False
    of_workspace: bool = False
    setting: Setting | None = None


class Setting(NamedTuple):
    """A setting of the workspace: its path below `spec`, and what is wrong with it."""

    path: Path
    words: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What a workspace says that resources are resolved with.

    `site` is the vendor's; None for one that knows what either of them does, as the simulator.
    """

    workspace: str
    region: str | None = None
    sdk_app_id: int | None = None
    secret_key: StoredSecret | None = None
    site: Site | None = None
    renewal: Renewal | None = None
    restarts: RestartLimit = USUAL_LIMIT


@dataclass(frozen=True, slots=True)
class Scope:
    """What surrounds a document while it is resolved: its address, the settings, other specs."""

    address: Address
    settings: Settings
    specs: Mapping[Address, Spec]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a call is about.

    `spec` is resolved. `task_id` is the running task's, or the placeholder of one that an
    earlier step starts. `sequence` is the SequenceNumber to use. `bases` are the specs that
    may be in force now: one, or two after an update whose outcome is unknown. `signed` is as
    in the state's entry. Where it `resends`, an update says all push addresses, though none differs. What
    calls have `made` for the task so far is as in the state's entry. It is `doubled` where a start that was
    never answered may have made another task by the same ID of ours than the one with the TaskId.
    """

    address: Address
    spec: Any
    settings: Settings
    task_id: str | TaskIdOf | None = None
    sequence: int = 0
    bases: tuple[Any, ...] = ()
    signed: Mapping[str, str] = field(default_factory=dict)
    resends: bool = False
    made: Mapping[str, str] = field(default_factory=dict)
    doubled: bool = False


class Kind(Protocol):
    """What every kind has; a kind with none of the capabilities below is only referred to."""

    @property
    def name(self) -> str:
        """The word in a document's `kind`."""
        ...

    @property
    def version(self) -> int:
        """The schema version that entries are recorded under."""
        ...

    @property
    def spec(self) -> type[Spec]:
        """The model of a document's `spec`, and of what is recorded."""
        ...

    def references(self, spec: Any) -> tuple[tuple[Path, Address], ...]:
        """The other documents that a spec refers to, each with the path of the reference.

        They are of kinds whose resources are not planned, as layouts, which are validated first; a kind that
        refers to others says so (RefersToPlanned).
        """
        ...

    def faults(self, spec: Any) -> list[Fault]:
        """The rules between fields that the spec breaks, as far as it tells by itself."""
        ...


@runtime_checkable
class Managed(Kind, Protocol):
    """A kind whose resources are planned."""

    @property
    def actions(self) -> tuple[Action, ...]:
        """Every action that it can call; a saved plan may hold no others."""
        ...

    def resolve(self, spec: Any, scope: Scope) -> tuple[Spec, list[Fault]]:
        """The spec with every reference, default and derived name filled in, and what is wrong with it.

        The spec is of use only if every fault is one that warns.
        """
        ...

    def wanted(self, spec: Any) -> Status:
        """What the manifest wants of it."""
        ...

    def occupies(self, spec: Any) -> frozenset[Claim]:
        """What only one running resource can hold at a time: a push address, a robot."""
        ...

    def needs(self, spec: Any) -> frozenset[Claim]:
        """What must be open before this runs: the live streams it pushes to."""
        ...

    def opens(self, spec: Any) -> frozenset[Claim]:
        """What this resource opens for others."""
        ...

    def essence(self, spec: Any) -> tuple[Essential, ...]:
        """What a reviewer of its start has to know of a resolved spec; its places first, in order."""
        ...

    def destinations(self, spec: Any) -> tuple[str, ...]:
        """Where it goes, in words without secrets: push addresses, rooms, or what it lets pushes go to."""
        ...


@runtime_checkable
class RefersToPlanned(Managed, Protocol):
    """Refers to resources that are planned themselves: all of them are validated before it is resolved."""

    @property
    def refers_to_planned(self) -> bool:
        """It does."""
        ...
