"""Knots: what waits for each other in circles, and what of that is given up."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.claims import Claim, ClaimKind
from reconciler.model import Address, Impact, Verb
from reconciler.plan.model import Change
from reconciler.planning.circles import knots
from reconciler.planning.ordering import Moves, ordered

from ..support import examples

GRAPHS = st.integers(1, 9).flatmap(
    lambda count: st.fixed_dictionaries(
        {node: st.sets(st.integers(0, count - 1).filter(node.__ne__), max_size=3) for node in range(count)}
    )
)


def reached(graph: dict[int, set[int]], start: int) -> set[int]:
    """All that must come before a node, one way or another."""
    found, open_ = set[int](), [start]
    while open_:
        new = graph[open_.pop()] - found
        found |= new
        open_ += new
    return found


@examples(500)
@given(GRAPHS)
def test_a_knot_is_all_that_can_be_reached_from_each_other(graph: dict[int, set[int]]) -> None:
    below = {node: reached(graph, node) for node in graph}
    wanted = {
        frozenset(other for other in graph if other in below[node] and node in below[other])
        for node in graph
        if node in below[node]
    }
    assert {frozenset(knot) for knot in knots(graph)} == wanted
    assert sum(map(len, knots(graph))) == len(frozenset[int]().union(*wanted))


def test_a_circle_of_any_length_is_no_depth_of_calls() -> None:
    count = 50_000
    [knot] = knots({node: {(node + 1) % count} for node in range(count)})
    assert len(knot) == count


def address(number: int) -> Address:
    return Address("MixStream", f"s{number:04}")


def push(number: int) -> Claim:
    return Claim(ClaimKind.PUSH, f"push.example.com/live/{number}")


def changed(number: int) -> Change:
    return Change(address(number), Verb.UPDATE, Impact.NONE, visible=False, reason="")


@examples(300)
@given(GRAPHS)
def test_there_is_always_an_order_and_only_links_of_circles_are_given_up(graph: dict[int, set[int]]) -> None:
    """Each node takes something of its own from each of those that must come before it."""
    releases = {one: {later * 100 + one for later in graph if one in graph[later]} for one in graph}
    takes = {one: {one * 100 + earlier for earlier in graph[one]} for one in graph}
    moves = {
        address(one): Moves(
            releases=frozenset(map(push, releases[one])), takes=frozenset(map(push, takes[one]))
        )
        for one in graph
    }
    changes = [changed(one) for one in graph]
    found = ordered(changes, moves)
    assert found == ordered(reversed(changes), dict(reversed(moves.items())))
    place = {change.address: number for number, change in enumerate(found.changes)}
    for change in found.changes:
        assert all(place[earlier] < place[change.address] for earlier in change.after)
    numbers = {address(one): one for one in graph}
    kept = {numbers[change.address]: {numbers[one] for one in change.after} for change in found.changes}
    given_up = {(numbers[later], numbers[earlier]) for later, earlier in found.given_up}
    assert {(later, one) for later in graph for one in graph[later] - kept[later]} == given_up
    for later, earlier in given_up:
        assert later in reached(graph, earlier)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 1)])
@pytest.mark.parametrize("shows", ["needs", "closes"])
def test_of_a_circle_goes_first_what_is_only_needed(one: int, other: int, shows: str) -> None:
    """The one gives up what the other takes, and shows what the other brings, or takes away."""
    room, robot = Claim(ClaimKind.ROOM, "1"), Claim(ClaimKind.ROBOT, "1/robot")
    brought = Moves(takes=frozenset({robot}), opens=frozenset({room}), leaves=frozenset({room}))
    moves = {
        address(one): replace(Moves(releases=frozenset({robot})), **{shows: frozenset({room})}),
        address(other): brought,
    }
    found = ordered([changed(1), changed(2)], moves)
    assert [change.address for change in found.changes] == [address(one), address(other)]
    assert (found.given_up, found.unready) == ((), ((address(one), address(other)),))


@pytest.mark.parametrize("doubtful", [1, 2])
def test_of_two_that_swap_what_is_in_doubt_goes_first(doubtful: int) -> None:
    robots = {number: frozenset({Claim(ClaimKind.ROBOT, f"1/{number}")}) for number in (1, 2)}
    moves = {
        address(number): Moves(
            releases=robots[number],
            fences=robots[number] if number == doubtful else frozenset(),
            takes=robots[3 - number],
        )
        for number in (1, 2)
    }
    found = ordered([changed(1), changed(2)], moves)
    assert [change.address for change in found.changes] == [address(doubtful), address(3 - doubtful)]
    assert found.given_up == ((address(doubtful), address(3 - doubtful)),)
