"""The fleet's queue as a store keeps it: whose round is due, and which worker has it meanwhile.

A worker proves itself by one beat for all rounds that it has. Whoever was not heard of for its time loses
them, and each round has a fencing token, so that what is left of the worker before can end nothing that is
another one's by then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

PREFERRED = 2.0
"""Seconds for which a round that is due waits for the worker that had the last one."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A round of a workspace that a worker has, under `fence`, which rises with each.

    `key` is the store's own name of the workspace. `why` tells what brought it forward, "" where its time had
    come; `kept` is what a round before kept for this one; `lost` names the worker that had the last one and
    did not end it.
    """

    key: int
    workspace: str
    fence: int
    why: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)
    lost: str = ""


@dataclass(frozen=True, slots=True)
class RoundEnd:
    """How a round ended: its outcome in a word, the account, and seconds until the next one.

    `kept` is for the next round. None, and an outcome of "", leave what there was, as after a round that this
    worker could not make; so does an account of None.
    """

    next: float
    outcome: str
    account: str | None = None
    kept: Mapping[str, Any] | None = None


class Beat(StrEnum):
    """What a worker hears when it proves itself: that it is one, is to end, or is none any more."""

    DONE = "done"
    DRAINING = "draining"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class WorkerStanding:
    """A worker, as others see it: `heard` seconds ago, for `since` seconds, with so many rounds under way."""

    name: str
    who: Mapping[str, Any]
    since: float
    heard: float
    rounds: int
    draining: bool


@dataclass(frozen=True, slots=True)
class WorkStanding:
    """A workspace of the fleet, as others see it.

    `due` is in how many seconds its next round is due, below 0 for one that waits; `worker` has it now, ""
    for nobody; `last` had the last one, which `ended` so many seconds ago (None: none has) with `outcome`.
    """

    workspace: str
    account: str
    due: float
    why: str
    worker: str
    fence: int
    last: str
    ended: float | None
    outcome: str
    kept: Mapping[str, Any] = field(default_factory=dict)


class Work(Protocol):
    """The queue of a store, for any thread. All methods raise StateError where the store fails."""

    @property
    def ttl(self) -> float:
        """Seconds after which a worker that was not heard of has lost its rounds."""
        ...

    def enlist(self, worker: str, name: str, who: Mapping[str, Any]) -> None:
        """Makes a worker known by a fresh UUID; raises LockedError where one of that name lives."""
        ...

    def beat(self, worker: str) -> Beat:
        """Proves a worker."""
        ...

    def discharge(self, worker: str) -> None:
        """Ends a worker in order; what it still has is anybody's at once."""
        ...

    def drain(self, name: str) -> bool:
        """Has a worker take nothing new and end; false where none of that name lives."""
        ...

    def schedule(self, workspaces: Sequence[str]) -> None:
        """Puts workspaces into the queue, due at once; those that are there stay as they are."""
        ...

    def unschedule(self, workspace: str) -> None:
        """Takes a workspace out of the queue."""
        ...

    def wake(self, workspace: str, why: str) -> None:
        """Brings its next round forward to this moment, also one after a round that is under way."""
        ...

    def claim(self, worker: str, most: int, skips: Sequence[str]) -> Sequence[Assignment]:
        """Rounds that are due and that nobody has, now this worker's; none of the workspaces in `skips`.

        First those of the account that has the fewest under way, so that none waits for another one's; then
        those that have waited longest. Who had the last round of a workspace, and so has read its manifests,
        has `PREFERRED` seconds before others get the next, unless something woke it.
        """
        ...

    def end(self, worker: str, assignment: Assignment, how: RoundEnd) -> bool:
        """Ends a round; false where it was another worker's by then, and nothing of it counts."""
        ...

    def workers(self) -> Sequence[WorkerStanding]:
        """Those that live, by name."""
        ...

    def standing(self, workspace: str = "") -> Sequence[WorkStanding]:
        """All workspaces by name, without what is kept for their next rounds; or that one, with it."""
        ...
