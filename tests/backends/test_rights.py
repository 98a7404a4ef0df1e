"""The rights of docs/shared-state.md, as they stand there, on a real server: what each role may do."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from reconciler.backends.postgres.migrations import migration
from reconciler.errors import StateError
from reconciler.state.model import State

from ..support import one_in
from .checks_postgres import by_room, journal_of, ran, started
from .conformance import DEMO, HALL, SIDE, applied, held, outcome, recorded, refused, run
from .postgres_store import PostgresStore, made
from .servers import needs_postgres, program, servers

pytestmark = needs_postgres

DOCS = Path(__file__).parents[2] / "docs" / "shared-state.md"
SCHEMA = "rights"
OTHERS = """
CREATE ROLE rights_events NOLOGIN;
CREATE ROLE rights_runner_of_events LOGIN IN ROLE rights_apply, rights_events;
CREATE ROLE rights_planner_of_events LOGIN IN ROLE rights_plan, rights_events;
"""
TABLES = ("workspace", "hold", "run", "journal", "entry", "open_intent", "generation", "event", "work")
HIDDEN = ("claim", "pace", "pace_known", "used_plan")


def sections(*titles: str) -> str:
    """The SQL of these sections, with roles and a schema of the tests' own."""
    text = DOCS.read_text()
    parts = [re.split(r"^## ", text.split(f"\n## {title}\n")[1], flags=re.M)[0] for title in titles]
    blocks = re.findall(r"^```sql\n(.*?)^```", "\n".join(parts), flags=re.M | re.S)
    sql = re.sub(r"\breconciler_(\w+)", r"rights_\1", "\n".join(blocks))
    sql = re.sub(r"\b(streams|\w+_of_streams)\b", r"rights_\1", sql)
    return sql.replace("reconciler", SCHEMA)


@pytest.fixture(scope="module")
def granted() -> Iterator[None]:
    made(servers(), SCHEMA)
    servers().run(sections("Rights") + OTHERS)
    yield
    servers().run(f"DROP SCHEMA {SCHEMA} CASCADE")
    for (role,) in servers().run("SELECT rolname FROM pg_roles WHERE rolname LIKE 'rights%'"):
        servers().run(f"DROP OWNED BY {role}; DROP ROLE {role}")


def store_of(login: str, workspace: str = "demo") -> PostgresStore:
    return PostgresStore(schema_name=SCHEMA, user=f"rights_{login}", workspace=workspace, occupies=by_room)


def ask(login: str, statement: str, *parameters: Any) -> list[Any]:
    url = servers().direct.replace("//postgres@", f"//rights_{login}@")
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.format(schema=SCHEMA).encode(), parameters)
        return cursor.fetchall() if cursor.description else []


def test_a_team_plans_and_applies_and_another_sees_and_changes_nothing(granted: None) -> None:
    mine = store_of("runner_of_streams")
    ran(mine, "r1", [*started(HALL, "the room")])
    assert HALL in recorded(store_of("planner_of_streams")).entries
    audit = store_of("planner_of_streams").backend().parts.audit
    assert audit is not None and [one.run for one in audit.runs(9)] == ["r1"]
    for login in ("runner_of_events", "planner_of_events"):
        other = store_of(login)
        assert recorded(other) == State(), "another team reads it"
        neighbours = replace(other, workspace="theirs").backend().parts.neighbours
        assert neighbours is not None and not neighbours.states()
        opened = other.backend().hold(DEMO, {"run": "x"})
        assert "right" in str(refused(lambda opened=opened: opened.__enter__()).hint)
        claims = replace(other, workspace="theirs").backend().parts.claims
        assert claims is not None and claims.held(["room the room"])[0].workspace == "demo"
        for table in TABLES:
            column = "seq" if table == "hold" else "*"
            assert not ask(login, f"SELECT {column} FROM {{schema}}.{table} t"), table
    theirs = store_of("runner_of_events", "theirs")
    ran(theirs, "r1", [outcome(SIDE, "task-9")])
    assert SIDE in recorded(theirs).entries


CALLS = {
    "beat_1": "%s, %s::uuid",
    "free_1": "%s, %s::uuid",
    "append_1": "%s, %s::uuid, 0, ARRAY['o'], ARRAY['a/b'], ARRAY['x'], ARRAY['x'], ARRAY[''::bytea]",
    "append_claiming_1": (
        "%s, %s::uuid, 0, ARRAY['o'], ARRAY['a/b'], ARRAY['x'], ARRAY['x'], ARRAY[''::bytea], "
        "ARRAY['a/b'], ARRAY['digest']"
    ),
    "begin_1": "%s, %s::uuid, 0, 'x', ''::bytea, '{{}}'::jsonb, 'r', NULL, '{{}}'::jsonb",
    "finish_1": (
        "%s, %s::uuid, 0, ARRAY['e'], ARRAY[NULL], ARRAY['x'], ARRAY[NULL], ARRAY[''::bytea], '{{}}'::jsonb, "
        "0, 1, ARRAY['a'], ARRAY['a'], ARRAY['a'], ARRAY[0, 0], NULL, '[]'::jsonb, '[]'::jsonb"
    ),
    "prune_1": "%s, %s::uuid, ARRAY[]::bigint[], true",
}


