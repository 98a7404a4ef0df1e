"""Create-, Modify-, Delete- and DescribeCloudRecording (recordings §1 to §4)."""

from typing import Any

from ..actions import Action, Call, accept
from ..errors import ApiError
from ..tasks import Robot, Task, new_task_id
from ..world import World
from .recording_fields import CREATE, DELETE, DESCRIBE, MODIFY, OUT_OF_RANGE
from .room_ids import is_integer_room, is_string_room

SERVICE, VERSION = "trtc", "2019-07-22"
REGIONS = frozenset({"ap-beijing", "ap-guangzhou", "ap-mumbai", "ap-shanghai", "ap-singapore"})
PER_SECOND = 20
KIND = "recording"
STRING_ROOM, INTEGER_ROOM = 0, 1
MIXED, CUSTOM = 2, 4
HOUR = 3600
USUAL_HOURS, USUAL_IDLE_SECONDS = 72, 30
USUAL_SIZE = {"Width": 360, "Height": 640}
MOST_PIXELS = 1920 * 1080
MOST_TASKS = 100
LEAVING_SECONDS = 10
UPDATED = ("MixLayoutParams", "SubscribeStreamUserIds")
TRACKS = ("audio_video", "audio", "video")

Params = dict[str, Any]


def check_create(world: World, call: Call) -> None:
    """Check the room, which has its own codes here as for ingests, the storage, and the picture.

    A wrong UserSig has no code of its own: the start succeeds, and the robot does not enter (recordings §1).
    """
    params = call.params
    check_room(params["RoomId"], params.get("RoomIdType", INTEGER_ROOM))
    storage = params["StorageParams"]
    if len(storage) != 1:
        raise ApiError("InvalidParameter", "`StorageParams` must have either CloudStorage or CloudVod.")
    if params["RecordParams"]["RecordMode"] != MIXED:
        for name in ("MixTranscodeParams", "MixLayoutParams"):
            if name in params:
                raise ApiError("InvalidParameter", f"`{name}` is only for mixed recordings.")
    check_picture(params)


def check_room(room_id: str, room_id_type: int) -> None:
    """A string room, or an integer one in decimal."""
    fits = is_string_room if room_id_type == STRING_ROOM else is_integer_room
    if not fits(room_id):
        raise ApiError("InvalidParameter", "The parameter `RoomId` does not fit its `RoomIdType`.")


def check_picture(params: Params) -> None:
    """The size, and that every place of mode custom is inside of it."""
    size = params.get("MixTranscodeParams", {}).get("VideoParams", USUAL_SIZE)
    if size["Width"] * size["Height"] > MOST_PIXELS:
        raise ApiError(OUT_OF_RANGE, "The picture has more than 1920x1080 pixels.")
    layout = params.get("MixLayoutParams")
    if layout is None:
        return
    places = layout.get("MixLayoutList", [])
    if bool(places) is not (layout["MixLayoutMode"] == CUSTOM):
        raise ApiError("InvalidParameter", "`MixLayoutList` belongs to mode 4, and mode 4 needs it.")
    for place in places:
        ends = (place["Left"] + place["Width"], place["Top"] + place["Height"])
        if ends[0] > size["Width"] or ends[1] > size["Height"]:
            raise ApiError(OUT_OF_RANGE, "A place is not inside of the picture.")


def robot(params: Params) -> Robot:
    """Who enters the room; RoomIdType is turned round here (fields, "Room id type")."""
    kind = 0 if params.get("RoomIdType", INTEGER_ROOM) == INTEGER_ROOM else 1
    return Robot(params["SdkAppId"], params["RoomId"], kind, params["UserId"])


def create(world: World, call: Call) -> dict[str, Any]:
    """Begin a recording; one of the same robot in the room is interrupted (recordings §1)."""
    params = call.params
    if world.variants["recording-quota"] == "100" and len(world.tasks.living(KIND)) >= MOST_TASKS:
        raise ApiError("FailedOperation.RestrictedConcurrency", "There are too many recordings.")
    task = Task(new_task_id(), SERVICE, KIND, call.region, params, call.at)
    world.clear_way([robot(params)], task, call.at)
    idle = params["RecordParams"].get("MaxIdleTime", USUAL_IDLE_SECONDS)
    world.tasks.start(task, [robot(params)], idle)
    return {"TaskId": task.task_id}


