"""The loop of a worker: it takes rounds, has each made in a thread of its own, and ends in order."""

from collections.abc import Callable, Sequence
from threading import Event
from typing import Protocol

from reconciler.backends.work import Assignment, RoundEnd
from reconciler.errors import LockedError, ReconcilerError, StateError
from reconciler.watching.member import POLL, Member
from reconciler.watching.waking import Waker

SHOWN = 15.0
"""Seconds between two looks at how the whole fleet stands."""
_AGAIN = 30.0
"""Seconds after which a round is due again that ended for a reason that nobody foresaw."""


class Crew(Protocol):
    """What makes the rounds of a worker, and hears how it stands."""

    def skips(self) -> Sequence[str]:
        """Workspaces that are left to others now."""
        ...

    def make(self, assignment: Assignment, ending: Event, sure: Callable[[], bool]) -> RoundEnd:
        """A round; nothing is begun in it once `ending` is set, and nothing told unless it is `sure`."""
        ...

    def stands(self, trouble: str, draining: bool, under_way: int) -> None:
        """Why it is no worker now, "" while it is; whether it takes nothing new; how many rounds it has."""
        ...

    def sees_all(self) -> None:
        """That it is time for a look at the whole fleet."""
        ...

    def loses(self, assignment: Assignment) -> None:
        """That a round was another worker's by its end."""
        ...


class FleetLoop:
    """Runs a member until it is drained or stopped; `spawn` runs something in a thread of its own."""

    def __init__(
        self,
        member: Member,
        crew: Crew,
        waker: Waker,
        spawn: Callable[[Callable[[], None]], object],
        clock: Callable[[], float],
    ) -> None:
        self._member, self._crew, self._waker = member, crew, waker
        self._spawn, self._clock = spawn, clock
        self._ending = Event()
        self._changed = Event()
        self._trouble = ""
        self._look_at = 0.0
        self._was_member = False

    def run(self) -> None:
        """Returns once everything that it had has ended; raises LockedError where its name is taken."""
        try:
            while not self._over():
                self._wait()
        finally:
            self._member.leave()

    def _over(self) -> bool:
        """One turn; whether it was the last one."""
        if self._waker.stopping.is_set():
            self._member.draining = True
            self._ending.set()  # nothing new is begun in the rounds either, unlike when it is drained
        over = self._turned()
        self._crew.stands(self._trouble, self._member.draining, self._member.under_way)
        if not self._trouble and self._clock() >= self._look_at:
            self._look_at = self._clock() + SHOWN
            self._crew.sees_all()
        return over or (self._waker.stopping.is_set() and not self._member.under_way)

    def _turned(self) -> bool:
        try:
            tick = self._member.tick(self._crew.skips())
        except LockedError as error:
            if not self._was_member:
                raise
            self._trouble = error.message
            return False
        except StateError as error:
            self._trouble = error.message
            return False
        if tick.lost:
            self._ending.set()
            self._trouble = "this worker was out of contact for too long; its rounds end"
        elif tick.enlisted:
            self._ending, self._was_member = Event(), True
        if not tick.lost:
            self._trouble = ""
        for assignment in tick.given:
            self._begin(assignment)
        return tick.over

    def _begin(self, assignment: Assignment) -> None:
        ending = self._ending
        self._spawn(lambda: self._made(assignment, ending))

    def _made(self, assignment: Assignment, ending: Event) -> None:
        """A round, in a thread of its own; one that fails as nobody foresaw is handed back all the same."""
        how = RoundEnd(_AGAIN, "trouble")
        try:
            how = self._crew.make(assignment, ending, self._member.sure)
        finally:
            try:
                if not self._member.end(assignment, how):
                    self._crew.loses(assignment)
            except ReconcilerError:
                self._crew.loses(assignment)  # it is due again once this worker's time is over
            self._changed.set()
            self._waker.wake("")

    def _wait(self) -> None:
        if self._waker.stopping.is_set():  # which has every wait for the waker end at once
            self._changed.wait(POLL)
            self._changed.clear()
        else:
            self._waker.wait(POLL)
