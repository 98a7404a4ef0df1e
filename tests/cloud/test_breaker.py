"""Waiting at a breaker, on a virtual clock: who asks, what counts as an answer, and how the waiting ends."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from reconciler.calls import Call
from reconciler.cloud.breaker import NAP, Asker, Breaker
from reconciler.cloud.circuit import FEW, Permit
from reconciler.cloud.retry import Caller, Policy, Timing
from reconciler.errors import (
    CloudError,
    CredentialsRefused,
    ExhaustedError,
    NotSent,
    Outage,
    OutcomeUnknown,
    Refused,
    SecretError,
)
from reconciler.kinds import actions, question

from .cases import RESUME, START, UPDATE, VirtualTime, call
from .test_retry import Script

OK: dict[str, Any] = {"RequestId": "r-1"}
LOST = OutcomeUnknown("no answer", code="no-answer")


class Endpoints:
    """A sender that answers by service, and a question that is answered from a moment on."""

    def __init__(self, back_at: float = 1e9, dead: tuple[str, ...] = ("trtc",)) -> None:
        self.time = VirtualTime()
        self.back_at = back_at
        self.dead = dead
        self.sent: list[str] = []
        self.asked: list[float] = []
        self.said: list[str] = []
        self.stop_at = 1e9
        self.failure: CloudError = LOST

    def send(self, call: Call, body: dict[str, Any], moment: float | None = None) -> dict[str, Any]:
        self.sent.append(call.action.service)
        if call.action.service in self.dead and self.time.now < self.back_at:
            raise self.failure
        return OK

    def ask(self, call: Call) -> bool:
        assert call.action.service in self.dead
        self.asked.append(self.time.now)
        return self.time.now >= self.back_at

    def caller(self, patience: float = 60.0) -> Caller:
        timing = Timing(self.time.clock, self.time.sleep, Random(1).uniform)
        breaker = Breaker(
            host=lambda service: f"{service}.example",
            ask=self.ask,
            timing=timing,
            patience=patience,
            stopped=lambda: self.time.now >= self.stop_at,
            wall=lambda: 43384.0,
            say=self.said.append,
        )
        return Caller(self, Script(OK), timing, gate=breaker)


def starts(caller: Caller, count: int) -> list[str]:
    """What so many starts ended in, one after the other."""
    results = []
    for _ in range(count):
        try:
            caller.call(call(START), {})
            results.append("done")
        except CloudError as error:
            results.append(type(error).__name__)
    return results


def test_after_a_few_in_a_row_nothing_is_begun_and_it_gives_up_in_time() -> None:
    world = Endpoints()
    begun_at = world.time.now
    assert starts(world.caller(), 60) == ["OutcomeUnknown"] * FEW + ["Outage"] * (60 - FEW)
    assert len(world.sent) == FEW
    assert 60 <= world.time.now - begun_at < 60 + 2 * NAP
    assert 10 < len(world.asked) < 30
    assert world.said == [
        "trtc.example has not responded properly since 12:03:04 UTC; starting nothing new, retrying for up "
        "to 60 s"
    ]


def test_nothing_is_journalled_of_what_was_not_begun() -> None:
    world = Endpoints()
    caller, written = world.caller(), 0

    def before(failures: Sequence[CloudError] = ()) -> None:
        nonlocal written
        written += 1

    for _ in range(10):
        with pytest.raises(CloudError):
            caller.call(call(START), {}, before)
    assert written == FEW


def test_the_words_say_since_when() -> None:
    caller = Endpoints().caller(0.0)
    starts(caller, FEW)
    since = r"^not started: trtc\.example has not responded properly since 12:03:04 UTC "
    with pytest.raises(Outage, match=since + r"\(last response: no answer\)$"):
        caller.call(call(START), {})


def test_once_it_is_back_the_run_goes_on() -> None:
    world = Endpoints(back_at=1020.0)
    assert starts(world.caller(), 10) == ["OutcomeUnknown"] * FEW + ["done"] * (10 - FEW)
    assert world.said[-1] == "trtc.example responds again; continuing"
    assert all(later - earlier > 0.4 for earlier, later in zip(world.asked, world.asked[1:], strict=False))


def test_another_endpoint_is_not_concerned() -> None:
    world = Endpoints()
    caller = world.caller()
    starts(caller, FEW + 1)
    assert caller.call(call(RESUME), {}) == OK
    assert starts(caller, 1) == ["Outage"]


def test_waiting_ends_when_the_run_is_stopped() -> None:
    world = Endpoints()
    caller = world.caller()
    starts(caller, FEW)
    world.stop_at = world.time.now + 1.0
    with pytest.raises(NotSent) as caught:
        caller.call(call(START), {})
    assert caught.value.code == "interrupted"
    assert world.time.now - world.stop_at <= NAP


def test_a_machine_that_can_ask_nothing_ends_it_for_all() -> None:
    """It is not the endpoint that is away."""
    world = Endpoints()
    caller = world.caller()
    starts(caller, FEW)
    assert isinstance(caller.gate, Breaker)
    broken = replace(caller, gate=replace(caller.gate, spent=lambda: ExhaustedError("no more files")))
    begun_at = world.time.now
    for _ in range(5):
        with pytest.raises(ExhaustedError, match="no more files"):
            broken.call(call(START), {})
    assert world.time.now - begun_at < 1.5 and world.asked == []


def test_what_was_in_doubt_before_the_waiting_stays_so() -> None:
    """An update waits to be repeated; when nothing comes, its first attempt is what is told of."""
    world = Endpoints()
    with pytest.raises(OutcomeUnknown):
        world.caller(5.0).call(call(UPDATE), {})
    assert len(world.sent) == FEW


def test_an_update_is_repeated_once_it_is_back() -> None:
    world = Endpoints(back_at=1020.0)
    assert world.caller().call(call(UPDATE), {}) == OK


@pytest.mark.parametrize("raised", [SecretError("no"), MemoryError()])
def test_what_fails_before_it_is_sent_keeps_no_place(raised: Exception) -> None:
    caller = Endpoints(dead=()).caller()

    def before(failures: Sequence[CloudError] = ()) -> None:
        raise raised

    for _ in range(2 * FEW):
        with pytest.raises(type(raised)):
            caller.call(call(START), {}, before)
    assert caller.call(call(START), {}) == OK


def test_a_permit_that_ended_while_a_slot_was_waited_for_is_asked_for_again() -> None:
    """The pace may hold a call back for a second; in that time the circuit can open."""

    class Opening:
        def __init__(self) -> None:
            self.epochs = iter([0, 1])
            self.left: list[Permit] = []

        def enter(self, call: Call) -> Permit:
            return Permit("h", next(self.epochs))

        def holds(self, permit: Permit) -> bool:
            return permit.epoch == 1

        def leave(self, permit: Permit, known: bool | None) -> None:
            self.left.append(permit)

    script, time, gate = Script(OK), VirtualTime(), Opening()
    timing = Timing(time.clock, time.sleep, Random(1).uniform)
    assert Caller(script, script, timing, Policy(), gate=gate).call(call(), {}) == OK
    assert len(script.taken) == len(script.given_back) == 2 and len(script.bodies) == 1
    assert gate.left == [Permit("h", 1)]


@pytest.mark.parametrize(
    ("answer", "back"),
    [
        ({"RequestId": "r", "Status": "NotExist"}, True),
        ({}, False),
        ({"RequestId": ""}, False),
        (Refused("no", code="InvalidParameter", request_id="r"), True),
        (OutcomeUnknown("no", code="InternalError", request_id="r"), True),
        (OutcomeUnknown("no", code="http-502"), False),
        (OutcomeUnknown("no", code="unreadable"), False),
        (NotSent("no", code="unreachable"), False),
    ],
)
def test_whatever_the_api_gives_an_id_is_an_answer(answer: dict[str, Any] | CloudError, back: bool) -> None:
    class Sender:
        def send(self, call: Call, body: dict[str, Any], moment: float | None = None) -> dict[str, Any]:
            if isinstance(answer, CloudError):
                raise answer
            return answer

    script = Script()
    assert Asker(lambda call: call, Sender(), script, float)(call()) is back
    assert len(script.taken) == len(script.given_back) == 1


def test_a_question_is_not_sent_once_the_pace_has_ended() -> None:
    assert not Asker(lambda call: call, Script(OK), Script(turns=0), float)(call())


@pytest.mark.parametrize("action", actions().values(), ids=lambda action: str(action.name))
def test_each_service_has_a_question_that_changes_nothing(action: Any) -> None:
    request = {"SdkAppId": 1, "DomainName": "a.example", "AppName": "live", "StreamName": "s"}
    asked = question(Call(action, "ap-guangzhou", request))
    assert asked.action.service == action.service
    assert asked.action.name.startswith("Describe")


def test_a_proxy_that_refuses_is_no_outage() -> None:
    """What is refused so ends the run; whoever stands at the gate is not to wait for a minute."""
    world = Endpoints()
    world.failure = CredentialsRefused("the proxy wants a password", code="proxy-refused")
    assert starts(world.caller(), 10) == ["CredentialsRefused"] * 10
    assert (world.asked, world.said) == ([], [])
