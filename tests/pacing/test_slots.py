"""What the slots allow: case tables, and callers with any delays against a server that counts."""

import random
from collections import Counter
from itertools import pairwise
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cloud.client import TIMEOUT
from reconciler.cloud.pace import MemorySlotStore
from reconciler.pacing.slots import (
    COOLING,
    HOLD,
    LEAST,
    MAKE_UP,
    SLACK,
    SPREAD,
    STEP,
    Limit,
    RateWindow,
    Ticket,
    Trips,
    afresh,
    give_back,
    plausible,
    share,
    take,
)

from ..cloud.network import NEVER, Network, Way, per_second
from ..support import one_in

NOW = 1000.0
TWO = Limit("two", 2)
TWENTY = Limit("twenty", 20)
GAP = 1 / (SPREAD * 2)


@pytest.mark.parametrize(
    ("slots", "wait"),
    [
        (RateWindow(), 0),
        (RateWindow((NOW + 5,)), 0),
        (RateWindow((NOW + 0.5, NOW + 0.2)), 0.2),
        (RateWindow((NOW + 50, NOW + 60)), COOLING),
        (RateWindow((NOW + 0.5, NOW + 0.2, NOW + 0.4)), 0.4),
        (RateWindow((NOW - 1, NOW, NOW + 9)), 0),
        (RateWindow(turn=NOW), GAP),
        (RateWindow(turn=NOW - 0.5), GAP - 0.5),
        (RateWindow(turn=NOW - GAP), 0),
        (RateWindow((NOW + 0.2, NOW + 0.9), NOW), GAP),
        (RateWindow((NOW + 0.7, NOW + 0.9), NOW), 0.7),
        (RateWindow((NOW + 0.3,), low=0.5, lowered=NOW), 0.3),
        (RateWindow((), NOW, 0.5, NOW), 2 * GAP),
    ],
    ids=str,
)
def test_when_a_slot_can_be_had(slots: RateWindow, wait: float) -> None:
    after, turn = take(slots, TWO, NOW)
    if wait:
        assert turn == pytest.approx(wait) and sorted(after.held) == sorted(u for u in slots.held if u > NOW)
        return
    assert turn == Ticket(TWO, NOW, NOW + HOLD)
    assert after.held == (*(until for until in slots.held if until > NOW), NOW + HOLD)


@pytest.mark.parametrize(
    ("held", "late", "next_gap"),
    [
        ((NOW + 9,), 0.0, GAP),
        ((NOW + 9,), 0.1, GAP - 0.1),
        ((NOW + 9,), GAP / 2, GAP / 2),
        ((NOW + 9,), 9.0, GAP / 2),
        ((), 0.1, GAP),
        ((NOW - 1,), 9.0, GAP),
    ],
)
def test_a_late_departure_is_made_up_for_in_part(
    held: tuple[float, ...], late: float, next_gap: float
) -> None:
    three = Limit("three", 3)
    spacing = GAP * 2 / 3
    after, ticket = take(RateWindow(held, NOW - spacing - late * 2 / 3), three, NOW)
    assert isinstance(ticket, Ticket)
    assert take(after, three, NOW)[1] == pytest.approx(next_gap * 2 / 3)


FIRST = Ticket(TWO, NOW - 3, NOW + 57)
ONE = Trips(1, 3.0, 3.0, NOW)


@pytest.mark.parametrize(
    ("before", "throttled", "after"),
    [
        (RateWindow((NOW + 57, NOW + 58)), False, RateWindow((NOW + 58, NOW + COOLING), trips=ONE)),
        (RateWindow((NOW + 58,)), False, RateWindow((NOW + 58, NOW + COOLING), trips=ONE)),
        (RateWindow((NOW + 57,)), True, RateWindow((NOW + COOLING,), low=0.5, lowered=NOW)),
        (RateWindow((), -inf, 0.5, NOW - 4.1), True, RateWindow((NOW + COOLING,), -inf, 0.26, NOW)),
        (RateWindow((), -inf, 0.5, NOW - 3.5), True, RateWindow((NOW + COOLING,), -inf, 0.5, NOW - 3.5)),
        (RateWindow((), -inf, 0.5, NOW - 1), True, RateWindow((NOW + COOLING,), -inf, 0.5, NOW - 1)),
        (RateWindow((), -inf, LEAST, NOW - 5), True, RateWindow((NOW + COOLING,), -inf, LEAST, NOW)),
    ],
    ids=["held", "forgotten", "refused", "refused again", "in flight then", "sent before", "lowest"],
)
def test_a_call_that_has_ended(before: RateWindow, throttled: bool, after: RateWindow) -> None:
    assert give_back(before, FIRST, NOW, trip=3.0, throttled=throttled) == after


