"""What the backend for buckets owes beside the protocol: no holes, exact repeats, a probe, a lease."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from random import Random
from unittest.mock import patch

from reconciler.backends.objects import backend
from reconciler.backends.objects.backend import ObjectsBackend
from reconciler.backends.objects.client import Tools
from reconciler.backends.protocol import Growth, Session
from reconciler.backends.snapshots import Standing
from reconciler.backends.spills import NoSpills
from reconciler.backends.waiting import Wait
from reconciler.errors import LockedError, StateError
from reconciler.model import Address, Status

from .bucket import MemoryWeb
from .conformance import (
    DEMO,
    HALL,
    NAMES,
    SIDE,
    applied,
    begin,
    entry,
    held,
    holder,
    intent,
    of,
    outcome,
    recorded,
    run,
)
from .objects_store import ObjectsStore

Make = Callable[..., ObjectsStore]
Check = Callable[[Make], None]


QUICK = 2.0
"""Seconds of a hold in a test that lets real time pass."""


def web_of(store: ObjectsStore) -> MemoryWeb:
    assert isinstance(store.web, MemoryWeb)
    return store.web


def numbers(store: ObjectsStore) -> list[int]:
    """Those of the log's objects."""
    return [int(key.rpartition("/")[2]) for key in store.client().keys(f"{store.place.base}log/")]


def made(make: Make) -> ObjectsStore:
    store = applied(make)
    assert isinstance(store, ObjectsStore)
    return store


def who_takes_it_at_the_same_time_is_refused(make: Make) -> None:
    """Another run takes it between this one's look at the lock and its write."""
    store = made(make)
    with ExitStack() as others:
        looks: list[str] = []

        def meanwhile(method: str, key: str) -> bool:
            if method == "GET" and key.endswith("/lock") and not looks:
                looks.append(key)
                others.enter_context(held(store, "other"))
            return False

        web_of(store).drops = meanwhile
        with suppress(LockedError), held(store, "mine"):
            raise AssertionError("two have it")
        assert looks


def the_log_alone_fences(make: Make) -> None:
    """A run that is followed before it could know writes nothing, whatever becomes of the lock."""
    store = made(make)
    with held(store, "r1") as old:
        begin(old)
        old.append(intent())
        store.client().delete(f"{store.place.base}lock")
        with held(store, "r2") as new:
            before = store.backend().snapshot(DEMO)
            assert old.alive(), "it knows already"
            for act in (
                lambda: old.append(outcome(HALL, "stray")),
                lambda: old.finish(replace(old.state, entries={})),
            ):
                with suppress(StateError):
                    act()
                    raise AssertionError("it was told to have written")
            assert store.backend().snapshot(DEMO) == before and not old.alive()
            new.recover()
            begin(new, "r2")
            new.append(outcome(HALL, "task-2"))
        assert of(recorded(store), HALL).task_id == "task-2"


def lost_answers_change_nothing(make: Make) -> None:
    store, lost = made(make), set[str]()

    def first(method: str, key: str) -> bool:
        if method == "GET" or "/state/" in key:
            return False
        if key in lost:
            return False
        lost.add(key)
        return True

    with held(store, "r1") as session:
        web_of(store).drops = first
        begin(session)
        for name in NAMES:
            session.append(intent(name))
            session.append(outcome(name, f"task of {name}"))
        session.finish(replace(session.state, entries={name: entry(f"task of {name}") for name in NAMES}))
    web_of(store).drops = lambda method, key: False
    found = recorded(store)
    assert {of(found, name).task_id for name in NAMES} == {f"task of {name}" for name in NAMES}
    assert found.serial == 2 and len(lost) > len(NAMES)
    assert numbers(store) == list(range(1, len(numbers(store)) + 1))


def what_is_acknowledged_has_all_before_it(make: Make) -> None:
    """Whatever fails: what `append` returned for is read, and the log has no hole."""
    for seed in range(6):
        store, random, told = made(make), Random(seed), dict[Address, str]()
        with suppress(StateError), held(store, "r1") as session:
            begin(session)

            def work(name: Address, session: Session = session, told: dict[Address, str] = told) -> None:
                for number in range(4):
                    with suppress(StateError):
                        session.append(outcome(name, f"{name}-{number}"))
                        told[name] = f"{name}-{number}"

            with ThreadPoolExecutor(4) as pool:
                tasks = [pool.submit(work, name) for name in NAMES[:4]]
                if random.random() < 0.7:
                    time.sleep(random.uniform(0, 0.01))
                    with store.broken():
                        time.sleep(0.005)
                for one in tasks:
                    one.result()
            store.lose_power()
        found = recorded(store)
        for name, task_id in told.items():
            assert of(found, name).task_id in [f"{name}-{n}" for n in range(int(task_id[-1]), 4)], seed
        assert numbers(store) == list(range(1, len(numbers(store)) + 1))


