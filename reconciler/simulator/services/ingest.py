"""StartStreamIngest, UpdateStreamIngest, StopStreamIngest and DescribeStreamIngest (semantics §10, §12)."""

from typing import Any

from ..actions import Action, Call
from ..errors import ApiError
from ..playbacks import Playback
from ..tasks import Robot, Task, new_task_id
from ..world import World
from . import usersig
from .ingest_fields import DESCRIBE, START, STOP, UPDATE
from .room_ids import is_integer_room, is_string_room

SERVICE, VERSION = "trtc", "2019-07-22"
REGIONS = frozenset(
    {
        *("ap-bangkok", "ap-beijing", "ap-chongqing", "ap-guangzhou", "ap-jakarta"),
        *("ap-mumbai", "ap-shanghai", "ap-singapore", "ap-tokyo"),
    }
)
STOP_REGIONS = REGIONS - {"ap-tokyo"}
"""Of stop and describe, on either site: fewer than a start has abroad (fields, "StartStreamIngest")."""
PER_SECOND = 20
STRING_ROOM, INTEGER_ROOM = 0, 1
ENDLESS = -1
ADAPTIVE_IDLE_SECONDS = 60
IDENTITY = ("SdkAppId", "TaskId")

Params = dict[str, Any]


def check_start(world: World, call: Call) -> None:
    """Check the room, which has its own codes here, the number of plays, and the UserSig."""
    params = call.params
    if "RoomIdType" not in params and world.variants["ingest-room-type-absent"] == "MissingParameter":
        raise ApiError("MissingParameter", "The parameter `RoomIdType` is missing.")
    strict = world.variants["ingest-room-type"] == "strict"
    check_room(params["RoomId"], params.get("RoomIdType", INTEGER_ROOM), strict)
    if params.get("RepeatNum") == 0:
        raise ApiError("InvalidParameter", "The parameter `RepeatNum` must be -1 or from 1 to 1000.")
    code = "InvalidParameter.UserSig"
    usersig.check("UserSig", params["UserSig"], params["SdkAppId"], params["UserId"], call.machine_at, code)


def check_room(room_id: str, room_id_type: int, strict: bool) -> None:
    """A string room, or an integer one in decimal; unless strict, a text as in the vendor's example."""
    if room_id_type == STRING_ROOM:
        if not is_string_room(room_id):
            raise ApiError("InvalidParameter.StrRoomId", "The parameter `RoomId` must be a string room ID.")
    elif not is_integer_room(room_id) and (strict or room_id.isdigit() or not is_string_room(room_id)):
        raise ApiError("InvalidParameter.RoomId", "The parameter `RoomId` must be an integer as text.")


def robot(task: Params) -> Robot:
    """Who a task brings into its room; RoomIdType is turned round here (fields, "Room id type")."""
    is_integer = task.get("RoomIdType", INTEGER_ROOM) == INTEGER_ROOM and is_integer_room(task["RoomId"])
    return Robot(task["SdkAppId"], task["RoomId"], 0 if is_integer else 1, task["UserId"])


def start(world: World, call: Call) -> dict[str, Any]:
    """Start to play a source into a room."""
    params = call.params
    task = Task(new_task_id(), SERVICE, "ingest", call.region, params, call.at)
    world.clear_way([robot(params)], task, call.at)
    world.tasks.start(task, [robot(params)], params.get("IdleTimeout", ADAPTIVE_IDLE_SECONDS))
    repeat = params.get("RepeatNum", 1)
    endless = repeat == ENDLESS
    plays = None if endless else repeat
    playback = Playback(task.task_id, params["StreamUrl"], plays, 0.0, params.get("Tempo", 1.0), call.at)
    minutes = params.get("MaxDuration") if endless else None
    world.playbacks.start(playback, params.get("SeekSecond", 0), None if minutes is None else minutes * 60)
    return {"TaskId": task.task_id}


def find(world: World, call: Call) -> Task | None:
    """The addressed task if it lives; a TaskId means nothing after its task's end (semantics §12)."""
    task = world.tasks.find(call.params["TaskId"])
    found = (
        task is not None
        and task.kind == "ingest"
        and task.status != "ended"
        and task.request["SdkAppId"] == call.params["SdkAppId"]
        and world.reaches(call.region, task)
    )
    return task if found else None


def update(world: World, call: Call) -> dict[str, Any]:
    """Change source, volume, pause, progress or tempo; what is absent stays as it is."""
    task = find(world, call)
    if task is None:
        answer = world.variants["update-ended-ingest"]
        if answer == "NotExist":
            return {"Status": answer}
        raise ApiError(answer, "The task named by `TaskId` does not exist.")
    changes = {name: value for name, value in call.params.items() if name not in IDENTITY}
    if world.variants["ingest-absent-pause"] == "resumes":
        changes = {"IsPause": False, **changes}
    names = {"StreamUrl": "url", "Tempo": "tempo", "IsPause": "paused"}
    played = {names[name]: value for name, value in changes.items() if name in names}
    playback = world.playbacks.change(task.task_id, played, call.at)
    world.tasks.mark(task.task_id, "paused" if playback.paused else "running")
    world.tasks.change(task.task_id, {**task.request, **changes})
    return {"Status": "InProgress"}


def stop(world: World, call: Call) -> dict[str, Any]:
    """End a task; one that has ended cannot be told from one that never was."""
    task = find(world, call)
    answer = world.variants["stop-ended-ingest"]
    if task is not None:
        world.tasks.end(task.task_id, "stopped", call.at)
    elif answer != "success":
        raise ApiError(answer, "The task named by `TaskId` has ended.")
    return {}


def describe(world: World, call: Call) -> dict[str, Any]:
    """Tell whether a task lives; a paused one does."""
    return {"Status": "NotExist" if find(world, call) is None else "InProgress"}


ACTIONS = (
    Action(
        SERVICE,
        VERSION,
        "StartStreamIngest",
        START,
        start,
        PER_SECOND,
        regions=REGIONS,
        check=check_start,
    ),
    Action(SERVICE, VERSION, "UpdateStreamIngest", UPDATE, update, PER_SECOND, regions=REGIONS),
    Action(SERVICE, VERSION, "StopStreamIngest", STOP, stop, PER_SECOND, regions=STOP_REGIONS),
    Action(SERVICE, VERSION, "DescribeStreamIngest", DESCRIBE, describe, PER_SECOND, regions=STOP_REGIONS),
)
