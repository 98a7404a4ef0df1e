"""Ingest tasks: what is accepted, what is refused and why, and all the ways in which one ends."""

import time
from typing import Any

import pytest
from simulator_client import APP, Client, changed, example, ingest, mix, user_sig

from reconciler.simulator.services.ingest import REGIONS, STOP_REGIONS

START = "StartStreamIngest"
URL = ingest()["StreamUrl"]
HOUR = 3600


@pytest.mark.parametrize("name", ["001-01", "StartStreamIngest-01"])
def test_documented_starts(client: Client, name: str) -> None:
    request = example(name)
    task = client.task(client.play(request))
    assert task["request"] == request
    kept = (task["service"], task["kind"], task["status"], task["endReason"], task["sequenceNumber"])
    assert kept == ("trtc", "ingest", "running", None, 0)
    assert abs(task["startedAt"] - time.time()) < 60


@pytest.mark.parametrize("name", ["UpdateStreamIngest-01", "DescribeStreamIngest-01"])
def test_documented_examples(client: Client, name: str) -> None:
    request, action = example(name), name.partition("-")[0]
    assert client.call(action, request)["Status"] == "NotExist"
    task_id = client.play(ingest(SdkAppId=request["SdkAppId"]))
    assert client.call(action, {**request, "TaskId": task_id})["Status"] == "InProgress"


def test_documented_stop(client: Client) -> None:
    request = example("StopStreamIngest-01")
    assert client.code("StopStreamIngest", request) == "FailedOperation.TaskFinished"
    task_id = client.play(ingest(SdkAppId=request["SdkAppId"]))
    assert client.code("StopStreamIngest", {**request, "TaskId": task_id}) == ""
    assert client.task(task_id)["endReason"] == "stopped"


WRONG = {
    "unknown name": ("AgentParams", {}, "UnknownParameter"),
    "pause is for updates": ("IsPause", True, "UnknownParameter"),
    "unknown inner name": ("VideoEncodeParams.Codec", 1, "UnknownParameter"),
    "no app": ("SdkAppId", ..., "MissingParameter.SdkAppId"),
    "no room": ("RoomId", ..., "MissingParameter.RoomId"),
    "no room type": ("RoomIdType", ..., "MissingParameter"),
    "no robot": ("UserId", ..., "MissingParameter"),
    "no usersig": ("UserSig", ..., "MissingParameter"),
    "no url": ("StreamUrl", ..., "InvalidParameter.StreamUrl"),
    "app zero": ("SdkAppId", 0, "InvalidParameter.SdkAppId"),
    "app as text": ("SdkAppId", "1", "InvalidParameter"),
    "room as number": ("RoomId", 295066, "InvalidParameter"),
    "room zero": ("RoomId", "0", "InvalidParameter.RoomId"),
    "room too large": ("RoomId", "4294967295", "InvalidParameter.RoomId"),
    "empty room": ("RoomId", "", "InvalidParameter.RoomId"),
    "room with umlaut": ("RoomId", "räum", "InvalidParameter.RoomId"),
    "room type 2": ("RoomIdType", 2, "InvalidParameter"),
    "robot alphabet": ("UserId", "röbot", "InvalidParameter"),
    "usersig rubbish": ("UserSig", "xxxxxxxxxxxxxxx", "InvalidParameter.UserSig"),
    "usersig empty": ("UserSig", "", "InvalidParameter.UserSig"),
    "usersig other user": ("UserSig", user_sig("else"), "InvalidParameter.UserSig"),
    "usersig expired": ("UserSig", user_sig("robot", expire=-1), "InvalidParameter.UserSig"),
    "empty url": ("StreamUrl", "", "InvalidParameter.StreamUrl"),
    "other protocol": ("StreamUrl", "ftp://a.b/test.mp4", "InvalidParameter.StreamUrl"),
    "url without path": ("StreamUrl", "https://a.b", "InvalidParameter.StreamUrl"),
    "url as list": ("StreamUrl", [URL], "InvalidParameter"),
    "two source urls": ("SourceUrl", [URL, URL], "InvalidParameter"),
    "repeat 0": ("RepeatNum", 0, "InvalidParameter"),
    "repeat -2": ("RepeatNum", -2, "InvalidParameter"),
    "repeat 1001": ("RepeatNum", 1001, "InvalidParameter"),
    "duration 0": ("MaxDuration", 0, "InvalidParameter"),
    "duration 10081": ("MaxDuration", 10081, "InvalidParameter"),
    "loud": ("Volume", 201, "InvalidParameter"),
    "tempo": ("Tempo", 1.1, "InvalidParameter"),
    "idle": ("IdleTimeout", 601, "InvalidParameter"),
    "seek": ("SeekSecond", -1, "InvalidParameter"),
    "push as number": ("AutoPush", 1, "InvalidParameter"),
    "progress as text": ("EnableProgress", "true", "InvalidParameter"),
    "deprecated height": ("VideoEncodeParams", {"Height": 1081}, "InvalidParameter"),
    "deprecated rate": ("AudioEncodeParams", {"SampleRate": 32000}, "InvalidParameter"),
}