def nothing_is_written_above_what_failed(make: Make) -> None:
    store = made(make)
    with held(store) as session:
        begin(session)
        with store.broken(), suppress(StateError):
            session.append(outcome(HALL, "lost"))
            raise AssertionError("it is acknowledged, and the store is away")
        with suppress(StateError):
            session.append(outcome(SIDE, "later"))
            assert of(recorded(store), SIDE).task_id == "later", "it is acknowledged, and not there"
        store.lose_power()
    assert numbers(store) == list(range(1, len(numbers(store)) + 1)), "the log has a hole"
    recorded(store)


def what_is_missing_or_altered_is_noticed(make: Make) -> None:
    for spoil in ("missing", "altered"):
        store = made(make)
        with held(store) as session:
            begin(session)
            for name in NAMES:
                session.append(outcome(name, "task"))
            store.lose_power()
        key = f"{store.place.base}log/{numbers(store)[-3]:012}"
        found = store.client().get(key)
        assert found is not None
        if spoil == "missing":
            store.client().delete(key)
        else:
            store.client().put(key, found.data.replace(b'"task"', b'"tusk"'))
        with suppress(StateError):
            recorded(store)
            raise AssertionError(f"what is {spoil} is not noticed")


def what_is_left_of_a_write_that_was_cut_off_says_nothing(make: Make) -> None:
    """Some stores keep an empty object of a request whose body never came."""
    store = made(make)
    base, client = store.place.base, store.client()
    with held(store, "r1") as session:
        begin(session)
        session.append(outcome(HALL, "task-9"))
        client.put(f"{base}lock", b"")
        with suppress(LockedError), held(store, "r2"):
            raise AssertionError("two have it")
        if not store.cos:  # which has no condition but a position, and keeps nothing empty
            session.preflight(Growth())
            assert session.alive() and store.lock()["holder"]["run"] == "r1"
        store.lose_power()
    store.client().put(f"{base}log/{numbers(store)[-1] + 1:012}", b"")
    store.client().put(f"{store.place.root}store", b"")
    for stray in ("log/notes.txt", "log/12", "state/notes.txt"):
        store.client().put(f"{base}{stray}", b"somebody's")
    assert of(recorded(store), HALL).task_id == "task-9"
    store.pass_time(60)
    with held(store, "r3") as session:
        session.recover()
        begin(session, "r3")
        session.append(outcome(SIDE, "task-10"))
        session.finish(recorded(store))
    for key in store.client().keys(f"{base}state/"):
        store.client().delete(key)
    for key in store.client().keys(f"{base}log/"):
        if not key[-12:].isdigit():
            store.client().delete(key)
    assert of(recorded(store), SIDE).task_id == "task-10"
    with held(store, "r4") as session:
        assert session.token > 3


def copies_only_save_reading(make: Make) -> None:
    store = make()
    for number in range(3):
        run(store, f"r{number}", [outcome(NAMES[number], f"task-{number}")])
    before, client = store.backend().snapshot(DEMO), store.client()
    keys = client.keys(f"{store.place.base}state/")
    client.put(keys[-1], b"spoilt")
    assert store.backend().snapshot(DEMO) == before
    for key in keys:
        client.delete(key)
    found = store.backend().snapshot(DEMO)
    assert (found.state, found.version) == (before.state, before.version)


def a_long_log_is_copied(make: Make) -> None:
    store = made(make)
    with patch.object(backend, "LONGEST", 4):
        for number in range(6):
            with held(store, f"r{number}"):
                pass
    keys = store.client().keys(f"{store.place.base}state/")
    assert len(keys) == 2 and recorded(store).serial == 1, keys
    history = store.backend().parts.history
    assert history is not None and list(history.generations()) == [1]


def what_a_restored_bucket_has_lost_is_told(make: Make) -> None:
    """An older version of everything but the lock."""
    store = made(make)
    kept = dict(web_of(store).objects)
    run(store, "later", [outcome(SIDE, "task-9")])
    lock = f"{store.place.base}lock"
    web_of(store).objects = {**kept, lock: web_of(store).objects[lock]}
    found = store.backend().snapshot(DEMO)
    assert found.standing is Standing.MISSING and found.missing is not None and found.state.serial == 2


