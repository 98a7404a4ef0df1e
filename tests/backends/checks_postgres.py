"""What the PostgreSQL backend owes beside the protocol: a fence that is a lock, exact repeats, a lease."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import psycopg

from reconciler.backends.postgres.backend import PostgresBackend
from reconciler.backends.postgres.client import Tools
from reconciler.backends.postgres.database import Connect, Database, Parameters, Row, Unanswered
from reconciler.backends.protocol import Growth
from reconciler.backends.spills import NoSpills, Spilled, Spills, spilled_in
from reconciler.errors import LockedError, Occupied, StateError
from reconciler.model import Address, Status
from reconciler.state.journal import Intent, Outcome, Record, replayed
from reconciler.state.model import Entry, State

from ..support import LONG_AGO
from .checks_calls import CALL_CHECKS
from .checks_kept import KEPT_CHECKS
from .checks_lost import LOST_CHECKS
from .checks_pace import PACE_CHECKS
from .conformance import (
    CHECKS,
    DEMO,
    HALL,
    NAMES,
    SIDE,
    begin,
    entry,
    held,
    holder,
    intent,
    of,
    outcome,
    recorded,
    refused,
)
from .postgres_store import PostgresStore, connecting, fresh_token
from .relay import PASS, REFUSE, SWALLOW_ALL, SWALLOW_ANSWERS, relaying
from .servers import servers
from .servers import started as new_servers

Make = Callable[..., PostgresStore]
Check = Callable[[Make], None]

QUICK = 2.0
"""Seconds of a hold in tests that let real time pass."""


def spawn(run: Callable[[], None]) -> None:
    threading.Thread(target=run, daemon=True).start()


def real(ttl: float = QUICK, patience: float = 1.5, deadline: float = 0.5) -> Tools:
    """Tools on the real clock, in a hurry."""
    return Tools(time.monotonic, time.sleep, fresh_token, spawn, ttl, patience, deadline)


def backend_of(store: PostgresStore, tools: Tools, connect: Connect | None = None) -> PostgresBackend:
    return PostgresBackend(store.place, connect or connecting(store.url), tools)


def journal_of(store: PostgresStore) -> list[tuple[int, str]]:
    """(number, kind) of every record."""
    rows = store.run("SELECT seq, kind FROM {schema}.journal WHERE workspace = {workspace} ORDER BY seq")
    return [(int(str(seq)), str(kind)) for seq, kind in rows]


@contextmanager
def transaction(store: PostgresStore) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """One transaction of a session of its own, which is committed at the end of the block."""
    workspace = f"(SELECT id FROM {store.schema_name}.workspace WHERE name = '{store.workspace}')"

    def run(statement: str) -> list[tuple[Any, ...]]:
        text = statement.format(schema=store.schema_name, workspace=workspace, name=store.workspace)
        return connection.execute(text.encode()).fetchall()

    with psycopg.connect(servers().direct) as connection:
        yield run


APPEND = (
    "SELECT outcome FROM {{schema}}.append_1({{workspace}}, '{token}', {after}, ARRAY['o'], "
    "ARRAY['MixStream/hall'], ARRAY['x'], ARRAY[NULL::text], ARRAY['x'::bytea])"
)
TAKE = (
    "SELECT outcome FROM {{schema}}.take_1('{{name}}', '{token}', '{{{{}}}}'::jsonb, interval '{ttl} s', 0)"
)


def the_fence_is_a_lock(make: Make) -> None:
    """A record of a holder that another one follows is there when that one reads, or never."""
    store = make()
    with held(store) as session:
        begin(session)
        [(token,)] = store.run("SELECT token FROM {schema}.hold WHERE workspace = {workspace}")
        store.run("UPDATE {schema}.hold SET beat = beat - ttl WHERE workspace = {workspace}")
        with ThreadPoolExecutor(1) as pool:
            with transaction(store) as run:
                assert run(APPEND.format(token=token, after=1)) == [("done",)]
                taking = pool.submit(_taken, store)
                time.sleep(0.5)
            outcome_, seen = taking.result()
        assert outcome_ == "busy" or seen == 2, "a record came after the next holder had read"


def _taken(store: PostgresStore) -> tuple[str, int]:
    with transaction(store) as run:
        [(said,)] = run(TAKE.format(token=fresh_token(), ttl=20))
        [(seq,)] = run("SELECT count(*) FROM {schema}.journal WHERE workspace = {workspace}")
        return said, seq


def the_clock_moves_within_a_transaction(make: Make) -> None:
    """A hold ends by the server's clock as it goes on, and counts from when its holder was heard of."""
    store = make()
    with transaction(store) as run:
        run("SELECT 1")
        time.sleep(1.2)
        mine = fresh_token()
        assert run(TAKE.format(token=mine, ttl=1)) == [("held",)]
        [(age,)] = run(
            "SELECT extract(epoch FROM clock_timestamp() - beat) FROM {schema}.hold "
            "WHERE workspace = {workspace}"
        )
        assert age < 1, "a new hold is as old as the transaction"
        time.sleep(1.2)
        assert run(TAKE.format(token=fresh_token(), ttl=1)) == [("held",)], "the server's clock stands still"


