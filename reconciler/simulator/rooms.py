"""Who is in a room. A room nobody spoke of is occupied; an emptied one ends its tasks (semantics §1)."""

import json

from .deadlines import Ending
from .store import Store

Place = tuple[int, str, int]

SAME = "sdk_app_id = ? AND room_id = ? AND room_id_type = ?"
IDLE = """
SELECT task_id, max(rooms.empty_since, tasks.started_at) + tasks.max_idle AS due
FROM rooms JOIN tasks USING (sdk_app_id, room_id, room_id_type)
WHERE rooms.empty_since IS NOT NULL AND tasks.status <> 'ended' AND tasks.max_idle IS NOT NULL
AND due <= :now AND (:from_start OR tasks.started_at <= rooms.empty_since)
"""


class Rooms:
    """Keeps the rooms that the test surface spoke of."""

    def __init__(self, store: Store) -> None:
        """Work on the store."""
        self._store = store

    def occupy(self, place: Place, users: list[str], now: float) -> None:
        """Say who is there now; an empty list starts the idle time unless it runs already."""
        known = self._store.row(f"SELECT empty_since FROM rooms WHERE {SAME}", place)
        since = None if known is None else known["empty_since"]
        empty_since = None if users else (now if since is None else since)
        self._store.execute(
            "INSERT OR REPLACE INTO rooms VALUES (?, ?, ?, ?, ?)", (*place, json.dumps(users), empty_since)
        )

    def users(self, place: Place) -> list[str] | None:
        """Who is there, or None for a room that nobody spoke of."""
        known = self._store.row(f"SELECT users FROM rooms WHERE {SAME}", place)
        return None if known is None else list(json.loads(known["users"]))

    def all(self) -> list[dict[str, object]]:
        """Every room spoken of, as the test surface tells it."""
        return [
            {
                "sdkAppId": row["sdk_app_id"],
                "roomId": row["room_id"],
                "roomIdType": row["room_id_type"],
                "users": json.loads(row["users"]),
            }
            for row in self._store.rows("SELECT * FROM rooms ORDER BY rowid")
        ]

    def idle(self, now: float, from_start: bool) -> list[Ending]:
        """Tasks due to end by now because their room has been empty for too long."""
        found = self._store.rows(IDLE, {"now": now, "from_start": from_start})
        return [Ending(row["task_id"], "idle", row["due"]) for row in found]