def a_silent_holder_is_followed_by_who_waits(make: Make) -> None:
    """After its time by the clock of whoever waits, though the store tells none."""
    store = made(make)
    store.ageless = True
    wait = Wait(60.0, lambda: store.now, store.pass_time, lambda error: None)
    with held(store, "r1"):
        store.lose_power()
        since = store.now
        with store.backend().hold(DEMO, holder("r2"), wait):
            assert 20.0 <= store.now - since < 22.0, store.now - since


def a_silent_holder_is_followed_by_who_asks_again_and_again(make: Make) -> None:
    """As a watch does that stands by: by one backend, which remembers what it has seen."""
    store = made(make)
    store.ageless = True
    with held(store, "r1"):
        store.lose_power()
        asking, since = store.backend(), store.now
        for _ in range(25):
            with suppress(LockedError), asking.hold(DEMO, holder("r2")):
                assert 20.0 <= store.now - since < 22.0, store.now - since
                return
            store.pass_time(1.0)
    raise AssertionError("nobody followed it")


def a_holder_is_heard_of_while_it_waits(make: Make) -> None:
    store = made(make)
    tools = Tools(time.monotonic, time.sleep, store.tools.token, spawn, time.time, QUICK, 0.5)
    real = ObjectsBackend(store.place, store.bucket(), store.server.url, tools)
    with real.hold(DEMO, holder("r1")) as session:
        time.sleep(1.2 * QUICK)
        assert session.alive(), "its heart has stopped"
        store.away = True
        time.sleep(0.9 * QUICK)
        assert not session.alive(), "it is sure of a hold that it cannot prove"
        store.away = False


def spawn(run: Callable[[], None]) -> None:
    threading.Thread(target=run, daemon=True).start()


def answers_that_were_not_recorded_are_taken_later(make: Make) -> None:
    for elsewhere in (False, True):
        store, spills = made(make), NoSpills()
        with suppress(StateError), with_spills(store, spills) as session:
            begin(session)
            session.append(intent(HALL))
            session.append(intent(SIDE))
            with store.broken():
                with suppress(StateError):
                    session.append(outcome(HALL, "task-9"))
                session.finish(session.state)
        store.pass_time(60)
        kept = spills.of("r1")
        assert [one.outcome.address for one in kept] == [HALL]
        if elsewhere:
            recovery = store.backend().parts.recovery
            assert recovery is not None
            assert list(recovery.adopt(DEMO, holder("x"), kept)) == list(kept)
            assert list(recovery.adopt(DEMO, holder("y"), kept)) == []
        with with_spills(store, spills, "r2") as session:
            assert of(session.state, HALL).task_id == "task-9"
            assert of(session.state, SIDE).status is Status.UNCERTAIN
            session.recover()
        assert of(recorded(store), HALL).task_id == "task-9"


@contextmanager
def with_spills(store: ObjectsStore, spills: NoSpills, run: str = "r1") -> Iterator[Session]:
    mine = ObjectsBackend(store.place, store.bucket(), store.server.url, store.tools, spills=spills)
    with mine.hold(DEMO, holder(run)) as session:
        yield session


def a_store_is_probed_through_each_server(make: Make) -> None:
    store = made(make)
    web_of(store).ignored = frozenset({"if-match", "position"})
    elsewhere = ObjectsBackend(store.place, store.bucket(), "https://a-proxy.example", store.tools)
    with suppress(StateError), elsewhere.hold(DEMO, holder("r1")):
        raise AssertionError("it was not probed")
    web_of(store).ignored = frozenset()
    with elsewhere.hold(DEMO, holder("r1")):
        pass
    before = len(web_of(store).asked)
    with elsewhere.hold(DEMO, holder("r2")):
        pass
    assert len(web_of(store).asked) - before < 30, "it is probed each time"


OBJECTS_CHECKS: dict[str, Check] = {
    check.__name__.replace("_", " "): check
    for check in (
        who_takes_it_at_the_same_time_is_refused,
        the_log_alone_fences,
        lost_answers_change_nothing,
        what_is_acknowledged_has_all_before_it,
        nothing_is_written_above_what_failed,
        what_is_missing_or_altered_is_noticed,
        what_is_left_of_a_write_that_was_cut_off_says_nothing,
        copies_only_save_reading,
        a_long_log_is_copied,
        what_a_restored_bucket_has_lost_is_told,
        a_silent_holder_is_followed_by_who_waits,
        a_silent_holder_is_followed_by_who_asks_again_and_again,
        a_holder_is_heard_of_while_it_waits,
        answers_that_were_not_recorded_are_taken_later,
        a_store_is_probed_through_each_server,
    )
}