def find(world: World, call: Call) -> Task:
    """The addressed recording, while its TaskId is of use; an ended one, too."""
    task = world.tasks.find(call.params["TaskId"])
    found = (
        task is not None
        and task.kind == KIND
        and task.request["SdkAppId"] == call.params["SdkAppId"]
        and call.at - task.started_at <= task.request.get("ResourceExpiredHour", USUAL_HOURS) * HOUR
        and world.reaches(call.region, task)
    )
    if task is None or not found:
        raise ApiError("ResourceNotFound", "The recording named by `TaskId` does not exist.")
    return task


def living(world: World, call: Call) -> Task:
    """The addressed recording; what is answered of one that has ended is unconfirmed (recordings §4)."""
    task = find(world, call)
    if task.status == "ended":
        raise ApiError(world.variants["recording-gone"], "The recording named by `TaskId` has ended.")
    return task


def modify(world: World, call: Call) -> dict[str, Any]:
    """Put another layout and other lists in force, whole; what a half sent one does is unconfirmed."""
    task, params = living(world, call), call.params
    kept = dict(task.request)
    record = dict(kept["RecordParams"])
    if world.variants["recording-modify"] == "reset":
        kept.pop("MixLayoutParams", None)
        record.pop("SubscribeStreamUserIds", None)
    if "SubscribeStreamUserIds" in params:
        record["SubscribeStreamUserIds"] = params["SubscribeStreamUserIds"]
    layout = {"MixLayoutParams": params["MixLayoutParams"]} if "MixLayoutParams" in params else {}
    request = {**kept, **layout, "RecordParams": record}
    if "MixLayoutParams" in request and record["RecordMode"] != MIXED:
        raise ApiError("InvalidParameter", "`MixLayoutParams` is only for mixed recordings.")
    check_picture(request)
    world.tasks.change(task.task_id, request)
    return {"TaskId": task.task_id}


def delete(world: World, call: Call) -> dict[str, Any]:
    """End a recording."""
    task = living(world, call)
    world.tasks.end(task.task_id, "stopped", call.at)
    return {"TaskId": task.task_id}


def describe(world: World, call: Call) -> dict[str, Any]:
    """Tell how a recording stands; one that has just ended may be told as leaving."""
    task = find(world, call)
    since = call.at - (task.ended_at or call.at)
    leaving = world.variants["recording-exit"] == "Exited" and since <= LEAVING_SECONDS
    if task.status == "ended" and not leaving:
        raise ApiError(world.variants["recording-gone"], "The recording named by `TaskId` has ended.")
    status = "Exited" if task.status == "ended" else _status(world, task)
    files = _files(task) if status == "InProgress" else []
    return {"TaskId": task.task_id, "Status": status, "StorageFileList": files, "RecorderKey": ""}


def _status(world: World, task: Task) -> str:
    """Idle while nobody is there to be recorded."""
    users = world.rooms.users(robot(task.request).key[:3])
    return "Idle" if users == [] else "InProgress"


def _files(task: Task) -> list[dict[str, Any]]:
    """The file that is written, of a mix that goes to an object storage; elsewhere none is told."""
    record = task.request["RecordParams"]
    if "CloudStorage" not in task.request["StorageParams"] or record["RecordMode"] != MIXED:
        return []
    name = f"{task.task_id}_{task.request['RoomId']}.m3u8"
    track = TRACKS[record.get("StreamType", 0)]
    begun = int(task.started_at * 1000)
    return [{"UserId": "", "FileName": name, "TrackType": track, "BeginTimeStamp": begun}]


ACTIONS = tuple(
    Action(SERVICE, VERSION, name, fields, run, PER_SECOND, regions=REGIONS, check=check)
    for name, fields, run, check in (
        ("CreateCloudRecording", CREATE, create, check_create),
        ("ModifyCloudRecording", MODIFY, modify, accept),
        ("DeleteCloudRecording", DELETE, delete, accept),
        ("DescribeCloudRecording", DESCRIBE, describe, accept),
    )
)
