"""Turns that a store gives out for a moment to come, and what becomes of them when the store fails."""

from dataclasses import dataclass, field

import pytest

from reconciler.calls import Action
from reconciler.cloud.pace import MemorySlotStore, SlotPace
from reconciler.cloud.reserved_pace import EARLY, ReservedPace
from reconciler.errors import StateError
from reconciler.pacing.slots import Limit, Ticket
from reconciler.pacing.store import Turn

from .cases import VirtualTime

START = Action("trtc", "2019-07-22", "StartPublishCdnStream", 20)


@dataclass
class Store:
    """Gives out what it is told to; None fails."""

    turns: list[float | str | None]
    given: list[tuple[float, float | None]] = field(default_factory=list)
    fails: bool = False

    def take(self, limit: Limit) -> Turn:
        turn = self.turns.pop(0)
        if turn is None:
            raise StateError("the database does not respond", "see to it")
        if isinstance(turn, str):
            return Turn(None, float(turn))
        return Turn(Ticket(limit, turn, turn + 60), turn)

    def give_back(self, ticket: Ticket, *, trip: float | None, throttled: bool) -> None:
        if self.fails:
            raise StateError("the database does not respond", "see to it")
        self.given.append((ticket.departed, trip))


def pace_over(
    store: Store, time: VirtualTime, stopped: list[bool] | None = None
) -> tuple[ReservedPace, list[str]]:
    told: list[str] = []
    stops = [False] if stopped is None else stopped
    alone = SlotPace(MemorySlotStore(time.clock), "account", time.sleep)
    return ReservedPace(store, "account", time.clock, time.sleep, lambda: stops[0], alone, told.append), told


def test_a_turn_begins_early_and_its_call_goes_out_at_its_moment() -> None:
    time = VirtualTime()
    began = time.clock()
    pace, told = pace_over(Store([0.75]), time)
    ticket = pace.take(START, "a")
    assert ticket is not None and time.clock() - began == pytest.approx(0.75 - EARLY)
    time.sleep(0.03)  # an intent is written
    pace.ready(ticket)
    assert abs(time.clock() - began - 0.75) < 1e-9
    pace.ready(ticket)
    assert abs(time.clock() - began - 0.75) < 1e-9 and not told


def test_an_intent_that_took_longer_delays_its_call_no_more() -> None:
    time = VirtualTime()
    began = time.clock()
    pace, _ = pace_over(Store([0.05]), time)
    ticket = pace.take(START, "a")
    assert ticket is not None and time.clock() == began
    time.sleep(0.2)
    pace.ready(ticket)
    assert time.clock() - began == pytest.approx(0.2)


def test_where_there_is_no_slot_it_is_asked_again() -> None:
    time = VirtualTime()
    pace, _ = pace_over(Store(["1.0", "0.5", 0.0]), time)
    began = time.clock()
    assert pace.take(START, "a") is not None and time.clock() - began == 1.5


def test_a_run_that_is_stopped_gives_its_slot_back_and_takes_none() -> None:
    time, stopped = VirtualTime(), [False]
    store = Store([0.5])
    pace, _ = pace_over(store, time, stopped)
    object.__setattr__(pace, "sleep", lambda seconds: stopped.__setitem__(0, True))
    pace.take(START, "a")
    assert store.given == [(0.5, None)]
    pace.take(START, "a")
    assert not store.turns, "another slot was asked for"


def test_from_the_first_failure_on_it_goes_on_alone_and_says_so_once() -> None:
    time, store = VirtualTime(), Store([0.0, None])
    pace, told = pace_over(store, time)
    early = pace.take(START, "a")
    later = [pace.take(START, "a") for _ in range(3)]
    assert early is not None and None not in later
    for ticket in (early, *later):
        assert ticket is not None
        pace.ready(ticket)
        pace.give_back(ticket, trip=0.1, throttled=False)
    assert len(told) == 1 and "the database does not respond" in told[0] and not store.given
    store = Store([0.0], fails=True)
    pace, told = pace_over(store, time)
    ticket = pace.take(START, "a")
    assert ticket is not None
    pace.give_back(ticket, trip=0.1, throttled=False)
    assert len(told) == 1
