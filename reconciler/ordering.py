"""In which order changes are made: what must come first, as a graph; pure and stable.

Three rules, from what kinds say that a resource occupies, needs and opens:
what gives up a push address or a robot comes before what takes it; what opens a live stream, or
brings a user into a room, comes before what pushes to it, or shows that user; and what stops
needing such a thing comes before what takes it away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from reconciler.kinds import managed
from reconciler.kinds.base import CanStart
from reconciler.model import Address, Status, Verb
from reconciler.plan import Change

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


def ordered(changes: Iterable[Change], waits: Mapping[Address, frozenset[Address]] | None = None) -> Order:
    """The changes in an order that respects the rules as far as they can be.

    `waits` has what must come after others for another reason.
    """
    by_address = {change.address: change for change in changes}
    nodes = _edges(by_address.values())
    for later, earlier in (waits or {}).items():
        if later in nodes:
            nodes[later] |= earlier & nodes.keys()
    given_up = _without_circles(nodes)
    return Order(
        tuple(
            replace(by_address[address], after=tuple(sorted(nodes[address]))) for address in _by_rounds(nodes)
        ),
        tuple(given_up),
    )


def _without_circles(nodes: Nodes) -> list[tuple[Address, Address]]:
    """Takes edges out until there is an order; returns them as (later, earlier)."""
    given_up: list[tuple[Address, Address]] = []
    while True:
        try:
            TopologicalSorter(nodes).prepare()
            return given_up
        except CycleError as error:
            circle: list[Address] = error.args[1]
            later, earlier = min((later, earlier) for earlier, later in pairwise(circle))
            nodes[later].discard(earlier)
            given_up.append((later, earlier))


def _by_rounds(nodes: Nodes) -> list[Address]:
    sorter = TopologicalSorter(nodes)
    sorter.prepare()
    result: list[Address] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        result.extend(ready)
        sorter.done(*ready)
    return result


@dataclass(frozen=True, slots=True)
class _Claims:
    """What a change gives up, takes, needs open, stops needing, opens and closes."""

    releases: frozenset[str]
    takes: frozenset[str]
    needs: frozenset[str]
    leaves: frozenset[str]
    opens: frozenset[str]
    closes: frozenset[str]


def _claims(change: Change) -> _Claims:
    kind = managed(change.address)
    nothing: frozenset[str] = frozenset()
    old = change.before and kind.spec.model_validate(change.before.spec)
    new = change.entry and kind.spec.model_validate(change.entry.spec)
    held = kind.occupies(old) if old else nothing
    # What has been stopped is recorded for as long as a start of it may still arrive, and has nothing.
    idle = change.entry is not None and change.entry.status in (Status.STOPPED, Status.ENDED)
    holds = kind.occupies(new) if new and not idle else nothing
    needed = kind.needs(old) if old else nothing
    needs = kind.needs(new) if new else nothing
    stays = change.verb in (Verb.UPDATE, Verb.RESUME, Verb.PAUSE) and isinstance(kind, CanStart)
    is_switch = not isinstance(kind, CanStart)
    closed = kind.opens(new if is_switch else old) if (new if is_switch else old) else nothing
    return _Claims(
        releases=held - holds,
        takes=holds - held,
        needs=needs - needed if stays else needs,
        leaves=needed - needs,
        opens=kind.opens(new) if new and change.verb in _OPENING else nothing,
        closes=closed if change.verb is Verb.STOP else nothing,
    )


def taken_by(change: Change) -> frozenset[str]:
    """What a change comes to hold that only one resource can."""
    return _claims(change).takes


def _edges(changes: Iterable[Change]) -> dict[Address, set[Address]]:
    """For each change, those that must come first."""
    claims = {change.address: _claims(change) for change in sorted(changes, key=lambda c: c.address)}
    edges: dict[Address, set[Address]] = {address: set() for address in claims}
    for earlier_side, later_side in (("releases", "takes"), ("opens", "needs"), ("leaves", "closes")):
        giving: dict[str, set[Address]] = {}
        for address, claim in claims.items():
            for key in getattr(claim, earlier_side):
                giving.setdefault(key, set()).add(address)
        for address, claim in claims.items():
            for key in getattr(claim, later_side):
                edges[address] |= giving.get(key, set()) - {address}
    return edges