@pytest.mark.parametrize(("path", "value", "code"), WRONG.values(), ids=WRONG)
def test_wrong_starts(client: Client, path: str, value: Any, code: str) -> None:
    answer = client.call(START, changed(ingest(), path, value))
    assert answer["Error"]["Code"] == code
    assert answer["Error"]["Message"].endswith(".")
    assert client.see("tasks") == []


RIGHT = {
    "string room": {"RoomId": "room 1!", "RoomIdType": 0},
    "digits as string room": {"RoomId": "0", "RoomIdType": 0},
    "rtmp": {"StreamUrl": "rtmp://1.1.1.1:1935/live/my_live?k=v"},
    "HLS": {"StreamUrl": "HTTP://a.b/x.m3u8"},
    "all": {
        "PrivateMapKey": "x",
        "SeekSecond": 5,
        "AutoPush": False,
        "RepeatNum": -1,
        "MaxDuration": 10080,
        "Volume": 0,
        "EnableProgress": True,
        "Tempo": 2,
        "IdleTimeout": 0,
    },
    "ineffective duration": {"RepeatNum": 1000, "MaxDuration": 1},
    "deprecated": {
        "VideoEncodeParams": {"Width": 1920, "Height": 1080, "Fps": 30, "BitRate": 1000, "Gop": 2},
        "AudioEncodeParams": {"SampleRate": 44100, "Channel": 2, "BitRate": 64, "Volume": 300},
        "SourceUrl": [URL],
    },
}


@pytest.mark.parametrize("params", RIGHT.values(), ids=RIGHT)
def test_accepted_starts(client: Client, params: dict) -> None:
    request = ingest(**params)
    assert client.task(client.play(request))["request"] == request


ROOMS = {
    "text for an integer": ({"ingest-room-type": "lenient"}, {"RoomId": "room123"}, ""),
    "the same, strictly": ({"ingest-room-type": "strict"}, {"RoomId": "room123"}, "InvalidParameter.RoomId"),
    "an integer, strictly": ({"ingest-room-type": "strict"}, {}, ""),
    "string room": ({"ingest-room-type": "strict"}, {"RoomId": "room", "RoomIdType": 0}, ""),
    "wrong string room": ({}, {"RoomId": "räum", "RoomIdType": 0}, "InvalidParameter.StrRoomId"),
    "long string room": ({}, {"RoomId": "r" * 65, "RoomIdType": 0}, "InvalidParameter.StrRoomId"),
    "no type": ({"ingest-room-type-absent": "integer"}, {"RoomIdType": ...}, ""),
    "no type, no number": (
        {"ingest-room-type-absent": "integer", "ingest-room-type": "strict"},
        {"RoomIdType": ..., "RoomId": "room"},
        "InvalidParameter.RoomId",
    ),
}


@pytest.mark.parametrize(("variants", "params", "code"), ROOMS.values(), ids=ROOMS)
def test_rooms(client: Client, variants: dict, params: dict, code: str) -> None:
    client.arrange("variants", variants)
    request = ingest()
    for name, value in params.items():
        request = changed(request, name, value)
    assert client.code(START, request) == code


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_regions(client: Client, region: str) -> None:
    client.region = region
    task_id = client.play(ingest())
    ends = region in STOP_REGIONS
    assert client.ingest("Describe", task_id) == ("InProgress" if ends else "UnsupportedRegion")
    assert client.ingest("Stop", task_id) == ("" if ends else "UnsupportedRegion")


def test_wrong_and_other_regions(client: Client) -> None:
    task_id = client.play(ingest())
    client.region = "ap-hongkong"
    assert client.code(START, ingest()) == "UnsupportedRegion"
    client.region = "ap-singapore"
    assert client.ingest("Describe", task_id) == "NotExist"
    assert client.ingest("Stop", task_id) == "FailedOperation.TaskFinished"
    client.arrange("variants", {"other-region": "found"})
    assert client.ingest("Describe", task_id) == "InProgress"
    assert client.ingest("Stop", task_id) == ""


