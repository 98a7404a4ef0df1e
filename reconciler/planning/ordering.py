"""In which order changes are made: what must come first, as a graph; pure and stable.

Three rules, from what kinds say that a resource occupies, needs and opens:
what gives up a push address or a robot comes before what takes it; what opens a live stream, or
brings a user into a room, comes before what pushes to it, or shows that user; and what stops
needing such a thing comes before what takes it away.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from reconciler.kinds.records import NOTHING, Claims
from reconciler.model import Address, Claim, Verb
from reconciler.plan.model import Change
from reconciler.planning.circles import knots
from reconciler.state.model import Entry

_OPENING = (Verb.START, Verb.REPLACE, Verb.RESUME)

Nodes = Mapping[Address, set[Address]]
"""For each address, those that must come before it."""


@dataclass(frozen=True, slots=True)
class Order:
    """Changes in order, each with its `after`; and the pairs whose order was given up.

    Where things wait for each other in a circle (two streams that swap their push addresses),
    no order is right; one link of the circle is given up, always the same for equal input.
    """

    changes: tuple[Change, ...]
    given_up: tuple[tuple[Address, Address], ...]


@dataclass(frozen=True, slots=True)
class Moves:
    """What a change gives up, takes, needs open, stops needing, opens and closes."""

    releases: frozenset[Claim] = frozenset()
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
    return Moves(
        releases=(before.occupies | ends) - after.occupies,
        takes=after.occupies if begins else after.occupies - before.occupies,
        needs=after.needs - before.needs if stays else after.needs,
        leaves=before.needs - after.needs,
        opens=after.opens if change.verb in _OPENING else NOTHING.opens,
        closes=(after if is_switch else before).opens if change.verb is Verb.STOP else NOTHING.opens,
    )


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
    nodes = _edges({address: moves[address] for address in sorted(by_address)})
    for later, earlier in (waits or {}).items():
        if later in nodes:
            nodes[later] |= earlier & nodes.keys()
    sorter, given_up = _without_circles(nodes)
    return Order(
        tuple(_after(by_address[address], nodes[address]) for address in _by_rounds(sorter)), tuple(given_up)
    )


def _after(change: Change, earlier: set[Address]) -> Change:
    return replace(change, after=tuple(sorted(earlier))) if earlier else change


def _without_circles(nodes: Nodes) -> tuple[TopologicalSorter[Address], list[tuple[Address, Address]]]:
    """(what sorts the nodes, the edges that were taken out until there was an order, as (later, earlier)).

    Each knot is untied by itself: a circle that is broken somewhere else does not have all looked at again.
    """
    given_up: list[tuple[Address, Address]] = []
    open_ = [*knots(nodes)]
    while open_:
        knot = sorted(open_.pop())
        inside = {address: nodes[address] & {*knot} for address in knot}
        later, earlier = _weakest(inside)
        nodes[later].discard(earlier)
        inside[later].discard(earlier)
        given_up.append((later, earlier))
        open_ += knots(inside)
    sorter = TopologicalSorter(nodes)
    sorter.prepare()
    return sorter, sorted(given_up)


def _weakest(knot: Nodes) -> tuple[Address, Address]:
    """The edge of a circle in a knot that is given up, as (later, earlier)."""
    try:
        # In order, so that the same circle is found for equal input.
        TopologicalSorter({address: sorted(knot[address]) for address in sorted(knot)}).prepare()
    except CycleError as error:
        circle: list[Address] = error.args[1]
        return min((later, earlier) for earlier, later in pairwise(circle))
    raise ValueError("there is no circle in it")


def _by_rounds(sorter: TopologicalSorter[Address]) -> list[Address]:
    result: list[Address] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        result.extend(ready)
        sorter.done(*ready)
    return result


def _edges(moves: Mapping[Address, Moves]) -> dict[Address, set[Address]]:
    """For each change, those that must come first."""
    edges: dict[Address, set[Address]] = {address: set() for address in moves}
    pairs: tuple[tuple[Callable[[Moves], frozenset[Claim]], Callable[[Moves], frozenset[Claim]]], ...] = (
        (lambda one: one.releases, lambda one: one.takes),
        (lambda one: one.opens, lambda one: one.needs),
        (lambda one: one.leaves, lambda one: one.closes),
    )
    for first, second in pairs:
        giving: dict[Claim, set[Address]] = {}
        for address, one in moves.items():
            for claim in first(one):
                giving.setdefault(claim, set()).add(address)
        for address, one in moves.items():
            for claim in second(one):
                edges[address] |= giving.get(claim, set()) - {address}
    return edges
