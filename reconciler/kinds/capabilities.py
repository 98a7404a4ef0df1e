"""What a kind can do: each capability is a protocol; `registered` works out which of them a kind has.

Every method is pure, and those that plan return complete Calls. What has to do with time is in
`expiring`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from reconciler.calls import Action, Call
from reconciler.claims import Claim
from reconciler.kinds.base import Kind, Managed, Subject
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.questions import Key, Question
from reconciler.model import Address, Observation, Status

if TYPE_CHECKING:  # as in base
    from reconciler.kinds.api import Spec
    from reconciler.layout.scene import Scene


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

    def identity(self, spec: Any) -> Claim | None:
        """What a second start with the same value ends the first by (semantics §10).

        None where nothing ends the first: such a task is never fenced by starting.
        """
        ...


@runtime_checkable
class MakesIds(Managed, Protocol):
    """Makes an ID for what a manifest does not name, which must stay as it is while that runs."""

    def made_id(self, spec: Mapping[str, Any]) -> str | None:
        """The ID in a spec's JSON, if it is of our making."""
        ...

    def make_id(self, workspace: str, address: Address, number: int) -> str:
        """The ID of a resource; another `number` gives another."""
        ...

    def with_id(self, spec: Mapping[str, Any], made: str) -> Mapping[str, Any]:
        """The spec's JSON with another ID."""
        ...


@runtime_checkable
class Rests(Managed, Protocol):
    """Has a name that is not free for a while after an end, and no end right after its start; in seconds."""

    @property
    def seconds_until_again(self) -> float:
        """How long after an end something can be started by the same name."""
        ...

    @property
    def seconds_until_end(self) -> float:
        """How long after its start it can be ended."""
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

    @property
    def pause_ends(self) -> str:
        """When a pause ends by itself, in words."""
        ...

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
class CanStopByName(Managed, Protocol):
    """Can end whatever runs under its name without knowing a TaskId."""

    def stop_by_name(self, subject: Subject) -> Call:
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
class ObservedInBulk(Managed, Protocol):
    """Can be told something about by questions that it shares with others, and that lists may answer."""

    @property
    def authoritative(self) -> bool:
        """Whether what a list lacks tells too little; what is exact is seen well enough to change a plan."""
        ...

    def questions(self, spec: Any) -> tuple[Question, ...]:
        """What is to be asked."""
        ...

    def interpret(
        self, spec: Any, answers: Mapping[Key, str], recorded: Status, at: float
    ) -> Observation | None:
        """What the answers say, by the questions' keys; None if that is nothing. One may be missing.

        Of a kind that can be asked itself as well, this is told beside what that says.
        """
        ...


@runtime_checkable
class ReadsBack(Managed, Protocol):
    """Has tasks that can be found by their TaskIds and by IDs of ours, with what they are made of."""

    def sought(self, subject: Subject) -> Question | None:
        """The question for its task: by the TaskId, or what else it is known by; None if that is nothing.

        Of one that is `doubled`, by what all of its tasks have, where there is such an ID.
        """
        ...

    def found(self, subject: Subject, answer: Any, at: float) -> Observation:
        """How the task stands by the answer, and its TaskId; `at` in unix seconds."""
        ...

    def as_told(self, spec: Any, answer: Any) -> Spec:
        """The spec as the answer says that it is in force, and as it is in what the answer does not tell."""
        ...


@runtime_checkable
class Recognises(ReadsBack, Protocol):
    """Has tasks that a list tells enough of to know whose they are, also where the state has lost them."""

    def recognised_by(self, subject: Subject) -> tuple[Question, ...]:
        """What finds a running task of a resource that is not recorded, the surest first.

        Answered as what is `sought`; empty where nothing that a list tells is its own.
        """
        ...


@runtime_checkable
class Distinct(Managed, Protocol):
    """Has names that should be its own among all resources."""

    def distinct(self, spec: Any) -> frozenset[Claim]:
        """What should be one resource's own, though nothing documented breaks otherwise."""
        ...


@runtime_checkable
class BringsBack(Managed, Protocol):
    """Brings its stream back into rooms by robots of their own."""

    def brought_back(self, spec: Any) -> frozenset[Claim]:
        """Those robots, each in its room: mixes that are brought back leave out those of others."""
        ...


@runtime_checkable
class LeavesBehind(Managed, Protocol):
    """Something of it stays when its record is dropped."""

    def leftovers(self, spec: Any, status: Status) -> str | None:
        """What stays behind, in words for a warning; None if nothing does."""
        ...


@runtime_checkable
class RunsByName(CanStopByName, Protocol):
    """Starts what has no TaskId: it is ended by its name, and cannot be asked after."""

    def task_name(self, spec: Any) -> str:
        """What a stop names: whatever runs by that name is ended by it."""
        ...


@runtime_checkable
class ShowsRooms(Managed, Protocol):
    """Shows or plays whoever is in a room."""

    def rooms_shown(self, spec: Any) -> frozenset[str]:
        """The rooms whose users it shows or plays without naming them, as `robots.room_of` tells them."""
        ...


@runtime_checkable
class Shows(Kind, Protocol):
    """A kind whose resources have a picture."""

    def scene(self, spec: Any, inputs: int = ...) -> Scene | None:
        """What a validated spec shows; None if it is nothing, as of sound only.

        `inputs` is how many pictures, 1 to 16, an illustration has where the spec does not say who is
        where; ValueError for any other number.
        """
        ...