@dataclass
class Losing:
    """A connection that loses the answers of some statements: done, and not told."""

    inner: Database
    lost: Callable[[str], bool]

    def ask(self, statement: str, parameters: Parameters) -> list[Row]:
        rows = self.inner.ask(statement, parameters)
        if self.lost(statement):
            self.inner.close()
            raise Unanswered("the answer was lost")
        return rows

    def script(self, text: str) -> None:
        self.inner.script(text)

    def shut(self) -> None:
        self.inner.shut()

    def close(self) -> None:
        self.inner.close()


def a_lost_answer_changes_nothing(make: Make) -> None:
    """Every statement of a run loses its first answer; what is there is what would be."""
    store, told = make(), dict[str, int]()

    def lost(statement: str) -> bool:
        told[statement] = told.get(statement, 0) + 1
        return told[statement] % 2 == 1

    def connect() -> Database:
        return Losing(connecting(store.url)(), lost)

    backend = backend_of(store, replace(store.tools), connect)
    with backend.hold(DEMO, holder("r1")) as session:
        assert session.token == 1
        session.preflight(Growth())
        begin(session)
        session.append(intent())
        session.append(outcome())
        session.finish(replace(session.state, entries={HALL: of(recorded(store), HALL)}))
    assert journal_of(store) == [(1, "b"), (2, "i"), (3, "o"), (4, "e")]
    found = recorded(store)
    assert (found.serial, of(found, HALL).task_id) == (1, "task-1")
    assert len(told) == 8, sorted(told)


def who_was_followed_is_fenced_before_the_follower_writes(make: Make) -> None:
    store = make()
    with held(store, "r1") as old:
        begin(old)
        store.overtake("r1")
        with held(store, "r2") as new:
            with suppress(StateError):
                old.append(outcome())
                raise AssertionError("it wrote although another one has the state")
            assert not new.notices or "r1" in new.notices[0]
        assert journal_of(store) == [(1, "b")]


def what_was_done_and_not_told_is_known_at_the_end(make: Make) -> None:
    """A record whose answer is lost whenever it is asked for: the end of the run finds that it is there."""
    store, lost = make(), [False]

    def connect() -> Database:
        return Losing(connecting(store.url)(), lambda statement: lost[0] and "append_1" in statement)

    with backend_of(store, store.tools, connect).hold(DEMO, holder("r1")) as session:
        begin(session)
        lost[0] = True
        with suppress(StateError):
            session.append(outcome())
            raise AssertionError("it was acknowledged")
        lost[0] = False
        session.finish(replace(session.state, entries={HALL: of(recorded(store), HALL)}))
    assert journal_of(store) == [(1, "b"), (2, "o"), (3, "e")]


def a_generation_has_what_its_end_wrote(make: Make) -> None:
    """Also of an edit, which has no records before its end."""
    store, written = make(), list[State]()
    for names in (NAMES[:2], NAMES[1:3], []):
        with held(store) as session:
            state = replace(session.state, lineage="x", entries={name: entry(str(name)) for name in names})
            written.append(session.finish(state))
    history = store.backend().parts.history
    assert history is not None
    assert [history.generation(state.serial) for state in written] == written


