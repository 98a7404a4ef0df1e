"""What is promised of outages and of what runs out, each as a check; on no network."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from reconciler.applying.results import NOT_BEGUN, Result
from reconciler.applying.scheduler import apply_plan
from reconciler.applying.step_execution import StepExecution
from reconciler.applying.tools import Tools
from reconciler.calls import Before, Call, nothing_before
from reconciler.cli.workers import FOR_THE_END, Reserve, Workers
from reconciler.cloud.breaker import Asker, Breaker
from reconciler.cloud.circuit import FEW, Circuit
from reconciler.errors import ExhaustedError, Outage, OutcomeUnknown

from ..cloud.cases import START, call
from ..cloud.test_breaker import Endpoints, starts
from ..cloud.test_retry import Script
from ..fake_host import AFTER, FIRST, SIDE, FakeHost, everything_is_known, settled

OUTAGE = Outage("not begun: the cloud is away", code="outage")


def few_in_doubt() -> None:
    """Sixty starts at an endpoint that is dead: no more are sent than are few."""
    world = Endpoints()
    assert starts(world.caller(1.0), 60).count("OutcomeUnknown") == len(world.sent) == FEW


def in_flight_is_waited_for() -> None:
    """The circuit opens while a call is under way, and then its answer comes: that is what counts."""
    world = Endpoints()
    caller = world.caller()
    gate = caller.gate
    assert isinstance(gate, Breaker)
    sent: list[Call] = []

    def answered_late(what: Call, body: dict[str, Any], moment: float | None) -> dict[str, Any]:
        sent.append(what)
        gate._circuits["trtc.example"] = Circuit(failures=FEW, epoch=1, opened=world.time.now)
        return {"RequestId": "r", "TaskId": "t-1"}

    with patch.object(world, "send", answered_late):
        assert caller.call(call(START), {})["TaskId"] == "t-1"
    assert len(sent) == 1
    assert starts(caller, 1) == ["OutcomeUnknown"]  # begun at once, as the answer has closed the circuit


def garbage_is_no_answer() -> None:
    """A gateway that answers by itself does not say that the API is back."""
    for lost in (OutcomeUnknown("502", code="http-502"), OutcomeUnknown("page", code="unreadable")):
        sender = Endpoints()
        with patch.object(sender, "send", side_effect=lost):
            assert not Asker(lambda asked: asked, sender, Script(), float)(call())


def nothing_is_recorded_of_what_was_not_begun() -> None:
    """Neither in the state nor in the plan that follows: an outage from the first call to the last."""
    host = FIRST.copy()
    before = host.state().entries
    with patch.object(FakeHost, "send", side_effect=OUTAGE):
        results = host.results(AFTER)
    assert set(results.values()) == {Result.SKIPPED}
    assert host.state().entries == before
    host.apply(AFTER)
    settled(host)


def half_a_replace_is_told_as_failed() -> None:
    """Its stop is done, its start is not begun: that is no change that was not begun."""
    host = FIRST.copy()
    send = FakeHost.send

    def away(self: FakeHost, what: Call, body: dict[str, Any], before: Before) -> dict[str, Any]:
        if what.action.tells_id:
            raise OUTAGE
        return send(self, what, body, before)

    with patch.object(FakeHost, "send", away):
        endings = {ending.change.address: ending for ending in host.apply(AFTER)}
    assert endings[SIDE].result is Result.FAILED and isinstance(endings[SIDE].error, Outage)
    everything_is_known(host)
    host.apply(AFTER)
    settled(host)


def names_are_given_back() -> None:
    """What a change was about to end of another is as it was if that change was not begun."""
    host = FIRST.copy()
    entries = host.state().entries
    plan = host.plan(AFTER)
    (start,) = (one for one in plan.changes if one.verb == "start" and not one.after)
    taking = replace(start, takes_over=(SIDE,))
    written: list[Any] = []

    def away(what: Call, body: dict[str, Any], before: Before = nothing_before) -> dict[str, Any]:
        raise OUTAGE

    tools: Tools = replace(host.tools(written.append), send=away)
    after, (ending,) = apply_plan(replace(plan, changes=(taking,)), entries, tools)
    assert ending.result in NOT_BEGUN
    assert after == entries
    assert written[-1].entry == entries[SIDE]


def missing_threads_are_told() -> None:
    """With none there is no run; with fewer there is one, and it is said."""
    for left in (0, 2):
        start, started = threading.Thread.start, list[threading.Thread]()

        def limited(
            thread: threading.Thread,
            start: Callable[[threading.Thread], None] = start,
            started: list[threading.Thread] = started,
            left: int = left,
        ) -> None:
            if len(started) == left:
                raise RuntimeError("can't start new thread")
            started.append(thread)
            start(thread)

        with patch.object(threading.Thread, "start", limited):
            try:
                workers = Workers(5)
            except ExhaustedError:
                assert left == 0
                continue
        with workers:
            assert left == workers.count == 2 and workers.refusal is not None
            assert [workers.submit(pow, 2, n).result(10) for n in range(4)] == [1, 2, 4, 8]


def a_task_id_that_was_told_is_kept() -> None:
    """The answer is there, and the memory ends while it is to be written down."""
    host = FIRST.copy()
    real, failed = StepExecution.recorded, list[int]()

    def failing(execution: Any, *given: Any) -> Any:
        if execution.task_ids and not failed:
            failed.append(1)
            raise MemoryError
        return real(execution, *given)

    with patch.object(StepExecution, "recorded", failing):
        host.apply(AFTER)
    assert failed
    everything_is_known(host)
    recorded = {entry.task_id for entry in host.state().entries.values()}
    assert host.cloud.task_ids() <= recorded


def what_is_kept_is_given_back() -> None:
    """Descriptors that the end of a run needs are there when everything else has been used up."""
    with Reserve(1, 0) as reserve:
        assert len(reserve._kept) == FOR_THE_END
        reserve.release()
        assert reserve._kept == []


CHECKS = (
    few_in_doubt,
    in_flight_is_waited_for,
    garbage_is_no_answer,
    nothing_is_recorded_of_what_was_not_begun,
    half_a_replace_is_told_as_failed,
    names_are_given_back,
    missing_threads_are_told,
    a_task_id_that_was_told_is_kept,
    what_is_kept_is_given_back,
)
