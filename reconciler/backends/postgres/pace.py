"""The slots of all who use a store, kept by it: what several threads want of a limit is one round trip.

No thread of its own is needed: whoever finds nobody asking asks for all that wait.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition

from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.failures import told
from reconciler.backends.postgres.location import Place
from reconciler.pacing.slots import HOLD, Limit, Ticket
from reconciler.pacing.store import Turn

_PACE = (
    "SELECT slot, waits FROM "
    "{schema}.pace_1(%s, %s, %s, %s::float8[], %s::float8[], %s::boolean[], %s::float8[])"
)


@dataclass(frozen=True, slots=True)
class _Given:
    """A slot that is given back, and when its call ended."""

    slot: float
    trip: float | None
    throttled: bool
    ended: float


@dataclass
class _Group:
    """What is asked of one limit together; `turns` has one for each that is wanted, once it is done."""

    limit: Limit
    wanted: int = 0
    given: list[_Given] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    done: bool = False
    error: Exception | None = None


class PostgresPace:
    """The slots of one schema (a parts.Pace); `made` gives a client, by whose clock calls end."""

    def __init__(self, place: Place, made: Callable[[], Client]) -> None:
        self._place = place
        self._made = made
        self._client: Client | None = None
        self._changed = Condition()
        self._asking = False
        self._groups: dict[str, _Group] = {}

    def take(self, limit: Limit) -> Turn:
        """See parts.Pace.take."""
        with self._changed:
            group = self._group(limit)
            place, group.wanted = group.wanted, group.wanted + 1
            while self._asking and not group.done:
                self._changed.wait()
            leads = not group.done
            if leads:
                self._close(group)
        if leads:
            self._lead(group)
        if group.error is not None:
            raise group.error
        return group.turns[min(place, len(group.turns) - 1)]

    def give_back(self, ticket: Ticket, *, trip: float | None, throttled: bool) -> None:
        """See parts.Pace.give_back; where others are asking, they tell it."""
        client = self._connected()
        with self._changed:
            group = self._group(ticket.limit)
            group.given.append(_Given(ticket.until, trip, throttled, client.tools.clock()))
            if self._asking:
                return
            self._close(group)
        self._lead(group)
        if group.error is not None:
            raise group.error

    def close(self) -> None:
        """See parts.Pace.close."""
        if self._client is not None:
            self._client.close()

    def _group(self, limit: Limit) -> _Group:
        return self._groups.setdefault(limit.key, _Group(limit))

    def _close(self, group: _Group) -> None:
        """Nobody joins it any more, as it is asked for now."""
        self._asking = True
        del self._groups[group.limit.key]

    def _lead(self, group: _Group) -> None:
        """Asks for a group, and for those after it that nobody waits for."""
        following: _Group | None = group
        while following is not None:
            following = self._asked(following)

    def _asked(self, group: _Group) -> _Group | None:
        """The next group to be asked for by the same thread."""
        try:
            group.turns = self._ask(group)
        except Exception as error:
            group.error = error
        with self._changed:
            group.done, self._asking = True, False
            following = next((one for one in self._groups.values() if not one.wanted), None)
            if following is not None:
                self._close(following)
            self._changed.notify_all()
        return following

    def _ask(self, group: _Group) -> list[Turn]:
        client, limit, given = self._connected(), group.limit, group.given
        now = client.tools.clock()
        with told(self._place):
            rows = client.ask(
                _PACE.format(schema=self._place.schema),
                (
                    *(limit.key, limit.per_second, group.wanted),
                    [one.slot for one in given],
                    [one.trip for one in given],
                    [one.throttled for one in given],
                    [now - one.ended for one in given],
                ),
            )
        return [Turn(slot and Ticket(limit, slot - HOLD, slot), max(0.0, waits)) for slot, waits in rows]

    def _connected(self) -> Client:
        with self._changed:
            if self._client is None:
                self._client = self._made()
            return self._client
