"""Whatever a client sends, the answer is a documented one; and it stays quick with many tasks."""

import copy
import cProfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_client import APP, ingest, mix, relay, service_of

from reconciler.simulator.actions import Call
from reconciler.simulator.cloud import Cloud
from reconciler.simulator.errors import ApiError
from reconciler.simulator.services import BY_SERVICE
from reconciler.simulator.store import Store
from tests.support import examples

FULL = {
    **mix(feedback=("7:one", "8:two")),
    "SeiParams": {
        "LayoutVolume": {"AppData": "x"},
        "PassThrough": {"PayloadContent": "x", "PayloadType": 100},
    },
    "RecordParams": {"RecordFormat": ["mp4"], "McuStorageParams": {"McuCloudVod": {"McuTencentVod": {}}}},
}
STREAM = {"DomainName": "1.livepush.myqcloud.com", "AppName": "live", "StreamName": "town"}
PLAYED = ingest(
    Tempo=1.5,
    RepeatNum=3,
    MaxDuration=5,
    SeekSecond=10,
    IdleTimeout=0,
    AutoPush=True,
    VideoEncodeParams={"Width": 640},
    AudioEncodeParams={"Volume": 9},
    SourceUrl=["x"],
)
TASK = {"SdkAppId": APP, "TaskId": "none"}
USERS = {"SdkAppId": APP, "UserIds": ["robot", "alice"]}
SEEDS = {
    "StartStreamIngest": (PLAYED, {**PLAYED, "RoomIdType": 0, "RoomId": "room"}),
    "UpdateStreamIngest": ({**TASK, "StreamUrl": "rtmp://a/b/c", "IsPause": True, "Tempo": 2, "Volume": 1},),
    "StopStreamIngest": (TASK,),
    "DescribeStreamIngest": (TASK,),
    "RemoveUser": ({**USERS, "RoomId": 295066},),
    "RemoveUserByStrRoomId": ({**USERS, "RoomId": "room"},),
    "StartPublishStream": ({"UserId": "abc", "PublishStreamArgs": "x"},),
    "StartPublishStreamWithURL": ({"UserId": "abc", "PublishStreamURL": "rtmp://a/b/c"},),
    "StopPublishStream": ({"UserId": "abc"},),
    "StartPublishCdnStream": (FULL, relay()),
    "UpdatePublishCdnStream": (
        {
            name: value
            for name, value in FULL.items()
            if name not in ("RoomId", "RoomIdType", "AgentParams", "RecordParams")
        },
    ),
    "ForbidLiveStream": ({**STREAM, "ResumeTime": "2030-01-01T00:00:00Z"},),
    "DescribeLiveStreamOnlineList": ({**STREAM, "PageNum": 1, "PageSize": 10},),
}
DOCUMENTED = {
    "trtc": {
        "InvalidParameter",
        "InvalidParameter.SdkAppId",
        "MissingParameter",
        "UnknownParameter",
        "UnsupportedOperation",
        "ResourceNotFound",
        "FailedOperation.RequestOutdated",
    },
    "live": {"InvalidParameter", "InvalidParameterValue", "MissingParameter", "UnknownParameter"},
    "car": {"InvalidParameter", "MissingParameter", "UnknownParameter"},
}
NO_TASK = {"InvalidParameter.TaskId", "MissingParameter.SdkAppId", "MissingParameter.TaskId"}
NO_ROOM = {"InvalidParameter.RoomId", "MissingParameter.RoomId", "MissingParameter.SdkAppId"}
NO_USERS = {"InvalidParameter.UserIds", "MissingParameter.UserIds"}
OWN = {
    "StartStreamIngest": {
        *("InvalidParameter.StrRoomId", "InvalidParameter.StreamUrl", "InvalidParameter.UserSig"),
        *NO_ROOM,
    },
    "UpdateStreamIngest": {"InvalidParameter.StreamUrl", *NO_TASK},
    "StopStreamIngest": {"InvalidParameter.TaskId", "FailedOperation.TaskFinished"},
    "DescribeStreamIngest": NO_TASK,
    "RemoveUser": NO_ROOM | NO_USERS,
    "RemoveUserByStrRoomId": NO_ROOM | NO_USERS,
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 5)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["rtmp://a/b/c", "0x00FF00", "\ud800", "room", "1" * 70]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in entries:
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def call(action: str, params: dict[str, Any], cloud: Cloud) -> dict[str, Any]:
    service = service_of(action)
    now = cloud.clock.now()
    row = BY_SERVICE[service][action]
    return cloud.perform(row, Call(action, "ap-guangzhou", "me", params, now, now))


@given(st.data())
@examples(200)
def test_no_request_breaks_it(data: st.DataObject) -> None:
    action = data.draw(st.sampled_from(list(SEEDS)))
    params: dict[str, Any] = copy.deepcopy(data.draw(st.sampled_from(SEEDS[action])))
    store = Store()
    cloud = Cloud(store, {})
    with store.transaction():
        if action == "UpdatePublishCdnStream":
            cloud.world.variants.choose(
                {"empty-list": data.draw(st.sampled_from(["clear", "refuse", "ignore"]))}
            )
            params |= {"SequenceNumber": 1, "TaskId": call("StartPublishCdnStream", FULL, cloud)["TaskId"]}
        elif "TaskId" in params:
            params["TaskId"] = call("StartStreamIngest", PLAYED, cloud)["TaskId"]
        for _ in range(data.draw(st.integers(1, 2))):
            if not params:
                break
            place, key = data.draw(st.sampled_from(list(places(params))))
            if isinstance(place, dict) and data.draw(st.booleans()):
                del place[key]
            else:
                place[key] = data.draw(JSON)
        try:
            call(action, params, cloud)
        except ApiError as refusal:
            assert refusal.code in DOCUMENTED[service_of(action)] | OWN.get(action, set())
        cloud.settle()
        assert all(task.shown() for task in cloud.world.tasks.all())
    store.close()


def steps_of(work: Callable[[], object]) -> int:
    """How many functions are called, which no busy machine changes."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.slow
def test_many_tasks_cost_no_more_than_few() -> None:
    few, many = (asking_beside(count) for count in (50, 800))
    assert many < 1.5 * few


def asking_beside(count: int) -> int:
    """What it takes to ask after 50 streams beside so many tasks that run."""
    store = Store()
    cloud = Cloud(store, {})
    request = mix()
    with store.transaction():
        for index in range(count):
            request["AgentParams"] = {**request["AgentParams"], "UserId": "robot"}
            request["RoomId"] = str(index + 1)
            request["PublishCdnParams"] = [{"PublishCdnUrl": f"rtmp://1.livepush.myqcloud.com/live/s{index}"}]
            call("StartPublishCdnStream", request, cloud)
            cloud.settle()
        cloud.world.rooms.occupy((APP, "5", 0), [], cloud.clock.now())

        def ask() -> None:
            for index in range(50):
                cloud.settle()
                call("DescribeLiveStreamState", {**STREAM, "StreamName": f"s{index}"}, cloud)

        steps = steps_of(ask)
    store.close()
    return steps