UPDATES = {
    "nothing": {},
    "source": {"StreamUrl": "https://films.example/two.mp4"},
    "volume": {"Volume": 200},
    "pause": {"IsPause": True},
    "no pause": {"IsPause": False},
    "progress": {"EnableProgress": True},
    "tempo": {"Tempo": 0.5},
}


@pytest.mark.parametrize("params", UPDATES.values(), ids=UPDATES)
def test_updates(client: Client, params: dict) -> None:
    request = ingest(Volume=10)
    task_id = client.play(request)
    assert client.ingest("Update", task_id, **params) == "InProgress"
    task = client.task(task_id)
    assert task["request"] == {**request, **params}
    assert task["status"] == ("paused" if params.get("IsPause") else "running")
    assert client.ingest("Describe", task_id) == "InProgress"


WRONG_CALLS = {
    "room": ("Update", {"RoomId": "1"}, "UnknownParameter"),
    "repeat": ("Update", {"RepeatNum": 1}, "UnknownParameter"),
    "no app": ("Update", {"SdkAppId": ...}, "MissingParameter.SdkAppId"),
    "no task": ("Update", {"TaskId": ...}, "MissingParameter.TaskId"),
    "bad task": ("Update", {"TaskId": "a b"}, "InvalidParameter.TaskId"),
    "bad url": ("Update", {"StreamUrl": "x"}, "InvalidParameter.StreamUrl"),
    "volume": ("Update", {"Volume": -1}, "InvalidParameter"),
    "pause": ("Update", {"IsPause": 1}, "InvalidParameter"),
    "other app": ("Update", {"SdkAppId": 7}, "NotExist"),
    "stop no app": ("Stop", {"SdkAppId": ...}, "MissingParameter"),
    "stop app zero": ("Stop", {"SdkAppId": 0}, "InvalidParameter.SdkAppId"),
    "stop bad task": ("Stop", {"TaskId": ""}, "InvalidParameter.TaskId"),
    "stop other app": ("Stop", {"SdkAppId": 7}, "FailedOperation.TaskFinished"),
    "stop unknown": ("Stop", {"TaskId": "x+-.*"}, "FailedOperation.TaskFinished"),
    "ask no app": ("Describe", {"SdkAppId": ...}, "MissingParameter.SdkAppId"),
    "ask no task": ("Describe", {"TaskId": ...}, "MissingParameter.TaskId"),
    "ask bad task": ("Describe", {"TaskId": "ä"}, "InvalidParameter.TaskId"),
    "ask other app": ("Describe", {"SdkAppId": 7}, "NotExist"),
    "ask unknown": ("Describe", {"TaskId": "x+-.*"}, "NotExist"),
}


@pytest.mark.parametrize(("action", "params", "answer"), WRONG_CALLS.values(), ids=WRONG_CALLS)
def test_wrong_calls(client: Client, action: str, params: dict, answer: str) -> None:
    request = ingest()
    task_id = client.play(request)
    given = {"SdkAppId": APP, "TaskId": task_id, **params}
    given = {name: value for name, value in given.items() if value is not ...}
    content = client.call(f"{action}StreamIngest", given)
    assert (content.get("Status") or content["Error"]["Code"]) == answer
    assert (client.task(task_id)["request"], client.task(task_id)["status"]) == (request, "running")


def test_publish_tasks_are_none(client: Client) -> None:
    published, played = client.start(mix("one")), client.play(ingest("two"))
    assert client.ingest("Describe", published) == "NotExist"
    assert client.ingest("Stop", published) == "FailedOperation.TaskFinished"
    assert client.stop(played) == "ResourceNotFound"


ENDED = {
    "as documented": ({}, ("NotExist", "FailedOperation.TaskFinished", "NotExist")),
    "errors": (
        {"update-ended-ingest": "FailedOperation.TaskNotExist"},
        ("FailedOperation.TaskNotExist", "FailedOperation.TaskFinished", "NotExist"),
    ),
    "success": ({"stop-ended-ingest": "success"}, ("NotExist", "", "NotExist")),
}


@pytest.mark.parametrize(("variants", "answers"), ENDED.values(), ids=ENDED)
def test_ended_tasks(client: Client, variants: dict, answers: tuple[str, ...]) -> None:
    client.arrange("variants", variants)
    task_id = client.play(ingest())
    assert client.ingest("Stop", task_id) == ""
    assert tuple(client.ingest(action, task_id) for action in ("Update", "Stop", "Describe")) == answers
    assert client.task(task_id)["endReason"] == "stopped"