def what_no_reconciler_wrote_is_refused_before_anything_is_sent(make: Make) -> None:
    """A plan is refused once it looks at it; a run that may write is, whatever it looks at."""
    for broken in ("body = '{{'", "body = '[]'", "address = 'nothing'"):
        store = make()
        with held(store) as session:
            entries = {name: entry(str(name)) for name in (HALL, SIDE)}
            session.finish(replace(session.state, lineage="x", digest_key="k", entries=entries))
        store.run(
            f"UPDATE {{schema}}.entry SET {broken} WHERE workspace = {{workspace}} AND address = '{HALL}'"
        )
        found = recorded(store).entries
        assert found[SIDE] == entry(str(SIDE)) and len(found) == 2
        refused(lambda found=found: dict(found))
        opened = store.backend().hold(DEMO, holder("r2"))
        refused(lambda opened=opened: opened.__enter__())


def any_text_is_read_back(make: Make) -> None:
    """Also what a database has no text for."""
    store = make()
    odd = replace(entry(), spec={"name": "\x00 \ud800 \\ ' \" é \U0001f600 \n %s {schema}"})
    with held(store) as session:
        begin(session)
        session.append(Outcome(HALL, "odd", "done", odd))
        written = session.finish(replace(session.state, entries={HALL: odd}))
    assert of(recorded(store), HALL) == odd
    history = store.backend().parts.history
    assert history is not None and history.generation(written.serial) == written


def unrecorded(make: Make, spills: Spills) -> tuple[PostgresStore, list[Spilled]]:
    """A store that could not record one answer, and what its run told of that; its time is over."""
    store = make()
    backend = PostgresBackend(store.place, store.connect(), store.tools, spills=spills)
    with backend.hold(DEMO, holder("r1")) as session:
        begin(session)
        session.append(intent())
        session.append(intent(SIDE))
        with store.broken():
            for late in (outcome(), Outcome(NAMES[0], "x", "recorded", entry())):
                with suppress(StateError):
                    session.append(late)
                    raise AssertionError("it was acknowledged")
            with suppress(StateError):
                session.finish(session.state)
                raise AssertionError("it was written")
        store.lose_power()
    store.pass_time(store.tools.ttl)
    found = spilled_in("\n".join(f"2026-01-01 warning: {notice}" for notice in session.notices))
    assert [one.outcome for one in found] == [outcome()], found
    return store, found


def an_answer_is_recovered_while_its_call_stands_open(make: Make) -> None:
    store, spilled = unrecorded(make, NoSpills())
    assert of(recorded(store), HALL).task_id is None
    recovery = store.backend().parts.recovery
    assert recovery is not None
    strange = [replace(spilled[0], **change) for change in ({"run": "r0"}, {"intent": 9}, {"lineage": "x"})]
    assert list(recovery.adopt(DEMO, holder("x"), strange)) == []
    assert list(recovery.adopt(DEMO, holder("x"), [*strange, *spilled])) == spilled
    found = recorded(store)
    assert of(found, HALL).task_id == "task-1" and of(found, SIDE).status is Status.UNCERTAIN
    assert list(recovery.adopt(DEMO, holder("x"), spilled)) == []
    assert recorded(store) == found


def an_answer_comes_too_late_once_its_call_was_made_sure_of(make: Make) -> None:
    store, spilled = unrecorded(make, NoSpills())
    with held(store, "r2") as session:
        session.recover()
        begin(session, "r2")
        session.append(intent())
        session.append(outcome(HALL, "task-2"))
        session.append(intent())
        store.lose_power()
    store.pass_time(store.tools.ttl)
    before = recorded(store)
    recovery = store.backend().parts.recovery
    assert recovery is not None
    assert list(recovery.adopt(DEMO, holder("x"), spilled)) == []
    assert recorded(store) == before, "an answer of long ago was recorded"


def the_next_run_of_a_machine_takes_its_answers(make: Make) -> None:
    spills = NoSpills()
    store, spilled = unrecorded(make, spills)
    assert spills.of("r1") == spilled
    backend = PostgresBackend(store.place, store.connect(), store.tools, spills=spills)
    with backend.hold(DEMO, holder("r2")) as session:
        assert of(session.state, HALL).task_id == "task-1" and not spills.of("r1")
        assert any("taken over" in notice for notice in session.notices)
        session.recover()
    assert of(recorded(store), HALL).task_id == "task-1"
    run_once = PostgresBackend(store.place, store.connect(), store.tools, spills=spills)
    with run_once.hold(DEMO, holder("r3")) as session:
        begin(session, "r3")
        session.append(intent())
        with store.broken(), suppress(StateError):
            session.append(outcome(HALL, "task-3"))
        assert spills.of("r3")
        session.finish(replace(session.state, entries={HALL: entry("task-3")}))
        assert not spills.of("r3"), "what was recorded in the end is kept"


