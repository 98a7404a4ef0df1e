"""Live streams: active while a relay task pushes them, unless forbidden (semantics §14)."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from .push_addresses import has_expired, is_tencents, parse
from .store import Store

SAME = "domain = ? AND app = ? AND stream = ?"

EVERY_STREAM = """
SELECT streams.*, max(pushes.since) AS pushed_at, count(DISTINCT pushes.task_id) AS pushers,
    (SELECT max(forbid_until) FROM streams AS entry WHERE entry.stream = streams.stream
        AND (:by_name OR (entry.domain = streams.domain AND entry.app = streams.app))) AS forbidden_until
FROM streams LEFT JOIN pushes USING (domain, app, stream)
"""
GROUPED = " GROUP BY domain, app, stream ORDER BY domain, app, stream"


@dataclass(frozen=True, slots=True)
class StreamName:
    """What identifies a live stream."""

    domain: str
    app: str
    stream: str

    @property
    def key(self) -> tuple[str, str, str]:
        """As database values."""
        return (self.domain, self.app, self.stream)

    @classmethod
    def pushed_by(cls, url: str, is_tencent_cdn: bool) -> "StreamName | None":
        """The stream that a push address feeds, or None if it is another company's."""
        found = parse(url) if is_tencent_cdn or is_tencents(url) else None
        return None if found is None else cls(*found)


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as it is at one moment."""

    name: StreamName
    state: str
    published_at: float
    pushers: int

    def shown(self) -> dict[str, Any]:
        """The stream as the test surface tells it."""
        return {
            "domainName": self.name.domain,
            "appName": self.name.app,
            "streamName": self.name.stream,
            "state": self.state,
        }


class Streams:
    """Every stream ever touched; its state is computed, never stored."""

    def __init__(self, store: Store) -> None:
        """Work on the store."""
        self._store = store

    def push(self, task_id: str, urls: dict[str, StreamName], now: float) -> None:
        """Say to which streams a task pushes now; an unchanged one stays (fields, "PublishCdnParams").

        A new one whose signature has expired is refused as it connects (signing.md, section 4).
        """
        for row in self._store.rows("SELECT url FROM pushes WHERE task_id = ?", (task_id,)):
            if row["url"] not in urls:
                self._store.execute("DELETE FROM pushes WHERE task_id = ? AND url = ?", (task_id, row["url"]))
        held = {
            row["url"] for row in self._store.rows("SELECT url FROM pushes WHERE task_id = ?", (task_id,))
        }
        for url, name in urls.items():
            if url not in held:
                self.touch(name)
            if url not in held and not has_expired(url, now):
                values = (task_id, url, *name.key, now)
                self._store.execute("INSERT INTO pushes VALUES (?, ?, ?, ?, ?, ?)", values)

    def touch(self, name: StreamName) -> None:
        """Take note of a stream that somebody acted on."""
        self._store.execute("INSERT OR IGNORE INTO streams (domain, app, stream) VALUES (?, ?, ?)", name.key)

    def forbid(self, name: StreamName, until: float) -> None:
        """Forbid a stream until a time; a second forbid replaces the first one's time (semantics §10)."""
        self.touch(name)
        self._store.execute(f"UPDATE streams SET forbid_until = ? WHERE {SAME}", (until, *name.key))

    def resume(self, name: StreamName, by_name: bool, now: float) -> None:
        """Lift a forbid at once; a relay that still runs connects again."""
        self.touch(name)
        hit = f"stream = ? AND (? OR ({SAME}))"
        values = (now, name.stream, by_name, *name.key)
        self._store.execute(f"UPDATE streams SET forbid_until = NULL, reconnected_at = ? WHERE {hit}", values)
        self._refuse_expired(hit, values[1:], now)

    def drop(self, name: StreamName, now: float) -> None:
        """Cut a push; a relay that still runs comes back at once, unless its signature has expired."""
        self.touch(name)
        self._store.execute(f"UPDATE streams SET reconnected_at = ? WHERE {SAME}", (now, *name.key))
        self._refuse_expired(SAME, name.key, now)

    def _refuse_expired(self, hit: str, values: tuple[Any, ...], now: float) -> None:
        """Let no push connect again whose signature has expired (signing.md, section 4)."""
        for row in self._store.rows(f"SELECT task_id, url FROM pushes WHERE {hit}", values):
            if has_expired(row["url"], now):
                one = (row["task_id"], row["url"])
                self._store.execute("DELETE FROM pushes WHERE task_id = ? AND url = ?", one)

    def all(self, now: float, by_name: bool) -> list[Stream]:
        """Every stream ever pushed, forbidden, resumed or dropped."""
        found = self._store.rows(EVERY_STREAM + GROUPED, {"by_name": by_name})
        return [_stream(row, now) for row in found]

    def state(self, name: StreamName, now: float, by_name: bool) -> str:
        """One of active, inactive and forbid, also for a stream never heard of."""
        values = {"by_name": by_name, "domain": name.domain, "app": name.app, "stream": name.stream}
        condition = " WHERE streams.domain = :domain AND streams.app = :app AND streams.stream = :stream"
        found = self._store.row(EVERY_STREAM + condition + GROUPED, values)
        if found is not None:
            return _stream(found, now).state
        namesake = self._store.row(
            "SELECT 1 FROM streams WHERE stream = ? AND ? AND forbid_until > ?", (name.stream, by_name, now)
        )
        return "inactive" if namesake is None else "forbid"

    def is_pushed(self, stream: str) -> bool:
        """Whether a task pushes to a stream of that name, wherever."""
        return self._store.row("SELECT 1 FROM pushes WHERE stream = ?", (stream,)) is not None

    def conflicts(self) -> list[dict[str, Any]]:
        """Streams that more than one running task pushes to (semantics §1)."""
        found = self._store.rows(
            "SELECT domain, app, stream, group_concat(DISTINCT task_id) AS tasks FROM pushes "
            "GROUP BY domain, app, stream HAVING count(DISTINCT task_id) > 1 ORDER BY domain, app, stream"
        )
        return [
            {
                "domainName": row["domain"],
                "appName": row["app"],
                "streamName": row["stream"],
                "taskIds": row["tasks"].split(","),
            }
            for row in found
        ]


def _stream(row: sqlite3.Row, now: float) -> Stream:
    name = StreamName(row["domain"], row["app"], row["stream"])
    forbidden_until = row["forbidden_until"] or 0.0
    forbidden = forbidden_until > now
    state = "forbid" if forbidden else ("active" if row["pushers"] else "inactive")
    published_at = max(row["pushed_at"] or 0.0, row["reconnected_at"], 0.0 if forbidden else forbidden_until)
    return Stream(name, state, published_at, row["pushers"])
