"""What a store may have beside the state: each part a protocol of its own, None where a store has it not.

All moments are RFC 3339 UTC. Every method raises StateError where the store fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from reconciler.backends.waiting import NO_WAIT, Wait
from reconciler.pacing.store import Reservations

if TYPE_CHECKING:  # who asks a part for something has imported what it is
    from reconciler.backends.receipts import Receipt
    from reconciler.backends.spills import Spilled
    from reconciler.backends.work import Work
    from reconciler.model import Address
    from reconciler.state.journal import Record
    from reconciler.state.model import Owner, State
    from reconciler.state.runs import RunRecord


class History(Protocol):
    """Generations of the state to go back to, each as it was written."""

    def generations(self) -> Sequence[int]:
        """The serials that are kept, the newest first."""
        ...

    def generation(self, serial: int) -> State:
        """The state of that serial; raises StateError where it is not kept, or not as it was written."""
        ...


KEPT_RUNS = 500
KEPT_DAYS = 400


@dataclass(frozen=True, slots=True)
class Keeping:
    """How much is kept of runs that are over: the last so many, and none that began more days ago.

    A run that started a task which the state records is kept whatever its number and age.
    """

    runs: int = KEPT_RUNS
    days: int = KEPT_DAYS


KEEPING = Keeping()


class Audit(Protocol):
    """Who applied what, when, from which revision and plan. Nobody can alter it through this protocol.

    Each run that began its journal, and each that wrote the state without one: an edit by hand. It is kept
    when it ends; of one that was killed, by the next that holds the state, which is named in its `End`.
    That a run could not be kept is a notice, and fails nothing of what was done.
    """

    def runs(self, most: int) -> Sequence[RunRecord]:
        """The last runs, the newest first; one that is not over yet has no `end`."""
        ...

    def records(self, run: str) -> Sequence[Record]:
        """Its intents and outcomes, in order, an intent without its entry; raises StateError for no run.

        What it was waiting for when it was killed has an outcome of its own. They outlive the run's end.
        """
        ...

    def life_of(self, address: Address, most: int) -> Sequence[tuple[RunRecord, Record]]:
        """What was last recorded of one resource, the newest first, under former addresses as well."""
        ...


class Pace(Reservations, Protocol):
    """Slots of an account, region and action, shared by all who use the store.

    What a crash or a promotion loses of them counts as just used, never as free. The store's clock
    counts, and one step is one round trip.
    """

    def close(self) -> None:
        """Gives its connection back."""
        ...


@dataclass(frozen=True, slots=True)
class Claimed:
    """Something that is used: a digest of its name, and by which resource of which workspace."""

    digest: str
    workspace: str
    address: Address


class Claims(Protocol):
    """Robots, push addresses and sessions over all workspaces of a store: each is had by one.

    A session claims what the entry of an intent will occupy, and gives back at its end what is not any more.
    """

    def held(self, digests: Sequence[str]) -> Sequence[Claimed]:
        """Those that other workspaces have."""
        ...


@dataclass(frozen=True, slots=True)
class Event:
    """A callback of the cloud as received; `key` is the same for one that is delivered again."""

    key: str
    received: str
    body: Mapping[str, Any]


class Events(Protocol):
    """Callbacks received, for whoever looks after the resources they are about.

    They are kept beside the state, and outlive its loss. Nobody needs to hold the state for them.
    """

    def put(self, event: Event) -> bool:
        """Keeps an event, durable on return; false for one that is there already."""
        ...

    def after(self, start: str, most: int) -> tuple[Sequence[Event], str]:
        """(the events behind that place in order of arrival, the place behind them); "" is the beginning.

        So is a place that lies behind all that are kept, as of a store that was made anew or set back.
        """
        ...

    def sweep(self, before: str) -> int:
        """Removes what was received before a moment; how many events that were."""
        ...

    def kept_open(self) -> AbstractContextManager[Events]:
        """The same for a block in which they are asked for again and again, over one connection."""
        ...


class PlanIndex(Protocol):
    """What a plan knows of manifests that have not changed, for machines that keep no cache of their own.

    It may be lost, and is never asked whether it is right: whoever reads it finds out by itself.
    """

    def read(self) -> bytes | None:
        """The one that was written last; None where there is none."""
        ...

    def write(self, data: bytes) -> None:
        """Keeps one in the place of any other."""
        ...


class Receipts(Protocol):
    """What the store cannot know of itself: that it has lost what it acknowledged, and what that was."""

    def newest(self) -> Receipt | None:
        """What a session of this backend was told last to be durable at its end; raises nothing."""
        ...

    def missing(self, newest: Receipt) -> str:
        """What was acknowledged and is not there, in words for people; "" if it is all there.

        Raises UsageError for the receipt of another workspace.
        """
        ...


@dataclass(frozen=True, slots=True)
class Failover:
    """What a failover of the store means, in one sentence, and whether it `loses` what was written."""

    words: str
    loses: bool


class Replication(Protocol):
    """How the store keeps what it acknowledged when one of its servers goes."""

    def at_failover(self) -> Failover:
        """What can be lost then, as far as the store itself can tell, and how to change that."""
        ...


class Recovery(Protocol):
    """Answers of the cloud that a run could not record when they came."""

    def adopt(
        self,
        owner: Owner | None,
        holder: Mapping[str, Any],
        spilled: Sequence[Spilled],
        wait: Wait = NO_WAIT,
    ) -> Sequence[Spilled]:
        """Records them, each only where its own intent still stands open; which those were.

        To be done before the interrupted run is recovered, which makes sure of what was not answered.
        """
        ...


class Admin(Protocol):
    """The store itself: whoever runs it asks for this, and no run does."""

    def init(self) -> None:
        """Makes an empty store; one that is there is left as it is."""
        ...

    def upgrade(self) -> Sequence[str]:
        """Brings the store to what this version writes; what was done, in words for people."""
        ...

    def check(self) -> Sequence[str]:
        """What the store does not keep of its promises, tried out; nothing if it is sound."""
        ...

    def workspaces(self) -> Sequence[str]:
        """The workspaces whose states are kept there."""
        ...


class Unlock(Protocol):
    """For a hold that the store cannot free by itself."""

    def locked(self, holder: Mapping[str, Any], wait: Wait = NO_WAIT) -> AbstractContextManager[None]:
        """The hold alone, without a reading; raises LockedError, which says who has it."""
        ...

    def break_open(self, run: str, host: str) -> None:
        """Ends the hold of a run on another machine than `host` that is surely dead.

        That run, should it live, begins nothing more. Raises UsageError where it is not that one's.
        """
        ...


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another state of the same place: where it is, in words, whose it is, and what it records."""

    location: str
    owner: Owner
    state: State


class Neighbours(Protocol):
    """The other states that are kept in the same place."""

    def states(self) -> Sequence[Neighbour]:
        """Each that can be read; one that cannot be read says nothing.

        Raises StateError where it cannot be told which there are.
        """
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that a store has."""

    history: History | None = None
    audit: Audit | None = None
    pace: Pace | None = None
    claims: Claims | None = None
    events: Events | None = None
    plan_index: PlanIndex | None = None
    work: Callable[[], AbstractContextManager[Work]] | None = None
    """The fleet's queue for a block, by a connection of its own."""
    receipts: Receipts | None = None
    replication: Replication | None = None
    admin: Admin | None = None
    unlock: Unlock | None = None
    neighbours: Neighbours | None = None
    recovery: Recovery | None = None
