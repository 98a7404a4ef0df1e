"""Callbacks received, in NAME.events beside the state: one SQLite file, which receiver and planner share."""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.backends.parts import Event
from reconciler.errors import StateError

_APPLICATION_ID = 0x72634576
_PATIENCE = 3.0
"""Seconds to wait for another process's transaction, which takes milliseconds; the cloud waits five."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, received TEXT NOT NULL,
    body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS event_by_time ON event (received);
"""
_AFTER = """
SELECT seq, key, received, body FROM event
WHERE seq > iif(:start > (SELECT ifnull(max(seq), 0) FROM event), 0, :start) ORDER BY seq LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class LocalEvents:
    """The events of one workspace (a parts.Events); a file that is not there has none."""

    path: Path

    def put(self, event: Event) -> bool:
        """See parts.Events.put."""
        with self._written() as database:
            body = json.dumps(event.body, separators=(",", ":"))
            cursor = database.execute(
                "INSERT OR IGNORE INTO event (key, received, body) VALUES (?, ?, ?)",
                (event.key, event.received, body),
            )
            return cursor.rowcount == 1

    def after(self, start: str, most: int) -> tuple[Sequence[Event], str]:
        """See parts.Events.after."""
        if not self.path.exists():
            return (), start
        with self._read() as database:
            rows = database.execute(_AFTER, {"start": int(start or 0), "most": most}).fetchall()
        events = [Event(key, received, json.loads(body)) for _, key, received, body in rows]
        return events, str(rows[-1][0]) if rows else start

    def sweep(self, before: str) -> int:
        """See parts.Events.sweep."""
        with self._written() as database:
            return database.execute("DELETE FROM event WHERE received < ?", (before,)).rowcount

    @contextmanager
    def kept_open(self) -> Iterator["LocalEvents"]:
        """See parts.Events.kept_open: a file is opened in no time."""
        yield self

    @contextmanager
    def _written(self) -> Iterator[sqlite3.Connection]:
        """The database within a transaction that is durable once the block is left."""
        with self._told():
            descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            os.close(descriptor)
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as database:
                self._check(database)
                database.execute("PRAGMA synchronous = FULL")
                database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                database.executescript(_SCHEMA)
                with database:
                    yield database

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._told():
            place = f"file:{self.path.absolute().as_posix().replace('?', '%3f').replace('#', '%23')}?mode=ro"
            with closing(sqlite3.connect(place, uri=True, timeout=_PATIENCE)) as database:
                self._check(database)
                yield database

    def _check(self, database: sqlite3.Connection) -> None:
        """Raises StateError for a database of another program."""
        (owner,) = database.execute("PRAGMA application_id").fetchone()
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if owner != _APPLICATION_ID and tables:
            raise StateError(
                f"{self.path} is the database of another program", "move it, or choose another state file"
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise StateError(
                f"{self.path}: cannot use the callbacks received: {reason}",
                "check the file and its directory; without the file, plans know nothing of callbacks",
            ) from error
