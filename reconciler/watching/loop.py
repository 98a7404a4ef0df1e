"""The loop: who leads makes rounds, who does not stands by until it can."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from reconciler.errors import LockedError, StateError
from reconciler.watching.model import Doing, Round
from reconciler.watching.rounds import Rounds
from reconciler.watching.waking import Waker

TAKEOVER = 1.0
"""Seconds between two attempts of one that stands by to lead."""
BUSY = 2.0
"""Seconds until a round is made again that found the state in another run's hands."""
SOONEST = 0.5
"""The fewest seconds between two rounds that nothing has woken."""

Leadership = Callable[[], AbstractContextManager[Callable[[], bool]]]
"""Leads for as long as its block lasts and what it gives says so; raises LockedError where another one leads.

Leading is a hold of its own beside the state's: it lasts as long as the process, while the state itself is
held by the rounds that act, and only as long as they do, so that an apply by hand finds it free.
"""


def pause_after(made: Round, interval: float, now: float) -> float:
    """Seconds until the round after this one, of rounds that are an interval in seconds apart.

    It comes sooner where another run is waited for, or something is due before; `now` in unix seconds.
    """
    pause = min(BUSY, interval) if made.busy else interval
    due = made.seen.due_at if made.seen is not None else None
    return pause if due is None else min(pause, max(due - now, SOONEST))


class Audience(Protocol):
    """Whom the loop tells: the log, the wall, the metrics, the recipients of messages."""

    def begins(self, reasons: list[str]) -> None:
        """That a round begins, and what woke it."""
        ...

    def hears(self, made: Round) -> None:
        """What came of a round."""
        ...

    def leads(self, leader: str) -> None:
        """Who leads: "" for this process, otherwise in words who else does."""
        ...


class Loop:
    """Makes rounds at an interval in seconds, and at once when something wakes it, until it is stopped."""

    def __init__(
        self,
        rounds: Rounds,
        leadership: Leadership,
        audience: Audience,
        waker: Waker,
        interval: float,
        clock: Callable[[], float],
    ) -> None:
        self._rounds = rounds
        self._leadership = leadership
        self._audience = audience
        self._waker = waker
        self._interval = interval
        self._clock = clock
        self._look_at = 0.0

    def run(self) -> None:
        """Returns once it was stopped, with what was in flight recorded."""
        while not self._waker.stopping.is_set():
            try:
                with self._leadership() as leads:
                    self._audience.leads("")
                    self._lead(leads)
            except LockedError as error:
                self._audience.leads(error.message)
                self._stand_by()
            except StateError as error:
                # The store itself cannot be reached: nobody leads, and nothing is touched.
                words = f"{error.message}; {error.hint}" if error.hint else error.message
                self._audience.hears(Round(self._clock(), Doing.NOTHING, troubles=(words,)))
                self._waker.wait(self._interval)

    def _lead(self, leads: Callable[[], bool]) -> None:
        reasons: list[str] = []
        while not self._waker.stopping.is_set() and leads():
            self._audience.begins(reasons)
            made = self._rounds.make(acts=True)
            self._audience.hears(made)
            reasons = self._waker.wait(pause_after(made, self._interval, self._clock()))

    def _stand_by(self) -> None:
        """Looks once in each interval, so that its wall is no older than the leader's."""
        if self._clock() >= self._look_at:
            self._look_at = self._clock() + self._interval
            self._audience.begins([])
            self._audience.hears(self._rounds.make(acts=False))
        self._waker.wait(TAKEOVER)
