"""What a database keeps of runs that are over, and that what it removes is missed by nobody."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from reconciler.backends.parts import Keeping
from reconciler.state.journal import Intent, Moved, Outcome, Record, replayed
from reconciler.state.model import State
from reconciler.state.runs import DROPPED, RENAMED

from ..support import LINEAGE, LONG_AGO
from .conformance import DEMO, HALL, NAMES, SIDE, audit_of, entry, held, holder, intent, outcome, refused, run
from .postgres_store import PostgresStore

Make = Callable[..., PostgresStore]


def _state_of(store: PostgresStore, serial: int) -> State:
    history = store.backend().parts.history
    assert history is not None
    return history.generation(serial)


def _ran(store: PostgresStore, name: str, records: list[Record], plan: str | None = None) -> State:
    """A run that keeps no more than two others."""
    with store.backend(Keeping(runs=3)).hold(DEMO, holder(name)) as session:
        session.begin(name, LONG_AGO, LINEAGE, plan)
        for record in records:
            session.append(record)
        return session.finish(replace(session.state, entries=replayed(session.state.entries, records)))


def what_is_kept_is_whole_whatever_is_removed(make: Make) -> None:
    """Runs and records are removed; every generation that is kept is as it was written, every run too."""
    store, random = make(), Random(7)
    written, told = dict[int, State](), dict[str, list[Record]]()
    for number in range(45):
        records: list[Record] = [] if number else [intent(HALL), outcome(HALL, "for ever")]
        for address in random.sample(NAMES, 3):
            ends = random.random() < 0.4
            records += [intent(address), outcome(address, None if ends else f"task-{number}-{address}")]
        state = _ran(store, f"r{number}", records)
        written[state.serial] = state
        told[f"r{number}"] = [replace(one, entry=None) if isinstance(one, Intent) else one for one in records]
    for one in audit_of(store).runs(99):
        assert list(audit_of(store).records(one.run)) == told[one.run], one.run
    history = store.backend().parts.history
    assert history is not None
    kept = history.generations()
    assert len(kept) < 40, "no generation is ever removed"
    for serial in kept:
        assert history.generation(serial) == written[serial], serial
    [(rows,)] = store.run("SELECT count(*) FROM {schema}.journal WHERE workspace = {workspace}")
    assert isinstance(rows, int) and rows < 250, f"{rows} records are kept of {45 * 8}"


def a_plan_is_used_once_though_its_run_is_forgotten(make: Make) -> None:
    store = make()
    _ran(store, "first", [], "nonce")
    for number in range(22):
        _ran(store, f"r{number}", [])
    assert "first" not in [one.run for one in audit_of(store).runs(99)]
    with held(store, "again") as session:
        error = refused(lambda: session.begin("again", LONG_AGO, LINEAGE, "nonce"))
        assert "plan" in error.hint


def a_rename_within_a_run_is_told_once(make: Make) -> None:
    """And what takes the former name afterwards is another resource, in every generation."""
    store = make()
    run(store, "r1", [intent(SIDE), outcome(SIDE, "task-1")])
    records: list[Record] = [
        Moved(NAMES[7], SIDE, entry("task-1")),
        intent(SIDE),
        outcome(SIDE, "task-2"),
    ]
    state = run(store, "r2", records)
    assert _state_of(store, state.serial) == state, "what has the former name now is lost"
    said = [one for one in audit_of(store).records("r2") if isinstance(one, Outcome)]
    assert [(one.address, one.result) for one in said] == [
        (NAMES[7], RENAMED),
        (SIDE, DROPPED),
        (SIDE, "done"),
    ]
    lives = [(one.run, record) for one, record in audit_of(store).life_of(NAMES[7], 9)]
    assert [name for name, _ in lives] == ["r2", "r1", "r1"], lives
    assert [name for name, _ in [(one.run, 0) for one, _ in audit_of(store).life_of(SIDE, 9)]] == [
        *("r2", "r2", "r2"),
        *("r1", "r1"),
    ]


def whoever_may_not_remove_keeps_all(make: Make) -> None:
    store = make()
    function = "{schema}.prune_1(bigint, uuid, bigint[], boolean)"
    store.run("DROP ROLE IF EXISTS keeps")
    store.run("CREATE ROLE keeps LOGIN")
    for grant in (
        "GRANT USAGE ON SCHEMA {schema} TO keeps",
        "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO keeps",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO keeps",
        f"REVOKE EXECUTE ON FUNCTION {function} FROM keeps",
    ):
        store.run(grant)
    try:
        keeping = replace(store, user="keeps")
        for number in range(6):
            _ran(keeping, f"r{number}", [outcome(HALL, None)])
        assert len(audit_of(store).runs(99)) == 6
        _ran(store, "r6", [])
        assert len(audit_of(store).runs(99)) == 3
    finally:
        store.run("DROP OWNED BY keeps")
        store.run("DROP ROLE keeps")


KEPT_CHECKS: dict[str, Callable[[Make], None]] = {
    check.__name__.replace("_", " "): check
    for check in (
        what_is_kept_is_whole_whatever_is_removed,
        a_plan_is_used_once_though_its_run_is_forgotten,
        a_rename_within_a_run_is_told_once,
        whoever_may_not_remove_keeps_all,
    )
}