FLEET = {
    "enlist_1": "%s::uuid, 'w', '{{}}'::jsonb, '20 s'",
    "worker_beat_1": "%s::uuid",
    "discharge_1": "%s::uuid",
    "drain_1": "%s",
    "schedule_1": "%s",
    "unschedule_1": "%s",
    "wake_1": "%s, 'why'",
    "claim_1": "%s::uuid, gen_random_uuid(), 9, ARRAY[]::text[]",
    "end_round_1": "%s, gen_random_uuid(), 1, '1 s', NULL, 'ok', NULL",
}
"""The functions of the fleet, each with one parameter; a worker is of no team, and what it does is."""


def test_the_fleet_of_a_team_looks_after_its_workspaces_alone(granted: None) -> None:
    one, two = "1" * 32, "2" * 32
    mine = store_of("runner_of_streams")
    with held(mine):
        pass
    for login, worker in (("runner_of_streams", one), ("runner_of_events", two)):
        ask(login, "SELECT {schema}.enlist_1(%s::uuid, %s, '{{}}'::jsonb, '20 s')", worker, login)
    ask("runner_of_streams", "SELECT {schema}.schedule_1('demo')")
    claim = "SELECT name, workspace FROM {schema}.claim_1(" + FLEET["claim_1"] + ")"
    assert ask("runner_of_events", claim, two) == []
    [(name, key)] = ask("runner_of_streams", claim, one)
    assert name == "demo" and ask("planner_of_events", "SELECT * FROM {schema}.work") == []
    for function, given in (
        ("schedule_1", name),
        ("unschedule_1", name),
        ("wake_1", name),
        ("end_round_1", key),
    ):
        with pytest.raises(InsufficientPrivilege, match="is of team"):
            ask("runner_of_events", f"SELECT {{schema}}.{function}({FLEET[function]})", given)
    for function, parameters in FLEET.items():
        with pytest.raises(InsufficientPrivilege, match="permission denied"):
            given = one if parameters.startswith("%s::uuid") else "1"
            ask("planner_of_streams", f"SELECT {{schema}}.{function}({parameters})", given)


def test_a_stolen_token_is_no_use_to_another_team(granted: None) -> None:
    """Every function that takes one asks for the team itself, and all functions of the role are tried."""
    mine = store_of("runner_of_streams")
    granted_ones = set(re.findall(r"\.(\w+_1)\b", sections("Rights"))) - {
        *("set_team_1", "claimed_1", "pace_1", "put_event_1", "sweep_events_1", "put_plan_index_1"),
        *FLEET,
    }
    assert granted_ones == {*CALLS, "take_1"}
    with held(mine):
        [(workspace, token)] = mine.run(
            "SELECT workspace, token FROM {schema}.hold WHERE workspace = {workspace}"
        )
        for name, parameters in CALLS.items():
            with pytest.raises(InsufficientPrivilege, match="is of team"):
                ask("runner_of_events", f"SELECT {{schema}}.{name}({parameters})", workspace, token)
        journal = journal_of(mine)
        assert mine.run("SELECT token FROM {schema}.hold WHERE workspace = {workspace}") == [(token,)]
    assert journal_of(mine) == journal


def test_the_index_of_a_plan_is_written_by_who_applies_for_the_team(granted: None) -> None:
    put = "SELECT {schema}.put_plan_index_1({name}, 'x')"
    mine = store_of("runner_of_streams")
    with held(mine):
        pass
    for login, why in (("runner_of_events", "is of team"), ("planner_of_streams", "permission denied")):
        with pytest.raises(InsufficientPrivilege, match=why):
            ask(login, put.replace("{name}", "%s"), mine.workspace)
    index = mine.backend().parts.plan_index
    assert index is not None and index.read() is None
    index.write(b"x")
    assert index.read() == b"x"


def test_nobody_writes_tables_and_who_plans_calls_nothing_that_writes(granted: None) -> None:
    for login in ("runner_of_streams", "planner_of_streams"):
        for table in (*TABLES, *HIDDEN, "store"):
            for change in (
                "DELETE FROM {t}",
                "TRUNCATE {t}",
                "INSERT INTO {t} OVERRIDING SYSTEM VALUE SELECT * FROM {t}",
            ):
                with pytest.raises(InsufficientPrivilege):
                    ask(login, change.replace("{t}", f"{{schema}}.{table}"))
        with pytest.raises(InsufficientPrivilege):
            ask(login, "UPDATE {schema}.hold SET fence = 0")
        for table in HIDDEN:
            with pytest.raises(InsufficientPrivilege):
                ask(login, f"SELECT * FROM {{schema}}.{table}")
        with pytest.raises(InsufficientPrivilege):
            ask(login, "SELECT token FROM {schema}.hold")
        with pytest.raises(InsufficientPrivilege):
            ask(login, "SELECT {schema}.set_team_1('demo', '')")
    for name, parameters in CALLS.items():
        with pytest.raises(InsufficientPrivilege):
            ask("planner_of_streams", f"SELECT {{schema}}.{name}({parameters})", 1, "0" * 32)


