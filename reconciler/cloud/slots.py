"""The slots of one limit: who may send when, as pure functions over what is known of them.

A limit of N calls a second is N slots. A call takes one before it is sent, and the slot can be had
again one second after the call's answer. The server counts a call somewhere between the two, so
two calls that use one slot in turn arrive at least a second apart, whatever the network does: no
second, sliding or of the calendar, sees more than N (reference performance §7). Nothing less does:
had more than N calls an answer within the last second, or none yet, all may arrive together.

Spacing is not needed for that. It keeps departures even, which is kinder to the account, and
leaves a little of the limit to people at the console. When the API refuses a call although the
slots were kept, strangers use the account: all that share the slots then take half as many, and
get them back step by step (reference reliability §5).

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


@dataclass(frozen=True, slots=True)
class Slots:
    """What is known of a limit's slots.

    `held` has the moment until which each slot in use is held. Spacing counts from `turn`. The share
    of the limit in use was `low` at the moment `lowered`.
    """

    held: tuple[float, ...] = ()
    turn: float = -inf
    low: float = 1.0
    lowered: float = -inf


@dataclass(frozen=True, slots=True)
class Ticket:
    """One slot, taken at `departed` and held until `until` unless it is given back before."""

    limit: Limit
    departed: float
    until: float


def take(slots: Slots, limit: Limit, now: float) -> tuple[Slots, Ticket | float]:
    """A slot, if one may be used now; else the seconds after which to look again."""
    current = replace(slots, held=tuple(until for until in slots.held if until > now))
    spacing = 1 / (SPREAD * share(current, now) * limit.per_second)
    due = current.turn + spacing
    at = max(due, _free_at(current, limit, now))
    if at > now:
        return current, at - now
    ticket = Ticket(limit, now, now + HOLD)
    late = min(now - due, MAKE_UP * spacing) if current.held else 0.0
    return replace(current, held=(*current.held, ticket.until), turn=now - late), ticket


def give_back(slots: Slots, ticket: Ticket, now: float, *, throttled: bool) -> Slots:
    """The slots once a call has ended; `throttled` tells that the API refused it for its rate.

    A ticket that is not known, since the slots were begun afresh meanwhile, still cools.
    """
    others = list(slots.held)
    if ticket.until in others:
        others.remove(ticket.until)
    after = replace(slots, held=(*others, now + COOLING))
    # The second before a refusal fills the window of the one after it, and tells nothing new.
    if not throttled or ticket.departed < slots.lowered + COOLING:
        return after
    return replace(after, low=max(LEAST, share(slots, now) / 2), lowered=now)


def share(slots: Slots, now: float) -> float:
    """The share of the limit that may be used, from LEAST to 1."""
    if slots.low >= 1:
        return 1.0
    return min(1.0, slots.low + STEP * ((now - slots.lowered) // EVERY))


def afresh(limit: Limit, now: float) -> Slots:
    """The slots where all knowledge is lost: as if all had just been used, by calls just answered.

    Others may still be on their way; half the limit is left to them at first.
    """
    return Slots((now + COOLING,) * limit.per_second, now, 0.5, now)


def plausible(slots: Slots, now: float) -> bool:
    """Whether these can be slots of this clock: none is held for too long, nothing happens after now."""
    numbers = (*slots.held, slots.turn, slots.low, slots.lowered)
    return (
        not any(map(isnan, numbers))
        and max(slots.held, default=now) <= now + HOLD
        and max(slots.turn, slots.lowered) <= now
        and LEAST <= slots.low <= 1
    )


def _free_at(slots: Slots, limit: Limit, now: float) -> float:
    """When fewer slots are held than may be, or may become so: whatever is given back later cools first."""
    most = max(1, int(share(slots, now) * limit.per_second))
    surplus = len(slots.held) - most
    if surplus < 0:
        return now
    return min(sorted(slots.held)[surplus], now + COOLING)
