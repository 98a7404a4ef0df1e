"""What every backend owes (reconciler/backends/protocol.py): each promise is a check for any store.

A check makes stores with `make` and raises AssertionError where the promise is not kept. A backend is
tried by adding its store to `stores.STORES`.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from random import Random

from reconciler.backends.parts import KEEPING, Audit, Keeping
from reconciler.backends.protocol import Growth, Replacement, Session
from reconciler.backends.snapshots import Standing, StateVersion
from reconciler.backends.waiting import Wait
from reconciler.errors import LockedError, ReconcilerError, StateError, UsageError
from reconciler.model import Address, Effect, Status
from reconciler.moments import rfc3339, unix_seconds
from reconciler.state.ending import End, Ended, Ending, Intended
from reconciler.state.journal import Begin, Intent, Outcome, Record, replayed
from reconciler.state.model import Entry, Owner, Pending, State
from reconciler.state.runs import DROPPED, RECORDED, RENAMED, UNANSWERED

from ..support import LINEAGE, LONG_AGO
from .stores import Store

Make = Callable[[], Store]
Check = Callable[[Make], None]

HALL, SIDE = Address("MixStream", "hall"), Address("MixStream", "side")
START = "StartPublishCdnStream"
DEMO, BOUND, OTHER = Owner("demo"), Owner("demo", "tencentcloud"), Owner("other", "http://127.0.0.1:1")
NAMES = [Address("MixStream", f"s{number}") for number in range(8)]


def holder(run: str) -> dict[str, str | int]:
    return {"pid": 1, "host": f"host of {run}", "command": "apply", "since": LONG_AGO, "run": run}


def entry(task_id: str = "task-1") -> Entry:
    return Entry("MixStream", 1, "sha256:1", Status.RUNNING, {"room": 1}, task_id=task_id)


def outcome(address: Address = HALL, task_id: str | None = "task-1") -> Outcome:
    return Outcome(address, f"{address}#1", "done", None if task_id is None else entry(task_id))


def intent(address: Address = HALL) -> Intent:
    return Intent(address, f"{address}#1", Pending(START, LONG_AGO, effect=Effect.START), True, entry())


@contextmanager
def held(store: Store, run: str = "r1", owner: Owner | None = DEMO) -> Iterator[Session]:
    with store.backend().hold(owner, holder(run)) as session:
        yield session


def begin(session: Session, run: str = "r1", plan: str | None = None) -> None:
    session.begin(run, LONG_AGO, LINEAGE, plan)


def refused(act: Callable[[], object]) -> ReconcilerError:
    """The error of something that must be refused, in one that says what to do."""
    try:
        found = act()
    except (StateError, UsageError) as error:
        assert error.message and error.hint, "the error does not say what to do"
        return error
    raise AssertionError(f"not refused: {found}")


def applied(make: Make, count: int = 1) -> Store:
    """A store on which so many runs have ended, each of which recorded one more task."""
    store = make()
    for number in range(1, count + 1):
        run(store, f"first{number}", [outcome(NAMES[number - 1], f"task-{number}")])
    return store


def run(store: Store, name: str, records: list[Record], owner: Owner = DEMO) -> State:
    """A run from its beginning to its end; what it wrote."""
    with held(store, name, owner) as session:
        begin(session, name)
        for record in records:
            session.append(record)
        entries = replayed(session.state.entries, records)
        return session.finish(replace(session.state, entries=entries))


def of(state: State, address: Address) -> Entry:
    """What is recorded of a resource; it must be."""
    assert address in state.entries, f"nothing is recorded of {address}"
    return state.entries[address]


def recorded(store: Store) -> State:
    return store.backend().snapshot(Owner("demo")).state


def nothing_is_an_empty_state(make: Make) -> None:
    store = make()
    found = store.backend().snapshot(Owner("demo"))
    assert (found.state, found.workspace, found.interrupted) == (State(), "", False)
    with_none = store.backend().hold(None, holder("r1"))
    refused(lambda: with_none.__enter__())


def what_is_finished_is_read(make: Make) -> None:
    store = applied(make)
    found = store.backend().snapshot(Owner("demo"))
    assert (found.state.serial, found.state.lineage, found.state.run) == (1, LINEAGE, "first1")
    assert found.state.entries == {NAMES[0]: entry()}
    assert (found.workspace, found.interrupted) == ("demo", False)
    assert store.backend().snapshot(None).state == found.state
    for read in (store.backend().snapshot, lambda name: store.backend().hold(name, holder("r")).__enter__()):
        assert "demo" in refused(lambda read=read: read(Owner("another"))).message


def reading_changes_nothing(make: Make) -> None:
    store = applied(make)
    with held(store) as session:
        begin(session)
        session.append(intent(HALL))
        first = store.reading().snapshot(Owner("demo"))
        assert store.reading().snapshot(Owner("demo")).version == first.version
        assert first.interrupted and of(first.state, HALL).status is Status.UNCERTAIN
        session.append(outcome(HALL, "task-9"))
        later = store.reading().snapshot(Owner("demo"))
        assert of(later.state, HALL).task_id == "task-9", "a reader does not see what is recorded"
        session.finish(later.state)
    assert not store.reading().snapshot(Owner("demo")).interrupted


def a_version_is_one_state(make: Make) -> None:
    store, seen = applied(make), dict[StateVersion, State]()
    with held(store) as session:
        assert session.snapshot.version == store.backend().snapshot(Owner("demo")).version

    def look() -> None:
        found = store.backend().snapshot(Owner("demo"))
        assert found.version == store.backend().snapshot(Owner("demo")).version
        assert seen.setdefault(found.version, found.state) == found.state, "two states have one version"

    look()
    with held(store) as session:
        begin(session)
        for record in (intent(), outcome(), intent(SIDE), outcome(SIDE, "task-2"), outcome(SIDE, None)):
            session.append(record)
            look()
        session.finish(recorded(store))
    look()


def one_holds_it(make: Make) -> None:
    store = applied(make)
    with held(store, "r1"), suppress(LockedError), held(store, "r2"):
        raise AssertionError("held twice")
    with held(store, "r2"), suppress(LockedError), store.backend().overrule(Owner("demo"), holder("r3")):
        raise AssertionError("overruled while it is held")
    with suppress(ZeroDivisionError), held(store, "r3"):
        raise ZeroDivisionError
    with held(store, "r4"):
        pass


def who_waits_is_told_who_holds(make: Make) -> None:
    store, told, slept = applied(make), list[str](), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            first.__exit__(None, None, None)

    wait = Wait(60.0, lambda: sum(slept), sleep, lambda error: told.append(error.message))
    first = store.backend().hold(Owner("demo"), holder("r1"))
    first.__enter__()
    with store.backend().hold(Owner("demo"), holder("r2"), wait) as session:
        assert session.alive()
    assert len(slept) == 3 and len(told) == 1 and "r1" in told[0], (slept, told)
    with held(store, "r3"):
        short = Wait(1.0, lambda: sum(slept), slept.append, lambda error: None)
        late = store.backend().hold(Owner("demo"), holder("r4"), short)
        before = sum(slept)
        assert "r3" in refused(lambda: late.__enter__()).message
        assert 1.0 <= sum(slept) - before <= 1.5, "it did not wait as long as it was told to"


def death_frees(make: Make) -> None:
    store = applied(make)
    after = store.backend().capabilities.frees_after
    if after is None:
        return
    with held(store, "r1") as session:
        begin(session)
        store.lose_power()
        store.pass_time(after)
        with held(store, "r2") as other:
            assert other.snapshot.interrupted and other.alive()


def tokens_rise(make: Make) -> None:
    store, tokens = applied(make), list[int]()
    for number in range(3):
        with held(store, f"r{number}") as session:
            tokens.append(session.token)
            if not store.backend().capabilities.fenced:
                session.finish(session.state)
    assert tokens == sorted(set(tokens)), tokens


def what_was_appended_is_durable(make: Make) -> None:
    listed: list[Record] = [intent(), outcome(), intent(SIDE), outcome(SIDE, "task-2"), intent()]
    for count in range(len(listed) + 1):
        store = applied(make)
        with held(store) as session:
            begin(session)
            for record in listed[:count]:
                session.append(record)
            store.lose_power()
        found = store.backend().snapshot(Owner("demo"))
        assert found.interrupted and found.state.run == "r1"
        assert found.state.entries == replayed({NAMES[0]: entry()}, listed[:count]), count


def what_was_finished_is_durable(make: Make) -> None:
    store = applied(make, 2)
    before = recorded(store)
    store.lose_power()
    assert recorded(store) == before


def many_threads_append(make: Make) -> None:
    store = applied(make)

    def work(address: Address) -> None:
        for number in range(10):
            session.append(intent(address))
            session.append(outcome(address, f"{address}-{number}"))

    with held(store) as session:
        begin(session)
        with ThreadPoolExecutor(len(NAMES)) as executor:
            list(executor.map(work, NAMES))
        state = recorded(store)
    assert {address: of(state, address).task_id for address in NAMES} == {
        address: f"{address}-9" for address in NAMES
    }


def who_was_overtaken_writes_nothing(make: Make) -> None:
    store = applied(make)
    with held(store, "r1") as old:
        begin(old)
        old.append(intent())
        store.overtake("r1")
        assert not old.alive(), "it believes in its hold although another one can have it"
        with held(store, "r2") as new:
            new.recover()
            before = store.backend().snapshot(Owner("demo"))
            refused(lambda: old.append(intent(SIDE)))
            refused(lambda: old.finish(old.state))
            if store.backend().capabilities.fenced:
                refused(lambda: old.append(outcome(HALL, "stray")))
            with suppress(StateError):
                old.append(outcome(HALL, "stray"))
            after = store.backend().snapshot(Owner("demo"))
            assert (after.state, after.version) == (before.state, before.version), "it wrote all the same"
            assert not old.alive() and old.lost is not None and new.alive()
        assert not old.alive()


def alive_ends_before_another_can_come(make: Make) -> None:
    store = applied(make)
    after = store.backend().capabilities.frees_after or 0.0
    with held(store, "r1") as session:
        begin(session)
        for _ in range(4):
            store.pass_time(after / 2)
            session.append(outcome())
            assert session.alive(), "a write does not prove the hold"
        for _ in range(11 if after else 0):
            store.pass_time(after / 10)
            was_alive = session.alive()
            with suppress(LockedError), held(store, "r2"):
                assert not was_alive, "it was sure of its hold when another one took it"
                return
        assert after == 0.0 and session.alive()


def what_was_interrupted_is_recovered_first(make: Make) -> None:
    store = applied(make)
    with held(store, "r1") as session:
        begin(session)
        session.append(outcome())
        session.append(intent(SIDE))
    known = recorded(store)
    with held(store, "r2") as session:
        assert session.snapshot.interrupted and session.state == known
        refused(lambda: begin(session, "r2"))
        session.recover()
        session.recover()
        assert session.state.serial == known.serial + 1, "it was recovered twice"
        begin(session, "r2")
        session.finish(session.state)
    found = store.backend().snapshot(Owner("demo"))
    assert not found.interrupted and found.state.entries == known.entries
    assert of(found.state, SIDE).status is Status.UNCERTAIN


def finish_compares_and_swaps(make: Make) -> None:
    store = applied(make)
    with held(store) as session:
        begin(session)
        store.meddle()
        kept = session.state
        refused(lambda: session.finish(replace(kept, entries={})))
    with suppress(StateError):
        assert recorded(store).entries == {NAMES[0]: entry()}, "what another one wrote is written over"
    store = applied(make)
    with held(store) as session:
        assert session.finish(session.state).serial == 2
        assert session.finish(session.state).serial == 3, "it does not know its own write again"


def a_plan_is_used_up_by_its_beginning(make: Make) -> None:
    store = applied(make)
    with held(store) as session:
        begin(session, plan="nonce")
        store.lose_power()
    assert "nonce" in recorded(store).used_plans
    store.pass_time(store.backend().capabilities.frees_after or 0.0)
    with held(store, "r2") as session:
        assert "nonce" in session.snapshot.state.used_plans
        session.recover()
    assert "nonce" in recorded(store).used_plans


def nothing_follows_a_failure(make: Make) -> None:
    store = applied(make)
    with held(store) as session:
        begin(session)
        session.append(outcome())
        with store.broken():
            refused(lambda: session.append(outcome(SIDE, "lost")))
        refused(lambda: session.append(outcome(SIDE, "later")))
        entries = {**replayed(session.state.entries, [outcome()]), SIDE: entry("lost")}
        assert session.finish(replace(session.state, entries=entries)).serial == 2
    assert of(recorded(store), SIDE).task_id == "lost", "what is known in the end is not recorded"


def a_rehearsal_tells_of_failure_and_changes_nothing(make: Make) -> None:
    store = applied(make)
    before = recorded(store)
    with held(store) as session:
        session.preflight(Growth(1000, 1000))
        assert recorded(store) == before
        begin(session)
        session.finish(session.state)
    with held(store) as session, store.broken():
        refused(lambda: session.preflight(Growth(1000, 1000)))


def another_state_is_put_in_place(make: Make) -> None:
    store = applied(make, 2)
    found = recorded(store)
    older = replace(found, serial=1)
    foreign = replace(found, lineage="another")
    with store.backend().overrule(Owner("demo"), holder("push")) as replacing:
        assert replacing.objections(Replacement(found, "demo")) == []
        assert replacing.objections(Replacement(older, "demo"))
        assert replacing.objections(Replacement(foreign, "demo"))
        written = replacing.put(Replacement(replace(older, entries={}), "demo"), LINEAGE)
        assert written.serial > found.serial, "a serial was given twice"
        assert [task_id for _, task_id in replacing.forgotten(written)] == ["task-1", "task-2"]
    assert recorded(store) == written


def generations_are_kept(make: Make) -> None:
    store = make()
    written = [run(store, f"r{number}", [outcome(NAMES[number])]) for number in range(3)]
    history = store.backend().parts.history
    assert history is not None
    assert list(history.generations()) == [3, 2, 1]
    assert [history.generation(state.serial) for state in written] == written
    refused(lambda: history.generation(9))


def a_dead_hold_is_broken_by_its_name(make: Make) -> None:
    store = applied(make)
    unlock = store.backend().parts.unlock
    if unlock is None:
        assert store.backend().capabilities.frees_after is not None, "nothing ever frees a dead hold"
        return
    with held(store, "r1") as session:
        assert "r1" in refused(lambda: unlock.locked(holder("x")).__enter__()).message
        refused(lambda: unlock.break_open("r9", "here"))
        refused(lambda: unlock.break_open("r1", "host of r1"))
        assert session.alive()
        unlock.break_open("r1", "here")
        with unlock.locked(holder("x")):
            assert not session.alive()


def whatever_happens_is_read_back(make: Make) -> None:
    """Runs of any records, cut short anywhere: what is read is what replaying them says."""
    for seed in range(10):
        random, store = Random(seed), applied(make)
        entries = dict(recorded(store).entries)
        for number in range(4):
            with held(store, f"r{number}") as session:
                session.recover()
                begin(session, f"r{number}")
                records = [_any_record(random) for _ in range(random.randrange(12))]
                for record in records:
                    session.append(record)
                entries = replayed(entries, records)
                if random.random() < 0.5:
                    session.finish(replace(session.state, entries=entries))
            assert recorded(store).entries == entries, seed


def is_refused_to(store: Store, *owners: Owner) -> None:
    """To read it or to hold it, with the values that differ and the ways out."""
    found = store.backend().snapshot(None).owner
    for owner in owners:
        values = (found.workspace, owner.workspace)
        if values[0] == values[1]:
            values = (found.cloud, owner.cloud)
        for act in (
            lambda owner=owner: store.backend().snapshot(owner),
            lambda owner=owner: store.backend().hold(owner, holder("r9")).__enter__(),
        ):
            error = refused(act)
            assert all(value in error.message for value in values), error.message
            assert error.hint and "state rebind" in error.hint and "--state" in error.hint, error.hint


def a_state_has_one_owner(make: Make) -> None:
    store = make()
    run(store, "r1", [outcome()], BOUND)
    assert store.backend().snapshot(None).owner == BOUND
    for owner in (BOUND, DEMO, None):
        assert of(store.backend().snapshot(owner).state, HALL).task_id == "task-1"
    is_refused_to(store, Owner("demo", "simulator"), Owner("other", "tencentcloud"), OTHER)


def a_first_run_that_was_interrupted_has_an_owner(make: Make) -> None:
    store = make()
    with held(store, "r1", BOUND) as session:
        begin(session)
        session.append(outcome())
        store.lose_power()
    store.pass_time(store.backend().capabilities.frees_after or 0.0)
    assert store.backend().snapshot(None).owner == BOUND
    is_refused_to(store, Owner("demo", "simulator"), Owner("other", "tencentcloud"))
    with held(store, "r2", BOUND) as session:
        session.recover()
    assert store.backend().snapshot(None).owner == BOUND


def the_next_write_binds_what_is_bound_to_no_cloud(make: Make) -> None:
    store = applied(make)
    assert recorded(store).cloud == "" and store.backend().snapshot(BOUND).state.cloud == ""
    with held(store, "r1", BOUND) as session:
        begin(session)
        assert session.state.cloud == BOUND.cloud
        store.lose_power()
    store.pass_time(store.backend().capabilities.frees_after or 0.0)
    assert recorded(store).cloud == BOUND.cloud
    store = applied(make)
    with held(store, "r1", BOUND) as session:
        assert session.finish(session.state).cloud == BOUND.cloud
    run(store, "r2", [])
    assert recorded(store).cloud == BOUND.cloud, "a run that names no cloud has unbound it"


def what_a_run_has_ended_whole_is_bound_to_no_cloud(make: Make) -> None:
    store = make()
    run(store, "r1", [outcome()], BOUND)
    with held(store, "r2", BOUND) as session:
        begin(session, "r2")
        session.finish(replace(session.state, entries={}, cleared="r2"))
    elsewhere = Owner("demo", OTHER.cloud)
    assert store.backend().snapshot(elsewhere).state.entries == {}
    with held(store, "r3", elsewhere) as session:
        begin(session, "r3")
        session.append(outcome())
        store.lose_power()
    store.pass_time(store.backend().capabilities.frees_after or 0.0)
    is_refused_to(store, BOUND)
    with held(store, "r4", elsewhere) as session:
        session.recover()
    assert store.backend().snapshot(None).owner == elsewhere
    is_refused_to(store, BOUND)


def it_is_bound_to_another_owner_in_one_step(make: Make) -> None:
    store = make()
    run(store, "r1", [outcome()], BOUND)
    with held(store, "r2", BOUND) as session:
        begin(session, "r2")
        session.append(outcome(SIDE, "task-2"))
        store.lose_power()
    store.pass_time(store.backend().capabilities.frees_after or 0.0)
    with held(store, "r3", None) as session:
        written = session.rebind(OTHER)
        store.lose_power()
    store.pass_time(store.backend().capabilities.frees_after or 0.0)
    found = store.backend().snapshot(OTHER)
    assert (found.owner, found.state, found.interrupted) == (OTHER, written, False)
    assert (found.state.serial, found.state.lineage) == (2, LINEAGE)
    assert {one: of(found.state, one).task_id for one in (HALL, SIDE)} == {HALL: "task-1", SIDE: "task-2"}
    is_refused_to(store, BOUND)


def a_state_of_another_cloud_is_objected_to(make: Make) -> None:
    store = make()
    written = run(store, "r1", [outcome()], BOUND)
    with store.backend().overrule(DEMO, holder("push")) as replacing:
        elsewhere = Replacement(replace(written, cloud=OTHER.cloud), "demo")
        assert replacing.objections(elsewhere)
        unbound = Replacement(replace(written, cloud=""), "demo")
        assert replacing.objections(unbound) == []
        replacing.put(unbound, LINEAGE)
    assert recorded(store).cloud == BOUND.cloud


def a_lost_state_is_told_and_a_new_one_is_not(make: Make) -> None:
    store = make()
    with held(store):
        pass
    assert store.backend().snapshot(DEMO).standing is Standing.NEW, "who only held it has written it"
    store = applied(make, 2)
    lost = recorded(store)
    assert store.backend().snapshot(DEMO).standing is Standing.PRESENT
    store.lose_state()
    for found in (store.backend().snapshot(DEMO), store.reading().snapshot(None)):
        assert found.standing is Standing.MISSING and found.state.entries == {}
        assert found.state.serial == 2 and found.state.was_emptied
        assert found.missing is not None and "state push" in (found.missing.hint or "")
    with held(store) as session:
        assert session.snapshot.standing is Standing.MISSING
    refused(lambda: store.backend().hold(None, holder("r9")).__enter__())
    with store.backend().overrule(DEMO, holder("push")) as replacing:
        assert replacing.objections(Replacement(lost, "demo")) == []
        replacing.put(Replacement(lost, "demo"), LINEAGE)
    found = store.backend().snapshot(DEMO)
    assert found.standing is Standing.PRESENT and found.state.entries == lost.entries


def a_first_run_that_was_interrupted_is_no_lost_state(make: Make) -> None:
    store = make()
    with held(store) as session:
        begin(session)
        store.lose_power()
    assert store.backend().snapshot(DEMO).standing is Standing.PRESENT


def audit_of(store: Store, keeping: Keeping = KEEPING) -> Audit:
    audit = store.backend(keeping).parts.audit
    assert audit is not None
    return audit


def told_runs(store: Store) -> list[tuple[str, Ending | None, str]]:
    """(run, how it ended, by which run it was taken over) of all that is kept, the newest first."""
    return [
        (one.run, one.end and one.end.ended.ending, one.end.by if one.end else "")
        for one in audit_of(store).runs(100)
    ]


def killed(store: Store, name: str, records: list[Record]) -> None:
    """A run that begins, appends, and dies with everything that uses the store."""
    with held(store, name) as session:
        session.recover()
        begin(session, name)
        for record in records:
            session.append(record)
        store.lose_power()
    store.pass_time(store.backend().capabilities.frees_after or 0.0)


def who_did_what_is_kept(make: Make) -> None:
    store = make()
    who = {**holder("r1"), "user": "ana", "revision": "9f1c2d3"}
    with store.backend().hold(DEMO, who) as session:
        session.begin("r1", LONG_AGO, LINEAGE, "nonce", Intended({"start": 2}, "sha256:1"))
        assert [(one.run, one.end, one.held) for one in audit_of(store).runs(9)] == [("r1", None, True)]
        session.append(outcome())
        failed = Ended(Ending.FAILED, {"done": 1, "failed": 1})
        session.finish(replace(session.state, entries={HALL: entry()}), failed)
    store.lose_power()
    run(store, "r2", [])
    reading = store.reading().parts.audit
    assert reading is not None
    newest, first = reading.runs(9)
    assert [newest.run, *(one.run for one in audit_of(store).runs(1))] == ["r2", "r2"]
    assert (first.run, first.command, dict(first.holder)) == ("r1", "apply", who)
    assert first.begin.intended == Intended({"start": 2}, "sha256:1")
    assert (first.begin.at, first.begin.plan, first.begin.serial) == (LONG_AGO, "nonce", 0)
    assert first.end is not None and (first.end.ended, first.serial, first.end.by) == (failed, 1, "")
    assert unix_seconds(first.end.at) >= unix_seconds(LONG_AGO)


def the_calls_of_a_run_outlive_it(make: Make) -> None:
    store = make()
    refusal = replace(outcome(), result="refused", entry=None, at=LONG_AGO, code="Limit", request_id="r-1")
    sent: list[Record] = [intent(), outcome(), intent(SIDE), replace(refusal, address=SIDE)]
    run(store, "r1", sent)
    run(store, "r2", [intent(SIDE), outcome(SIDE, "task-2")])
    store.lose_power()
    kept = [replace(one, entry=None) if isinstance(one, Intent) else one for one in sent]
    assert list(audit_of(store).records("r1")) == kept
    assert len(audit_of(store).records("r2")) == 2
    refused(lambda: audit_of(store).records("r3"))


def a_killed_run_is_told_and_who_took_it_over(make: Make) -> None:
    store = applied(make)
    killed(store, "r1", [intent(), outcome(HALL, "task-9"), intent(SIDE)])
    assert told_runs(store) == [("r1", None, ""), ("first1", Ending.DONE, "")]
    assert [one.held for one in audit_of(store).runs(1)] == [False], "it is said to be at work"
    killed(store, "r2", [])
    with held(store, "r3") as session:
        session.recover()
    assert told_runs(store) == [
        ("r3", Ending.DONE, ""),
        ("r2", Ending.UNFINISHED, "r3"),
        ("r1", Ending.UNFINISHED, "r2"),
        ("first1", Ending.DONE, ""),
    ]
    *_, answered, waiting = audit_of(store).records("r1")
    assert isinstance(answered, Intent) and isinstance(waiting, Outcome)
    assert (waiting.address, waiting.result) == (SIDE, UNANSWERED)
    assert waiting.entry == of(recorded(store), SIDE), "what it left in doubt is not in its record"
    dead = audit_of(store).runs(3)[2]
    assert dead.end is not None and dead.end.ended.results == {"done": 1, "uncertain": 1}
    assert dead.serial == 2


def an_edit_by_hand_is_a_run(make: Make) -> None:
    store = applied(make, 2)
    first, second = NAMES[:2]
    with held(store, "edit") as session:
        entries = {HALL: of(session.state, first), SIDE: entry("task-7")}
        session.finish(replace(session.state, entries=entries))
    found = {one.address: one for one in audit_of(store).records("edit") if isinstance(one, Outcome)}
    assert {address: one.result for address, one in found.items()} == {
        first: DROPPED,
        second: DROPPED,
        HALL: RENAMED,
        SIDE: RECORDED,
    }
    assert (found[HALL].renamed_from, found[HALL].entry) == (first, entry("task-1"))
    assert told_runs(store)[0] == ("edit", Ending.DONE, "")
    with held(store, "same") as session:
        session.finish(session.state)
    assert list(audit_of(store).records("same")) == []
    with store.backend().overrule(DEMO, holder("push")) as replacing:
        replacing.put(Replacement(replace(recorded(store), entries={}), "demo"), LINEAGE)
    assert told_runs(store)[0] == ("push", Ending.DONE, "")
    assert {one.result for one in audit_of(store).records("push") if isinstance(one, Outcome)} == {DROPPED}


def what_is_pushed_over_a_killed_run_takes_it_over(make: Make) -> None:
    store = applied(make)
    before = recorded(store)
    killed(store, "r1", [outcome(SIDE, "task-2")])
    with store.backend().overrule(DEMO, holder("push")) as replacing:
        replacing.put(Replacement(replace(before, serial=0), "demo"), LINEAGE)
    run(store, "after", [])
    assert told_runs(store)[:3] == [
        ("after", Ending.DONE, ""),
        ("push", Ending.DONE, ""),
        ("r1", Ending.UNFINISHED, "push"),
    ]


def a_resource_has_one_life_whatever_its_name(make: Make) -> None:
    store = applied(make)
    run(store, "r2", [intent(NAMES[0]), outcome(NAMES[0], "task-1")])
    with held(store, "mv") as session:
        session.finish(replace(session.state, entries={HALL: of(session.state, NAMES[0])}))
    run(store, "r3", [outcome(HALL, "task-3")])
    run(store, "r4", [outcome(SIDE, "task-4")])
    told = audit_of(store).life_of(HALL, 9)
    assert [one.run for one, _ in told] == ["r3", "mv", "r2", "r2", "first1"]
    assert [record.address for _, record in told if not isinstance(record, Begin | End)] == [
        *(HALL, HALL),
        *(NAMES[0], NAMES[0], NAMES[0]),
    ]
    assert [one.run for one, _ in audit_of(store).life_of(HALL, 2)] == ["r3", "mv"]


def runs_are_pruned_but_for_those_whose_tasks_run(make: Make) -> None:
    for keeping, days in ((Keeping(runs=3), 0), (Keeping(days=30), 31)):
        store = make()
        run(store, "starts", [intent(HALL), outcome(HALL, "task-1")])
        run(store, "updates", [outcome(HALL, "task-1")])
        store.pass_time(days * 86400.0)
        later = [f"later{number}" for number in range(3)]
        for name in later:
            with store.backend(keeping).hold(DEMO, {**holder(name), "since": since(store)}) as session:
                session.begin(name, since(store), LINEAGE)
                session.finish(session.state)
        assert [one for one, *_ in told_runs(store)] == [*reversed(later), "starts"]
        with store.backend(keeping).hold(DEMO, {**holder("stops"), "since": since(store)}) as session:
            session.begin("stops", since(store), LINEAGE)
            session.finish(replace(session.state, entries={}))
        assert "starts" not in [one for one, *_ in told_runs(store)], "its task runs no more"


def since(store: Store) -> str:
    """This moment of the store's."""
    return rfc3339(store.moment())


