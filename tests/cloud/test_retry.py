"""What is tried again, how often, and what is known in the end: on a virtual clock, without a network."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from reconciler.calls import Action, Call
from reconciler.cloud.retry import Caller, Policy, RetryBudget, Timing
from reconciler.errors import (
    AccountRefused,
    CloudError,
    CredentialsRefused,
    Gone,
    NoCapacity,
    NotReady,
    NotSent,
    OutcomeUnknown,
    Refused,
    StateError,
    Superseded,
    Throttled,
)
from reconciler.pacing.slots import Limit, Ticket

from .cases import RESUME, START, UPDATE, VirtualTime, call

Answer = dict[str, Any] | type[CloudError]
OK: Answer = {"TaskId": "t-1", "RequestId": "r-9"}


class Script:
    """A sender that plays its answers one by one, the last for ever, and a pace that only notes.

    After `turns` the pace gives out no more.
    """

    def __init__(self, *answers: Answer, turns: int = 10**6) -> None:
        self.answers = answers
        self.turns = turns
        self.bodies: list[dict[str, Any]] = []
        self.moments: list[float | None] = []
        self.taken: list[Ticket] = []
        self.given_back: list[tuple[Ticket, bool]] = []
        self.trips: list[float | None] = []

    def take(self, action: Action, region: str) -> Ticket | None:
        if len(self.taken) == self.turns:
            return None
        self.taken.append(Ticket(Limit(f"{action.name} {region}", 20), len(self.taken), 60))
        return self.taken[-1]

    def ready(self, ticket: Ticket) -> None:
        """It may go at once."""

    def give_back(self, ticket: Ticket, *, trip: float | None, throttled: bool) -> None:
        self.given_back.append((ticket, throttled))
        self.trips.append(trip)

    def send(self, call: Call, body: dict[str, Any], moment: float | None = None) -> dict[str, Any]:
        answer = self.answers[min(len(self.bodies), len(self.answers) - 1)]
        self.bodies.append(body)
        self.moments.append(moment)
        if isinstance(answer, dict):
            return answer
        number = len(self.bodies)
        raise answer(f"{answer.__name__} {number}", code="c", request_id=f"r-{number}", hint=f"h-{number}")


def caller(script: Script, time: VirtualTime, **changes: Any) -> Caller:
    timing = Timing(time.clock, time.sleep, Random(1).uniform)
    return Caller(script, script, timing, **changes)


@pytest.mark.parametrize(
    ("action", "answers", "tries"),
    [
        (START, [OK], 1),
        (START, [Throttled, Throttled, OK], 3),
        (START, [NotSent, OK], 2),
        (START, [NoCapacity, OK], 2),
        (START, [NotReady, OK], 2),
        (UPDATE, [OutcomeUnknown, OutcomeUnknown, OK], 3),
        (UPDATE, [OutcomeUnknown, Throttled, NotSent, OK], 4),
        (RESUME, [OutcomeUnknown, OK], 2),
    ],
)
def test_success_after_retries(action: Action, answers: list[Answer], tries: int) -> None:
    script, time, body = Script(*answers), VirtualTime(), {"SequenceNumber": 7}
    assert caller(script, time).call(call(action), body) == OK
    assert len(script.bodies) == len(script.taken) == tries == len(time.naps) + 1
    assert all(sent is body for sent in script.bodies)


@pytest.mark.parametrize(
    ("action", "answers", "tries", "wanted"),
    [
        (START, [OutcomeUnknown], 1, OutcomeUnknown),
        (START, [Throttled, OutcomeUnknown], 2, OutcomeUnknown),
        (START, [Throttled], 6, Throttled),
        (UPDATE, [NotSent], 6, NotSent),
        (UPDATE, [OutcomeUnknown], 6, OutcomeUnknown),
        (START, [NoCapacity], 2, NoCapacity),
        (START, [NotReady], 6, NotReady),
        (START, [NoCapacity, NotReady], 6, NotReady),
        (START, [Throttled, NoCapacity, Throttled, NoCapacity], 4, NoCapacity),
        (UPDATE, [CredentialsRefused], 1, CredentialsRefused),
        (UPDATE, [AccountRefused], 1, AccountRefused),
        (UPDATE, [Refused], 1, Refused),
        (UPDATE, [Gone], 1, Gone),
        (UPDATE, [OutcomeUnknown, Gone], 2, Gone),
        (UPDATE, [Superseded], 1, Superseded),
        (UPDATE, [Throttled, Superseded], 2, Superseded),
        (UPDATE, [OutcomeUnknown, Throttled], 6, OutcomeUnknown),
        (UPDATE, [OutcomeUnknown, NoCapacity], 3, OutcomeUnknown),
        (UPDATE, [OutcomeUnknown, Refused], 2, OutcomeUnknown),
        (UPDATE, [OutcomeUnknown, CredentialsRefused], 2, OutcomeUnknown),
    ],
)
def test_what_is_known_in_the_end(
    action: Action, answers: list[Answer], tries: int, wanted: type[CloudError]
) -> None:
    script = Script(*answers)
    with pytest.raises(CloudError) as caught:
        caller(script, VirtualTime()).call(call(action), {})
    assert type(caught.value) is wanted
    assert len(script.bodies) == tries


def test_an_unknown_outcome_is_not_forgotten_by_later_refusals() -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        caller(Script(OutcomeUnknown, Refused), VirtualTime()).call(call(), {})
    assert caught.value.message == "OutcomeUnknown 1; retried: Refused 2"
    assert (caught.value.request_id, caught.value.hint) == ("r-1", "h-2")


@pytest.mark.parametrize("between", [[], [Throttled], [NotSent, OutcomeUnknown]])
def test_superseded_on_a_repeat_means_that_the_first_one_arrived(between: list[Answer]) -> None:
    script = Script(OutcomeUnknown, *between, Superseded)
    answer = caller(script, VirtualTime()).call(call(UPDATE), {})
    assert answer == {"RequestId": f"r-{len(between) + 2}"}


def test_what_a_task_needs_is_waited_for_in_steady_pauses() -> None:
    time = VirtualTime()
    with pytest.raises(NotReady):
        caller(Script(NotReady), time).call(call(START), {})
    assert len(time.naps) == 5 and all(4 <= nap <= 8 for nap in time.naps)


def test_pauses_are_random_up_to_a_doubling_and_capped_bound() -> None:
    time = VirtualTime()
    highest: list[float] = []

    def top(low: float, high: float) -> float:
        assert low == 0
        highest.append(high)
        return high

    script = Script(Throttled)
    policy = Policy(tries=9, seconds=1000)
    with pytest.raises(Throttled):
        Caller(script, script, Timing(time.clock, time.sleep, top), policy).call(call(), {})
    assert time.naps == [0.5, 1, 2, 4, 8, 16, 20, 20]
    assert highest[:8] == time.naps


def test_no_retry_that_would_begin_after_the_deadline() -> None:
    time, script = VirtualTime(), Script(Throttled)
    timing = Timing(time.clock, time.sleep, lambda low, high: high)
    with pytest.raises(Throttled):
        Caller(script, script, timing, Policy(seconds=4)).call(call(), {})
    assert time.naps == [0.5, 1, 2]


def test_retries_of_a_run_are_a_floor_and_a_share_of_its_calls() -> None:
    script, time = Script(Throttled), VirtualTime()
    shared = caller(script, time, budget=RetryBudget(0.1, 20))
    for _ in range(200):
        with pytest.raises(Throttled):
            shared.call(call(), {})
    assert len(script.bodies) - 200 == 40


def test_other_errors_pass_through() -> None:
    class Broken(Script):
        def send(self, call: Call, body: dict[str, Any], moment: float | None = None) -> dict[str, Any]:
            raise KeyboardInterrupt

    script = Broken()
    with pytest.raises(KeyboardInterrupt):
        caller(script, VirtualTime()).call(call(), {})
    assert len(script.taken) == 1
    assert script.given_back == [], "the call may still be on its way"


def test_each_attempt_is_signed_with_the_moment_of_its_own_intent() -> None:
    script, moments = Script(Throttled, OutcomeUnknown, OK), iter([10.0, 20.0, 30.0])
    assert caller(script, VirtualTime()).call(call(UPDATE), {}, lambda failures=(): next(moments)) == OK
    assert script.moments == [10.0, 20.0, 30.0]


@pytest.mark.parametrize("answers", [[OK], [NotSent, OK], [OutcomeUnknown, OK]])
def test_nothing_is_sent_once_the_hold_is_lost_though_the_intent_is_written(answers: list[Answer]) -> None:
    """As a process finds it that was stopped while its intent was on its way to the disk."""
    script, intents = Script(*answers), []
    lost = len(answers)

    def before(failures: Sequence[CloudError] = ()) -> float:
        intents.append(len(intents))
        return 10.0

    with pytest.raises(CloudError) as raised:
        caller(script, VirtualTime(), stopped=lambda: len(intents) >= lost).call(call(UPDATE), {}, before)
    assert len(script.bodies) == lost - 1
    assert isinstance(raised.value, OutcomeUnknown) is (OutcomeUnknown in answers)
    assert [ticket for ticket, _ in script.given_back] == script.taken


def test_every_attempt_gives_its_slot_back_and_tells_of_refused_rates() -> None:
    script = Script(NotSent, Throttled, OutcomeUnknown, NoCapacity, OK)
    assert caller(script, VirtualTime()).call(call(), {}) == OK
    assert [ticket for ticket, _ in script.given_back] == script.taken
    assert [throttled for _, throttled in script.given_back] == [False, True, False, False, False]


@pytest.mark.parametrize(
    ("answers", "turns", "wanted"),
    [
        ([OK], 0, NotSent),
        ([Throttled], 1, NotSent),
        ([NotSent], 3, NotSent),
        ([OutcomeUnknown], 1, OutcomeUnknown),
    ],
)
def test_nothing_is_sent_without_a_slot(answers: list[Answer], turns: int, wanted: type[CloudError]) -> None:
    script = Script(*answers, turns=turns)
    with pytest.raises(CloudError) as caught:
        caller(script, VirtualTime()).call(call(), {})
    assert type(caught.value) is wanted and "interrupted" in caught.value.message
    assert len(script.bodies) == turns


def test_what_is_done_before_each_attempt_comes_after_its_turn_and_its_pause() -> None:
    script, time = Script(NotSent, Throttled, OK), VirtualTime()
    seen: list[tuple[float, int, int]] = []
    caller(script, time).call(
        call(), {}, lambda failures=(): seen.append((time.clock(), len(script.taken), len(script.bodies)))
    )
    assert [(taken, sent) for _, taken, sent in seen] == [(1, 0), (2, 1), (3, 2)]
    assert seen[0][0] < seen[1][0] < seen[2][0]


def test_nothing_is_sent_if_what_comes_before_it_fails() -> None:
    def broken(failures: Sequence[CloudError] = ()) -> None:
        raise StateError("the disk is full")

    script = Script(OK)
    with pytest.raises(StateError):
        caller(script, VirtualTime()).call(call(), {}, broken)
    assert script.bodies == []
    assert [ticket for ticket, _ in script.given_back] == script.taken


def test_a_round_trip_is_the_sending_alone() -> None:
    """Neither what is written before it nor a pause counts; and an answer without an ID is none."""
    time = VirtualTime()

    class Slow(Script):
        def send(self, call: Call, body: dict[str, Any], moment: float | None = None) -> dict[str, Any]:
            time.sleep(0.25)
            return super().send(call, body, moment)

    script = Slow(Throttled, OutcomeUnknown, OK)
    caller(script, time).call(call(UPDATE), {}, lambda failures=(): time.sleep(30))
    assert script.trips == pytest.approx([0.25] * 3)
    stops = Script(OK)
    with pytest.raises(NotSent):
        caller(stops, time, stopped=lambda: True).call(call(UPDATE), {})
    assert set(stops.trips) == {None}
