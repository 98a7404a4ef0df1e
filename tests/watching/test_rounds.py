"""Rounds with a desk that does as it is told: what is in force, what is tried again when, who leads."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import pairwise

import pytest

from reconciler.applying.results import ChangeResult, Result
from reconciler.errors import (
    LockedError,
    ManifestError,
    Outage,
    PlanRefused,
    Problem,
    ReconcilerError,
    Refused,
    StateError,
)
from reconciler.model import Verb
from reconciler.running.run import RunResult
from reconciler.watching.loop import SOONEST, Loop
from reconciler.watching.model import Doing, Reading, Round
from reconciler.watching.restraint import MOST_RESTARTS
from reconciler.watching.retrying import LONGEST_PAUSE
from reconciler.watching.rounds import Rounds
from reconciler.watching.waking import Waker

from .kit import WORKSPACE, Clock, Ears, FakeDesk, another_leads, changes, done, leads, seen, settled

WRONG = ManifestError([Problem("a.yaml", 1, 1, "spec", "no")])
FAILED = RunResult({}, [ChangeResult(changes()[0], Result.FAILED, ReconcilerError("no"))], 3)


def rounds(desk: FakeDesk, clock: Clock | None = None) -> Rounds:
    return Rounds(desk, clock or Clock(), 30.0, confirmed=False)


def test_manifests_that_do_not_validate_leave_the_last_good_ones_in_force() -> None:
    desk = FakeDesk()
    made = rounds(desk)
    assert made.make(acts=True).problems == ()
    desk.reading = WRONG
    found = made.make(acts=True)
    assert found.problems == ("a.yaml:1:1: spec: no",) and found.outcome == "trouble"
    desk.reading = None  # and somebody is at work in them: nothing is known of that
    assert made.make(acts=True).problems == ("a.yaml:1:1: spec: no",)
    desk.reading = Reading("2", WORKSPACE)
    assert made.make(acts=True).problems == ()
    assert desk.did == [("look", "1"), ("look", "1"), ("look", "1"), ("look", "2")]


def test_without_any_good_ones_nothing_is_done() -> None:
    desk = FakeDesk(reading=WRONG)
    found = rounds(desk).make(acts=True)
    assert (desk.did, found.seen, found.doing) == ([], None, Doing.NOTHING)


def test_who_stands_by_only_looks() -> None:
    desk = FakeDesk(seen())
    assert rounds(desk).make(acts=False).doing is Doing.STAND_BY
    assert desk.did == [("look", "1")]


def test_after_an_apply_it_looks_again() -> None:
    desk = FakeDesk(seen(), RunResult({}, [done(changes()[0])], 3))
    found = rounds(desk).make(acts=True)
    assert [name for name, _ in desk.did] == ["look", "apply", "look"]
    assert (len(found.results), found.run, found.failing) == (1, "3", {})


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [(None, None, None), (5.0, None, 5.0), (None, 7.0, 7.0), (5.0, 7.0, 5.0), (9.0, 7.0, 7.0)],
)
def test_a_restart_that_comes_due_while_an_apply_is_made_is_still_to_come(
    before: float | None, after: float | None, kept: float | None
) -> None:
    """The apply only records the end; a look after it takes what is due by then for what a plan starts."""
    desk = FakeDesk(seen(due_at=before), RunResult({}, [done(changes()[0])], 3))
    desk.after = seen(due_at=after, plan=replace(seen().plan, changes=()))
    found = rounds(desk).make(acts=True).seen
    assert found is not None and (found.due_at, found.plan.changes) == (kept, ())


@pytest.mark.parametrize(
    "result", [FAILED, Outage("no answer"), PlanRefused("no"), RunResult({}, error=StateError("disk"))]
)
def test_what_fails_is_tried_again_later_and_later(result: RunResult | ReconcilerError) -> None:
    clock = Clock()
    desk = FakeDesk(seen(), result)
    made = rounds(desk, clock)
    moments = []
    for _ in range(400):
        before = len(desk.did)
        made.make(acts=True)
        if ("apply", frozenset()) in desk.did[before:]:
            moments.append(clock.now)
        clock.now += 30
    pauses = [later - sooner for sooner, later in pairwise(moments)]
    assert pauses[:3] == [60, 120, 240] and pauses[-1] == LONGEST_PAUSE
    desk.reading = Reading("2", WORKSPACE)  # what was wrong may be mended
    before = len(desk.did)
    made.make(acts=True)
    assert ("apply", frozenset()) in desk.did[before:]


def test_what_fails_keeps_nothing_else_waiting() -> None:
    """As one that a callback tells of, while another one cannot be started for days."""
    clock, first = Clock(), changes()[0].address
    desk = FakeDesk(seen(), FAILED)
    made = rounds(desk, clock)
    assert made.make(acts=True).failing == {first: "no"}
    desk.result = RunResult({}, [done(changes()[1])], 4)
    for _ in range(2):
        clock.now += 1
        assert made.make(acts=True).failing == {first: "no"}
    clock.now += 60
    assert made.make(acts=True).failing == {}  # it was tried again, too
    applied = [held for name, held in desk.did if name == "apply"]
    assert applied == [frozenset(), {first}, {first}, frozenset()]


def test_what_failed_and_was_mended_by_hand_is_told_no_more() -> None:
    clock, desk = Clock(), FakeDesk(seen(), FAILED)
    made = rounds(desk, clock)
    made.make(acts=True)
    desk.seen = settled()
    assert made.make(acts=True).failing == {}


def test_another_run_that_has_the_state_is_no_failure() -> None:
    desk = FakeDesk(seen(), LockedError("in use by process 7"))
    made = rounds(desk)
    for _ in range(3):
        found = made.make(acts=True)
        assert (found.busy, found.outcome, found.troubles) == ("in use by process 7", "busy", ())
    assert [name for name, _ in desk.did].count("apply") == 3


@pytest.mark.parametrize("error", [Outage("no answer"), StateError("gone", "look")])
def test_what_cannot_be_seen_is_told(error: ReconcilerError) -> None:
    found = rounds(FakeDesk(error)).make(acts=True)
    assert found.seen is None and found.troubles == ("gone; look" if error.hint else "no answer",)


BUG = "KeyError: this is a bug in reconciler"


def test_a_bug_ends_a_round_and_not_the_watch() -> None:
    """Its words are left out, as they may quote a secret."""
    clock, desk = Clock(), FakeDesk(KeyError("secret"))
    made = rounds(desk, clock)
    assert made.make(acts=True).troubles == (BUG,)
    desk.seen, desk.result = seen(), KeyError("secret")
    clock.now += 600
    assert made.make(acts=True).troubles == (BUG,)
    desk.result = RunResult({}, [done(changes()[0])], 3)
    assert made.make(acts=True).doing is Doing.WAIT  # it is tried again later, as what else fails
    clock.now += 600
    assert made.make(acts=True).results


def test_manifests_that_meet_a_bug_leave_the_last_good_ones_in_force() -> None:
    desk = FakeDesk(reading=KeyError("secret"))
    made = rounds(desk)
    assert (made.make(acts=True).troubles, desk.did) == ((BUG,), [])
    desk.reading = Reading("1", WORKSPACE)
    made.make(acts=True)
    desk.reading = KeyError("secret")
    found = made.make(acts=True)
    assert (found.problems, found.troubles) == ((BUG,), ()) and desk.did == [("look", "1"), ("look", "1")]


def test_what_fails_in_the_same_way_is_the_same_whichever_request_it_was() -> None:
    refused = [Refused(f"a: no (RequestId r{number})", request_id=f"r{number}") for number in (1, 2)]
    clock = Clock()
    desk = FakeDesk(seen())
    made = rounds(desk, clock)
    words = []
    for error in refused:
        desk.result = RunResult({}, [ChangeResult(changes()[0], Result.FAILED, error)], 3)
        words += made.make(acts=True).failing.values()
        clock.now += LONGEST_PAUSE
    assert words == ["a: no", "a: no"]


def test_another_one_goes_on_from_what_was_kept() -> None:
    """What failed is not tried sooner, what was started too often is left alone, whoever makes the round."""
    clock = Clock()
    desk = FakeDesk(seen(), RunResult({}, [done(replace(changes()[0], verb=Verb.START))], 3))
    kept = "{}"
    for _ in range(MOST_RESTARTS):
        made = rounds(desk, clock)
        made.recall(json.loads(kept))
        made.make(acts=True)
        kept = json.dumps(made.to_json())
        clock.now += 1
    other = rounds(desk, clock)
    other.recall(json.loads(kept))
    found = other.make(acts=True)
    assert list(found.restrained) == [changes()[0].address]

    desk.result = RunResult({}, [ChangeResult(changes()[1], Result.FAILED, ReconcilerError("no"))], 3)
    other.make(acts=True)
    third = rounds(desk, clock)
    third.recall(json.loads(json.dumps(other.to_json())))
    before = len(desk.did)
    assert third.make(acts=True).failing == {changes()[1].address: "no"}
    kept_waiting = frozenset(change.address for change in changes()[:2])
    assert ("apply", kept_waiting) in desk.did[before:]


# The loop


def loop(
    leadership: Callable[[], AbstractContextManager[Callable[[], bool]]],
    ears: Ears,
    waker: Waker,
    desk: FakeDesk,
) -> Loop:
    clock = Clock()
    return Loop(rounds(desk, clock), leadership, ears, waker, 3600.0, clock)


def test_it_goes_on_until_it_is_stopped_and_at_once_when_it_is_woken() -> None:
    waker = Waker()

    def then(made: Round) -> None:
        waker.stop() if len(ears.rounds) == 2 else waker.wake("the manifests changed")

    ears = Ears(then)
    loop(leads, ears, waker, FakeDesk()).run()
    assert (ears.leaders, len(ears.rounds)) == ([""], 2)
    assert ears.reasons == [[], ["the manifests changed"]]


@pytest.mark.parametrize(
    ("due_at", "busy", "pause"),
    [
        (None, False, 3600),
        (1010.0, False, 10),
        (1000.0, False, SOONEST),
        (9000.0, False, 3600),
        (1010.0, True, 2),
    ],
)
def test_it_waits_no_longer_than_until_something_may_start_again(
    due_at: float | None, busy: bool, pause: float
) -> None:
    pauses: list[float] = []

    class Waiting(Waker):
        def wait(self, seconds: float) -> list[str]:
            pauses.append(seconds)
            self.stop()
            return super().wait(0)

    result = LockedError("in use by process 7") if busy else None
    desk = FakeDesk(seen(due_at=due_at), result)
    loop(leads, Ears(lambda made: None), Waiting(), desk).run()
    assert pauses == [pause]


def test_who_does_not_lead_looks_and_touches_nothing() -> None:
    waker, desk = Waker(), FakeDesk(seen())
    ears = Ears(lambda made: waker.stop())
    loop(another_leads, ears, waker, desk).run()
    assert ears.leaders == ["another watch leads: process 7"]
    assert [made.doing for made in ears.rounds] == [Doing.STAND_BY] and desk.did == [("look", "1")]


def test_nothing_is_begun_once_it_is_stopped() -> None:
    waker, desk = Waker(), FakeDesk(seen())
    waker.stop()
    loop(leads, Ears(lambda made: None), waker, desk).run()
    assert desk.did == []


def test_a_lead_that_was_lost_touches_nothing_more() -> None:
    waker, desk, held = Waker(), FakeDesk(settled()), [True, False]

    class Lead:
        def __enter__(self) -> Callable[[], bool]:
            if not held:
                raise LockedError("another watch leads")
            return lambda: held.pop(0)

        def __exit__(self, *_: object) -> None: ...

    def then(made: Round) -> None:
        waker.wake("again")
        if made.doing is Doing.STAND_BY:
            waker.stop()

    ears = Ears(then)
    loop(Lead, ears, waker, desk).run()
    assert ears.leaders == ["", "another watch leads"]
    assert [made.doing for made in ears.rounds] == [Doing.NOTHING, Doing.STAND_BY]