def _any_record(random: Random) -> Record:
    address = random.choice(NAMES)
    if random.random() < 0.5:
        return intent(address)
    return outcome(address, random.choice([None, "task-1", f"task-{random.randrange(100)}"]))


OF_AUDITS: dict[str, Check] = {
    check.__name__.replace("_", " "): check
    for check in (
        who_did_what_is_kept,
        the_calls_of_a_run_outlive_it,
        a_killed_run_is_told_and_who_took_it_over,
        an_edit_by_hand_is_a_run,
        what_is_pushed_over_a_killed_run_takes_it_over,
        a_resource_has_one_life_whatever_its_name,
        runs_are_pruned_but_for_those_whose_tasks_run,
    )
}
"""What is owed by a store that has the part `audit`."""

CHECKS: dict[str, Check] = {
    check.__name__.replace("_", " "): check
    for check in (
        nothing_is_an_empty_state,
        what_is_finished_is_read,
        reading_changes_nothing,
        a_version_is_one_state,
        one_holds_it,
        who_waits_is_told_who_holds,
        death_frees,
        tokens_rise,
        what_was_appended_is_durable,
        what_was_finished_is_durable,
        many_threads_append,
        who_was_overtaken_writes_nothing,
        alive_ends_before_another_can_come,
        what_was_interrupted_is_recovered_first,
        finish_compares_and_swaps,
        a_plan_is_used_up_by_its_beginning,
        nothing_follows_a_failure,
        a_rehearsal_tells_of_failure_and_changes_nothing,
        another_state_is_put_in_place,
        generations_are_kept,
        a_dead_hold_is_broken_by_its_name,
        whatever_happens_is_read_back,
        a_lost_state_is_told_and_a_new_one_is_not,
        a_first_run_that_was_interrupted_is_no_lost_state,
        a_state_has_one_owner,
        a_first_run_that_was_interrupted_has_an_owner,
        the_next_write_binds_what_is_bound_to_no_cloud,
        what_a_run_has_ended_whole_is_bound_to_no_cloud,
        it_is_bound_to_another_owner_in_one_step,
        a_state_of_another_cloud_is_objected_to,
    )
} | OF_AUDITS