# What happens as (seconds later, update or None); then how long after the start it ends, and why.
Steps = tuple[tuple[float, dict[str, Any]], ...]
LIVES: dict[str, tuple[dict[str, Any], Steps, float, str]] = {
    "one play": ({}, (), HOUR, "source-ended"),
    "three plays": ({"RepeatNum": 3}, (), 3 * HOUR, "source-ended"),
    "ineffective duration": ({"RepeatNum": 2, "MaxDuration": 30}, (), 2 * HOUR, "source-ended"),
    "from the middle": ({"RepeatNum": 2, "SeekSecond": 1800}, (), 1.5 * HOUR, "source-ended"),
    "from beyond the end": ({"SeekSecond": 5000}, (), 0, "source-ended"),
    "twice as fast": ({"Tempo": 2.0}, (), HOUR / 2, "source-ended"),
    "endless": ({"RepeatNum": -1, "MaxDuration": 90}, (), 1.5 * HOUR, "max-duration"),
    "pause": (
        {},
        ((600, {"IsPause": True}), (7200, {"IsPause": False})),
        HOUR + 7200,
        "source-ended",
    ),
    "two pauses": (
        {"Tempo": 2},
        (
            (600, {"IsPause": True}),
            (100, {"IsPause": True, "Volume": 5}),
            (100, {"IsPause": False}),
            (200, {"IsPause": True}),
            (300, {"IsPause": False}),
        ),
        1800 + 500,
        "source-ended",
    ),
    "long pause": ({"RepeatNum": -1}, ((600, {"IsPause": True}),), 600 + 12 * HOUR, "paused-too-long"),
    "long pause, told twice": (
        {},
        ((600, {"IsPause": True}), (HOUR, {"IsPause": True})),
        600 + 12 * HOUR,
        "paused-too-long",
    ),
    "duration runs in a pause": (
        {"RepeatNum": -1, "MaxDuration": 60},
        ((600, {"IsPause": True}),),
        HOUR,
        "max-duration",
    ),
    "faster from the middle": ({}, ((1800, {"Tempo": 1.5}),), 1800 + 1200, "source-ended"),
    "slower while paused": (
        {},
        ((1800, {"IsPause": True}), (10, {"Tempo": 0.5}), (10, {"IsPause": False})),
        1820 + HOUR,
        "source-ended",
    ),
    "another source": (
        {"RepeatNum": 2, "SeekSecond": 900},
        ((3000, {"StreamUrl": "https://films.example/two.mp4"}),),
        3000 + 2 * HOUR,
        "source-ended",
    ),
    "the same source": ({}, ((3000, {"StreamUrl": URL}),), HOUR, "source-ended"),
}


@pytest.mark.parametrize(("params", "steps", "ends", "reason"), LIVES.values(), ids=LIVES)
def test_lives(client: Client, params: dict, steps: Steps, ends: float, reason: str) -> None:
    task_id = client.play(ingest(**params))
    elapsed = 0.0
    for seconds, update in steps:
        client.advance(seconds)
        elapsed += seconds
        assert client.ingest("Update", task_id, **update) == "InProgress"
    if ends > 0:
        client.advance(ends - elapsed - 10)
        assert client.ingest("Describe", task_id) == "InProgress"
    client.advance(50 * HOUR)
    assert client.ingest("Describe", task_id) == "NotExist"
    task = client.task(task_id)
    assert (task["status"], task["endReason"]) == ("ended", reason)
    assert abs(task["endedAt"] - task["startedAt"] - ends) < 5


def test_endless(client: Client) -> None:
    task_id = client.play(ingest(RepeatNum=-1))
    client.advance(400 * 24 * HOUR)
    assert client.ingest("Describe", task_id) == "InProgress"


def test_sources(client: Client) -> None:
    sources = [{"url": URL, "seconds": 100}]
    assert client.arrange("sources", sources)["sources"] == sources
    task_id = client.play(ingest(RepeatNum=2))
    other = client.play(ingest("other", StreamUrl="https://films.example/two.mp4"))
    client.advance(150)
    assert client.task(task_id)["status"] == "running"
    client.arrange("sources", {"url": URL, "seconds": 1000})
    client.advance(1800)
    assert client.task(task_id)["status"] == "running"
    client.arrange("sources", [{"url": URL, "seconds": 10}])
    task = client.task(task_id)
    assert task["endReason"] == "source-ended"
    assert abs(task["endedAt"] - task["startedAt"] - 1950) < 5
    assert client.task(other)["status"] == "running"


