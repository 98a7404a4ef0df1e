"""The slots of one limit: who may send when, as pure functions over what is known of them.

A limit of N calls a second is N slots. A call takes one before it is sent, and the slot can be had
again one second after the call's answer. The server counts a call somewhere between the two, so
two calls that use one slot in turn arrive at least a second apart, whatever the network does: no
second, sliding or of the calendar, sees more than N (reference client §3).

Of that second, what a round trip takes at least is saved, as the call before was counted at the
latest when its answer set out, and the next is counted at the earliest when it has got there: so a
long way costs nothing, only its jitter does. What it takes at least is learnt from the round trips
themselves, less as much as they differ: from the sending of a request to its answer, and not from when
its slot was taken. Between the two a journal may be written, which takes one process long and another
no time, and one may have the slot after the other. A way that becomes shorter at once by more than that could
show the server one second too full; the next answer tells, and a refusal begins the learning anew.

Spacing is not needed for that. It keeps departures even, which is kinder to the account, and
leaves a little of the limit to people at the console. When the API refuses a call although the
slots were kept, strangers use the account: all that share the slots then take half as many, and
get them back step by step (reference client §3).

All times are in seconds of one clock that never runs backwards.
"""

from dataclasses import dataclass, replace
from math import inf, isnan

COOLING = 1.002
"""From an answer until its slot is free: a second, even where the server's clock runs 500 ppm slow
and it counts in whole milliseconds."""

HOLD = 60.0
"""How long a call whose end nobody tells keeps its slot: longer than it can live, looking up the host
and trying several of its addresses included, so that it ends only the slots of killed processes."""

SPREAD = 0.95
"""The share of the limit that departures are spread for, however short the way to the server is."""

MAKE_UP = 0.5
"""How much of a spacing is made up for after a late departure; nothing after a rest."""

LEAST, STEP, EVERY = 0.125, 0.02, 3.0
"""Beside strangers: never below this share of the limit; so much more of it again, each so many seconds."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls a second, and the name under which the slots are kept."""

    key: str
    per_second: int


LEARNT = 20
"""After so many round trips of a period something is known of how long they take."""

PERIOD = 60.0
"""Seconds after which round trips are learnt anew; after a rest as long, nothing is known of them."""

SLACK = 0.005
"""Seconds that a round trip may get shorter by, beyond what was seen."""


@dataclass(frozen=True, slots=True)
class Trips:
    """The round trips of a period that began at `since`: how many, the quickest, and all together.

    `before` is what one took at least in the period before; inf if there was none.
    """

    count: int = 0
    quickest: float = inf
    total: float = 0.0
    since: float = -inf
    before: float = inf

    def least(self) -> float:
        """What the next takes at least, as far as is known: the quickest less what the mean is above it."""
        if self.count < LEARNT and self.before == inf:
            return 0.0
        return max(0.0, min(self.before, self._here()))

    def _here(self) -> float:
        """The same of this period alone; of too few there is only the quickest."""
        if self.count < LEARNT:
            return self.quickest
        return 2 * self.quickest - self.total / self.count - SLACK

    def with_one(self, seconds: float, now: float) -> "Trips":
        """What is known after one more."""
        past = self
        if self.count == 0 and self.before == inf:
            past = Trips(since=now)
        elif self.count >= LEARNT and now - self.since > PERIOD:
            past = Trips(since=now, before=self._here())
        return replace(
            past,
            count=past.count + 1,
            quickest=min(past.quickest, seconds),
            total=past.total + seconds,
        )


@dataclass(frozen=True, slots=True)
class RateWindow:
    """What is known of a limit's slots.

    `held` has the moment until which each slot in use is held. Spacing counts from `turn`. The share
    of the limit in use was `low` at the moment `lowered`. `trips` are the round trips as of late.
    """

    held: tuple[float, ...] = ()
    turn: float = -inf
    low: float = 1.0
    lowered: float = -inf
    trips: Trips = Trips()


@dataclass(frozen=True, slots=True)
class Ticket:
    """One slot, taken at `departed` and held until `until` unless it is given back before."""

    limit: Limit
    departed: float
    until: float


def take(slots: RateWindow, limit: Limit, now: float) -> tuple[RateWindow, Ticket | float]:
    """A slot, if one may be used now; else the seconds after which to look again."""
    trips = slots.trips if now - slots.turn <= PERIOD else Trips()
    current = replace(slots, held=tuple(until for until in slots.held if until > now), trips=trips)
    spacing = 1 / (SPREAD * share(current, now) * limit.per_second)
    due = current.turn + spacing
    at = max(due, _free_at(current, limit, now))
    if at > now:
        return current, at - now
    ticket = Ticket(limit, now, now + HOLD)
    late = min(now - due, MAKE_UP * spacing) if current.held else 0.0
    return replace(current, held=(*current.held, ticket.until), turn=now - late), ticket


def give_back(
    slots: RateWindow, ticket: Ticket, now: float, *, trip: float | None, throttled: bool
) -> RateWindow:
    """The slots once a call has ended: with an answer of the API, which may refuse it for its rate.

    `trip` is how many seconds that answer took, from the moment at which the request was sent. Without one,
    None, the call may still arrive, or have been on its way for any time. A ticket that is not
    known, since the slots were begun afresh meanwhile, still cools.
    """
    others = list(slots.held)
    if ticket.until in others:
        others.remove(ticket.until)
    trips = slots.trips if trip is None else slots.trips.with_one(trip, now)
    if throttled:
        trips = Trips()
    cooled = now + COOLING - (0.0 if trip is None else trips.least())
    after = replace(slots, held=(*others, cooled), trips=trips)
    # The second before a refusal fills the window of the one after it, and tells nothing new.
    if not throttled or ticket.departed < slots.lowered + COOLING:
        return after
    return replace(after, low=max(LEAST, share(slots, now) / 2), lowered=now)


def share(slots: RateWindow, now: float) -> float:
    """The share of the limit that may be used, from LEAST to 1."""
    if slots.low >= 1:
        return 1.0
    return min(1.0, slots.low + STEP * ((now - slots.lowered) // EVERY))


def afresh(limit: Limit, now: float) -> RateWindow:
    """The slots where all knowledge is lost: as if all had just been used, by calls just answered.

    Others may still be on their way; half the limit is left to them at first.
    """
    return RateWindow((now + COOLING,) * limit.per_second, now, 0.5, now)


def plausible(slots: RateWindow, now: float) -> bool:
    """Whether these can be slots of this clock: none is held for too long, nothing happens after now."""
    trips = slots.trips
    numbers = (*slots.held, slots.turn, slots.low, slots.lowered, trips.quickest, trips.total, trips.before)
    return (
        not any(map(isnan, numbers))
        and max(slots.held, default=now) <= now + HOLD
        and max(slots.turn, slots.lowered, trips.since) <= now
        and min(trips.quickest, trips.total) >= 0
        and LEAST <= slots.low <= 1
    )


def _free_at(slots: RateWindow, limit: Limit, now: float) -> float:
    """When fewer slots are held than may be, or may become so: whatever is given back later cools first."""
    most = max(1, int(share(slots, now) * limit.per_second))
    surplus = len(slots.held) - most
    if surplus < 0:
        return now
    return min(sorted(slots.held)[surplus], now + COOLING)
