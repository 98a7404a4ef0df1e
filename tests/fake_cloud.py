"""A small model of the cloud, written from the reference, that answers as fast as a dictionary.

It knows which tasks run, by what they are ended, and which calls it refuses; that a request is well
formed it takes for granted. The simulator, which checks that too, answers the same: `chaos/twin.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

Params = Mapping[str, Any]
Robot = tuple[int, str, int, str]
"""Application, room, kind of room (0 integer, 1 string) and user."""
Target = tuple[str, str, str]

PUBLISH, INGEST, RENDER, MIX, PULL = "publish", "ingest", "render", "mix", "pull"
RECORDING = "recording"
ENDED, NOT_THERE = "FailedOperation.TaskFinished", "ResourceNotFound"
_TARGET = ("DomainName", "AppName", "StreamName")
MIXED = ("mixed.livepush.example", "live")
_IDENTITY = ("SdkAppId", "TaskId", "SequenceNumber")


class Denied(Exception):
    """The answer is an error of this code."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task; `request` is what is in force, `ended` why it runs no more."""

    id: str
    kind: str
    region: str
    robots: tuple[Robot, ...]
    request: Params
    sequence: int = 0
    paused: bool = False
    ended: str = ""


@dataclass
class Cloud:
    """One account; `numbers` are those of its next TaskIds."""

    tasks: dict[str, Task] = field(default_factory=dict)
    forbidden: set[Target] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=count)

    def copy(self, numbers: Iterator[int]) -> "Cloud":
        return Cloud({task.id: task for task in self.running()}, set(self.forbidden), numbers)

    def running(self) -> list[Task]:
        return [task for task in self.tasks.values() if not task.ended]

    def task_ids(self) -> set[str]:
        """The TaskIds of the tasks that run."""
        return {task.id for task in self.running()}

    def serve(self, action: str, region: str, params: Params) -> dict[str, Any]:
        """The answer to a request that arrives now; raises Denied."""
        if action not in ACTIONS:
            raise Denied("InvalidAction")
        return ACTIONS[action](self, region, params)

    # What several actions do

    def find(self, params: Params, kind: str, region: str) -> Task | None:
        """The task of that name, found in the region that it was started in (semantics §8)."""
        task = self.tasks.get(params["TaskId"])
        return task if task and task.kind == kind and task.region == region else None

    def end(self, task: Task, why: str) -> None:
        self.tasks[task.id] = replace(task, ended=why)

    def begin(self, kind: str, region: str, params: Params, robots: tuple[Robot, ...]) -> str:
        """A robot that enters a room throws out another of its name; that task ends (semantics §1, §10)."""
        held = [task for task in self.running() if set(task.robots) & set(robots)]
        if kind == INGEST and any(task.kind == INGEST for task in held):
            raise Denied("FailedOperation.TaskExist")
        for task in held:
            self.end(task, "kicked")
        task_id = f"task-{next(self.numbers)}"
        self.tasks[task_id] = Task(task_id, kind, region, robots, params)
        return task_id

    # TRTC, publish: semantics §1 to §3

    def start_publish(self, region: str, params: Params) -> dict[str, Any]:
        room = (params["SdkAppId"], params["RoomId"], params["RoomIdType"])
        robot = (*room, params["AgentParams"]["UserId"])
        return {"TaskId": self.begin(PUBLISH, region, params, (robot,))}

    def update_publish(self, region: str, params: Params) -> dict[str, Any]:
        task = self.find(params, PUBLISH, region)
        if task is None or task.ended:
            raise Denied(NOT_THERE if task is None else ENDED)
        if params["SequenceNumber"] <= task.sequence:
            raise Denied("FailedOperation.RequestOutdated")
        request = merged(task.request, params)
        self.tasks[task.id] = replace(task, request=request, sequence=params["SequenceNumber"])
        return {"TaskId": task.id}

    def stop_publish(self, region: str, params: Params) -> dict[str, Any]:
        task = self.find(params, PUBLISH, region)
        if task is None or task.ended:
            raise Denied(NOT_THERE)
        self.end(task, "stopped")
        return {"TaskId": task.id}

    # TRTC, ingest: semantics §10 and §12

    def start_ingest(self, region: str, params: Params) -> dict[str, Any]:
        robot = (params["SdkAppId"], params["RoomId"], 1 - params["RoomIdType"], params["UserId"])
        return {"TaskId": self.begin(INGEST, region, params, (robot,))}

    def update_ingest(self, region: str, params: Params) -> dict[str, Any]:
        task = self.find(params, INGEST, region)
        if task is None or task.ended:
            return {"Status": "NotExist"}
        paused = params.get("IsPause", task.paused)
        self.tasks[task.id] = replace(task, request=merged(task.request, params), paused=paused)
        return {"Status": "InProgress"}

    def stop_ingest(self, region: str, params: Params) -> dict[str, Any]:
        task = self.find(params, INGEST, region)
        if task is None or task.ended:
            raise Denied(ENDED)
        self.end(task, "stopped")
        return {}

    def describe_ingest(self, region: str, params: Params) -> dict[str, Any]:
        task = self.find(params, INGEST, region)
        return {"Status": "NotExist" if task is None or task.ended else "InProgress"}

    def remove_user(self, region: str, params: Params) -> dict[str, Any]:
        return self._remove(params, 0)

    def remove_user_of_string_room(self, region: str, params: Params) -> dict[str, Any]:
        return self._remove(params, 1)

    def _remove(self, params: Params, kind: int) -> dict[str, Any]:
        room = (params["SdkAppId"], str(params["RoomId"]), kind)
        removed = {(*room, user) for user in params["UserIds"]}
        for task in self.running():
            if removed & set(task.robots):
                self.end(task, "removed")
        return {}

    # Recordings: recordings §1 and §4; TaskIds never expire, and an end is an error at once

    def create_recording(self, region: str, params: Params) -> dict[str, Any]:
        robot = (params["SdkAppId"], params["RoomId"], 1 - params["RoomIdType"], params["UserId"])
        return {"TaskId": self.begin(RECORDING, region, params, (robot,))}

    def modify_recording(self, region: str, params: Params) -> dict[str, Any]:
        task = self._recording(params, region)
        said = {name: value for name, value in params.items() if name not in _IDENTITY}
        lists = said.pop("SubscribeStreamUserIds", None)
        request = {**task.request, **said}
        if lists is not None:
            request["RecordParams"] = {**request["RecordParams"], "SubscribeStreamUserIds": lists}
        self.tasks[task.id] = replace(task, request=request)
        return {"TaskId": task.id}

    def delete_recording(self, region: str, params: Params) -> dict[str, Any]:
        task = self._recording(params, region)
        self.end(task, "stopped")
        return {"TaskId": task.id}

    def describe_recording(self, region: str, params: Params) -> dict[str, Any]:
        task = self._recording(params, region)
        return {"TaskId": task.id, "Status": "InProgress", "StorageFileList": [], "RecorderKey": ""}

    def _recording(self, params: Params, region: str) -> Task:
        task = self.find(params, RECORDING, region)
        if task is None or task.ended:
            raise Denied(NOT_THERE)
        return task

    # Cloud rendering: semantics §13; what a second start and an idle stop do is unconfirmed

    def start_render(self, region: str, params: Params) -> dict[str, Any]:
        if self.render_of(params["UserId"]) is not None:
            raise Denied("OperationDenied")
        self.begin(RENDER, region, params, ())
        return {}

    def stop_render(self, region: str, params: Params) -> dict[str, Any]:
        task = self.render_of(params["UserId"])
        if task is not None:
            self.end(task, "stopped")
        return {}

    def render_of(self, user: str) -> Task | None:
        found = (task for task in self.running() if task.kind == RENDER)
        return next((task for task in found if task.request["UserId"] == user), None)

    # Mixes of live streams: mixes §1 and §5; their inputs are always there

    def create_mix(self, region: str, params: Params) -> dict[str, Any]:
        task = self.mix_of(params["MixStreamSessionId"])
        output = params["OutputParams"]
        if task is not None and output_of(task) != (
            output["OutputStreamName"],
            output.get("OutputStreamType", 0),
        ):
            raise Denied("InvalidParameter.SessionOutputStreamChanged")
        if task is not None:
            self.tasks[task.id] = replace(task, request=params)
            return {}
        if any(output_of(other)[0] == output["OutputStreamName"] for other in self.mixes()):
            raise Denied("InvalidParameter.InvalidOutputStreamID")
        self.begin(MIX, region, params, ())
        return {}

    def cancel_mix(self, region: str, params: Params) -> dict[str, Any]:
        task = self.mix_of(params["MixStreamSessionId"])
        if task is None:
            raise Denied("FailedOperation.CancelSessionNotExist")
        self.end(task, "cancelled")
        return {}

    def mixes(self) -> list[Task]:
        return [task for task in self.running() if task.kind == MIX]

    def mix_of(self, session: str) -> Task | None:
        found = (task for task in self.mixes() if task.request["MixStreamSessionId"] == session)
        return next(found, None)

    # Pull tasks: semantics §15; a second start with an ID that a task has already is that task

    def create_pull(self, region: str, params: Params) -> dict[str, Any]:
        own = params["SpecifyTaskId"]
        there = next((task for task in self.pulls() if task.request.get("SpecifyTaskId") == own), None)
        return {"TaskId": there.id if there else self.begin(PULL, region, params, ())}

    def pulls(self) -> list[Task]:
        return [task for task in self.running() if task.kind == PULL]

    def modify_pull(self, region: str, params: Params) -> dict[str, Any]:
        task = self.find(params, PULL, region)
        if task is None or task.ended:
            raise Denied("InvalidParameter.TaskNotExist")
        said = {name: value for name, value in params.items() if name not in ("TaskId", "Operator", "Status")}
        paused = params["Status"] == "pause" if "Status" in params else task.paused
        self.tasks[task.id] = replace(task, request={**task.request, **said}, paused=paused)
        return {}

    def delete_pull(self, region: str, params: Params) -> dict[str, Any]:
        task = self.find(params, PULL, region)
        if task is None or task.ended:
            raise Denied("InvalidParameter.TaskNotExist")
        self.end(task, "deleted")
        return {}

    def describe_pulls(self, region: str, params: Params) -> dict[str, Any]:
        own, wanted = params.get("SpecifyTaskId"), params.get("TaskId")
        found = [task for task in self.pulls() if task.region == region]
        found = [
            task
            for task in found
            if (own is None or task.request.get("SpecifyTaskId") == own) and wanted in (None, task.id)
        ]
        return {"TaskInfos": [told_of(task) for task in found], "TotalPage": 1}

    # Live streams: semantics §14

    def forbid(self, region: str, params: Params) -> dict[str, Any]:
        self.forbidden.add(target_of(params))
        return {}

    def resume(self, region: str, params: Params) -> dict[str, Any]:
        self.forbidden.discard(target_of(params))
        return {}

    def describe_live(self, region: str, params: Params) -> dict[str, Any]:
        target = target_of(params)
        if target in self.forbidden:
            return {"StreamState": "forbid"}
        pushed = any(target in self._targets(task) for task in self.running())
        pushed = pushed or any(output_of(task) == (target[2], NEW) for task in self.mixes())
        return {"StreamState": "active" if pushed else "inactive"}

    def describe_online(self, region: str, params: Params) -> dict[str, Any]:
        """What is pushed and not forbidden; since when it does not know."""
        found = {target for task in self.running() for target in self._targets(task)}
        wanted = [
            dict(zip(_TARGET, target, strict=True))
            for target in sorted(found - self.forbidden)
            if all(params.get(name, part) == part for name, part in zip(_TARGET, target, strict=True))
        ]
        size, page = params.get("PageSize", 10), params.get("PageNum", 1)
        return {
            "TotalNum": len(wanted),
            "TotalPage": -(-len(wanted) // size),
            "PageNum": page,
            "PageSize": size,
            "OnlineInfo": wanted[(page - 1) * size : page * size],
        }

    def _targets(self, task: Task) -> set[Target]:
        """What a task makes live; a cloud rendering nothing, as the domain is not one of Tencent's own.

        Where the stream of a mix is, the reference does not say.
        """
        if task.kind == RENDER:
            return set()
        if task.kind == MIX:
            name, kind = output_of(task)
            return {(*MIXED, name)} if kind == NEW else set()
        split = [push.split("/") for push in pushes_of(task)]
        return {(domain, "/".join(app), stream) for domain, *app, stream in split}


ACTIONS: Mapping[str, Callable[[Cloud, str, Params], dict[str, Any]]] = {
    "StartPublishCdnStream": Cloud.start_publish,
    "UpdatePublishCdnStream": Cloud.update_publish,
    "StopPublishCdnStream": Cloud.stop_publish,
    "StartStreamIngest": Cloud.start_ingest,
    "UpdateStreamIngest": Cloud.update_ingest,
    "StopStreamIngest": Cloud.stop_ingest,
    "DescribeStreamIngest": Cloud.describe_ingest,
    "CreateCloudRecording": Cloud.create_recording,
    "ModifyCloudRecording": Cloud.modify_recording,
    "DeleteCloudRecording": Cloud.delete_recording,
    "DescribeCloudRecording": Cloud.describe_recording,
    "RemoveUser": Cloud.remove_user,
    "RemoveUserByStrRoomId": Cloud.remove_user_of_string_room,
    "StartPublishStream": Cloud.start_render,
    "StartPublishStreamWithURL": Cloud.start_render,
    "StopPublishStream": Cloud.stop_render,
    "CreateCommonMixStream": Cloud.create_mix,
    "CancelCommonMixStream": Cloud.cancel_mix,
    "CreateLivePullStreamTask": Cloud.create_pull,
    "ModifyLivePullStreamTask": Cloud.modify_pull,
    "DeleteLivePullStreamTask": Cloud.delete_pull,
    "DescribeLivePullStreamTasks": Cloud.describe_pulls,
    "ForbidLiveStream": Cloud.forbid,
    "ResumeLiveStream": Cloud.resume,
    "DescribeLiveStreamState": Cloud.describe_live,
    "DescribeLiveStreamOnlineList": Cloud.describe_online,
}


NEW = 1


def output_of(task: Task) -> tuple[str, int]:
    """The name and the type of what a mix makes."""
    output = task.request["OutputParams"]
    return output["OutputStreamName"], output.get("OutputStreamType", 0)


def target_of(params: Params) -> Target:
    return (params["DomainName"], params["AppName"], params["StreamName"])


def told_of(task: Task) -> dict[str, Any]:
    """What the list says of a pull task, as far as anything is concluded from it."""
    names = ("SourceType", "SourceUrls", "EndTime")
    status = "pause" if task.paused else "enable"
    events = task.request.get("CallbackEvents")
    said = {name: task.request[name] for name in names}
    return {"TaskId": task.id, "Status": status, "CallbackEvents": events, **said}


def merged(request: Params, update: Params) -> dict[str, Any]:
    """What is in force after an update: what it does not name stays (semantics §3, rules 1 to 3)."""
    changes = {name: value for name, value in update.items() if name not in _IDENTITY}
    for name in ("VideoParams", "AudioParams"):
        if name in changes:
            changes[name] = {**request.get(name, {}), **changes[name]}
    return {**request, **changes}


def pushes_of(task: Task) -> set[str]:
    """What a task pushes to, each as domain/app/stream."""
    cdn = [one["PublishCdnUrl"] for one in task.request.get("PublishCdnParams", ())]
    if task.kind == PULL:
        return {"/".join(target_of(task.request))}
    urls = [*cdn, task.request["PublishStreamURL"]] if "PublishStreamURL" in task.request else cdn
    return {url.partition("://")[2].partition("?")[0] for url in urls}
