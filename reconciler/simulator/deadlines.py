"""When a task will end by itself, unless something happens before (semantics §1, §12)."""

from dataclasses import dataclass

from .store import Store


@dataclass(frozen=True, slots=True)
class Ending:
    """A task that is due to end: why, and since when."""

    task_id: str
    reason: str
    at: float


class Deadlines:
    """Keeps for each living task at most one time for each reason; the end of a task forgets them."""

    def __init__(self, store: Store) -> None:
        """Work on the store."""
        self._store = store

    def expect(self, task_id: str, reason: str, due: float | None) -> None:
        """Set a time, or take it back."""
        if due is None:
            self._store.execute("DELETE FROM deadlines WHERE task_id = ? AND reason = ?", (task_id, reason))
        else:
            self._store.execute("INSERT OR REPLACE INTO deadlines VALUES (?, ?, ?)", (task_id, reason, due))

    def has(self, task_id: str, reason: str) -> bool:
        """Whether there is a time for a reason."""
        found = self._store.row("SELECT 1 FROM deadlines WHERE task_id = ? AND reason = ?", (task_id, reason))
        return found is not None

    def due(self, now: float) -> list[Ending]:
        """What is due by now, in order."""
        found = self._store.rows("SELECT * FROM deadlines WHERE due <= ? ORDER BY due, reason", (now,))
        return [Ending(row["task_id"], row["reason"], row["due"]) for row in found]
