"""In which order changes are made: what must come first, as a graph; pure and stable.

Three rules, from what kinds say that a resource occupies, needs and opens:
what gives up a push address or a robot comes before what takes it; what opens a live stream, or
brings a user into a room, comes before what pushes to it, or shows that user; and what stops
needing such a thing comes before what takes it away.

Where no order keeps all of them, the first is kept rather than the others: above all where what is given up
is started over first, as nobody knows what runs by it. After the other's start, that would end its task.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from reconciler.claims import NOTHING, Claim, Claims
from reconciler.model import Address, Status, Verb
from reconciler.plan.model import Change
from reconciler.planning.circles import knots
from reconciler.state.model import Entry

_OPENING = (Verb.START, Verb.REPLACE, Verb.RESUME)

Nodes = Mapping[Address, set[Address]]
"""For each address, those that must come before it."""

_Part = Callable[["Moves"], frozenset[Claim]]

Pair = tuple[Address, Address]
"""(later, earlier) of two that have an order."""


class Rank(IntEnum):
    """Why one comes before another, from what is given up first in a circle to what is given up last."""

    NEED = 0
    """The other shows or pushes to what it opens or closes."""
    CLAIM = 1
    """The other takes what it gives up."""
    DOUBT = 2
    """What is in doubt is made sure of: by a start over what the other takes, or by the other's own calls."""


@dataclass(frozen=True, slots=True)
class Order:
    """Changes in order, each with its `after`; and the pairs whose order was given up, as (later, earlier).

    Where things wait for each other in a circle (two streams that swap their push addresses),
    no order is right; one link of the circle is given up, always the same for equal input. Of the pairs
    that are `unready` one needs what the other opens or closes; of the others both may have one thing.
    """

    changes: tuple[Change, ...]
    given_up: tuple[Pair, ...]
    unready: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Moves:
    """What a change gives up, takes, needs open, stops needing, opens and closes.

    `fences` is what it gives up by starting over it first, as nobody knows what runs by it.
    """

    releases: frozenset[Claim] = frozenset()
    fences: frozenset[Claim] = frozenset()
    takes: frozenset[Claim] = frozenset()
    needs: frozenset[Claim] = frozenset()
    leaves: frozenset[Claim] = frozenset()
    opens: frozenset[Claim] = frozenset()
    closes: frozenset[Claim] = frozenset()


def moves_of(
    change: Change,
    before: Claims,
    after: Claims,
    *,
    is_switch: bool,
    ends: frozenset[Claim] = NOTHING.occupies,
) -> Moves:
    """What a change moves, from the claims of the entry that it begins with to those of its last.

    `ends` is what it gives up besides, as it ends what late calls may have started.
    """
    before, after = _while_it_runs(change.before, before), _while_it_runs(change.entry, after)
    stays = change.verb in (Verb.UPDATE, Verb.RESUME, Verb.PAUSE) and not is_switch
    # What it was recorded with may be another's by now, which gives it up in this plan.
    begins = change.verb in (Verb.START, Verb.REPLACE)
    in_doubt = change.before is not None and change.before.status is Status.UNCERTAIN
    given_up = before.occupies | ends if ends else before.occupies
    return Moves(
        releases=_but(given_up, after.occupies),
        fences=_but(given_up if in_doubt else ends, after.occupies),
        takes=after.occupies if begins else _but(after.occupies, before.occupies),
        needs=_but(after.needs, before.needs) if stays else after.needs,
        leaves=_but(before.needs, after.needs),
        opens=after.opens if change.verb in _OPENING else NOTHING.opens,
        closes=(after if is_switch else before).opens if change.verb is Verb.STOP else NOTHING.opens,
    )


def _but(claims: frozenset[Claim], others: frozenset[Claim]) -> frozenset[Claim]:
    """The claims without the others; the very same where there is nothing to leave out."""
    return claims - others if claims and others else claims


def _while_it_runs(entry: Entry | None, claims: Claims) -> Claims:
    """The claims of an entry; none of what has ended, which is recorded while a start may still arrive."""
    return NOTHING if entry is not None and entry.status.is_over else claims