@pytest.mark.parametrize(("variant", "status"), [("unchanged", "paused"), ("resumes", "running")])
def test_absent_pause(client: Client, variant: str, status: str) -> None:
    client.arrange("variants", {"ingest-absent-pause": variant})
    task_id = client.play(ingest())
    client.ingest("Update", task_id, IsPause=True)
    assert client.ingest("Update", task_id, Volume=5) == "InProgress"
    task = client.task(task_id)
    assert (task["status"], task["request"]["IsPause"]) == (status, status == "paused")


def empty(client: Client, room: str = "295066", room_id_type: int = 0) -> None:
    place = {"sdkAppId": APP, "roomId": room, "roomIdType": room_id_type}
    client.arrange("rooms", [{**place, "users": []}])


IDLE = {
    "adaptive": ({}, 60),
    "given": ({"IdleTimeout": 600}, 600),
    "immediately": ({"IdleTimeout": 0}, 0),
    "string room": ({"RoomId": "room", "RoomIdType": 0}, 60),
    "the seed's room": ({"RoomId": "room"}, 60),
}


@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize(("params", "seconds"), IDLE.values(), ids=IDLE)
def test_idle(client: Client, params: dict, seconds: int, paused: bool) -> None:
    task_id = client.play(ingest(**params))
    client.ingest("Update", task_id, IsPause=paused)
    client.advance(1000)
    room = params.get("RoomId", "295066")
    empty(client, room, int(room == "room"))
    if seconds:
        client.advance(seconds - 10)
        assert client.ingest("Describe", task_id) == "InProgress"
    client.advance(5000)
    task = client.task(task_id)
    assert (task["status"], task["endReason"]) == ("ended", "idle")
    assert abs(task["endedAt"] - task["startedAt"] - 1000 - seconds) < 5


def test_what_is_due_first_ends_it(client: Client) -> None:
    late, soon = client.play(ingest("a", IdleTimeout=600)), client.play(ingest("b"))
    client.advance(3300)
    empty(client)
    client.advance(HOUR)
    assert client.task(late)["endReason"] == "source-ended"
    assert client.task(soon)["endReason"] == "idle"


ROBOTS = {
    "refused": ({}, ingest(), "FailedOperation.TaskExist", None),
    "kick": ({"second-ingest": "kick"}, ingest(), "", "robot-kicked"),
    "both": ({"second-ingest": "both"}, ingest(), "", None),
    "both and refuse": ({"second-ingest": "both", "same-robot": "refuse"}, ingest(), "", None),
    "other robot": ({}, ingest("other"), "", None),
    "other room": ({}, ingest(room="7"), "", None),
    "string room": ({}, ingest(RoomIdType=0), "", None),
    "publish kicks": ({}, mix(), "", "robot-kicked"),
    "feedback kicks": ({}, mix("other", feedback=("295066:robot",)), "", "robot-kicked"),
    "publish refused": ({"same-robot": "refuse"}, mix(), "FailedOperation", None),
    "publish both": ({"same-robot": "both"}, mix(), "", None),
}


@pytest.mark.parametrize(("variants", "second", "code", "reason"), ROBOTS.values(), ids=ROBOTS)
def test_robots(client: Client, variants: dict, second: dict, code: str, reason: str | None) -> None:
    client.arrange("variants", variants)
    first = client.play(ingest())
    action = START if "StreamUrl" in second else "StartPublishCdnStream"
    assert client.code(action, second) == code
    assert client.task(first)["endReason"] == reason
    assert len(client.see("tasks")) == (1 if code else 2)


@pytest.mark.parametrize(
    ("variant", "code", "reason"),
    [("kick", "", "robot-kicked"), ("refuse", "FailedOperation", None), ("both", "", None)],
)
def test_an_ingest_meets_a_publish_robot(client: Client, variant: str, code: str, reason: str | None) -> None:
    client.arrange("variants", {"same-robot": variant})
    first = client.start(mix("other", feedback=("7:robot",)))
    assert client.code(START, ingest(room="7")) == code
    assert client.task(first)["endReason"] == reason


def test_again_after_the_end(client: Client) -> None:
    client.ingest("Stop", client.play(ingest()))
    assert client.code(START, ingest()) == ""


def test_rate_limit(client: Client) -> None:
    codes = [client.ingest("Describe", "none") for _ in range(21)]
    assert codes == ["NotExist"] * 20 + ["RequestLimitExceeded"]
    assert client.ingest("Stop", "none") == "FailedOperation.TaskFinished"
