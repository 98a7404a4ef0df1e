"""What ingest tasks play and how far they are; the time of a pause does not count (semantics §12)."""

import sqlite3
from dataclasses import astuple, dataclass, replace
from typing import Any

from .deadlines import Deadlines
from .store import Store

DEFAULT_SOURCE_SECONDS = 3600.0
MOST_PAUSE_SECONDS = 12 * 3600


@dataclass(frozen=True, slots=True)
class Playback:
    """How a task plays: `position` counts the source's seconds played up to `since`, over all plays."""

    task_id: str
    url: str
    plays: int | None
    position: float
    tempo: float
    since: float
    paused: bool = False

    def at(self, now: float) -> "Playback":
        """The same, with its position brought up to a moment."""
        played = 0.0 if self.paused else (now - self.since) * self.tempo
        return replace(self, position=self.position + played, since=now)

    def end(self, seconds: float) -> float | None:
        """When a source of that length will have been played often enough; never while paused or endless."""
        if self.plays is None or self.paused:
            return None
        return self.since + max(0.0, self.plays * seconds - self.position) / self.tempo


class Playbacks:
    """Keeps the sources that the test surface spoke of, and what living tasks play."""

    def __init__(self, store: Store) -> None:
        """Work on the store."""
        self._store = store
        self._deadlines = Deadlines(store)

    def start(self, playback: Playback, seek: float, max_seconds: float | None) -> None:
        """Begin to play, the first time from `seek` on; `max_seconds` is counted from here, paused or not."""
        begin = min(seek, self._length(playback.url))
        self._keep(replace(playback, position=begin))
        end = None if max_seconds is None else playback.since + max_seconds
        self._deadlines.expect(playback.task_id, "max-duration", end)

    def change(self, task_id: str, changes: dict[str, Any], now: float) -> Playback:
        """Change url, tempo or paused, and tell how it goes on; another source begins its plays anew."""
        before = self._load("task_id = ?", task_id)[0].at(now)
        after = replace(before, **changes)
        if after.url != before.url:
            after = replace(after, position=0.0)
        if after.paused != before.paused:
            end = now + MOST_PAUSE_SECONDS if after.paused else None
            self._deadlines.expect(task_id, "paused-too-long", end)
        self._keep(after)
        return after

    def measure(self, url: str, seconds: float, now: float) -> None:
        """Say how long one play of a source lasts, also for those who play it now."""
        self._store.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", (url, seconds))
        for playback in self._load("url = ?", url):
            self._keep(playback.at(now))

    def sources(self) -> list[dict[str, Any]]:
        """Every source spoken of, as the test surface tells it."""
        found = self._store.rows("SELECT * FROM sources ORDER BY rowid")
        return [{"url": row["url"], "seconds": row["seconds"]} for row in found]

    def seconds_of(self, url: str) -> float:
        """How long one play of a source lasts."""
        return self._length(url)

    def _length(self, url: str) -> float:
        known = self._store.row("SELECT seconds FROM sources WHERE url = ?", (url,))
        return DEFAULT_SOURCE_SECONDS if known is None else float(known["seconds"])

    def _keep(self, playback: Playback) -> None:
        values = astuple(playback)
        self._store.execute("INSERT OR REPLACE INTO playbacks VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        end = playback.end(self._length(playback.url))
        self._deadlines.expect(playback.task_id, "source-ended", end)

    def _load(self, condition: str, value: str) -> list[Playback]:
        found = self._store.rows(f"SELECT * FROM playbacks WHERE {condition}", (value,))
        return [_playback(row) for row in found]


def _playback(row: sqlite3.Row) -> Playback:
    return Playback(**{**dict(row), "paused": bool(row["paused"])})