def learnt(*seconds: float, every: float = 0.1) -> Trips:
    trips = Trips()
    for number, one in enumerate(seconds):
        trips = trips.with_one(one, NOW + every * number)
    return trips


@pytest.mark.parametrize(
    ("trips", "least"),
    [
        (learnt(), 0.0),
        (learnt(*[0.4] * 19), 0.0),
        (learnt(*[0.4] * 20), 0.4 - SLACK),
        (learnt(*[0.4] * 19, 0.2), 2 * 0.2 - 0.39 - SLACK),
        (learnt(*[0.4, 0.5] * 10), 0.35 - SLACK),
        (learnt(*[0.02, 0.1] * 10), 0.0),
        (learnt(*[0.4] * 30, every=3), 0.4 - SLACK),
        (learnt(*[0.4] * 30, 0.1, every=3), 0.1),
        (learnt(*[0.1] * 21, *[0.4] * 15, every=3), 0.1 - SLACK),
        (learnt(*[0.1] * 21, *[0.4] * 22, every=3), 0.4 - SLACK),
    ],
    ids=[
        "nothing",
        "too few",
        "enough",
        "a quick one",
        "jitter",
        "more jitter than way",
        "a new period",
        "quicker in a new period",
        "slower for one period",
        "slower for two",
    ],
)
def test_what_a_round_trip_takes_at_least(trips: Trips, least: float) -> None:
    assert trips.least() == pytest.approx(least)


def test_what_is_known_of_round_trips_shortens_the_cooling_of_those_that_were_answered() -> None:
    slots = RateWindow(turn=NOW - 1, trips=learnt(*[0.4] * 20))
    ticket = Ticket(TWO, NOW + 4.6, NOW + 64.6)
    held = {trip: give_back(slots, ticket, NOW + 5, trip=trip, throttled=False).held for trip in (0.4, None)}
    assert held == {
        0.4: (pytest.approx(NOW + 5 + COOLING - 0.4 + SLACK),),
        None: (NOW + 5 + COOLING,),
    }
    after = give_back(slots, ticket, NOW + 5, trip=0.4, throttled=True)
    assert (after.held, after.trips) == ((NOW + 5 + COOLING,), Trips())
    rested, _ = take(slots, TWO, NOW + 60)
    assert rested.trips == Trips()


@pytest.mark.parametrize(
    ("low", "seconds", "wanted"),
    [
        (1.0, 0, 1),
        (0.5, 0, 0.5),
        (0.5, 2.9, 0.5),
        (0.5, 3, 0.52),
        (0.5, 74.9, 0.98),
        (0.5, 75, 1),
        (0.5, 1e9, 1),
    ],
)
def test_the_share_comes_back_in_steps(low: float, seconds: float, wanted: float) -> None:
    assert share(RateWindow((), NOW, low, NOW), NOW + seconds) == pytest.approx(wanted)


def test_afresh_is_as_if_all_had_just_been_used() -> None:
    slots = afresh(TWENTY, NOW)
    assert plausible(slots, NOW)
    assert take(slots, TWENTY, NOW)[1] == pytest.approx(COOLING)
    assert take(slots, TWENTY, NOW + COOLING)[1] == Ticket(TWENTY, NOW + COOLING, NOW + COOLING + HOLD)
    assert share(slots, NOW) == 0.5


