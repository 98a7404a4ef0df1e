"""Starts under IDs of the caller's own: sent again, they make no second task, and need no end before them."""

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.calls import Action, Call
from reconciler.model import Effect, Impact, Status, Verb

from .host import Denied, Host
from .valve import CLOSE, SET, VALVE, Valves, ValveSpec

FEW, MANY = ValveSpec(flow=1), ValveSpec(flow=9)
OFF = ValveSpec(state="stopped")
LATE = 400.0


@pytest.fixture
def valves() -> Valves:
    return Valves()


@pytest.fixture
def host(valves: Valves) -> Host:
    return Host(VALVE, valves.serve)


def started(host: Host) -> Host:
    host.apply(FEW)
    assert host.entry.status is Status.RUNNING and host.entry.task_id is None
    return host


STARTS = Action("s", "v", "Start", 1, effect=Effect.START)
TOKEN = Action("s", "v", "Start", 1, effect=Effect.START, token="Token")


@pytest.mark.parametrize(
    ("call", "repeatable", "tells_id"),
    [
        (Call(STARTS, "", {}), False, True),
        (Call(TOKEN, "", {"Token": "t"}), True, True),
        (Call(TOKEN, "", {}), False, True),
        (Call(SET, "", {"ValveId": "v"}), True, False),
        (Call(CLOSE, "", {"ValveId": "v"}), False, False),
    ],
)
def test_what_tells_an_id_may_be_repeated_where_it_carries_one_of_ours(
    call: Call, repeatable: bool, tells_id: bool
) -> None:
    assert (call.repeatable, call.action.tells_id) == (repeatable, tells_id)


@pytest.mark.parametrize("fate", ["lost", "late"])
def test_an_unanswered_start_is_sent_again_and_nothing_is_ended_for_it(
    host: Host, valves: Valves, fate: str
) -> None:
    host.fates = [fate]
    host.apply(FEW)
    assert host.entry.status is Status.UNCERTAIN
    (change,) = host.plan(FEW).changes
    assert (change.verb, change.impact) == (Verb.START, Impact.START)
    assert change.reason.endswith("which this start would update")
    host.apply(FEW)
    assert host.actions() == [SET.name] and valves.open == {"v": 1}
    host.arrive()
    host.now += LATE
    host.apply(FEW)
    assert host.plan(FEW).changes == () and valves.open == {"v": 1}


def test_a_start_that_arrives_late_with_other_words_is_said_again_once_it_is_over(
    host: Host, valves: Valves
) -> None:
    host.fates = ["late"]
    host.apply(FEW)
    host.apply(MANY)
    host.arrive()
    assert valves.open == {"v": 1} and host.plan(MANY).changes == ()
    host.now += LATE
    host.apply(MANY)
    assert host.actions() == [SET.name] and valves.open == {"v": 9}
    assert host.plan(MANY).changes == () and host.entry.late_calls == ()


@pytest.mark.parametrize("fate", ["lost", "late"])
def test_an_unanswered_update_leaves_it_running_with_either_spec(
    host: Host, valves: Valves, fate: str
) -> None:
    started(host).fates = [fate]
    host.apply(MANY)
    assert host.entry.status is Status.RUNNING and host.entry.attempted == (MANY.to_json(),)
    (change,) = host.plan(FEW).changes
    assert (change.verb, change.impact) == (Verb.UPDATE, Impact.NONE)
    host.apply(FEW)
    host.arrive()
    host.now += LATE
    host.apply(FEW)
    assert valves.open == {"v": 1} and host.plan(FEW).changes == ()


def test_what_a_dead_run_sent_is_known_from_its_journal(host: Host, valves: Valves) -> None:
    started(host).died(MANY)
    assert host.entry.status is Status.RUNNING and host.entry.attempted == (MANY.to_json(),)
    host.apply(MANY)
    assert valves.open == {"v": 9}


def test_another_id_ends_the_first(host: Host, valves: Valves) -> None:
    started(host).apply(ValveSpec(valve="w"))
    assert host.actions() == [CLOSE.name, SET.name] and valves.open == {"w": 1}
    host.apply(OFF)
    assert valves.open == {} and host.entries == {}


def test_another_id_in_doubt_ends_the_first(host: Host, valves: Valves) -> None:
    host.fates = ["lost"]
    host.apply(FEW)
    host.apply(ValveSpec(valve="w"))
    assert host.actions() == [CLOSE.name, SET.name] and valves.open == {"w": 1}


def test_what_another_has_taken_is_told_in_the_words_of_the_kind(host: Host, valves: Valves) -> None:
    def taken(action: str, body: Mapping[str, Any], now: float) -> dict[str, Any]:
        raise Denied("InvalidParameter.Taken")

    host.serve = taken
    (result,) = host.apply(FEW)
    assert result.error is not None and result.error.hint == "give the pipe another valve"
    assert host.actions() == [SET.name] and host.entries == {}


def test_a_lost_stop_is_sent_again(host: Host, valves: Valves) -> None:
    started(host).fates = ["lost"]
    host.apply(None)
    assert host.entry.status is Status.UNCERTAIN
    host.apply(None)
    assert host.actions() == [CLOSE.name] and valves.open == {}
    host.now += LATE
    host.apply(None)
    assert host.entries == {}
