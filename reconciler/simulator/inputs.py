"""Which streams are pushed to Live by a name, under whatever domain and path (mixes §2).

What tasks push is known; of any other stream the test surface may speak, and one that nobody spoke of
has been pushed for long.
"""

from typing import Any

from .store import Store

LONG_AGO = 0.0
PUSHED = """
SELECT min(max(pushes.since, streams.reconnected_at)) AS since FROM pushes
JOIN streams USING (domain, app, stream)
WHERE pushes.stream = :stream AND (streams.forbid_until IS NULL OR streams.forbid_until <= :now)
AND NOT (:by_name AND EXISTS (
    SELECT 1 FROM streams AS entry WHERE entry.stream = :stream AND entry.forbid_until > :now))
"""


class Inputs:
    """Keeps the streams that the test surface spoke of."""

    def __init__(self, store: Store) -> None:
        """Work on the store."""
        self._store = store

    def keep(self, stream: str, pushed: bool, now: float) -> None:
        """Say whether somebody beside the tasks pushes a stream; one that is pushed already goes on."""
        known = self._store.row("SELECT since FROM inputs WHERE stream = ?", (stream,))
        goes_on = known is not None and known["since"] is not None
        since = (known["since"] if known is not None and goes_on else now) if pushed else None
        self._store.execute("INSERT OR REPLACE INTO inputs VALUES (?, ?)", (stream, since))

    def since(self, stream: str, now: float, by_name: bool) -> float | None:
        """Since when a stream is pushed; None if it is not."""
        known = self._store.row("SELECT since FROM inputs WHERE stream = ?", (stream,))
        if known is not None and known["since"] is not None:
            return float(known["since"])
        pushed = self._store.row(PUSHED, {"stream": stream, "now": now, "by_name": by_name})
        if pushed is not None and pushed["since"] is not None:
            return float(pushed["since"])
        touched = self._store.row("SELECT 1 FROM streams WHERE stream = ?", (stream,))
        return LONG_AGO if known is None and touched is None else None

    def all(self) -> list[dict[str, Any]]:
        """Every stream spoken of, as the test surface tells it."""
        found = self._store.rows("SELECT * FROM inputs ORDER BY rowid")
        return [{"streamName": row["stream"], "pushed": row["since"] is not None} for row in found]
