"""A database that lost what it had acknowledged: a live run tells it again, nobody goes on above a hole."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from reconciler.backends.protocol import Backend, Session
from reconciler.backends.receipts import receipts_in
from reconciler.errors import StateError
from reconciler.state.journal import Record
from reconciler.state.model import State

from .conformance import (
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
    run,
)
from .postgres_store import PostgresStore

Make = Callable[..., PostgresStore]
TABLES = (
    *("workspace", "hold", "run", "used_plan", "journal", "entry", "open_intent", "generation", "claim"),
    *("event", "plan_index"),
)


@contextmanager
def restored(store: PostgresStore) -> Iterator[None]:
    """At the end of the block, what the database had of this workspace at its beginning."""
    copies = {table: f"copy_{table}" for table in TABLES}
    of_it = {table: "id" if table == "workspace" else "workspace" for table in TABLES}
    for table, copy in copies.items():
        store.run(f"DROP TABLE IF EXISTS {{schema}}.{copy}")
        store.run(
            f"CREATE TABLE {{schema}}.{copy} AS SELECT * FROM {{schema}}.{table} "
            f"WHERE {of_it[table]} = {{workspace}}"
        )
    yield
    [(there,)] = store.run("SELECT {workspace}")
    for table in reversed(TABLES):
        store.run(f"DELETE FROM {{schema}}.{table} WHERE {of_it[table]} = {there}")
    for table, copy in copies.items():
        store.run(f"INSERT INTO {{schema}}.{table} OVERRIDING SYSTEM VALUE SELECT * FROM {{schema}}.{copy}")
        store.run(f"DROP TABLE {{schema}}.{copy}")


def _told_again(notices: list[str]) -> int:
    """How many records the database was told again."""
    return sum(int(notice.split()[4]) for notice in notices if "the database had lost" in notice)


RECORDS: list[Record] = [intent(), outcome(), intent(SIDE), outcome(SIDE, "task-2"), intent(NAMES[0])]


def a_live_run_tells_its_tail_again(make: Make) -> None:
    """Whatever of the run is lost: some records, all, its first, its hold, or that there is a workspace."""
    for lost in (1, 4, *range(len(RECORDS), len(RECORDS) + 4)):
        store = make()
        if lost < len(RECORDS) + 3:
            run(store, "first", [outcome(NAMES[7], "task-7")])
        written, found = _run_that_loses(store, lost)
        assert written == found, f"another state after {lost} records were lost"


def _run_that_loses(store: PostgresStore, lost: int) -> tuple[State, State]:
    """What it wrote at its end, and what is read then."""
    kept = len(RECORDS) - lost
    with ExitStack() as stack:
        backend = store.backend()
        session = _at_work(store, backend, stack, kept)
        session.append(outcome(NAMES[0], "task-3"))
        assert session.alive(), session.lost
        entries = {**session.state.entries, HALL: entry(), SIDE: entry("task-2"), NAMES[0]: entry("task-3")}
        written = session.finish(replace(session.state, entries=entries))
    again = _told_again(session.notices)
    assert again == (lost if kept >= 0 else len(RECORDS) + 1), (lost, again)
    links = store.run("SELECT seq FROM {schema}.journal WHERE workspace = {workspace} ORDER BY seq")
    assert [seq for (seq,) in links] == list(range(1, len(links) + 1)), "there is a hole"
    assert of(recorded(store), NAMES[0]).task_id == "task-3"
    return written, recorded(store)


def _at_work(store: PostgresStore, backend: Backend, stack: ExitStack, kept: int) -> Session:
    """A run of which the database has so many records left; at -1 not its first, below that not its hold."""
    holding = backend.hold(DEMO, holder("r1"))
    if kept < -1:
        with restored(store):
            session = stack.enter_context(holding)
            _record(session, RECORDS)
        return session
    session = stack.enter_context(holding)
    if kept < 0:
        with restored(store):
            _record(session, RECORDS)
        return session
    _record(session, RECORDS[:kept])
    with restored(store):
        for record in RECORDS[kept:]:
            session.append(record)
    return session


def _record(session: Session, records: list[Record]) -> None:
    begin(session)
    for record in records:
        session.append(record)


def nobody_goes_on_above_a_hole(make: Make) -> None:
    """What an earlier run had written is lost as well: that is no run's to tell."""
    store = make()
    with ExitStack() as stack:
        with restored(store):
            run(store, "first", [intent(), outcome(HALL, "task-1")])
            session = stack.enter_context(store.backend().hold(DEMO, holder("r1")))
            _record(session, [intent(SIDE)])
        refused(lambda: session.append(outcome(SIDE, "task-2")))
        assert session.lost is not None and not session.alive()
    assert not recorded(store).entries


