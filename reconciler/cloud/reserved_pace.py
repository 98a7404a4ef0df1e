"""Turns from a store that many machines share; once that fails, from what this machine alone knows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from reconciler.calls import Action
from reconciler.cloud.pace import Pace
from reconciler.errors import StateError
from reconciler.pacing.slots import Ticket
from reconciler.pacing.store import Reservations, limit_of

EARLY = 0.1
"""Seconds before its slot at which a turn begins: the intent is written in them, if that is quick."""


@dataclass(frozen=True, slots=True)
class ReservedPace:
    """A Pace over reservations for one `account`; `sleep` should end early once `stopped` is true.

    A turn begins a little before its slot, so that the intent is written meanwhile; the rest is waited for
    when all is ready. From the first failure on it is `otherwise`, and `warn` gets one line for people.
    """

    reservations: Reservations
    account: str
    clock: Callable[[], float]
    sleep: Callable[[float], object]
    stopped: Callable[[], bool]
    otherwise: Pace
    warn: Callable[[str], None]
    _failed: Event = field(default_factory=Event)
    _due: dict[Ticket, float] = field(default_factory=dict)

    def take(self, action: Action, region: str) -> Ticket | None:
        """See Pace.take."""
        limit = limit_of(self.account, action, region)
        while not self._failed.is_set() and not self.stopped():
            try:
                turn = self.reservations.take(limit)
            except StateError as error:
                self._fail(error)
                break
            due = self.clock() + turn.wait
            if turn.ticket is None:
                self.sleep(turn.wait)
                continue
            self.sleep(max(0.0, turn.wait - EARLY))
            if not self.stopped():
                self._due[turn.ticket] = due
                return turn.ticket
            self.give_back(turn.ticket, trip=None, throttled=False)
        return self.otherwise.take(action, region)

    def ready(self, ticket: Ticket) -> None:
        """See Pace.ready."""
        due = self._due.pop(ticket, None)
        if due is not None:
            self.sleep(max(0.0, due - self.clock()))

    def give_back(self, ticket: Ticket, *, trip: float | None, throttled: bool) -> None:
        """See Pace.give_back."""
        self._due.pop(ticket, None)
        if not self._failed.is_set():
            try:
                self.reservations.give_back(ticket, trip=trip, throttled=throttled)
            except StateError as error:
                self._fail(error)
            else:
                return
        self.otherwise.give_back(ticket, trip=trip, throttled=throttled)

    def _fail(self, error: StateError) -> None:
        if not self._failed.is_set():
            self._failed.set()
            self.warn(f"the API's rate limit is not shared with other machines: {error.message}")
