"""A worker of the fleet and its loop: what it takes, when it stops being sure, how it ends; no threads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any, cast

import pytest

from reconciler.backends.work import Assignment, RoundEnd, Work
from reconciler.errors import LockedError, StateError
from reconciler.watching.fleet_loop import FleetLoop
from reconciler.watching.member import Member
from reconciler.watching.waking import Waker
from tests.backends.memory_work import MemoryWork

from .kit import Clock

OK = RoundEnd(30.0, "ok")


@dataclass
class Bench:
    """Workers on one queue, whose store can be away."""

    clock: Clock = field(default_factory=Clock)
    away: bool = False
    tokens: int = 0

    def __post_init__(self) -> None:
        self.queue = MemoryWork(self.clock)

    def token(self) -> str:
        self.tokens += 1
        return f"token-{self.tokens}"

    def member(self, name: str, rounds: int = 2) -> Member:
        return Member(cast(Work, self), name, {}, rounds, self.clock, self.token)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "queue":
            raise AttributeError(name)
        if self.away and name != "ttl":
            raise StateError("the database does not respond")
        return getattr(self.queue, name)


def given(member: Member) -> list[str]:
    return [one.workspace for one in member.tick().given]


@pytest.fixture
def bench() -> Bench:
    found = Bench()
    found.queue.schedule(["a", "b", "c"])
    return found


def test_it_takes_as_many_as_it_may_have(bench: Bench) -> None:
    one = bench.member("one")
    assert one.tick().enlisted and not one.tick().enlisted
    assert one.under_way == 2
    [row] = [row for row in bench.queue.rows.values() if not row.worker]
    first = next(row for row in bench.queue.rows.values() if row.worker)
    assert one.end(Assignment(first.key, first.name, first.fence), OK)
    assert given(one) == [row.name]


def test_it_proves_itself_four_times_in_its_time_and_is_sure_while_that_is_answered(bench: Bench) -> None:
    one = bench.member("one", rounds=9)
    one.tick()
    for _ in range(20):
        bench.clock.now += 4.0
        one.tick()
        assert one.sure() and one.age < 8.0
    bench.away = True
    bench.clock.now += 7.0
    with pytest.raises(StateError):
        one.tick()
    assert one.sure()
    bench.clock.now += 9.0
    assert not one.sure()
    assert one.tick().lost


def test_who_was_away_ends_its_rounds_before_it_is_a_worker_again(bench: Bench) -> None:
    one, two = bench.member("one"), bench.member("two")
    one.tick()
    [first, second] = one.tick().given
    bench.clock.now += 21.0
    two.tick()
    assert sorted(found.lost for found in two.tick().given) == ["one", "one"]
    assert one.tick().lost and one.tick().lost and not one.sure()
    assert not one.end(first, OK) and one.tick().lost
    assert not one.end(second, OK) and one.tick().enlisted


def test_a_name_is_had_once(bench: Bench) -> None:
    bench.member("one").tick()
    with pytest.raises(LockedError):
        bench.member("one").tick()


def test_a_worker_that_is_drained_is_over_once_its_rounds_are(bench: Bench) -> None:
    one = bench.member("one")
    one.tick()
    [first, second] = one.tick().given
    bench.queue.drain("one")
    bench.clock.now += 6.0
    assert not one.tick().over and one.draining
    one.end(first, OK)
    one.end(second, OK)
    assert one.tick().over and one.tick().given == ()


def test_an_answer_that_does_not_come_is_no_end(bench: Bench) -> None:
    """What was not handed back for want of an answer stays this worker's no longer than its time."""
    one = bench.member("one", rounds=1)
    one.tick()
    [first] = one.tick().given
    bench.away = True
    with pytest.raises(StateError):
        one.end(first, OK)
    assert one.under_way == 0
    bench.away = False
    bench.clock.now += 21.0
    two = bench.member("two", rounds=9)
    two.tick()
    two.tick()
    assert first.workspace in {found.workspace for found in bench.queue.standing() if found.worker == "two"}


@dataclass
class Crew:
    """Makes rounds by doing what is to be done in each; `did` tells what it heard."""

    then: Callable[[Assignment, Event], None]
    did: list[Any] = field(default_factory=list)

    def skips(self) -> Sequence[str]:
        return ["c"]

    def make(self, assignment: Assignment, ending: Event, sure: Callable[[], bool]) -> RoundEnd:
        self.did.append((assignment.workspace, sure()))
        self.then(assignment, ending)
        return OK

    def stands(self, trouble: str, draining: bool, under_way: int) -> None:
        if (trouble, draining) not in self.did:
            self.did.append((trouble, draining))

    def sees_all(self) -> None:
        pass

    def loses(self, assignment: Assignment) -> None:
        self.did.append(f"lost {assignment.workspace}")


def looped(bench: Bench, then: Callable[[Assignment, Event], None], waker: Waker) -> Crew:
    """A loop whose rounds are made where they are begun, until it ends."""
    crew = Crew(then)
    FleetLoop(bench.member("one"), crew, waker, lambda run: run(), bench.clock).run()
    return crew


def test_a_loop_makes_rounds_until_it_is_stopped(bench: Bench) -> None:
    waker = Waker()

    def then(assignment: Assignment, ending: Event) -> None:
        if assignment.workspace == "b":
            waker.stop()

    crew = looped(bench, then, waker)
    assert crew.did == [("", False), ("a", True), ("b", True)]
    assert bench.queue.workers() == []


def test_a_loop_that_is_drained_lets_its_rounds_be_completed(bench: Bench) -> None:
    endings = []

    def then(assignment: Assignment, ending: Event) -> None:
        endings.append(ending)
        bench.queue.drain("one")
        bench.clock.now += 6.0

    crew = looped(bench, then, Waker())
    assert not any(ending.is_set() for ending in endings) and crew.did[-1] == ("", True)


def test_a_round_that_was_taken_over_is_told(bench: Bench) -> None:
    waker = Waker()

    def then(assignment: Assignment, ending: Event) -> None:
        bench.clock.now += 21.0
        other = bench.member("other")
        other.tick()
        other.tick()
        waker.stop()

    assert "lost a" in looped(bench, then, waker).did


def test_a_round_that_fails_as_nobody_foresaw_is_handed_back(bench: Bench) -> None:
    def then(assignment: Assignment, ending: Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        looped(bench, then, Waker())
    assert [found.outcome for found in bench.queue.standing("a")] == ["trouble"]
