"""A real failover under a live run: what its standby had not got is told again; a synchronous one has all."""

from dataclasses import replace

import pytest

from reconciler.backends.postgres.backend import PostgresBackend
from reconciler.backends.postgres.location import place_of
from reconciler.backends.postgres.replication import failover
from reconciler.state.journal import replayed

from .checks_postgres import real
from .conformance import DEMO, HALL, NAMES, SIDE, begin, entry, holder, intent, of, outcome
from .postgres_store import SCHEMA, connecting, made
from .servers import needs_postgres
from .standbys import paired


@pytest.mark.parametrize(
    ("names", "commit", "standbys", "loses", "words"),
    [
        ("", "on", 0, False, "no standby follows"),
        ("", "on", 2, True, "set synchronous_standby_names"),
        ("*", "on", 1, False, "loses nothing"),
        ("*", "remote_apply", 1, False, "loses nothing"),
        ("*", "on", 0, False, "loses nothing"),
        ("*", "remote_write", 1, True, "synchronous_commit is remote_write"),
        ("ANY 1 (*)", "local", 1, True, "synchronous_commit is local"),
    ],
)
def test_what_a_failover_can_lose_is_said(
    names: str, commit: str, standbys: int, loses: bool, words: str
) -> None:
    found = failover(names, commit, standbys)
    assert found.loses is loses and words in found.words


@needs_postgres
@pytest.mark.slow
@pytest.mark.parametrize("synchronous", [False, True])
def test_a_live_run_survives_a_failover(synchronous: bool) -> None:
    with paired(synchronous=synchronous) as pair:
        made(pair.primary, SCHEMA)
        place = replace(place_of(pair.url, "a test"), schema=SCHEMA, workspace="demo")
        backend = PostgresBackend(place, connecting(pair.url), real(ttl=20.0, patience=10.0, deadline=3.0))
        replication = backend.parts.replication
        assert replication is not None and replication.at_failover().loses is not synchronous
        with backend.hold(DEMO, holder("r1")) as session:
            begin(session)
            session.append(intent())
            pair.catch_up()
            records = [outcome(), *(outcome(name, f"task of {name}") for name in NAMES)]
            if not synchronous:
                pair.fall_behind()
            for record in records:
                session.append(record)
            pair.fail_over()
            session.append(intent(SIDE))
            session.append(outcome(SIDE, "task-9"))
            assert session.alive(), session.lost
            entries = replayed({}, [*records, outcome(SIDE, "task-9")])
            written = session.finish(replace(session.state, entries=entries))
        told = [notice for notice in session.notices if "the database had lost" in notice]
        assert len(told) == (not synchronous), session.notices
        found = backend.snapshot(DEMO).state
        assert found == written and of(found, HALL) == entry() and of(found, SIDE).task_id == "task-9"
        [(end,)] = pair.standby.run(f"SELECT max(seq) FROM {SCHEMA}.journal")
        assert end == len(records) + 5