@pytest.mark.parametrize(
    ("slots", "wanted"),
    [
        (RateWindow(), True),
        (RateWindow((NOW - 9, NOW + HOLD), NOW, 0.5, NOW), True),
        (RateWindow((NOW + HOLD + 0.001,)), False),
        (RateWindow((inf,)), False),
        (RateWindow((nan,)), False),
        (RateWindow(turn=NOW + 0.001), False),
        (RateWindow(turn=nan), False),
        (RateWindow(low=0.5, lowered=NOW + 0.001), False),
        (RateWindow(low=0.0, lowered=NOW), False),
        (RateWindow(low=1.5, lowered=NOW), False),
        (RateWindow(low=nan, lowered=NOW), False),
    ],
    ids=str,
)
def test_what_can_be_slots_of_this_clock(slots: RateWindow, wanted: bool) -> None:
    assert plausible(slots, NOW) is wanted


def test_no_call_lives_as_long_as_its_slot_is_held() -> None:
    assert 3 * sum(TIMEOUT) <= HOLD


# Whatever the network does, the server never counts too many.

seconds = st.one_of(st.just(0.0), st.floats(0, 0.2), st.floats(0, 1.5), st.floats(0, 30))
ways = st.tuples(seconds, st.one_of(seconds, st.just(NEVER)))


@pytest.mark.slow
@given(
    limit=st.sampled_from([Limit("k", number) for number in (1, 2, 5, 20)]),
    given_ways=st.lists(ways, min_size=1, max_size=30),
    threads=st.integers(1, 12),
    phase=st.floats(0, 1),
)
def test_no_delay_makes_the_server_count_too_many(
    limit: Limit, given_ways: list[Way], threads: int, phase: float
) -> None:
    """As long as nothing is learnt of round trips, and so nothing of the second saved."""
    network, chance = Network(limit, phase, learns=False), random.Random(7)
    store = MemorySlotStore(network.clock)
    for _ in range(threads):
        network.thread(store, lambda: chance.choice(given_ways), 12)
    network.run()
    assert network.refused == []
    assert len(network.arrivals) == 12 * threads
    moments = [moment for moment, _ in network.departures]
    least = (1 - MAKE_UP) / (SPREAD * limit.per_second)
    assert all(later - earlier >= least * 0.999 for earlier, later in pairwise(moments))


slower = st.tuples(seconds, st.one_of(seconds, st.just(NEVER)))


@pytest.mark.slow
@given(
    limit=st.sampled_from([Limit("k", number) for number in (1, 2, 5, 20)]),
    quickest=st.tuples(st.floats(0, 2), st.floats(0, 2)),
    more=st.lists(slower, min_size=1, max_size=10),
    threads=st.integers(1, 12),
    phase=st.floats(0, 1),
)
def test_nor_does_any_jitter_of_a_way_that_has_a_shortest(
    limit: Limit, quickest: Way, more: list[Way], threads: int, phase: float
) -> None:
    """Every third call is as quick as any; the others are later by whatever they are."""
    network, chance = Network(limit, phase), random.Random(7)
    store = MemorySlotStore(network.clock)

    def way() -> Way:
        there, back = chance.choice(more) if chance.random() < 2 / 3 else (0.0, 0.0)
        return quickest[0] + there, quickest[1] + back

    for _ in range(threads):
        network.thread(store, way, 12)
    network.run()
    assert network.refused == []


@pytest.mark.slow
def test_journals_of_different_speed_share_a_limit() -> None:
    """One process alone has written to a slow journal before each call, when one with a quick one comes."""
    network = Network(TWENTY)
    store = MemorySlotStore(network.clock)
    for _ in range(12):
        network.thread(store, lambda: (0.04, 0.04), 150, 0, lambda: 0.06)

    def others_come() -> None:
        for _ in range(12):
            network.thread(store, lambda: (0.04, 0.04), 50, 1)

    network.at(NOW + 20, others_come)
    network.run()
    assert network.refused == []
    assert per_second(network.arrivals) >= 17.5


@pytest.mark.slow
def test_a_way_that_becomes_much_shorter_shows_the_server_one_second_too_full() -> None:
    network = Network(TWENTY)
    store = MemorySlotStore(network.clock)
    for _ in range(16):
        network.thread(store, lambda: (0.2, 0.2) if network.now < NOW + 30 else (0.01, 0.01), 200)
    network.run()
    assert len(network.refused) <= 4
    assert all(NOW + 30 < moment < NOW + 32 for moment, _ in network.refused)


