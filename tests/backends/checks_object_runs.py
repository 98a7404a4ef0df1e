"""What the backend for buckets tells of runs: from the log alone, with or without what saves reading it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from reconciler.backends.leased import head_of
from reconciler.backends.objects.batches import NO_LOG, batch_of, followed, glance, log_key
from reconciler.backends.objects.batches import End as LogEnd
from reconciler.backends.objects.indexes import Index, calls_to_bytes, index_to_bytes
from reconciler.backends.parts import Keeping
from reconciler.errors import StateError
from reconciler.state.ending import SIMPLY_DONE, End, Ending
from reconciler.state.journal import Begin, Outcome, Record
from reconciler.state.model import State
from reconciler.state.runs import UNANSWERED

from ..support import LINEAGE, LONG_AGO
from .checks_objects import Check, Make, web_of
from .conformance import (
    DEMO,
    HALL,
    NAMES,
    SIDE,
    audit_of,
    held,
    holder,
    intent,
    killed,
    outcome,
    recorded,
    refused,
    run,
    since,
    told_runs,
)
from .objects_store import ObjectsStore

INDEXES, ALL_CALLS = "runs/", "calls/"


def told(store: ObjectsStore) -> Any:
    """All that is told of the runs of a store: each with its calls, and the lives of some resources."""
    audit = audit_of(store)
    runs = audit.runs(99)
    calls = [list(audit.records(one.run)) for one in runs]
    return runs, calls, [audit.life_of(address, 99) for address in (HALL, SIDE, *NAMES[:3])]


def keys(store: ObjectsStore, part: str) -> list[str]:
    return list(store.client().keys(f"{store.place.base}{part}"))


def remove(store: ObjectsStore, *found: str) -> None:
    for key in found:
        store.client().delete(key)


def busy(make: Make) -> ObjectsStore:
    """A store on which runs of every sort have ended."""
    store = make()
    run(store, "r1", [intent(HALL), outcome(HALL, "task-1"), intent(NAMES[0]), outcome(NAMES[0], "task-2")])
    killed(store, "r2", [intent(SIDE), outcome(SIDE, "task-3"), intent(HALL)])
    with held(store, "r3") as session:
        session.recover()
        session.begin("r3", LONG_AGO, LINEAGE)
        session.append(outcome(NAMES[1], "task-4"))
        session.finish(recorded(store))
    with held(store, "mv") as session:
        entries = dict(session.state.entries)
        entries[NAMES[2]] = entries.pop(NAMES[1])
        session.finish(replace(session.state, entries=entries))
    return store


@contextmanager
def unkept(store: ObjectsStore, *parts: str) -> Iterator[None]:
    """A block in which nobody has the right to write this, which saves reading the log."""
    denied = [f"{store.place.base}{part}" for part in parts]
    web_of(store).denies = lambda method, key: method != "GET" and any(map(key.startswith, denied))
    try:
        yield
    finally:
        web_of(store).denies = lambda method, key: False


def history_takes_few_requests(make: Make) -> None:
    """However long the log is: only what no index has yet is read of it."""
    store, web = make(), None
    for number in range(30):
        address = NAMES[number % 4]
        run(store, f"r{number}", [one for _ in range(5) for one in (intent(address), outcome(address))])
    with held(store, "open") as session:
        session.begin("open", LONG_AGO, LINEAGE)
        session.append(outcome(HALL, "task-1"))
        audit, web = audit_of(store), web_of(store)
        for ask, most in (
            (lambda: audit.runs(20), 12),
            (lambda: audit.records("r7"), 12),
            (lambda: audit.life_of(NAMES[0], 1), 12 + 16),
            (lambda: audit.life_of(NAMES[0], 999), 12 + 30),
        ):
            before = len(web.asked)
            assert ask()
            assert len(web.asked) - before <= most, web.asked[before:]
    assert len(keys(store, INDEXES)) == 3


def what_saves_reading_is_never_believed_against_the_log(make: Make) -> None:
    """Missing, damaged, of another log or cut off: the same is told."""
    store = busy(make)
    said, objects = told(store), dict(web_of(store).objects)
    for part in (INDEXES, ALL_CALLS):
        for spoil in ("all removed", "newest removed", "damaged", "all damaged", "of another log", "cut off"):
            web_of(store).objects = dict(objects)
            found = keys(store, part)
            for key in found if spoil.startswith("all") else found[-1:]:
                _spoil(store, key, spoil)
            assert told(store) == said, (part, spoil)
        run(store, "later", [outcome(SIDE, None)])
        assert told_runs(store)[1:] == [(one.run, one.end.ended.ending, one.end.by) for one in said[0]]


def _spoil(store: ObjectsStore, key: str, how: str) -> None:
    client, data = store.client(), _data(store, key)
    if "removed" in how:
        client.delete(key)
    elif "damaged" in how:
        client.put(key, data.replace(b"task", b"tusk").replace(b"r1", b"rx"))
    elif how == "cut off":
        client.put(key, b"")
    else:
        end = LogEnd(int(key.rpartition("/")[2]), "another", 1)
        client.put(key, index_to_bytes(Index(end, ())) if INDEXES in key else calls_to_bytes(end, {}))


def a_run_that_could_not_be_kept_fails_nothing_and_is_kept_later(make: Make) -> None:
    for parts in ((INDEXES,), (ALL_CALLS,), (INDEXES, ALL_CALLS)):
        store = busy(make)
        backend = store.backend()
        with unkept(store, *parts), backend.hold(DEMO, holder("unkept")) as session:
            session.begin("unkept", LONG_AGO, LINEAGE)
            session.append(outcome(SIDE, "task-9"))
            session.finish(recorded(store))
        assert any("history" in notice for notice in backend.notices), backend.notices
        assert recorded(store).entries[SIDE].task_id == "task-9"
        said = told(store)
        assert said[0] and said[0][0].run == "unkept" and said[1][0] == [outcome(SIDE, "task-9")]
        run(store, "later", [])
        assert [list(audit_of(store).records("unkept")), *told(store)[1][1:]] == [said[1][0], *said[1]]
        numbers = [key.rpartition("/")[2] for key in keys(store, "log/")]
        assert keys(store, INDEXES)[-1].endswith(numbers[-1]), "the history is still behind"


def the_log_of_an_earlier_release_is_told(make: Make) -> None:
    """Whose edits do not say who made them, nor that they ended a run that was killed."""
    store = make()
    run(store, "r1", [intent(HALL), outcome(HALL, "task-1")])
    remove(store, *keys(store, INDEXES), *keys(store, ALL_CALLS))
    client, base, state = store.client(), store.place.base, recorded(store)
    log = keys(store, "log/")
    last = client.get(log[-1])
    assert last is not None
    fence = glance(last.data)[0]
    end = followed(LogEnd(len(log) - 1), last.data, 0)
    written: list[tuple[int, list[Record], State | None]] = [
        (fence + 1, [Begin(LINEAGE, 1, "r2", LONG_AGO, holder=holder("r2")), intent(SIDE)], None),
        (fence + 2, [Outcome(SIDE, "state", "recorded", None), End(LONG_AGO, SIMPLY_DONE, 2)], state),
        (fence + 3, [Outcome(HALL, "state", "recorded", None), End(LONG_AGO, SIMPLY_DONE, 3)], state),
    ]
    for number, records, head in written:
        said = head and head_of("demo", replace(head, serial=head.serial + number - fence - 1))
        batch = batch_of(end, number, "earlier", records, said)
        assert client.create(log_key(base, batch.end.number), batch.data)
        end = batch.end
    assert told_runs(store) == [("r2", Ending.UNFINISHED, ""), ("r1", Ending.DONE, "")]
    *_, waiting = audit_of(store).records("r2")
    assert isinstance(waiting, Outcome) and waiting.result == UNANSWERED
    assert end != NO_LOG and len(audit_of(store).records("r1")) == 2


def what_is_missing_of_the_log_is_passed_over(make: Make) -> None:
    """A rule that removes old objects, somebody who alters one: the other runs are told, and what is not."""
    for spoil in ("removed", "altered"):
        store = make()
        for name in ("r1", "r2", "r3"):
            run(store, name, [intent(HALL), outcome(HALL, "task-1")])
        client, log = store.client(), keys(store, "log/")
        remove(store, *keys(store, INDEXES), *keys(store, ALL_CALLS))
        [lost] = [key for key in log if b'"r2"' in _data(store, key) and b'"begin"' in _data(store, key)]
        if spoil == "removed":
            remove(store, lost)
        else:
            client.put(lost, _data(store, lost).replace(b"{", b"[", 1))
        backend = store.backend()
        audit = backend.parts.audit
        assert audit is not None
        assert [one.run for one in audit.runs(9)] == ["r3", "r1"], spoil
        assert len(audit.records("r3")) == 2
        refused(lambda audit=audit: audit.records("r2"))
        assert spoil == "removed" or any("skipped" in notice for notice in backend.notices), backend.notices


def _data(store: ObjectsStore, key: str) -> bytes:
    found = store.client().get(key)
    assert found is not None
    return found.data


def a_list_that_is_behind_hides_no_run(make: Make) -> None:
    """Neither from who asks, nor from the index that the next run writes."""
    store = make()
    run(store, "r1", [outcome(HALL, "task-1")])
    before = keys(store, "log/")
    with unkept(store, INDEXES, ALL_CALLS):
        run(store, "r2", [outcome(HALL, "task-2")])
    for hidden in (keys(store, "log/")[len(before) :], keys(store, "log/")[len(before) :][1:2]):
        web_of(store).unlisted = frozenset(hidden)
        assert [one for one, *_ in told_runs(store)] == ["r2", "r1"], hidden
    with held(store, "r3") as session:
        session.finish(session.state)
    web_of(store).unlisted = frozenset()
    assert [one for one, *_ in told_runs(store)] == ["r3", "r2", "r1"]
    assert list(audit_of(store).records("r2")) == [outcome(HALL, "task-2")]


def what_is_not_kept_is_removed(make: Make) -> None:
    """The calls of runs that are too many, and older indexes; never the log, nor what another run needs."""
    store = make()
    few = Keeping(runs=3)
    run(store, "starts", [intent(HALL), outcome(HALL, "task-1")])
    logs = keys(store, "log/")
    for number in range(6):
        with store.backend(few).hold(DEMO, {**holder(f"r{number}"), "since": since(store)}) as session:
            session.begin(f"r{number}", since(store), LINEAGE)
            session.finish(session.state)
    assert [one for one, *_ in told_runs(store)] == ["r5", "r4", "r3", "starts"]
    assert len(keys(store, ALL_CALLS)) == 4 and len(keys(store, INDEXES)) == 3
    assert keys(store, "log/")[: len(logs)] == logs
    with suppress(StateError):
        audit_of(store).records("r0")
        raise AssertionError("what is not kept is told")


OBJECT_RUNS_CHECKS: dict[str, Check] = {
    check.__name__.replace("_", " "): check
    for check in (
        history_takes_few_requests,
        what_saves_reading_is_never_believed_against_the_log,
        a_run_that_could_not_be_kept_fails_nothing_and_is_kept_later,
        the_log_of_an_earlier_release_is_told,
        what_is_missing_of_the_log_is_passed_over,
        a_list_that_is_behind_hides_no_run,
        what_is_not_kept_is_removed,
    )
}
