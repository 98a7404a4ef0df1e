"""What a store with a queue owes the fleet: each round to one worker, none lost or ended by a stranger."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

import pytest

from reconciler.backends.parts import Event
from reconciler.backends.postgres.work import PostgresWork
from reconciler.backends.work import Assignment, Beat, RoundEnd, Work
from reconciler.errors import LockedError
from reconciler.state.model import Owner

from .conformance import holder
from .memory_work import MemoryWork
from .postgres_store import PostgresStore, fresh_token, made
from .servers import needs_postgres, servers

SCHEMA = "fleet"
WHO = {"host": "here", "pid": 7}
OK = RoundEnd(30.0, "ok", "north", {"told": {"a": "b"}})


class Store(Protocol):
    work: Work

    def pass_time(self, seconds: float) -> None: ...


@dataclass
class InMemory:
    now: float = 1000.0
    work: Work = field(init=False)

    def __post_init__(self) -> None:
        self.work = MemoryWork(lambda: self.now)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class InDatabase:
    """Time passes there by what happened lying further back."""

    work: Work

    def pass_time(self, seconds: float) -> None:
        ago = f"interval '{seconds} s'"
        servers().run(f"UPDATE {SCHEMA}.worker SET beat = beat - {ago}, began = began - {ago}")
        servers().run(
            f"UPDATE {SCHEMA}.work SET due = due - {ago}, began = began - {ago}, ended = ended - {ago}"
        )


@cache
def schema() -> str:
    return made(servers(), SCHEMA)


def fresh_schema() -> None:
    servers().run(f"TRUNCATE {schema()}.workspace, {schema()}.worker CASCADE")


@pytest.fixture(params=["memory", pytest.param("postgres", marks=needs_postgres)])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield InMemory()
        return
    fresh_schema()
    work = PostgresStore(schema_name=SCHEMA, workspace="").backend().parts.work
    assert work is not None
    with work() as queue:
        yield InDatabase(queue)


def enlisted(work: Work, name: str) -> str:
    worker = fresh_token()
    work.enlist(worker, name, WHO)
    return worker


def names(given: object) -> list[str]:
    assert isinstance(given, list)
    return [one.workspace for one in given]


def only(work: Work, worker: str) -> Assignment:
    [one] = work.claim(worker, 9, [])
    return one


def test_a_round_is_one_workers_until_it_ends_and_is_due_again(store: Store) -> None:
    work = store.work
    one, two = enlisted(work, "one"), enlisted(work, "two")
    work.schedule(["b", "a"])
    work.schedule(["a"])
    first = work.claim(one, 1, [])
    rest = work.claim(two, 9, [])
    assert sorted([*names(first), *names(rest)]) == ["a", "b"] and len(first) == 1
    assert work.claim(one, 9, []) == []
    assert work.end(one, first[0], OK) is True
    assert work.claim(one, 9, []) == []
    for _ in range(2):
        store.pass_time(15.6)
        assert (work.beat(one), work.beat(two)) == (Beat.DONE, Beat.DONE)
    again = work.claim(one, 9, [])
    assert first[0].workspace in names(again)
    [mine] = [found for found in again if found.workspace == first[0].workspace]
    assert (mine.fence, mine.kept, mine.why) == (first[0].fence + 1, {"told": {"a": "b"}}, "")


def test_who_was_not_heard_of_loses_its_rounds_and_can_end_none(store: Store) -> None:
    work = store.work
    one, two = enlisted(work, "one"), enlisted(work, "two")
    work.schedule(["a"])
    before = only(work, one)
    store.pass_time(work.ttl - 1)
    assert work.beat(two) is Beat.DONE
    assert work.claim(two, 9, []) == []
    store.pass_time(2.0)
    after = only(work, two)
    assert (after.lost, after.fence) == ("one", before.fence + 1)
    assert work.beat(one) is Beat.LOST
    assert work.claim(one, 9, []) == []
    assert work.end(one, before, OK) is False
    assert [found.worker for found in work.standing("a")] == ["two"]
    assert work.end(two, after, OK) is True
    assert [found.kept for found in work.standing("a")] == [{"told": {"a": "b"}}]


def test_who_was_silent_for_its_time_is_no_worker_though_nobody_has_looked(store: Store) -> None:
    one = enlisted(store.work, "one")
    store.pass_time(store.work.ttl + 1)
    assert store.work.beat(one) is Beat.LOST
    enlisted(store.work, "one")  # under a new token, and the same name


def test_a_name_is_one_living_workers(store: Store) -> None:
    one = enlisted(store.work, "one")
    with pytest.raises(LockedError, match="one"):
        enlisted(store.work, "one")
    store.work.discharge(one)
    enlisted(store.work, "one")


def test_a_worker_that_is_drained_ends_what_it_has_and_gets_nothing_new(store: Store) -> None:
    work = store.work
    one, two = enlisted(work, "one"), enlisted(work, "two")
    work.schedule(["a", "b"])
    [first] = work.claim(one, 1, [])
    assert (work.drain("one"), work.drain("three")) == (True, False)
    assert work.beat(one) is Beat.DRAINING
    assert work.claim(one, 9, []) == []
    assert work.end(one, first, OK) is True
    work.discharge(one)
    assert work.beat(one) is Beat.LOST
    assert len(work.claim(two, 9, [])) == 1
    assert [found.name for found in work.workers()] == ["two"]


def test_what_a_worker_leaves_in_order_is_anybodys_at_once(store: Store) -> None:
    work = store.work
    one, two = enlisted(work, "one"), enlisted(work, "two")
    work.schedule(["a"])
    only(work, one)
    work.discharge(one)
    assert only(work, two).lost == ""


def test_something_that_happens_brings_the_next_round_forward(store: Store) -> None:
    work = store.work
    one = enlisted(work, "one")
    work.schedule(["a"])
    work.end(one, only(work, one), OK)
    work.wake("a", "the manifests changed")
    work.wake("nowhere", "the manifests changed")
    assert work.claim(one, 9, []) == []  # it began a moment ago
    store.pass_time(5.1)
    under_way = only(work, one)
    assert under_way.why == "the manifests changed"
    work.wake("a", "a callback was received")  # while it is under way
    assert work.end(one, under_way, OK) is True
    store.pass_time(5.1)
    assert only(work, one).why == "a callback was received"


def test_no_account_waits_for_the_rounds_of_another(store: Store) -> None:
    work = store.work
    one = enlisted(work, "one")
    crowd = [f"n{number}" for number in range(6)]
    work.schedule([*crowd, "s0", "s1"])
    for given in work.claim(one, 9, []):
        account = "south" if given.workspace.startswith("s") else "north"
        work.end(one, given, RoundEnd(10.0 if account == "north" else 11.0, "ok", account))
    store.pass_time(11.5)
    assert [name[0] for name in names(work.claim(one, 4, []))].count("s") == 2
    assert names(work.claim(one, 9, ["n5"])) and "n5" not in names(work.claim(one, 9, ["n5"]))


def test_a_worker_skips_what_it_has_no_manifests_for(store: Store) -> None:
    work = store.work
    one = enlisted(work, "one")
    work.schedule(["a", "b"])
    assert names(work.claim(one, 9, ["a"])) == ["b"]
    work.unschedule("a")
    assert work.claim(one, 9, []) == [] and [found.workspace for found in work.standing()] == ["b"]


def test_the_next_round_waits_a_moment_for_who_has_read_the_manifests(store: Store) -> None:
    work = store.work
    one, two = enlisted(work, "one"), enlisted(work, "two")
    work.schedule(["a"])
    work.end(one, only(work, one), RoundEnd(10.0, "ok"))
    store.pass_time(10.5)
    assert work.claim(two, 9, []) == []
    store.pass_time(2.0)
    work.end(two, only(work, two), RoundEnd(1.0, "ok"))
    store.pass_time(1.5)
    assert work.claim(one, 9, []) == []
    work.drain("two")
    assert only(work, one).workspace == "a"


def test_what_a_round_could_not_say_stays(store: Store) -> None:
    work = store.work
    one = enlisted(work, "one")
    work.schedule(["a"])
    work.end(one, only(work, one), OK)
    store.pass_time(31.0)
    one = enlisted(work, "other")
    work.end(one, only(work, one), RoundEnd(0.0, ""))
    [found] = work.standing("a")
    assert (found.account, found.kept, found.outcome) == ("north", {"told": {"a": "b"}}, "ok")
    assert (found.last, found.worker) == ("other", "")


@needs_postgres
def test_many_that_claim_at_once_get_each_round_once() -> None:
    fresh_schema()
    parts = PostgresStore(schema_name=SCHEMA, workspace="").backend().parts
    assert parts.work is not None
    everything = [f"w{number:03}" for number in range(200)]

    def claims(name: str) -> list[str]:
        assert parts.work is not None
        found: list[str] = []
        with parts.work() as work:
            worker = enlisted(work, name)
            while given := names(work.claim(worker, 7, [])):
                found += given
        return found

    with parts.work() as work:
        work.schedule(everything)
    with ThreadPoolExecutor(8) as threads:
        found = [name for part in threads.map(claims, map(str, range(8))) for name in part]
    assert sorted(found) == everything


@needs_postgres
def test_a_lost_answer_is_asked_for_again_and_gives_nothing_twice() -> None:
    """What was given in an answer that was lost stays with no worker that knows nothing of it."""
    fresh_schema()
    parts = PostgresStore(schema_name=SCHEMA, workspace="").backend().parts
    assert parts.work is not None
    with parts.work() as work:
        assert isinstance(work, PostgresWork)
        one, turn = enlisted(work, "one"), fresh_token()
        work.schedule(["a", "b", "c"])
        claim = f"SELECT name, fence FROM {SCHEMA}.claim_1('{one}', '{turn}', 2, '{{}}')"
        first, second = servers().run(claim), servers().run(claim)
        assert first == second and len(first) == 2
        [(given_key, fence)] = servers().run(
            f"SELECT workspace, fence FROM {SCHEMA}.work WHERE worker IS NOT NULL ORDER BY workspace LIMIT 1"
        )
        given = Assignment(int(str(given_key)), "x", int(str(fence)))
        assert [work.end(one, given, OK), work.end(one, given, OK)] == [True, True]
        again = servers().run(f"SELECT kept::text FROM {SCHEMA}.work WHERE workspace = {given.key}")
        assert json.loads(str(again[0][0])) == OK.kept


@needs_postgres
def test_a_callback_makes_its_workspace_due_and_a_plain_watch_keeps_the_fleet_away() -> None:
    fresh_schema()
    backend = PostgresStore(schema_name=SCHEMA, workspace="a").backend()
    assert backend.parts.work is not None and backend.parts.events is not None
    with backend.parts.work() as work:
        one = enlisted(work, "one")
        work.schedule(["a"])
        work.end(one, only(work, one), OK)
        servers().run(f"UPDATE {SCHEMA}.work SET began = began - interval '6 s'")
        event = Event("k", "2026-01-01T00:00:00Z", {})
        assert (backend.parts.events.put(event), only(work, one).why) == (True, "a callback was received")
        work.discharge(one)
        other = enlisted(work, "other")
        leader = PostgresStore(schema_name=SCHEMA, workspace="a.watch").backend()
        with leader.hold(Owner("a.watch"), holder("leads")):
            assert work.claim(other, 9, []) == []
        assert names(work.claim(other, 9, [])) == ["a"]
