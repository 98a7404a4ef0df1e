"""What happens to tasks, as the cloud's callbacks tell it (callbacks §3 to §5; recordings §6).

There is an event for each change of a push, an ingest or a recording. Events follow from what the world was
told last and how it is now, so that nothing in the world needs to know.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from .store import Store
from .streams import StreamName
from .tasks import Task
from .world import World

IDLE, CONNECTING, RUNNING, RECOVERING, FAILURE, DISCONNECTING = range(6)
GIVES_UP_AFTER = 60.0
"""Seconds of connecting or recovering after which a push has failed (callbacks §3)."""
KICKED, REMOVED = 3, 4
LEAVING = {"robot-kicked": KICKED, "robot-removed": REMOVED}
TIMED_OUT = 100
LEAVE_CODES = {"stopped": 0, "robot-removed": 1, "idle": 99, "robot-kicked": 101}
"""Why a recording has left (recordings §6)."""
Body = dict[str, Any]


class Push(NamedTuple):
    """A push of a task, by what was told of it last, and since when."""

    task_id: str
    url: str
    status: int
    since: float


class Events:
    """Notes what is to be told; the store keeps what was told already."""

    def __init__(self, store: Store, world: World) -> None:
        """Work on the store, of this world."""
        self._store = store
        self._world = world

    def due(self, now: float) -> list[tuple[float, Body]]:
        """(when it happened, the body) of everything that has not been told yet."""
        tasks = {task.task_id: task for task in self._world.tasks.untold() if task.kind != "render"}
        found = [*self._of_pushes(tasks, now), *self._of_ingests(tasks), *self._of_recordings(tasks)]
        return sorted(found, key=lambda event: event[0])

    def _of_ingests(self, tasks: dict[str, Task]) -> Iterator[tuple[float, Body]]:
        for task in tasks.values():
            if task.kind != "ingest":
                continue
            known = self._told(task.task_id, "")
            if known is None:
                self._tell(Push(task.task_id, "", RUNNING, task.started_at))
                yield task.started_at, _ingest(task, 701, task.started_at)
                known = Push(task.task_id, "", RUNNING, task.started_at)
            if task.status == "ended" and known.status != IDLE:
                ended = task.ended_at or task.started_at
                self._tell(known._replace(status=IDLE))
                yield from _leaving(task, ended)
                yield ended, _ingest(task, 702, ended)

    def _of_recordings(self, tasks: dict[str, Task]) -> Iterator[tuple[float, Body]]:
        for task in (one for one in tasks.values() if one.kind == "recording"):
            known = self._told(task.task_id, "")
            if known is None:
                known = Push(task.task_id, "", RUNNING, task.started_at)
                self._tell(known)
                yield task.started_at, _recording(task, 301, {"Status": 0}, task.started_at)
            if task.status == "ended" and known.status != IDLE:
                ended = task.ended_at or task.started_at
                self._tell(known._replace(status=IDLE))
                yield from _leaving(task, ended)
                code = LEAVE_CODES.get(task.end_reason or "", TIMED_OUT)
                yield ended, _recording(task, 302, {"LeaveCode": code}, ended)

    def _of_pushes(self, tasks: dict[str, Task], now: float) -> Iterator[tuple[float, Body]]:
        known = {(one.task_id, one.url): one for one in self._all_told() if one.url}
        up = {(row["task_id"], row["url"]): row for row in self._store.rows("SELECT * FROM pushes")}
        wanted = {
            (task.task_id, url): task
            for task in tasks.values()
            if task.kind == "publish" and task.status != "ended"
            for url in _urls(task.request)
        }
        for key, task in wanted.items():
            row = up.get(key)
            state = "inactive" if row is None else self._state(row, now)
            yield from self._of_push(task, key[1], known.get(key), state, now)
        for key, push in known.items():
            if key not in wanted and push.status != IDLE:
                task = tasks[key[0]]
                at = task.ended_at if task.status == "ended" and task.ended_at else now
                self._tell(push._replace(status=IDLE))
                yield from _leaving(task, at)
                if push.status != FAILURE:
                    yield at, _relay(task, push.url, DISCONNECTING, at)
                    yield at + 0.1, _relay(task, push.url, IDLE, at + 0.1)

    def _of_push(
        self, task: Task, url: str, known: Push | None, state: str, now: float
    ) -> Iterator[tuple[float, Body]]:
        """The events of a push that a living task has: it connects, is cut, gives up, or comes back."""
        if known is None or known.status == IDLE:
            known = Push(task.task_id, url, CONNECTING, max(task.started_at, known.since if known else 0.0))
            yield known.since, _relay(task, url, CONNECTING, known.since)
        status = known.status
        if state == "active" and status != RUNNING:
            status = RUNNING
            at = known.since + 0.1 if known.status == CONNECTING else now
            yield at, _relay(task, url, RUNNING, at)
        elif state != "active" and status == RUNNING:
            status = RECOVERING
            yield now, _relay(task, url, RECOVERING, now)
        elif state != "active" and status in (CONNECTING, RECOVERING) and now >= known.since + GIVES_UP_AFTER:
            status, at = FAILURE, known.since + GIVES_UP_AFTER
            yield at, _relay(task, url, FAILURE, at)
            yield at + 0.1, _relay(task, url, IDLE, at + 0.1)
        since = known.since if status == known.status else now
        self._tell(Push(task.task_id, url, status, since))

    def _state(self, row: Any, now: float) -> str:
        name = StreamName(row["domain"], row["app"], row["stream"])
        return self._world.streams.state(name, now, self._world.forbid_by_name)

    def _told(self, task_id: str, url: str) -> Push | None:
        row = self._store.row("SELECT * FROM told WHERE task_id = ? AND url = ?", (task_id, url))
        return None if row is None else Push(*row)

    def _all_told(self) -> list[Push]:
        return [Push(*row) for row in self._store.rows("SELECT * FROM told WHERE status <> ?", (IDLE,))]

    def _tell(self, push: Push) -> None:
        self._store.execute("INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?)", push)


def _urls(request: Body) -> list[str]:
    return [push["PublishCdnUrl"] for push in request.get("PublishCdnParams") or []]


def _ms(at: float) -> int:
    return round(at * 1000)


def _relay(task: Task, url: str, status: int, at: float) -> Body:
    request = task.request
    info = {
        "RoomId": request["RoomId"],
        "RoomType": request["RoomIdType"],
        "EventMsTs": _ms(at),
        "UserId": request["AgentParams"]["UserId"],
        "TaskId": task.task_id,
        "Payload": {"Url": url, "Status": status, "ErrorCode": 0, "ErrorMsg": ""},
    }
    return {"EventGroupId": 4, "EventType": 401, "CallbackTs": _ms(at), "EventInfo": info}


def _ingest(task: Task, event: int, at: float) -> Body:
    info = {"EventMsTs": _ms(at), "TaskId": task.task_id, "Status": 0}
    return {"EventGroupId": 7, "EventType": event, "CallbackMsTs": _ms(at), "EventInfo": info}


def _recording(task: Task, event: int, payload: Body, at: float) -> Body:
    request = task.request
    info = {
        "RoomId": request["RoomId"],
        "EventTs": str(int(at)),
        "EventMsTs": _ms(at),
        "UserId": request["UserId"],
        "TaskId": task.task_id,
        "Payload": payload,
    }
    return {"EventGroupId": 3, "EventType": event, "CallbackTs": _ms(at), "EventInfo": info}


def _leaving(task: Task, at: float) -> Iterator[tuple[float, Body]]:
    """That the robot of a task was thrown out of its room, where that is why it has ended."""
    reason = LEAVING.get(task.end_reason or "")
    if task.status != "ended" or reason is None:
        return
    user = task.request.get("AgentParams", task.request)["UserId"]
    info = {"RoomId": task.request["RoomId"], "EventTs": int(at), "EventMsTs": _ms(at), "UserId": user}
    yield (
        at,
        {"EventGroupId": 1, "EventType": 104, "CallbackTs": _ms(at), "EventInfo": {**info, "Reason": reason}},
    )


def encoded(body: Body) -> bytes:
    """The body as it is sent, and signed."""
    return json.dumps(body, separators=(",", ":")).encode()
