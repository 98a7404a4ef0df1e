"""Create-, Modify-, DeleteLivePullStreamTask and DescribeLivePullStreamTasks of Live (semantics §15)."""

from datetime import UTC, datetime
from typing import Any

from ..actions import Action, Call, accept
from ..errors import ApiError
from ..pulls import BEGINS, pushes
from ..tasks import Task
from ..world import World
from .pull_fields import CREATE, DELETE, DESCRIBE, EVENTS, MODIFY, VOD

SERVICE, VERSION = "live", "2018-08-01"
REGIONS = frozenset(
    {
        *("ap-bangkok", "ap-beijing", "ap-guangzhou", "ap-hongkong", "ap-mumbai", "ap-seoul", "ap-shanghai"),
        *("ap-singapore", "ap-tokyo", "eu-frankfurt", "na-ashburn", "na-siliconvalley"),
    }
)
KIND = "pull"
DAY = 86400
LONGEST = {"cn": 30 * DAY, "intl": 7 * DAY}
MOST = {"cn": 200, "intl": 20}
ONLY_CN = (
    "SpecifyTaskId",
    "FileIndex",
    "OffsetTime",
    "RecordTemplateId",
    "BackupToUrl",
    "TranscodeTemplateName",
)
BAD_TIME, NO_TASK = "InvalidParameter.InvalidTaskTime", "InvalidParameter.TaskNotExist"
IDENTITY = ("TaskId", "Operator", "SpecifyTaskId", "Status")
DELETED = "deleted"

Params = dict[str, Any]


