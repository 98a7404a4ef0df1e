"""One worker of the fleet: it proves itself, takes rounds that are due, and ends when it is told to.

It has no thread: whoever runs it calls `tick` again and again, makes the rounds that it gives, and hands back
how each ended.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from reconciler.backends.lease import Lease
from reconciler.backends.work import Assignment, Beat, RoundEnd, Work
from reconciler.errors import StateError

POLL = 0.5
"""Seconds between two ticks where nothing else asks for one."""
MOST_SKIPPED = 10_000
"""Workspaces that a worker leaves to others, as it has not their manifests or only older ones."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What to do now: rounds to make.

    `enlisted` tells that it is a worker from now on, `lost` that it is none any more, so that its rounds must
    end, and `over` that it may end: it has nothing under way and is to take nothing.
    """

    given: Sequence[Assignment] = ()
    enlisted: bool = False
    lost: bool = False
    over: bool = False


class Member:
    """A worker by a name, with so many rounds at a time; `clock` goes on while the machine sleeps.

    `token` gives fresh UUIDs: one for each time that it becomes a worker, as it does again after it was out
    of contact for too long and the rounds that it had then have ended.
    """

    def __init__(
        self,
        work: Work,
        name: str,
        who: Mapping[str, Any],
        rounds: int,
        clock: Callable[[], float],
        token: Callable[[], str],
    ) -> None:
        self.name = name
        self.draining = False
        self._work, self._who, self._rounds = work, who, rounds
        self._clock, self._token = clock, token
        self._worker = ""
        self._lease: Lease | None = None
        self._asked = 0.0
        self._under_way: set[str] = set()

    @property
    def under_way(self) -> int:
        """How many rounds it has now."""
        return len(self._under_way)

    @property
    def age(self) -> float:
        """Seconds since the store was asked whether it is a worker and said so; 0 before that."""
        return 0.0 if self._lease is None else self._lease.age

    def sure(self) -> bool:
        """Whether no other worker can have its rounds by now: a local answer, and conservative."""
        return self._lease is not None and self._lease.sure()

    def tick(self, skips: Sequence[str] = ()) -> Tick:
        """What to do now, `skips` being workspaces to leave to others.

        Raises LockedError where its name is another worker's, StateError where the store is away.
        """
        if self._lease is None:
            return self._enlist()
        self._prove()
        if not self.sure():
            return self._lose()
        if self.draining:
            return Tick(over=not self._under_way)
        free = self._rounds - len(self._under_way)
        if free <= 0:
            return Tick()
        given = self._work.claim(self._worker, free, skips[:MOST_SKIPPED])
        self._under_way |= {one.workspace for one in given}
        return Tick(given)

    def end(self, assignment: Assignment, how: RoundEnd) -> bool:
        """Hands a round back; false where it was another worker's by then. Raises StateError."""
        try:
            return self._work.end(self._worker, assignment, how)
        finally:
            self._under_way.discard(assignment.workspace)

    def leave(self) -> None:
        """Ends it as a worker, as far as the store can be told; otherwise its time runs out."""
        if self._lease is not None:
            with suppress(StateError):
                self._work.discharge(self._worker)
        self._lease = None

    def _enlist(self) -> Tick:
        if self._under_way:
            return Tick(lost=True)  # what it had as the worker that it was before
        worker, asked = self._token(), self._clock()
        self._work.enlist(worker, self.name, self._who)
        self._worker, self._asked = worker, asked
        self._lease = Lease(self._clock, self._work.ttl, asked)
        return Tick(enlisted=True)

    def _prove(self) -> None:
        """Proves it, four times in the time that a worker has; what is away may come back."""
        now = self._clock()
        assert self._lease is not None
        if now - self._asked < self._work.ttl / 4 or self._lease.lost is not None:
            return
        self._asked = now
        with suppress(StateError):
            heard = self._work.beat(self._worker)
            if heard is Beat.LOST:
                self._lease.lose(StateError(f"worker {self.name} was out of contact for too long"))
                return
            self._lease.prove(now)
            self.draining = self.draining or heard is Beat.DRAINING

    def _lose(self) -> Tick:
        self._lease = None
        return Tick(lost=True)