def by_room(cloud: str, address: Address, entry: Entry) -> dict[str, str]:
    """What runs, or may, occupies the room of its spec."""
    if entry.status not in (Status.RUNNING, Status.UNCERTAIN):
        return {}
    return {f"room {entry.spec['room']}": f"the room {entry.spec['room']}"}


def started(address: Address, room: object) -> tuple[Intent, Outcome]:
    """The records of a start in a room."""
    there = replace(entry(f"task of {address}"), spec={"room": room})
    return replace(intent(address), entry=there), Outcome(address, f"{address}#1", "done", there)


_ROOMS = count()


def two(make: Make) -> tuple[PostgresStore, PostgresStore, str]:
    """Two workspaces of one store, and a room that nobody has."""
    return make(occupies=by_room), make(occupies=by_room), f"r{next(_ROOMS)}-{fresh_token()}"


def ran(store: PostgresStore, name: str, records: list[Record]) -> None:
    """A run of a workspace whose state is its own from the beginning."""
    with held(store, name) as session:
        session.begin(name, LONG_AGO, store.workspace)
        for record in records:
            session.append(record)
        session.finish(replace(session.state, entries=replayed(session.state.entries, records)))


def what_one_workspace_has_no_other_can_start(make: Make) -> None:
    one, other, room = two(make)
    ran(one, "r1", list(started(HALL, room)))
    with held(other) as session, ThreadPoolExecutor(2) as pool:
        session.begin("r1", LONG_AGO, other.workspace)
        (late, _), (free, _) = started(HALL, room), started(SIDE, f"{room}'")
        both = [pool.submit(session.append, record) for record in (late, free)]
        assert both[1].exception() is None, "another resource was kept back"
        error = both[0].exception()
        assert isinstance(error, Occupied), error
        assert all(words in error.message for words in (f"the room {room}", one.workspace, str(HALL)))
        session.append(started(SIDE, f"{room}'")[1])
        session.finish(recorded(other))
    assert journal_of(other) == [(1, "b"), (2, "i"), (3, "o"), (4, "e")], "a refused intent is there"
    claims = other.backend().parts.claims
    assert claims is not None
    assert [(one.workspace, one.address) for one in claims.held([f"room {room}"])] == [(one.workspace, HALL)]
    assert not claims.held([f"room {room}'"]), "its own counts as another's"


def what_has_ended_is_given_back(make: Make) -> None:
    one, other, room = two(make)
    start = list(started(HALL, room))
    ended = Outcome(HALL, "x", "done", replace(start[1].entry or entry(), status=Status.STOPPED))
    for last in ([ended], [Outcome(HALL, "x", "gone", None)]):
        ran(one, "r1", [*start, *last])
        ran(other, "r1", [*start, Outcome(HALL, "x", "done", None)])
    ran(one, "r2", start)
    with held(one) as session:  # as `state rm` does
        session.finish(replace(session.state, entries={}))
    ran(other, "r2", start)
    with held(one) as session:  # and as `state push`
        session.finish(replace(session.state, entries={HALL: start[1].entry or entry()}))
        [told] = [notice for notice in session.notices if "also holds" in notice]
        assert str(HALL) in told and other.workspace in told, told
        session.begin("r3", LONG_AGO, one.workspace)
        assert isinstance(_error(lambda: session.append(start[0])), Occupied)


def what_a_dead_run_may_have_started_stays_its_own(make: Make) -> None:
    one, other, room = two(make)
    start = list(started(HALL, room))
    with held(one) as session:
        session.begin("r1", LONG_AGO, one.workspace)
        session.append(start[0])
        one.lose_power()
    one.pass_time(one.tools.ttl)
    for recovers in (False, True):
        if recovers:
            with held(one, "r2") as session:
                session.recover()
        with held(other) as session:
            session.recover()
            session.begin(f"r{recovers}", LONG_AGO, other.workspace)
            assert isinstance(_error(lambda: session.append(start[0])), Occupied)
    ran(one, "r3", [Outcome(HALL, "x", "gone", None)])
    with held(other) as session:
        session.recover()
    ran(other, "r4", start)