def parse_time(name: str, given: str) -> float:
    """A time in UTC as unix seconds."""
    try:
        return datetime.strptime(given, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise ApiError(BAD_TIME, f"The parameter `{name}` must be a time in UTC.") from None


def time_text(at: float) -> str:
    """Unix seconds as the API writes a time."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_window(world: World, params: Params, now: float) -> None:
    """The end is after the start and after now, and less than a month, or abroad a week, after the start."""
    begins, ends = (parse_time(name, params[name]) for name in ("StartTime", "EndTime"))
    longest = LONGEST[world.variants["pull-site"]]
    if ends <= begins or ends <= now or ends - begins >= longest:
        days = longest // DAY
        raise ApiError(BAD_TIME, f"`EndTime` must be after `StartTime` and now, less than {days} days later.")


def check_sources(kind: str, params: Params) -> None:
    """One stream or picture, or files; a backup has a type and an address."""
    if kind != VOD and len(params.get("SourceUrls", [""])) != 1:
        raise ApiError("InvalidParameter.InvalidSourceUrl", "A live source has one URL.")
    if params.get("BackupSourceType") and not params.get("BackupSourceUrl"):
        raise ApiError("InvalidParameter.InvalidSourceUrl", "A backup source needs `BackupSourceUrl`.")


def check_site(world: World, call: Call) -> None:
    """Refuse what one site alone knows on the other."""
    for name in ONLY_CN if world.variants["pull-site"] == "intl" else ():
        if name in call.params:
            raise ApiError("UnknownParameter", f"The parameter `{name}` is not recognised.")


def check_create(world: World, call: Call) -> None:
    """Check the target, which is three names or an address, and the rest."""
    check_site(world, call)
    params = call.params
    names = [params[name] for name in ("DomainName", "AppName", "StreamName")]
    if params.get("ToUrl") and any(names):
        raise ApiError("InvalidParameter.InvalidToUrl", "The three names must be empty beside `ToUrl`.")
    if not params.get("ToUrl") and not all(names):
        raise ApiError("InvalidParameter", "The three names are needed where there is no `ToUrl`.")
    check_sources(params["SourceType"], params)
    check_window(world, params, call.at)


def tasks(world: World) -> list[Task]:
    """Every task that was not deleted, those that have ended too, as they count."""
    return [task for task in world.tasks.all() if task.kind == KIND and task.end_reason != DELETED]


def named(world: World, own: str) -> Task | None:
    """The task with an ID of the caller's."""
    return next((task for task in tasks(world) if task.request.get("SpecifyTaskId") == own), None)


def create(world: World, call: Call) -> dict[str, Any]:
    """Begin a task; what a second one with the same ID is answered with is unconfirmed (semantics §15)."""
    params = call.params
    there = named(world, params["SpecifyTaskId"]) if "SpecifyTaskId" in params else None
    if there is not None:
        answer = world.variants["second-pull"]
        if answer != "same-task":
            raise ApiError(answer, "The SpecifyTaskId is in use.")
        return {"TaskId": there.task_id}
    if len(tasks(world)) >= MOST[world.variants["pull-site"]]:
        raise ApiError("InvalidParameter.TaskNumMoreThanLimit", "There are too many tasks.")
    number = world.tasks.count_of(KIND) + 1
    request = {**params, "VodLoopTimes": int(params.get("VodLoopTimes", "-1")), "Status": "enable"}
    stamped = {
        **request,
        "CreateBy": params["Operator"],
        "UpdateBy": params["Operator"],
        "UpdateTime": call.at,
    }
    task = Task(str(1_000_000 + number), SERVICE, KIND, call.region, stamped, call.at)
    world.tasks.start(task, [], None)
    expect_end(world, task)
    push(world, task, call.at)
    return {"TaskId": task.task_id}


def expect_end(world: World, task: Task) -> None:
    """It ends at its EndTime, or when its files have been played often enough."""
    request = task.request
    world.deadlines.expect(task.task_id, "end-time", parse_time("EndTime", request["EndTime"]))
    played = None
    if request["SourceType"] == VOD and request["VodLoopTimes"] >= 0:
        length = sum(world.playbacks.seconds_of(url) for url in request["SourceUrls"])
        played = max(task.started_at, parse_time("StartTime", request["StartTime"]))
        played += length * (request["VodLoopTimes"] + 1)
    world.deadlines.expect(task.task_id, "played", played)


def push(world: World, task: Task, now: float) -> None:
    """It pushes from its StartTime on, unless it is paused."""
    request = task.request
    begins = parse_time("StartTime", request["StartTime"])
    world.deadlines.expect(task.task_id, BEGINS, begins if begins > now else None)
    world.streams.push(task.task_id, pushes(request) if begins <= now else {}, now)


def find(world: World, call: Call) -> Task:
    """The addressed task, running or ended, by its ID of the caller's where that is given."""
    own = call.params.get("SpecifyTaskId")
    task = named(world, own) if own else world.tasks.find(call.params["TaskId"])
    there = task is not None and task.kind == KIND and task.end_reason != DELETED
    if task is None or not there or not world.reaches(call.region, task):
        raise ApiError(NO_TASK, "The task named by `TaskId` does not exist.")
    return task


def modify(world: World, call: Call) -> dict[str, Any]:
    """Change what is named; what is absent stays as it is."""
    check_site(world, call)
    task, params = find(world, call), call.params
    if task.status == "ended" and world.variants["pull-revive"] != "revives":
        raise ApiError(world.variants["pull-revive"], "The task has ended.")
    if "StartTime" in params and parse_time("StartTime", task.request["StartTime"]) <= call.at:
        raise ApiError(BAD_TIME, "`StartTime` can be changed only while it is in the future.")
    changes = {name: value for name, value in params.items() if name not in IDENTITY}
    if world.variants["pull-absent-events"] == "all":
        changes = {"CallbackEvents": list(EVENTS), **changes}
    kept = {"UpdateBy": params["Operator"], "UpdateTime": call.at}
    status = {"Status": params["Status"]} if "Status" in params else {}
    request = {**task.request, **changes, **status, **kept}
    if request.get("BackupSourceType") == "":
        request["BackupSourceUrl"] = ""
    check_sources(request["SourceType"], request)
    if "EndTime" in params or "StartTime" in params:
        check_modified(world, request, call.at)
    world.tasks.change(task.task_id, request)
    world.tasks.mark(task.task_id, "paused" if request["Status"] == "pause" else "running")
    changed = world.tasks.find(task.task_id) or task
    expect_end(world, changed)
    push(world, changed, call.at)
    return {}


def check_modified(world: World, request: Params, now: float) -> None:
    """The window of a change; of a task that runs it is counted from now (semantics §15, inferred)."""
    begins = max(parse_time("StartTime", request["StartTime"]), now)
    check_window(world, {**request, "StartTime": time_text(begins)}, now)


def delete(world: World, call: Call) -> dict[str, Any]:
    """End a task, and forget it: it counts no more, and is listed no more."""
    task = find(world, call)
    world.tasks.end(task.task_id, DELETED, call.at)
    world.tasks.give_reason(task.task_id, DELETED)
    return {}


def describe(world: World, call: Call) -> dict[str, Any]:
    """List tasks page by page, what was changed last at first; or the one that is named."""
    params = call.params
    found = [task for task in tasks(world) if world.reaches(call.region, task)]
    if params.get("SpecifyTaskId"):
        check_site(world, call)
        found = [task for task in found if task.request.get("SpecifyTaskId") == params["SpecifyTaskId"]]
    elif params.get("TaskId"):
        found = [task for task in found if task.task_id == params["TaskId"]]
    found.sort(key=lambda task: (task.request["UpdateTime"], int(task.task_id)), reverse=True)
    size, page = params.get("PageSize", 10), params.get("PageNum", 1)
    return {
        "TaskInfos": [told(task) for task in found[(page - 1) * size : page * size]],
        "PageNum": page,
        "PageSize": size,
        "TotalNum": len(found),
        "TotalPage": -(-len(found) // size),
        "LimitTaskNum": MOST[world.variants["pull-site"]],
    }


def told(task: Task) -> dict[str, Any]:
    """What the list says of a task; ToUrl, ExtraCmd and SpecifyTaskId it keeps to itself."""
    request = task.request
    texts = ("SourceType", "DomainName", "AppName", "StreamName", "StartTime", "EndTime", "Status")
    optional = ("PushArgs", "VodRefreshType", "CallbackUrl", "Comment", "BackupSourceType", "BackupSourceUrl")
    more = ("RecordTemplateId", "BackupToUrl", "TranscodeTemplateName")
    moments = {"CreateTime": task.started_at, "UpdateTime": request["UpdateTime"]}
    return {
        "TaskId": task.task_id,
        **{name: request[name] for name in texts},
        **{name: request.get(name, "") for name in (*optional, *more)},
        **{name: time_text(at) for name, at in moments.items()},
        "SourceUrls": request["SourceUrls"],
        "CallbackEvents": request.get("CallbackEvents", list(EVENTS)),
        "WatermarkList": request.get("WatermarkList", []),
        "VodLoopTimes": request["VodLoopTimes"],
        "VodLocalMode": request.get("VodLocalMode", 0),
        "CreateBy": request["CreateBy"],
        "UpdateBy": request["UpdateBy"],
        "Region": task.region,
        "CallbackInfo": "",
        "ErrorInfo": "",
    }


ACTIONS = tuple(
    Action(SERVICE, VERSION, name, fields, run, per_second, regions=REGIONS, check=check)
    for name, fields, run, per_second, check in (
        ("CreateLivePullStreamTask", CREATE, create, 50, check_create),
        ("ModifyLivePullStreamTask", MODIFY, modify, 20, accept),
        ("DeleteLivePullStreamTask", DELETE, delete, 50, accept),
        ("DescribeLivePullStreamTasks", DESCRIBE, describe, 30, accept),
    )
)
