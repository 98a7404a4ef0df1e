"""Callbacks as they come, one JSON body each, and what each says (reference callbacks §3 to §5)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.kinds.callbacks import EventGroup, Happening, Phase, RemovedUser, TaskEvent
from reconciler.kinds.live_events import live_event

_MILLISECONDS = 1000
_LATEST = 253_402_300_800_000  # the year 10000, which no text of a moment has
_PHASES: Mapping[tuple[EventGroup, int], Mapping[int, Phase]] = {
    (EventGroup.PUBLISH, 401): {
        0: Phase.ENDED,
        1: Phase.BEGINS,
        2: Phase.RUNS,
        3: Phase.RUNS,
        4: Phase.FAILED,
        5: Phase.RUNS,
    },
    (EventGroup.INGEST, 701): {0: Phase.BEGINS, 1: Phase.FAILED, 2: Phase.RUNS},
    (EventGroup.INGEST, 702): {0: Phase.ENDED},
    (EventGroup.RECORDING, 301): {0: Phase.BEGINS, 1: Phase.FAILED},
    (EventGroup.RECORDING, 302): dict.fromkeys((0, 1, 2, 3, 4, 99, 100, 101), Phase.ENDED),
}
_LEFT = (EventGroup.RECORDING, 302)  # it has a LeaveCode in the place of a status (recordings §6)


def happening(body: Mapping[str, Any]) -> Happening | None:
    """What a callback says of a task, of a robot in its room, or of a live stream; None for anything else.

    Raises ValueError, with what is wrong, for what is no callback or lacks what it is about.
    """
    return task_event(body) or removed_user(body) or live_event(body)


def task_event(body: Mapping[str, Any]) -> TaskEvent | None:
    """What a callback says of a task; None of one that is about something else.

    Raises ValueError, with what is wrong, for what is no callback or lacks what tells of the task.
    """
    if "EventGroupId" not in body:
        if "event_type" in body:  # a live stream's, which names no task
            return None
        raise ValueError("EventGroupId is missing; every callback event has one")
    group = next((one for one in EventGroup if one == body["EventGroupId"]), None)
    phases = None if group is None else _PHASES.get((group, _whole(body, "EventType")))
    if group is None or phases is None:
        return None
    info = _object(body, "EventInfo")
    said = info if group is EventGroup.INGEST else _object(info, "Payload")
    key = "LeaveCode" if (group, body["EventType"]) == _LEFT else "Status"
    status = _whole(said, key)
    if status not in phases:
        raise ValueError(f"found {key} {status}; allowed: {', '.join(map(str, phases))}")
    event = TaskEvent(group, _task_id(info), _moment(info), phases[status])
    if group is EventGroup.RECORDING:
        return replace(event, robot=str(info.get("UserId")), room=str(info.get("RoomId")))
    return event if group is EventGroup.INGEST else _of_push(event, info, said)


_KEPT_GROUPS = tuple(EventGroup)
_ROOM_GROUP, _EXIT = 1, 104
_REMOVED = (3, 4, 6)
"""Why a user left a room who was removed: the same came in elsewhere, by the API, killed (callbacks §5)."""


def is_kept(body: Mapping[str, Any]) -> bool:
    """Whether a callback is worth keeping: of tasks, recordings and live streams, and of users removed."""
    group = body.get("EventGroupId")
    if group == _ROOM_GROUP and body.get("EventType") == _EXIT:
        return removed_user(body) is not None
    return group in _KEPT_GROUPS or (group is None and "event_type" in body)


def removed_user(body: Mapping[str, Any]) -> RemovedUser | None:
    """Who was removed; None of a callback that tells something else."""
    info = body.get("EventInfo")
    if (body.get("EventGroupId"), body.get("EventType")) != (_ROOM_GROUP, _EXIT):
        return None
    if not isinstance(info, Mapping) or info.get("Reason") not in _REMOVED:
        return None
    try:
        return RemovedUser(str(info.get("RoomId")), str(info.get("UserId")), _moment(info))
    except ValueError:
        return None


def _of_push(event: TaskEvent, info: Mapping[str, Any], payload: Mapping[str, Any]) -> TaskEvent:
    url, robot = payload.get("Url"), info.get("UserId")
    if not isinstance(url, str) or not isinstance(robot, str):
        raise ValueError("EventInfo.UserId and EventInfo.Payload.Url are required, as strings")
    return replace(event, target=url.partition("?")[0], robot=robot, room=_room(info))


def _room(info: Mapping[str, Any]) -> int | str:
    """The room, which is a number or a text by its type, however it is written."""
    room, kind = info.get("RoomId"), info.get("RoomType")
    if isinstance(room, bool) or not isinstance(room, int | str) or kind not in (0, 1):
        raise ValueError("EventInfo.RoomId and a RoomType of 0 or 1 are required")
    if kind == 1:
        return str(room)
    if not str(room).isdecimal():
        raise ValueError(f"found the integer room {room!r}, which is not a number")
    return int(room)


def _task_id(info: Mapping[str, Any]) -> str:
    task_id = info.get("TaskId")
    if isinstance(task_id, bool) or not isinstance(task_id, str | int):
        raise ValueError("EventInfo.TaskId is required")
    return str(task_id)


def _moment(info: Mapping[str, Any]) -> float:
    """When it happened; the vendor's own sample spells the key in another way."""
    at = _whole(info, "EventMsTs" if "EventMsTs" in info else "EventTsMs")
    if not 0 <= at < _LATEST:
        raise ValueError(f"found the time {at}, which is not in milliseconds since 1970")
    return at / _MILLISECONDS


def _object(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    if not isinstance(found, Mapping):
        raise ValueError(f"{key} is missing or not an object")
    return found


def _whole(value: Mapping[str, Any], key: str) -> int:
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, int):
        raise ValueError(f"{key} is missing or not a whole number")
    return found