def test_a_team_that_is_no_role_has_nobody(granted: None) -> None:
    with pytest.raises(psycopg.errors.UndefinedObject):
        servers().run(f"SELECT {SCHEMA}.set_team_1('lost', 'nobody_at_all')")
    servers().run(f"INSERT INTO {SCHEMA}.workspace (name, team) VALUES ('lost', 'No \"such role')")
    opened = store_of("runner_of_streams", "lost").backend().hold(DEMO, {"run": "x"})
    with pytest.raises(StateError):
        opened.__enter__()
    assert HALL in recorded(store_of("planner_of_streams")).entries, "others see nothing for that"


def test_a_workspace_is_everybodys_until_it_has_a_team(granted: None) -> None:
    free = store_of("runner_of_streams", "free")
    run(free, "r1", [outcome(SIDE, "task-5")])
    assert SIDE in recorded(store_of("planner_of_events", "free")).entries
    servers().run(f"SELECT {SCHEMA}.set_team_1('free', 'rights_events')")
    assert recorded(free) == State()
    servers().run(f"SELECT {SCHEMA}.set_team_1('free', '')")
    assert SIDE in recorded(free).entries


def test_a_backup_is_restored_as_the_docs_say(tmp_path: Path) -> None:
    """Their very commands, on a schema and a database of the tests' own."""
    schema = made(servers(), "kept")
    store = PostgresStore(schema_name=schema, workspace="demo")
    applied(lambda: store, 3)
    block = DOCS.read_text().split("## Retention, backup, restore")[1]
    commands = [
        line
        for block_ in re.findall(r"^```sh\n(.*?)^```", block, re.M | re.S)
        for line in block_.splitlines()
    ]
    assert [line.split()[0] for line in commands] == ["pg_dump", "pg_dumpall", "psql", "psql"]
    before = recorded(store)
    for number, line in enumerate(commands):
        if number == 2:
            run(store, "late", [outcome(HALL, "task-9")])
        text = re.sub(r"postgresql://\S+", servers().direct, line).replace("reconciler", schema)
        name, rest = text.split(" ", 1)
        [path] = program(name)[-1:]
        done = subprocess.run(f"{path} {rest}", shell=True, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, (text, done.stderr)
    assert recorded(store) == before and (tmp_path / "roles.sql").stat().st_size
    run(store, "after", [outcome(HALL, "task-10")])
    history = store.backend().parts.history
    assert history is not None and list(history.generations()) == [4, 3, 2, 1]


APPENDS = "PERFORM check_team_1(a_workspace);\n  UPDATE hold x SET seq"
BUGS: dict[str, tuple[str, str, Callable[[None], None]]] = {
    "a hold is everybody's": (
        "PERFORM check_team_1(w.id);",
        "",
        test_a_team_plans_and_applies_and_another_sees_and_changes_nothing,
    ),
    "entries are everybody's": (
        "'USING (workspace IN (SELECT w.id FROM",
        "'USING (true OR workspace IN (SELECT w.id FROM",
        test_a_team_plans_and_applies_and_another_sees_and_changes_nothing,
    ),
    "a token is enough": (
        APPENDS,
        APPENDS.partition("\n")[2],
        test_a_stolen_token_is_no_use_to_another_team,
    ),
    "functions are everybody's": (
        "REVOKE ALL ON ALL FUNCTIONS",
        "GRANT ALL ON ALL FUNCTIONS",
        test_nobody_writes_tables_and_who_plans_calls_nothing_that_writes,
    ),
}


@pytest.mark.parametrize("name", one_in(4, BUGS))
def test_a_store_that_does_not_ask_is_caught(
    name: str, granted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, check = BUGS[name]
    schema = f"bug{list(BUGS).index(name)}"
    text = migration(1, schema)
    assert old in text
    servers().run(
        text.replace(old, new).replace("FUNCTIONS IN SCHEMA bug3 FROM", "FUNCTIONS IN SCHEMA bug3 TO")
        + migration(2, schema)
        + migration(3, schema)
    )
    monkeypatch.setattr(sys.modules[__name__], "SCHEMA", schema)
    grants = re.findall(r"^(?:GRANT|SELECT) [^;]*;", sections("Rights"), flags=re.M)
    servers().run("\n".join(grants))
    try:
        with pytest.raises((AssertionError, pytest.fail.Exception, InsufficientPrivilege)):
            check(None)
    finally:
        servers().run(f"DROP SCHEMA {schema} CASCADE")