def one_of_many_has_it(make: Make) -> None:
    """Eight workspaces start in one room at once."""
    stores, (_, _, room) = [make(occupies=by_room) for _ in range(8)], two(make)

    def start(store: PostgresStore) -> BaseException | None:
        with held(store) as session:
            session.begin("r1", LONG_AGO, store.workspace)
            return _error(lambda: session.append(started(HALL, room)[0]))

    with ThreadPoolExecutor(len(stores)) as pool:
        errors = list(pool.map(start, stores))
    assert errors.count(None) == 1 and sum(isinstance(one, Occupied) for one in errors) == 7, errors


def what_is_moved_is_had_where_it_is(make: Make) -> None:
    one, other, room = two(make)
    third = make(occupies=by_room)
    ran(one, "r1", list(started(HALL, room)))
    with held(other) as taker, held(one) as origin:  # as `state rebind --from` does
        taker.finish(origin.state)
        origin.finish(replace(origin.state, entries={}, cleared=""))
    claims = third.backend().parts.claims
    assert claims is not None
    assert [found.workspace for found in claims.held([f"room {room}"])] == [other.workspace]


def _error(act: Callable[[], object]) -> BaseException | None:
    try:
        act()
    except Exception as error:
        return error
    return None


def what_a_box_swallows_is_given_up(make: Make) -> None:
    """Both ways: nothing arrives, or all arrives and no answer comes back; it goes on once bytes pass."""
    for mode in (SWALLOW_ALL, SWALLOW_ANSWERS):
        store = make()
        with relaying(servers().port) as relay:
            connect = connecting(f"postgresql://postgres@127.0.0.1:{relay.port}/postgres?connect_timeout=2")
            backend = backend_of(store, real(ttl=20.0, patience=8.0), connect)
            with backend.hold(DEMO, holder("r1")) as session, ThreadPoolExecutor(1) as pool:
                begin(session)
                relay.mode = mode
                writing = pool.submit(session.append, outcome())
                time.sleep(1.2)
                relay.mode = PASS
                try:
                    writing.result(6)
                except TimeoutError:
                    relay.cut()
                    raise AssertionError("it hangs") from None
                assert session.notices == [_away(session.notices)]
        assert journal_of(store) == [(1, "b"), (2, "o")], "the record is not there, or there twice"


def _away(notices: list[str]) -> str:
    assert notices and notices[0].startswith("the database was unreachable for "), notices
    return notices[0]


def a_holder_is_heard_of_while_it_waits(make: Make) -> None:
    """A call that takes longer than the hold: another one cannot have it meanwhile."""
    store = make()
    with backend_of(store, real(ttl=1.0)).hold(DEMO, holder("r1")) as session:
        end = time.monotonic() + 2.0
        while time.monotonic() < end:
            time.sleep(0.1)
            assert session.alive(), "nobody has heard of it"
            with suppress(LockedError), store.backend().hold(DEMO, holder("r2")):
                raise AssertionError("another one has it")


def a_holder_is_heard_of_while_it_reads(make: Make) -> None:
    """A statement that takes longer than the hold, such as the reading of a large state, costs it nothing."""
    store = make()

    @dataclass
    class Slow(Losing):
        def ask(self, statement: str, parameters: Parameters) -> list[Row]:
            time.sleep(1.8 if "'workspace'" in statement else 0.0)
            return self.inner.ask(statement, parameters)

    def connect() -> Database:
        return Slow(connecting(store.url)(), lambda statement: False)

    with backend_of(store, real(ttl=1.0, deadline=5.0), connect).hold(DEMO, holder("r1")) as session:
        assert session.alive(), "it has lost its hold while it read"
        begin(session)


def a_holder_without_a_database_stops_in_time(make: Make) -> None:
    """Cut off, it is unsure before another one can come, and stays so."""
    store = make()
    with relaying(servers().port) as relay:
        connect = connecting(f"postgresql://postgres@127.0.0.1:{relay.port}/postgres?connect_timeout=2")
        with backend_of(store, real(), connect).hold(DEMO, holder("r1")) as session:
            relay.mode = REFUSE
            relay.cut()
            end = time.monotonic() + 10
            while True:
                was_sure = session.alive()
                with suppress(LockedError), backend_of(store, real()).hold(DEMO, holder("r2")):
                    assert not was_sure, "it was sure of its hold when another one took it"
                    break
                assert time.monotonic() < end, "nobody can take what a cut-off holder had"
                time.sleep(0.02)
            relay.mode = PASS
            assert not session.alive() and session.lost is not None


