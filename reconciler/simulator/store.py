"""Where the simulated cloud remembers: one SQLite file that survives a restart and a kill.

Nothing is cached in the process, so what is committed is all there is to know.
"""

import contextlib
import json
import os
import sqlite3
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MAGIC = b"SQLite format 3\0"
APPLICATION_ID = 0x74635349
"""Marks a database as a simulator's; those of before the mark are known by their tables."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (
    task_id TEXT PRIMARY KEY, service TEXT NOT NULL, kind TEXT NOT NULL, region TEXT NOT NULL,
    status TEXT NOT NULL, end_reason TEXT, request TEXT NOT NULL, sequence_number TEXT NOT NULL,
    started_at REAL NOT NULL, ended_at REAL,
    sdk_app_id INTEGER, room_id TEXT, room_id_type INTEGER, max_idle REAL);
CREATE INDEX IF NOT EXISTS living_tasks_in_room ON tasks (sdk_app_id, room_id, room_id_type)
    WHERE status <> 'ended';
CREATE INDEX IF NOT EXISTS renders_by_user ON tasks (json_extract(request, '$.UserId'))
    WHERE kind = 'render' AND status <> 'ended';
CREATE TABLE IF NOT EXISTS deadlines (
    task_id TEXT NOT NULL, reason TEXT NOT NULL, due REAL NOT NULL, PRIMARY KEY (task_id, reason));
CREATE INDEX IF NOT EXISTS deadlines_by_due ON deadlines (due);
CREATE TABLE IF NOT EXISTS robots (
    sdk_app_id INTEGER, room_id TEXT, room_id_type INTEGER, user_id TEXT, task_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS robots_by_place ON robots (sdk_app_id, room_id, room_id_type, user_id);
CREATE INDEX IF NOT EXISTS robots_by_task ON robots (task_id);
CREATE TABLE IF NOT EXISTS pushes (
    task_id TEXT NOT NULL, url TEXT NOT NULL, domain TEXT, app TEXT, stream TEXT, since REAL NOT NULL);
CREATE INDEX IF NOT EXISTS pushes_by_stream ON pushes (domain, app, stream);
CREATE INDEX IF NOT EXISTS pushes_by_task ON pushes (task_id);
CREATE TABLE IF NOT EXISTS streams (
    domain TEXT, app TEXT, stream TEXT, forbid_until REAL, reconnected_at REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (domain, app, stream));
CREATE INDEX IF NOT EXISTS streams_by_name ON streams (stream);
CREATE TABLE IF NOT EXISTS rooms (
    sdk_app_id INTEGER, room_id TEXT, room_id_type INTEGER, users TEXT NOT NULL, empty_since REAL,
    PRIMARY KEY (sdk_app_id, room_id, room_id_type));
CREATE INDEX IF NOT EXISTS rooms_empty ON rooms (empty_since) WHERE empty_since IS NOT NULL;
CREATE TABLE IF NOT EXISTS sources (url TEXT PRIMARY KEY, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS playbacks (
    task_id TEXT PRIMARY KEY, url TEXT NOT NULL, plays INTEGER, position REAL NOT NULL,
    tempo REAL NOT NULL, since REAL NOT NULL, paused INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS playbacks_by_url ON playbacks (url);
CREATE TABLE IF NOT EXISTS sessions (user_id TEXT PRIMARY KEY, session INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS inputs (stream TEXT PRIMARY KEY, since REAL);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, action TEXT NOT NULL, at REAL NOT NULL, request TEXT NOT NULL,
    response TEXT, error_code TEXT);
CREATE TABLE IF NOT EXISTS told (
    task_id TEXT NOT NULL, url TEXT NOT NULL, status INTEGER NOT NULL, since REAL NOT NULL,
    PRIMARY KEY (task_id, url));
CREATE INDEX IF NOT EXISTS told_of_living ON told (task_id) WHERE status <> 0;
CREATE TABLE IF NOT EXISTS told_streams (
    domain TEXT, app TEXT, stream TEXT, since REAL, number INTEGER NOT NULL,
    PRIMARY KEY (domain, app, stream));
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL, first REAL NOT NULL, next REAL,
    attempts INTEGER NOT NULL, answer INTEGER);
CREATE INDEX IF NOT EXISTS outbox_by_next ON outbox (next) WHERE next IS NOT NULL;
CREATE TABLE IF NOT EXISTS late (
    id INTEGER PRIMARY KEY, due REAL NOT NULL, call TEXT NOT NULL);
"""
Values = Sequence[Any] | Mapping[str, Any]
TABLES = (
    *("settings", "tasks", "deadlines", "robots", "pushes", "streams", "rooms"),
    *("sources", "playbacks", "sessions", "inputs", "calls", "late", "told", "told_streams", "outbox"),
)


class DataError(Exception):
    """The file is no database of a simulator, or cannot be one; the text says why."""


class Store:
    """The database behind one simulator; without a path it lives in memory only."""

    def __init__(self, path: Path | None = None) -> None:
        """Open or create the file; it is private to its owner, for it holds what clients sent.

        Raises DataError for what is no database, or another program's, which is left as it is.
        """
        if path is not None:
            _create(path)
        self._path = path
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        try:
            self._prepare()
        except sqlite3.Error as problem:
            self._connection.close()
            raise DataError(f"{path} is not a usable database: {problem}") from problem
        except DataError as problem:
            self._connection.close()
            raise DataError(f"{path} {problem}") from None

    def _prepare(self) -> None:
        if self._path is not None:
            _check_owner(self._connection)
        self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: what happens inside is committed together, or not at all."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def execute(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self._connection.execute(sql, values)

    def rows(self, sql: str, values: Values = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Values = ()) -> sqlite3.Row | None:
        """The first row of a query, if there is one."""
        found = self._connection.execute(sql, values).fetchone()
        return found if isinstance(found, sqlite3.Row) else None

    def setting(self, key: str, default: Any) -> Any:
        """A value kept under a name, else the default."""
        found = self.row("SELECT value FROM settings WHERE key = ?", (key,))
        return default if found is None else json.loads(found["value"])

    def keep_setting(self, key: str, value: Any) -> None:
        """Keep a JSON value under a name."""
        self.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, json.dumps(value)))

    def wipe(self) -> None:
        """Forget everything, as if the file were new."""
        for table in TABLES:
            self.execute(f"DELETE FROM {table}")


def _create(path: Path) -> None:
    flags = os.O_CREAT | os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
    except OSError as problem:
        raise DataError(f"{path} cannot be written: {problem.strerror}") from problem
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise DataError(f"{path} is not a regular file")
        if os.read(descriptor, len(MAGIC)) not in (b"", MAGIC):  # SQLite takes a byte or two for nothing
            raise DataError(f"{path} is not a database")
    finally:
        os.close(descriptor)


def _check_owner(connection: sqlite3.Connection) -> None:
    """Look before anything is written; raises DataError for tables that are not ours."""
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    with contextlib.closing(sqlite3.connect(":memory:")) as blank:
        blank.executescript(SCHEMA)
        ours = _columns(blank)
    if owner not in (0, APPLICATION_ID) or not _columns(connection).items() <= ours.items():
        raise DataError("is the database of another program")


def _columns(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """The names of the columns by those of the tables."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite|_%' ESCAPE '|'"
    return {
        name: tuple(row[1] for row in connection.execute("SELECT * FROM pragma_table_info(?)", (name,)))
        for (name,) in connection.execute(query).fetchall()
    }
