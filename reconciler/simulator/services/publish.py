"""StartPublishCdnStream, UpdatePublishCdnStream and StopPublishCdnStream (semantics §1-3)."""

from typing import Any

from ..actions import Action, Call
from ..errors import ApiError
from ..streams import StreamName
from ..tasks import Robot, Task, new_task_id
from ..world import World
from . import usersig
from .publish_fields import START, STOP, UPDATE
from .publish_rules import Params, check_task
from .publish_update import merged

SERVICE, VERSION = "trtc", "2019-07-22"
REGIONS = frozenset({"ap-beijing", "ap-shanghai", "ap-guangzhou", "ap-hongkong", "ap-singapore"})
PER_SECOND = 20
ADDRESSABLE_SECONDS = 30 * 86400
DEFAULT_IDLE_SECONDS = 30


def check_start(_world: World, call: Call) -> None:
    """Check what needs no knowledge of the world: the combination of parameters, and the UserSigs."""
    check_task(call.params)
    agent = call.params["AgentParams"]
    path = "AgentParams.UserSig"
    usersig.check(path, agent["UserSig"], call.params["SdkAppId"], agent["UserId"], call.machine_at)
    _check_feedback(call, [])


def _check_feedback(call: Call, known: list[Params]) -> None:
    for index, entry in enumerate(call.params.get("FeedBackRoomParams", [])):
        if entry not in known:
            path = f"FeedBackRoomParams.{index}.UserSig"
            usersig.check(path, entry["UserSig"], call.params["SdkAppId"], entry["UserId"], call.machine_at)


def robots(task: Params) -> list[Robot]:
    """Who a task brings into rooms: its agent first, then the feedback robots (semantics §1, §6)."""
    app = task["SdkAppId"]
    feedback = [
        Robot(app, entry["RoomId"], entry["RoomIdType"], entry["UserId"])
        for entry in task.get("FeedBackRoomParams", [])
    ]
    return [Robot(app, task["RoomId"], task["RoomIdType"], task["AgentParams"]["UserId"]), *feedback]


def pushes(task: Params) -> dict[str, StreamName]:
    """The live streams that a task feeds, by push address."""
    named = {
        cdn["PublishCdnUrl"]: StreamName.pushed_by(cdn["PublishCdnUrl"], cdn.get("IsTencentCdn", 1) == 1)
        for cdn in task.get("PublishCdnParams", [])
    }
    return {url: name for url, name in named.items() if name is not None}


def start(world: World, call: Call) -> dict[str, Any]:
    """Start a task; nothing tells whether an equal one runs already (semantics §1)."""
    task = Task(new_task_id(), SERVICE, "publish", call.region, call.params, call.at)
    world.clear_way(robots(call.params), task, call.at)
    idle = call.params["AgentParams"].get("MaxIdleTime", DEFAULT_IDLE_SECONDS)
    world.tasks.start(task, robots(call.params), idle)
    world.streams.push(task.task_id, pushes(call.params), call.at)
    return {"TaskId": task.task_id}


def find(world: World, call: Call) -> Task:
    """The addressed task, if it can still be addressed: 30 days from its start (semantics §1)."""
    task = world.tasks.find(call.params["TaskId"])
    found = (
        task is not None
        and task.kind == "publish"
        and task.request["SdkAppId"] == call.params["SdkAppId"]
        and call.at - task.started_at <= ADDRESSABLE_SECONDS
        and world.reaches(call.region, task)
    )
    if task is None or not found:
        raise ApiError("ResourceNotFound", "The task named by `TaskId` does not exist.")
    return task


def update(world: World, call: Call) -> dict[str, Any]:
    """Change a running task; a number not above the last one tells that a newer update came first."""
    task = find(world, call)
    if task.status == "ended":
        raise ApiError(world.variants["update-ended-task"], "The task named by `TaskId` has ended.")
    number = call.params["SequenceNumber"]
    if number <= task.sequence_number:
        last = task.sequence_number
        raise ApiError(
            world.variants["outdated-code"], f"`SequenceNumber` {number} is not higher than {last}."
        )
    try:
        _apply(world, call, task)
    except ApiError:
        if world.variants["rejected-sequence"] == "consumed":
            world.tasks.count(task.task_id, number)
        raise
    world.tasks.count(task.task_id, number)
    return {"TaskId": task.task_id}


def _apply(world: World, call: Call, task: Task) -> None:
    request = merged(task.request, call.params, world.variants)
    check_task(request)
    _check_feedback(call, task.request.get("FeedBackRoomParams", []))
    entering = [robot for robot in robots(request) if robot not in robots(task.request)]
    world.clear_way(entering, task, call.at)
    world.tasks.place(task.task_id, robots(request))
    world.streams.push(task.task_id, pushes(request), call.at)
    world.tasks.change(task.task_id, request)


def stop(world: World, call: Call) -> dict[str, Any]:
    """End a task; what a second stop answers is unconfirmed (semantics §10)."""
    task = find(world, call)
    answer = world.variants["stop-ended-task"]
    if task.status != "ended":
        world.tasks.end(task.task_id, "stopped", call.at)
    elif answer != "success":
        raise ApiError(answer, "The task named by `TaskId` has ended.")
    return {"TaskId": task.task_id}


ACTIONS = (
    Action(
        SERVICE,
        VERSION,
        "StartPublishCdnStream",
        START,
        start,
        PER_SECOND,
        regions=REGIONS,
        check=check_start,
    ),
    Action(SERVICE, VERSION, "UpdatePublishCdnStream", UPDATE, update, PER_SECOND, regions=REGIONS),
    Action(SERVICE, VERSION, "StopPublishCdnStream", STOP, stop, PER_SECOND, regions=REGIONS),
)