def ordered(
    changes: Iterable[Change],
    moves: Mapping[Address, Moves],
    waits: Mapping[Address, frozenset[Address]] | None = None,
) -> Order:
    """The changes in an order that respects the rules as far as they can be; each has its `moves`.

    `waits` has what must come after others for another reason.
    """
    by_address = {change.address: change for change in changes}
    ranks = _ranks({address: moves[address] for address in sorted(by_address)})
    for later, earlier in (waits or {}).items():
        if later in by_address:
            ranks.update({(later, one): Rank.DOUBT for one in earlier & by_address.keys()})
    if not ranks:  # as of streams that have nothing to do with each other, of which there are thousands
        return Order(tuple(by_address[address] for address in sorted(by_address)), ())
    nodes: dict[Address, set[Address]] = {address: set() for address in sorted(by_address)}
    for later, one in ranks:
        nodes[later].add(one)
    sorter, given_up = _without_circles(nodes, ranks)
    changed = tuple(_after(by_address[address], nodes[address]) for address in _by_rounds(sorter))
    shared = tuple(pair for pair in given_up if ranks[pair] is not Rank.NEED)
    return Order(changed, shared, tuple(pair for pair in given_up if ranks[pair] is Rank.NEED))


def _after(change: Change, earlier: set[Address]) -> Change:
    return replace(change, after=tuple(sorted(earlier))) if earlier else change


def _without_circles(
    nodes: Nodes, ranks: Mapping[Pair, Rank]
) -> tuple[TopologicalSorter[Address], list[Pair]]:
    """(what sorts the nodes, the edges that were taken out until there was an order, as (later, earlier)).

    Each knot is untied by itself: a circle that is broken somewhere else does not have all looked at again.
    """
    given_up: list[Pair] = []
    open_ = [*knots(nodes)]
    while open_:
        knot = sorted(open_.pop())
        inside = {address: nodes[address] & {*knot} for address in knot}
        later, earlier = _weakest(inside, ranks)
        nodes[later].discard(earlier)
        inside[later].discard(earlier)
        given_up.append((later, earlier))
        open_ += knots(inside)
    sorter = TopologicalSorter(nodes)
    sorter.prepare()
    return sorter, sorted(given_up)


def _weakest(knot: Nodes, ranks: Mapping[Pair, Rank]) -> Pair:
    """The edge of a circle in a knot that is given up, as (later, earlier)."""
    try:
        # In order, so that the same circle is found for equal input.
        TopologicalSorter({address: sorted(knot[address]) for address in sorted(knot)}).prepare()
    except CycleError as error:
        circle: list[Address] = error.args[1]
        return min(((later, earlier) for earlier, later in pairwise(circle)), key=lambda it: (ranks[it], it))
    raise ValueError("there is no circle in it")


def _by_rounds(sorter: TopologicalSorter[Address]) -> list[Address]:
    result: list[Address] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        result.extend(ready)
        sorter.done(*ready)
    return result


def _ranks(moves: Mapping[Address, Moves]) -> dict[Pair, Rank]:
    """For each two of which one must come first the gravest reason why."""
    found: dict[Pair, Rank] = {}
    rules: tuple[tuple[Rank, _Part, _Part], ...] = (  # a later rule overrides an earlier one
        (Rank.NEED, lambda one: one.opens, lambda one: one.needs),
        (Rank.NEED, lambda one: one.leaves, lambda one: one.closes),
        (Rank.CLAIM, lambda one: one.releases, lambda one: one.takes),
        (Rank.DOUBT, lambda one: one.fences, lambda one: one.takes),
    )
    for rank, first, second in rules:
        giving: dict[Claim, set[Address]] = {}
        for address, one in moves.items():
            for claim in first(one):
                giving.setdefault(claim, set()).add(address)
        for address, one in moves.items():
            for claim in second(one) & giving.keys():
                found.update({(address, other): rank for other in giving[claim] - {address}})
    return found
