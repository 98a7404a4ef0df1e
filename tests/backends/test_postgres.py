"""The PostgreSQL backend: its URLs, how it connects, and what it owes beside the protocol."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler.backends.postgres.admin import PostgresAdmin
from reconciler.backends.postgres.backend import connected
from reconciler.backends.postgres.client import Tools
from reconciler.backends.postgres.connecting import connector, is_near, parameters
from reconciler.backends.postgres.database import Rejected, Unanswered
from reconciler.backends.postgres.location import Place, parsed, place_of
from reconciler.errors import UsageError

from ..support import one_in
from .checks_postgres import POSTGRES_CHECKS
from .mutants_postgres import MUTANTS, is_caught
from .postgres_store import PostgresStore, connecting, fresh_token, no_file
from .servers import needs_postgres, servers

ROOT = Path(__file__).parents[2]
URLS = [
    ("postgresql://", Place()),
    ("postgres://db.example/streams", Place(hosts="db.example", database="streams")),
    (
        "postgresql://svc@db.example:5433/streams?schema=live&workspace=demo",
        Place("svc", "db.example:5433", "streams", (), "live", "demo"),
    ),
    ("postgresql://a@h1:1,h2:2/db", Place("a", "h1:1,h2:2", "db")),
    ("postgresql://[::1]:5432/db", Place(hosts="[::1]:5432", database="db")),
    ("postgresql://?service=live", Place(options=(("service", "live"),))),
    ("postgresql:///db?host=/run/postgresql", Place(database="db", options=(("host", "/run/postgresql"),))),
    ("postgresql://us%40er@h/d%2Fb?workspace=a%26b", Place("us@er", "h", "d/b", (), "reconciler", "a&b")),
    (
        "postgresql://h?schema=live&sslrootcert=/a",
        Place(hosts="h", options=(("sslrootcert", "/a"),), schema="live"),
    ),
]


@pytest.mark.parametrize(("url", "place"), URLS)
def test_a_url_names_a_place_and_a_place_has_one_url(url: str, place: Place) -> None:
    assert place_of(url, "--state") == place
    assert place_of(place.location.text, "--state") == place
    assert psycopg.conninfo.conninfo_to_dict(place.server) is not None


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:secret-word@h/db",
        "postgresql://u@h/db?password=secret-word",
        "postgresql://u@h/db?workspace=x&password=secret%2Dword",
        "postgresql://:secret-word@h",
    ],
)
def test_a_password_is_refused_on_the_command_line_and_never_shown(url: str) -> None:
    with pytest.raises(UsageError) as error:
        place_of(url, "--state")
    assert "secret" not in error.value.message + error.value.hint and "PGPASSFILE" in error.value.hint
    place, password = parsed(url, "RECONCILER_STATE")
    assert password == "secret-word" and "secret" not in repr(place) + place.location.text + place.server


@pytest.mark.parametrize(
    "url",
    [
        *(f"postgresql://h/db?schema={name}" for name in ("", "Live", "a-b", "1a", "a%22", "a" * 64, "a.b")),
        "postgresql://h/db#part",
        "postgresql://[::1/db",
        "postgresql://h/db?x",
        "mysql://h/db",
    ],
)
def test_what_is_no_place_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as error:
        place_of(url, "--state")
    assert error.value.hint


@pytest.mark.parametrize(
    ("host", "near"),
    [
        *((one, True) for one in ("", "localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "/run/x", "@x")),
        *((one, False) for one in ("db.example", "10.0.0.1", "0.0.0.0", "localhost.example", "::2")),
    ],
)
def test_which_host_is_this_machine(host: str, near: bool) -> None:
    assert is_near(host) is near


SERVICES = """
# comment
[far]
host=db.example
sslmode=disable
[near]
host=localhost
[rooted]
host = db.example
sslrootcert=/etc/ca.pem
"""
FULL, SYSTEM = {"sslmode": "verify-full"}, {"sslmode": "verify-full", "sslrootcert": "system"}
TLS: list[tuple[str, dict[str, str], list[str], dict[str, str]]] = [
    # URL, variables, files that are there, what is asked for of TLS
    ("postgresql://db.example/x", {}, [], SYSTEM),
    ("postgresql://db.example/x", {}, ["~/.postgresql/root.crt"], FULL),
    ("postgresql://db.example/x?sslrootcert=/ca", {}, [], FULL),
    ("postgresql://db.example/x?sslmode=verify-full", {}, [], SYSTEM),
    ("postgresql://db.example/x", {"PGSSLROOTCERT": "/ca"}, [], FULL),
    ("postgresql://db.example/x", {"PGSSLMODE": "disable"}, [], SYSTEM),
    ("postgresql://localhost/x", {}, [], {}),
    ("postgresql://localhost:5432/x", {"PGHOSTADDR": "10.0.0.1"}, [], SYSTEM),
    ("postgresql://localhost,db.example/x", {}, [], SYSTEM),
    ("postgresql://localhost/x?host=db.example", {}, [], SYSTEM),
    ("postgresql://localhost/x?hostaddr=10.0.0.1", {}, [], SYSTEM),
    ("postgresql://", {}, [], {}),
    ("postgresql://", {"PGHOST": "db.example"}, [], SYSTEM),
    ("postgresql://", {"PGHOST": "/run/postgresql"}, [], {}),
    ("postgresql://?service=far", {}, ["services"], SYSTEM),
    ("postgresql://?service=near", {"PGHOST": "db.example"}, ["services"], {}),
    ("postgresql://?service=rooted", {}, ["services"], FULL),
    ("postgresql://", {"PGSERVICE": "far"}, ["services"], SYSTEM),
    ("postgresql://localhost/x?service=far", {}, ["services"], {}),
]


@pytest.mark.parametrize(("url", "variables", "there", "wanted"), TLS)
def test_nothing_goes_unchecked_to_another_machine(
    url: str, variables: dict[str, str], there: list[str], wanted: dict[str, str]
) -> None:
    files = {Path(one).expanduser(): "x" for one in there} | (
        {Path("/etc/services.conf"): SERVICES} if "services" in there else {}
    )

    def read(path: Path) -> str:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    given = {"PGSERVICEFILE": "/etc/services.conf", **variables}
    found = parameters(place_of(url, "--state"), given, read, True)
    assert {key: value for key, value in found.items() if key.startswith("ssl")} == wanted
    assert found["target_session_attrs"] == "primary"


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_a_mode_that_checks_too_little_is_refused(mode: str) -> None:
    place = place_of(f"postgresql://db.example/x?sslmode={mode}", "--state")
    with pytest.raises(UsageError, match=mode):
        parameters(place, {}, no_file, True)
    near = place_of(f"postgresql://localhost/x?sslmode={mode}", "--state")
    assert "sslmode" not in parameters(near, {}, no_file, True)


def test_what_cannot_be_connected_to_is_told_without_the_password() -> None:
    for url in ("postgresql://u@127.0.0.1:1/db", "postgresql://u@127.0.0.1:1/db?no_such_option=1"):
        connect = connector(place_of(url, "--state"), "secret-word", {}, no_file)
        with pytest.raises((Unanswered, Rejected)) as error:
            connect()
        assert "secret" not in str(error.value) and "\n" not in str(error.value)


def test_without_psycopg_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(name: str) -> Any:
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")

    monkeypatch.setattr("reconciler.backends.postgres.connecting.import_module", fails)
    with pytest.raises(UsageError) as error:
        connecting("postgresql://localhost/x")
    assert "reconciler[postgres]" in error.value.hint


@needs_postgres
def test_a_store_is_made_once_by_many_at_once() -> None:
    place = replace(place_of(servers().direct, "a test"), schema="made_at_once")
    tools = Tools(float, float, fresh_token, lambda run: None)

    def init(_: int) -> int:
        admin = PostgresAdmin(place, partial(connected, connecting(servers().direct), tools, []))
        admin.init()
        return len(admin.upgrade())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(init, range(4))) == [0] * 4


LONG = ("what a box swallows is given up", "an unconfirmed commit is not durable")


@needs_postgres
@pytest.mark.parametrize(
    "promise",
    [pytest.param(one, marks=[pytest.mark.slow] if one in LONG else []) for one in POSTGRES_CHECKS],
)
def test_a_promise_is_kept(promise: str) -> None:
    POSTGRES_CHECKS[promise](PostgresStore)


@pytest.mark.share(20)
@needs_postgres
@pytest.mark.parametrize("name", one_in(6, MUTANTS))
def test_a_bug_on_purpose_is_caught(name: str) -> None:
    assert is_caught(MUTANTS[name])