@pytest.mark.slow
@pytest.mark.parametrize("phase", one_in(3, [0.37, 0.0, 0.999]))
def test_four_processes_with_jitter_reach_the_goal(phase: float) -> None:
    network, chance = Network(TWENTY, phase), random.Random(1)
    store = MemorySlotStore(network.clock)
    for process in range(4):
        for _ in range(4):
            network.thread(store, lambda: (chance.uniform(0, 0.1), chance.uniform(0, 0.1)), 250, process)
    network.run()
    assert (len(network.arrivals), network.refused) == (4000, [])
    assert per_second(network.arrivals) >= 17.5
    halfway = Counter(process for _, process in network.departures[:2000])
    assert min(halfway.values()) >= 450


@pytest.mark.parametrize(("way", "wanted"), [(0.0, 18.9), (0.04, 18.8), (0.2, 18.6), (0.4, 18.2)])
def test_a_long_way_costs_next_to_nothing(way: float, wanted: float) -> None:
    network = Network(TWENTY)
    store = MemorySlotStore(network.clock)
    for _ in range(16):
        network.thread(store, lambda: (way, way), 100)
    network.run()
    assert wanted <= per_second(network.arrivals) <= 19.1


@pytest.mark.parametrize(("way", "jitter", "wanted"), [(0.04, 0.05, 18.4), (0.2, 0.05, 18.0)])
def test_jitter_on_a_long_way_costs_what_it_is(way: float, jitter: float, wanted: float) -> None:
    network, chance = Network(TWENTY), random.Random(1)
    store = MemorySlotStore(network.clock)
    for _ in range(16):
        network.thread(store, lambda: (way + chance.uniform(0, jitter), way), 100)
    network.run()
    assert network.refused == []
    assert per_second(network.arrivals) >= wanted


# Strangers on the same account.


@pytest.mark.slow
def test_all_slow_down_beside_strangers_and_come_back() -> None:
    network, chance = Network(TWENTY), random.Random(1)
    store = MemorySlotStore(network.clock)
    for process in range(4):
        for _ in range(4):
            network.thread(store, lambda: (chance.uniform(0, 0.1), chance.uniform(0, 0.1)), 10**6, process)
    network.stranger([NOW + 10 + number / 10 for number in range(600)])
    network.run(NOW + 230)
    beside = [moment for moment in network.arrivals if NOW + 10 <= moment < NOW + 70]
    assert network.refused and len(network.refused) <= 0.02 * len(beside)
    assert network.strangers_refused <= 0.02 * 600
    assert len(beside) / 60 >= 5
    first = network.refused[0][0]
    after = [(at, process) for at, process in network.departures if first + 0.2 <= at < first + 4.2]
    assert len(after) <= 4 * 11 and {process for _, process in after} == {0, 1, 2, 3}
    again = [moment for moment in network.arrivals if moment >= NOW + 180]
    assert len(again) / 50 >= 17.5


def test_strangers_that_take_everything_leave_the_lowest_share() -> None:
    network = Network(TWENTY)
    network.stranger([NOW + number / 50 for number in range(50 * 60)])
    network.thread(MemorySlotStore(network.clock), lambda: (0.02, 0.02), 10**6)
    network.run(NOW + 60)
    last = [moment for moment, _ in network.departures if moment >= NOW + 30]
    assert len(last) / 30 <= SPREAD * 20 * (LEAST + 2 * STEP)


def test_processes_that_cannot_share_are_refused_rarely() -> None:
    network, chance = Network(TWENTY), random.Random(1)
    for process in range(4):
        store = MemorySlotStore(network.clock)
        for _ in range(4):
            network.thread(store, lambda: (chance.uniform(0, 0.1), chance.uniform(0, 0.1)), 250, process)
    network.run()
    assert 0 < len(network.refused) <= 0.02 * len(network.arrivals)
    assert per_second(network.arrivals) >= 15
