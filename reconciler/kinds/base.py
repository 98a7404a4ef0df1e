"""What a kind is: a frozen spec whose fields know what changing them does, and pure capabilities.

Capability is "the method is there": the planner asks with isinstance whether a kind can start,
update, pause, resume, stop or be observed, and every such method returns a complete Call.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from reconciler.kinds.api import Site, Spec
from reconciler.kinds.live import PushTarget
from reconciler.kinds.reading import Reading
from reconciler.kinds.terms import Renewal, Term
from reconciler.model import Action, Address, Call, Observation, Path, Status, StoredSecret, TaskIdOf
from reconciler.state import Entry


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule of the kind that a spec breaks: the field's path below `spec`, and what to write.

    One that `warns` is told and stops nothing: the reference is silent or contradicts itself.
    """

    path: Path
    message: str
    warns: bool = False


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
    in the state's entry.
    """

    address: Address
    spec: Any
    settings: Settings
    task_id: str | TaskIdOf | None = None
    sequence: int = 0
    bases: tuple[Any, ...] = ()
    signed: Mapping[str, str] = field(default_factory=dict)


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
        """The other documents that a spec refers to, each with the path of the reference."""
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

    def occupies(self, spec: Any) -> frozenset[str]:
        """Keys of what only one running resource can hold at a time: a push address, a robot."""
        ...

    def needs(self, spec: Any) -> frozenset[str]:
        """Keys of what must be open before this runs: the live streams it pushes to."""
        ...

    def opens(self, spec: Any) -> frozenset[str]:
        """Keys of what this resource opens for others."""
        ...


@runtime_checkable
class CanConvert(Managed, Protocol):
    """Can be read back from raw requests of the API, so that a start sends the same request again."""

    @property
    def declined(self) -> Mapping[str, str]:
        """Its actions that declare nothing: why not, and what to convert instead."""
        ...

    def converts(self, action: str, request: Mapping[str, Any]) -> bool:
        """Whether a request of this action is one that a document of this kind sends."""
        ...

    def title(self, request: Mapping[str, Any]) -> str:
        """What a document is named after: the robot's or user's ID, else the stream's name; may be empty."""
        ...

    def from_request(self, action: str, request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The `spec` of a document, as JSON; what is wrong goes to the reading's notes."""
        ...


@runtime_checkable
class CanStart(Managed, Protocol):
    """Owns a task with a beginning and an end. Without this, a kind is a switch that is set."""

    @property
    def starters(self) -> tuple[Action, ...]:
        """The actions that start it."""
        ...

    def start(self, subject: Subject) -> Call:
        """The call that starts the task."""
        ...

    def identity(self, spec: Any) -> str:
        """What a second start with the same value ends the first by (semantics §10)."""
        ...


@runtime_checkable
class CanUpdate(Managed, Protocol):
    """Can change what is in force without ending it."""

    def update(self, subject: Subject) -> Call | None:
        """The call that brings `subject.bases` to `subject.spec`; None where none is needed."""
        ...


@runtime_checkable
class CanVerify(Managed, Protocol):
    """Can tell whether a task still runs by a call that changes nothing of it."""

    def verify(self, subject: Subject) -> Call:
        """The call; it is answered like any other that comes too late if the task has ended.

        Or a start, where one of what runs is refused, and of what does not run is what is wanted.
        """
        ...


@runtime_checkable
class CanPause(Managed, Protocol):
    """Can be paused."""

    def pause(self, subject: Subject) -> Call:
        """The call that pauses."""
        ...


@runtime_checkable
class CanResume(Managed, Protocol):
    """Can be let go on, or be allowed again."""

    def resume(self, subject: Subject) -> Call:
        """The call that resumes."""
        ...


@runtime_checkable
class CanStop(Managed, Protocol):
    """Can be ended, or be forbidden."""

    def stop(self, subject: Subject) -> tuple[Call, ...]:
        """The calls that stop, in order; what the first of them does is recorded at once."""
        ...


@runtime_checkable
class CanFence(Managed, Protocol):
    """Can end whatever runs under its name without knowing a TaskId."""

    def fence(self, subject: Subject) -> Call:
        """The call that ends it."""
        ...


@runtime_checkable
class CanObserve(Managed, Protocol):
    """Can be asked after, without changing anything."""

    def observe(self, subject: Subject) -> Call | None:
        """The call that asks; None where there is nothing to ask after."""
        ...

    def read(self, response: Mapping[str, Any], recorded: Status, at: float) -> Observation:
        """What the answer says of something recorded as `recorded`."""
        ...


@runtime_checkable
class CanAsk(Managed, Protocol):
    """Knows a call that its service answers whatever it is about, and that changes nothing."""

    def question(self, call: Call) -> Call:
        """The question, where this call of the same service was to go."""
        ...


@runtime_checkable
class Watches(Managed, Protocol):
    """Can be told something about by how live streams stand."""

    @property
    def exact(self) -> bool:
        """Whether it matters if a stream that is not active is inactive or forbidden."""
        ...

    def watched(self, spec: Any) -> tuple[PushTarget, ...]:
        """The live streams that tell something."""
        ...

    def judge(
        self, spec: Any, states: Mapping[PushTarget, str], recorded: Status, at: float
    ) -> Observation | None:
        """What their states say; None if that is nothing. A target that is not in `states` is unknown."""
        ...


@runtime_checkable
class Lapses(Managed, Protocol):
    """What is wanted can be over by its own terms."""

    def lapsed(self, spec: Any, now: float) -> str | None:
        """Why it is over, in words for a warning; None while it is not. `now` in unix seconds."""
        ...


@runtime_checkable
class Expires(Managed, Protocol):
    """Something of what is recorded ends by itself, whatever the manifests want."""

    def terms(self, entry: Entry) -> tuple[Term, ...]:
        """What ends, and when, as far as it is known."""
        ...


@runtime_checkable
class Renews(Managed, Protocol):
    """Ends by itself and can be set again before, with nothing interrupted."""

    def renew_at(self, entry: Entry) -> float | None:
        """From when on (unix seconds) it is set again if it is still wanted; None if it is not."""
        ...

    def renew(self, subject: Subject) -> Call:
        """The call that sets it again."""
        ...


@runtime_checkable
class Forgets(Managed, Protocol):
    """The API stops knowing a task by its TaskId while the task runs on."""

    @property
    def handle_seconds(self) -> int:
        """For how long after its start a TaskId is of use."""
        ...


@runtime_checkable
class Signs(Managed, Protocol):
    """Pushes to addresses that are signed; an unchanged one must keep its signature."""

    def still_signed(self, spec: Any, bases: tuple[Any, ...], signed: Mapping[str, str]) -> dict[str, str]:
        """Those signatures in `signed` whose pushes stay as they are in every base."""
        ...


@runtime_checkable
class Distinct(Managed, Protocol):
    """Has names that should be its own among all resources."""

    def distinct(self, spec: Any) -> frozenset[str]:
        """Keys of what should be one resource's own, though nothing documented breaks otherwise."""
        ...


@runtime_checkable
class LeavesBehind(Managed, Protocol):
    """Something of it stays when its record is dropped."""

    def remainder(self, spec: Any, status: Status) -> str | None:
        """What stays behind, in words for a warning; None if nothing does."""
        ...
