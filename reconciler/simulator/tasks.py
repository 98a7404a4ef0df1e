"""The tasks of the simulated cloud, and the robots they bring into rooms (semantics §1)."""

import json
import secrets
import string
from dataclasses import dataclass
from typing import Any

from .store import Store

BELONGINGS = ("robots", "pushes", "deadlines", "playbacks")
RENDERING = "kind = 'render' AND status <> 'ended'"
ALPHABET = string.ascii_letters + string.digits + "+-"


@dataclass(frozen=True, slots=True)
class Robot:
    """A user that a task brings into a room; only one of that name can be there."""

    sdk_app_id: int
    room_id: str
    room_id_type: int
    user_id: str

    @property
    def key(self) -> tuple[int, str, int, str]:
        """Its place as database values."""
        return (self.sdk_app_id, self.room_id, self.room_id_type, self.user_id)


@dataclass(frozen=True, slots=True)
class Task:
    """One task as the store has it; `request` is what is in force now."""

    task_id: str
    service: str
    kind: str
    region: str
    request: dict[str, Any]
    started_at: float
    status: str = "running"
    end_reason: str | None = None
    sequence_number: int = 0
    ended_at: float | None = None

    def shown(self) -> dict[str, Any]:
        """The task as the test surface tells it."""
        return {
            "taskId": self.task_id,
            "service": self.service,
            "kind": self.kind,
            "status": self.status,
            "endReason": self.end_reason,
            "request": self.request,
            "sequenceNumber": self.sequence_number,
            "startedAt": self.started_at,
            "endedAt": self.ended_at,
        }


def new_task_id() -> str:
    """An opaque name that cannot be guessed; it has every character that a client might forget to escape."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(64))
    return f"-{body[:40]}+{body[40:52]}*{body[52:]}-.."


class Tasks:
    """Starts, finds, changes and ends tasks."""

    def __init__(self, store: Store) -> None:
        """Work on the store."""
        self._store = store

    def start(self, task: Task, robots: list[Robot], max_idle: float | None) -> None:
        """Keep a new task; its first robot stands in the room whose emptiness ends it."""
        home = robots[0].key[:3] if robots else (None, None, None)
        self._store.execute(
            "INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(task.task_id, task.service, task.kind, task.region, task.status, task.end_reason),
                *(json.dumps(task.request), str(task.sequence_number), task.started_at, task.ended_at),
                *(*home, max_idle),
            ),
        )
        self.place(task.task_id, robots)

    def place(self, task_id: str, robots: list[Robot]) -> None:
        """Say which robots a task has now."""
        self._store.execute("DELETE FROM robots WHERE task_id = ?", (task_id,))
        for robot in robots:
            self._store.execute("INSERT INTO robots VALUES (?, ?, ?, ?, ?)", (*robot.key, task_id))

    def holders(self, robot: Robot, besides: str = "") -> list[Task]:
        """Other living tasks that have the same robot in the same room."""
        return self._load(
            "WHERE task_id <> ? AND task_id IN (SELECT task_id FROM robots "
            "WHERE sdk_app_id = ? AND room_id = ? AND room_id_type = ? AND user_id = ?) ORDER BY rowid",
            (besides, *robot.key),
        )

    def robot_in(self, place: tuple[int, str, int]) -> bool:
        """Whether some living task has a robot in a room."""
        condition = "sdk_app_id = ? AND room_id = ? AND room_id_type = ?"
        return self._store.row(f"SELECT 1 FROM robots WHERE {condition}", place) is not None

    def renders(self) -> list[Task]:
        """Every living push of a cloud-rendered picture."""
        return self._load(f"WHERE {RENDERING} ORDER BY rowid")

    def render_of(self, user_id: str) -> Task | None:
        """The living push of a user's session; there is at most one (semantics §13)."""
        found = self._load(f"WHERE {RENDERING} AND json_extract(request, '$.UserId') = ?", (user_id,))
        return next(iter(found), None)

    def find(self, task_id: str) -> Task | None:
        """The task of that name, running or ended."""
        return next(iter(self._load("WHERE task_id = ?", (task_id,))), None)

    def living(self, kind: str | None = None) -> list[Task]:
        """Every task that has not ended, of a kind or of any, in order of its start."""
        condition, given = ("", ()) if kind is None else ("kind = ? AND ", (kind,))
        return self._load(f"WHERE {condition}status <> 'ended' ORDER BY rowid", given)

    def untold(self) -> list[Task]:
        """Every living task, and every ended one whose end was not told yet, in order of their starts."""
        told = "SELECT task_id FROM told WHERE status <> 0"
        return self._load(f"WHERE status <> 'ended' OR task_id IN ({told}) ORDER BY rowid")

    def all(self) -> list[Task]:
        """Every task in order of its start."""
        return self._load("ORDER BY rowid")

    def _load(self, condition: str, values: tuple[Any, ...] = ()) -> list[Task]:
        return [
            Task(
                task_id=row["task_id"],
                service=row["service"],
                kind=row["kind"],
                region=row["region"],
                request=json.loads(row["request"]),
                started_at=row["started_at"],
                status=row["status"],
                end_reason=row["end_reason"],
                sequence_number=int(row["sequence_number"]),
                ended_at=row["ended_at"],
            )
            for row in self._store.rows(f"SELECT * FROM tasks {condition}", values)
        ]

    def count_of(self, kind: str) -> int:
        """How many tasks of a kind there ever were."""
        row = self._store.row("SELECT count(*) AS number FROM tasks WHERE kind = ?", (kind,))
        return 0 if row is None else int(row["number"])

    def give_reason(self, task_id: str, reason: str) -> None:
        """Say another reason for the end of a task that has ended."""
        self._store.execute("UPDATE tasks SET end_reason = ? WHERE task_id = ?", (reason, task_id))

    def change(self, task_id: str, request: dict[str, Any]) -> None:
        """Put another request in force."""
        self._store.execute("UPDATE tasks SET request = ? WHERE task_id = ?", (json.dumps(request), task_id))

    def mark(self, task_id: str, status: str) -> None:
        """Say whether a living task is running or paused."""
        self._store.execute("UPDATE tasks SET status = ? WHERE task_id = ?", (status, task_id))

    def count(self, task_id: str, sequence_number: int) -> None:
        """Note the last SequenceNumber."""
        self._store.execute(
            "UPDATE tasks SET sequence_number = ? WHERE task_id = ?", (str(sequence_number), task_id)
        )

    def end(self, task_id: str, reason: str, at: float) -> None:
        """End a task, unless it has ended: its robots leave, its pushes stop, it plays no more."""
        self._store.execute(
            "UPDATE tasks SET status = 'ended', end_reason = ?, ended_at = ? "
            "WHERE task_id = ? AND status <> 'ended'",
            (reason, at, task_id),
        )
        for table in BELONGINGS:
            self._store.execute(f"DELETE FROM {table} WHERE task_id = ?", (task_id,))
