"""Turns on a virtual clock, and with real threads: who waits for whom, and who may end the waiting."""

import time as real_time
from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from threading import Lock

import pytest

from reconciler.calls import Action
from reconciler.cloud.pace import YIELD_SHARE, MemorySlotStore, SlotPace
from reconciler.pacing.slots import COOLING, SPREAD, Limit, RateWindow, Ticket
from reconciler.pacing.store import SlotStore, account_of, limit_of

from .cases import RESUME, START, UPDATE, VirtualTime

DELETE = Action("live", "2018-08-01", "DropLiveStream", 100, regional=False)
GAP = 1 / (SPREAD * START.per_second)


def pace_on(time: VirtualTime, store: SlotStore | None = None) -> SlotPace:
    return SlotPace(store or MemorySlotStore(time.clock), "account", time.sleep)


def turn(pace: SlotPace, action: Action = START, region: str = "a") -> Ticket:
    """A call that is answered at once."""
    ticket = pace.take(action, region)
    assert ticket is not None
    pace.give_back(ticket, trip=0.0, throttled=False)
    return ticket


def slots_of(store: SlotStore, limit: Limit) -> RateWindow:
    return store.change(limit, lambda slots, now: (slots, slots))


def most_in_a_second(times: list[float]) -> int:
    return max(bisect_left(times, moment + 1) - index for index, moment in enumerate(times))


@pytest.mark.parametrize("action", [START, RESUME], ids=lambda action: str(action.name))
def test_never_above_the_limit_and_close_to_it(action: Action) -> None:
    pace = pace_on(VirtualTime())
    times = [turn(pace, action).departed for _ in range(1000)]
    assert most_in_a_second(times) <= action.per_second
    assert (len(times) - 1) / (times[-1] - times[0]) >= 0.94 * action.per_second


def test_no_burst_after_a_rest() -> None:
    time = VirtualTime()
    pace = pace_on(time)
    times = []
    for number in range(60):
        if number == 20:
            time.now += 3600
        times.append(turn(pace).departed)
    assert min(later - earlier for earlier, later in pairwise(times)) >= GAP * 0.999


def test_without_answers_there_are_no_more_turns_than_slots() -> None:
    time = VirtualTime()
    pace = pace_on(time)
    tickets = [pace.take(START, "a") for _ in range(20)]
    assert time.now < 1002 and all(tickets)
    last = pace.take(START, "a")
    assert last is not None and tickets[0] is not None
    assert last.departed == pytest.approx(tickets[0].until)


def test_each_action_and_region_has_its_own_slots() -> None:
    time = VirtualTime()
    pace = pace_on(time)
    for action, region in [(START, "a"), (START, "b"), (UPDATE, "a"), (RESUME, "a"), (DELETE, "a")]:
        turn(pace, action, region)
    assert time.naps == []
    turn(pace, START, "a")
    assert time.naps == [pytest.approx(GAP + YIELD_SHARE / 20)]


def test_an_action_without_regions_has_one_limit() -> None:
    assert limit_of("x", RESUME, "a") == limit_of("x", RESUME, "b")
    assert limit_of("x", START, "a") != limit_of("x", START, "b")


def test_an_account_is_told_apart_but_not_told() -> None:
    names = {account_of(*given) for given in [("AKID1", "e"), ("AKID2", "e"), ("AKID1", "f"), ("AKID", "1e")]}
    assert len(names) == 4
    limit = limit_of(account_of("AKIDcanary", "http://host"), START, "ap-guangzhou")
    assert not any(word in limit.key for word in ("AKID", "canary", "host", "Start", "guangzhou"))


def test_all_that_share_a_store_slow_down_together() -> None:
    time = VirtualTime()
    store = MemorySlotStore(time.clock)
    one, other = pace_on(time, store), pace_on(time, store)
    ticket = one.take(START, "a")
    assert ticket is not None
    one.give_back(ticket, trip=0.0, throttled=True)
    gaps = [
        later.departed - earlier.departed for earlier, later in pairwise([turn(other) for _ in range(20)])
    ]
    assert min(gaps) == pytest.approx(2 * GAP)
    turn(other, UPDATE)
    assert time.naps[-1] == pytest.approx(2 * GAP)


def test_who_had_the_last_slot_lets_others_go_first_once() -> None:
    time = VirtualTime()
    store = MemorySlotStore(time.clock)
    naps: list[float] = []
    one, other = (SlotPace(store, "account", naps.append, lambda: len(naps) >= 2) for _ in range(2))
    assert one.take(START, "a") is not None
    assert one.take(START, "a") is None
    assert naps == [pytest.approx(GAP + YIELD_SHARE / 20), pytest.approx(GAP)]
    naps.clear()
    assert other.take(START, "a") is None
    assert naps == [pytest.approx(GAP)] * 2


def test_waiting_ends_when_nothing_more_may_be_sent() -> None:
    time = VirtualTime()
    store = MemorySlotStore(time.clock)
    turn(pace_on(time, store))
    before = slots_of(store, limit_of("account", START, "a"))
    ends: list[float] = []
    pace = SlotPace(store, "account", ends.append, lambda: bool(ends))
    assert pace.take(START, "a") is None
    assert ends == [pytest.approx(GAP)]
    assert pace.take(START, "a") is None and pace.take(UPDATE, "a") is None
    assert len(ends) == 1
    assert slots_of(store, limit_of("account", START, "a")) == before


def test_threads_share_one_pace() -> None:
    time, lock = VirtualTime(), Lock()

    def sleep(seconds: float) -> None:
        with lock:
            time.sleep(seconds)

    pace = replace(pace_on(time), sleep=sleep)
    with ThreadPoolExecutor(8) as pool:
        times = sorted(ticket.departed for ticket in pool.map(lambda _: turn(pace), range(200)))
    assert most_in_a_second(times) <= START.per_second
    assert min(later - earlier for earlier, later in pairwise(times)) >= GAP / 2 * 0.999


def test_only_the_first_of_a_process_waits_for_a_slot_the_others_for_it() -> None:
    time, sleeping, most = VirtualTime(), 0, 0

    def sleep(seconds: float) -> None:
        nonlocal sleeping, most
        sleeping += 1
        most = max(most, sleeping)
        real_time.sleep(0.002)  # others may come in now, if they can
        time.sleep(seconds)
        sleeping -= 1

    pace = replace(pace_on(time), sleep=sleep)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: turn(pace), range(32)))
    assert most == 1


def test_steps_on_a_store_in_memory_are_taken_one_at_a_time() -> None:
    store, limit = MemorySlotStore(VirtualTime().clock), Limit("k", 1)

    def step(slots: RateWindow, now: float) -> tuple[RateWindow, None]:
        real_time.sleep(0.001)
        return replace(slots, held=(*slots.held, now)), None

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.change(limit, step), range(32)))
    assert len(slots_of(store, limit).held) == 32


def test_cooling_is_longer_than_the_servers_second() -> None:
    assert 1 < COOLING < 1.01