def what_another_run_wrote_meanwhile_is_not_written_over(make: Make) -> None:
    """After the failover another run came first: as many records, and other links."""
    store = make()
    run(store, "zero", [])
    with ExitStack() as stack:
        with restored(store):
            with held(store, "between"):
                pass  # so that the fence of the next one after the failover is below this run's
            session = stack.enter_context(store.backend().hold(DEMO, holder("r1")))
            _record(session, [outcome(HALL, "task-1")])
        with held(store, "r2") as other:
            begin(other, "r2")
            other.append(outcome(HALL, "task-2"))
            other.finish(recorded(store))
        refused(lambda: session.append(outcome(SIDE, "task-9")))
        refused(lambda: session.finish(session.state))
        with store.backend().hold(DEMO, holder("r3")) as third:
            refused(lambda: session.append(outcome(SIDE, "task-9")))
            assert third.alive()
    found = recorded(store)
    assert of(found, HALL).task_id == "task-2" and SIDE not in found.entries


def a_hold_that_was_lost_by_time_is_not_taken_back(make: Make) -> None:
    """Another run came, wrote nothing and went: that is no failover, and calls may have been sent."""
    store = make()
    with held(store, "r1") as session:
        begin(session)
        store.overtake("r1")
        with held(store, "r2"):
            pass
        refused(lambda: session.append(outcome()))
        try:
            session.finish(session.state)
        except StateError:
            return
        raise AssertionError("it took its hold back")


def a_receipt_names_the_run_whose_records_are_gone(make: Make) -> None:
    store = make()
    run(store, "zero", [outcome(HALL, "task-0")])
    receipts = store.backend().parts.receipts
    assert receipts is not None and receipts.newest() is None
    with restored(store):
        backend = store.backend()
        with backend.hold(DEMO, holder("r1")) as session:
            begin(session)
            session.append(outcome(SIDE, "task-1"))
            assert backend.parts.receipts is not None and backend.parts.receipts.newest() is None
            session.finish(recorded(store))
        receipt = backend.parts.receipts.newest()
        assert receipt is not None and (receipt.run, receipt.serial) == ("r1", 2)
        assert receipts_in(f"12:00 {receipt.line}\n") == [receipt]
        run(store, "later", [])
        assert receipts.missing(receipt) == "", "what was written behind it makes it no less true"
    told = receipts.missing(receipt)
    assert "run r1 wrote serial 2" in told and "records 4 to 6 are missing" in told, told
    run(store, "r2", [outcome(SIDE, "task-2")])
    assert "serial 2 here was written by another run" in receipts.missing(receipt)
    other = replace(receipt, lineage="another", server="1")
    assert "lineage" in receipts.missing(other)
    assert (
        "workspace elsewhere"
        in refused(lambda: receipts.missing(replace(receipt, workspace="elsewhere"))).message
    )


LOST_CHECKS: dict[str, Callable[[Make], None]] = {
    check.__name__.replace("_", " "): check
    for check in (
        a_live_run_tells_its_tail_again,
        nobody_goes_on_above_a_hole,
        what_another_run_wrote_meanwhile_is_not_written_over,
        a_hold_that_was_lost_by_time_is_not_taken_back,
        a_receipt_names_the_run_whose_records_are_gone,
    )
}
