"""Which CAR users have a session; without one there is no picture to push (semantics §13)."""

from typing import Any

from .store import Store


class Sessions:
    """Keeps the users that the test surface spoke of; any other has a session unless told otherwise."""

    def __init__(self, store: Store) -> None:
        """Work on the store."""
        self._store = store

    @property
    def default(self) -> bool:
        """Whether a user has a session whom nobody spoke of."""
        return bool(self._store.setting("session-default", True))

    def keep_default(self, session: bool) -> None:
        """Say whether everybody else has a session."""
        self._store.keep_setting("session-default", session)

    def keep(self, user_id: str, session: bool) -> None:
        """Say whether one user has a session."""
        self._store.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?)", (user_id, session))

    def has(self, user_id: str) -> bool:
        """Whether a user has a session."""
        known = self._store.row("SELECT session FROM sessions WHERE user_id = ?", (user_id,))
        return self.default if known is None else bool(known["session"])

    def all(self) -> list[dict[str, Any]]:
        """Every user spoken of, as the test surface tells it."""
        found = self._store.rows("SELECT * FROM sessions ORDER BY rowid")
        return [{"userId": row["user_id"], "session": bool(row["session"])} for row in found]