def an_unconfirmed_commit_is_not_durable(make: Make) -> None:
    """Where a standby must confirm and is away, a commit that is cancelled says it is done; it is not."""
    apart = new_servers("synchronous_standby_names = '*'\nsynchronous_commit = local\n")
    try:
        apart.run(f"CREATE ROLE {WRITER} SUPERUSER LOGIN")
        store = make(server=apart, user=WRITER)
        with (
            backend_of(store, real(ttl=20.0, patience=2.0)).hold(DEMO, holder("r1")) as session,
            ThreadPoolExecutor(1) as pool,
        ):
            begin(session)
            apart.run(f"ALTER ROLE {WRITER} SET synchronous_commit = on")
            apart.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{WRITER}'")
            cancelled, writing = 0, pool.submit(session.append, outcome())
            while not writing.done():
                cancelled += len(apart.run(_CANCEL))
                time.sleep(0.05)
            apart.run(f"ALTER ROLE {WRITER} RESET synchronous_commit")
            apart.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{WRITER}'")
            assert cancelled, "no commit has waited for its standby"
            assert isinstance(writing.exception(), StateError), "it was acknowledged, and no standby has it"
    finally:
        apart.stop()


WRITER = "writer"
_CANCEL = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


def many_records_share_a_round_trip(make: Make) -> None:
    """Sixteen threads on a slow connection: fewer statements than records, each record durable on return."""
    store, statements = make(), list[str]()

    @dataclass
    class Slow(Losing):
        def ask(self, statement: str, parameters: Parameters) -> list[Row]:
            statements.append(statement)
            time.sleep(0.05 if "append_1" in statement else 0.0)
            return self.inner.ask(statement, parameters)

    def connect() -> Database:
        return Slow(connecting(store.url)(), lambda statement: False)

    with backend_of(store, store.tools, connect).hold(DEMO, holder("r1")) as session:
        begin(session)

        def work(address: Any) -> None:
            for number in range(4):
                session.append(intent(address))
                session.append(outcome(address, f"{address}-{number}"))
                assert of(recorded(store), address).task_id == f"{address}-{number}"

        with ThreadPoolExecutor(len(NAMES)) as executor:
            list(executor.map(work, NAMES))
    count = sum("append_1" in one for one in statements)
    assert count <= 8 * len(NAMES) // 2, f"{count} statements for {8 * len(NAMES)} records"


POSTGRES_CHECKS: dict[str, Check] = (
    {
        check.__name__.replace("_", " "): check
        for check in (
            the_fence_is_a_lock,
            the_clock_moves_within_a_transaction,
            a_lost_answer_changes_nothing,
            who_was_followed_is_fenced_before_the_follower_writes,
            what_was_done_and_not_told_is_known_at_the_end,
            a_generation_has_what_its_end_wrote,
            any_text_is_read_back,
            what_no_reconciler_wrote_is_refused_before_anything_is_sent,
            an_answer_is_recovered_while_its_call_stands_open,
            an_answer_comes_too_late_once_its_call_was_made_sure_of,
            the_next_run_of_a_machine_takes_its_answers,
            what_one_workspace_has_no_other_can_start,
            what_has_ended_is_given_back,
            what_a_dead_run_may_have_started_stays_its_own,
            one_of_many_has_it,
            what_is_moved_is_had_where_it_is,
            what_a_box_swallows_is_given_up,
            a_holder_is_heard_of_while_it_waits,
            a_holder_is_heard_of_while_it_reads,
            a_holder_without_a_database_stops_in_time,
            an_unconfirmed_commit_is_not_durable,
            many_records_share_a_round_trip,
        )
    }
    | KEPT_CHECKS
    | PACE_CHECKS
    | CALL_CHECKS
    | LOST_CHECKS
)
ALL_CHECKS: dict[str, Callable[[Any], None]] = {**CHECKS, **POSTGRES_CHECKS}
