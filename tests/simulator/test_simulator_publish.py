"""Publish tasks: what is accepted, what is refused and why, and what an update makes of a task."""

import time
from typing import Any

import pytest
from simulator_client import APP, EXAMPLES, Client, changed, example, mix, relay, signed, user_sig

STARTS = [entry for entry in EXAMPLES if entry["action"] == "StartPublishCdnStream"]
LAYOUT = "VideoParams.LayoutParams"
URL = "PublishCdnParams.0.PublishCdnUrl"
MARK = {"WaterMarkWidth": 1, "WaterMarkHeight": 1, "LocationX": 0, "LocationY": 0}


@pytest.mark.parametrize("entry", STARTS, ids=lambda entry: entry["name"])
def test_documented_examples(client: Client, entry: dict) -> None:
    request = signed(entry["request"])
    task = client.task(client.start(request))
    assert task["request"] == request
    assert (task["service"], task["kind"], task["status"], task["endReason"]) == (
        "trtc",
        "publish",
        "running",
        None,
    )
    assert abs(task["startedAt"] - time.time()) < 60


@pytest.mark.parametrize("name", ["UpdatePublishCdnStream-01", "UpdatePublishCdnStream-02"])
def test_documented_updates(client: Client, name: str) -> None:
    task_id = client.start(example("002-01"))
    update = {**example(name), "TaskId": task_id}
    assert client.call("UpdatePublishCdnStream", update)["TaskId"] == task_id
    task = client.task(task_id)
    assert task["sequenceNumber"] == 20
    for block in ("VideoParams", "PublishCdnParams"):
        if block in update:
            sent = update[block]
            kept = task["request"][block]
            assert kept == ({**example("002-01")[block], **sent} if isinstance(sent, dict) else sent)


WRONG = {
    "unknown name": ("Tempo", 1, "UnknownParameter"),
    "unknown inner name": ("VideoParams.VideoEncode.Codec", 1, "UnknownParameter"),
    "no app": ("SdkAppId", ..., "MissingParameter"),
    "no room type": ("RoomIdType", ..., "MissingParameter"),
    "no robot": ("AgentParams.UserId", ..., "MissingParameter"),
    "no usersig": ("AgentParams.UserSig", ..., "MissingParameter"),
    "no audio encode": ("AudioParams.AudioEncode", ..., "MissingParameter"),
    "no video encode": ("VideoParams.VideoEncode", ..., "MissingParameter"),
    "part of video encode": ("VideoParams.VideoEncode.Gop", ..., "MissingParameter"),
    "no output": ("PublishCdnParams", ..., "MissingParameter"),
    "empty output": ("PublishCdnParams", [], "MissingParameter"),
    "app as text": ("SdkAppId", "1", "InvalidParameter"),
    "app as bool": ("SdkAppId", True, "InvalidParameter"),
    "app zero": ("SdkAppId", 0, "InvalidParameter.SdkAppId"),
    "null": ("RoomId", None, "InvalidParameter"),
    "float": ("WithTranscoding", 1.0, "InvalidParameter"),
    "object for list": ("PublishCdnParams", {}, "InvalidParameter"),
    "room as number": ("RoomId", 295066, "InvalidParameter"),
    "room zero": ("RoomId", "0", "InvalidParameter"),
    "room too large": ("RoomId", "4294967295", "InvalidParameter"),
    "room with zeros": ("RoomId", "0295066", "InvalidParameter"),
    "robot alphabet": ("AgentParams.UserId", "röbot", "InvalidParameter"),
    "robot too long": ("AgentParams.UserId", "r" * 33, "InvalidParameter"),
    "idle too short": ("AgentParams.MaxIdleTime", 4, "InvalidParameter"),
    "idle too long": ("AgentParams.MaxIdleTime", 86401, "InvalidParameter"),
    "usersig rubbish": ("AgentParams.UserSig", "xxxx", "InvalidParameter"),
    "usersig other user": ("AgentParams.UserSig", user_sig("else"), "InvalidParameter"),
    "usersig other app": ("AgentParams.UserSig", user_sig("robot", 7), "InvalidParameter"),
    "usersig expired": ("AgentParams.UserSig", user_sig("robot", expire=-1), "InvalidParameter"),
    "sample rate": ("AudioParams.AudioEncode.SampleRate", 22050, "InvalidParameter"),
    "mono HE-AACv2": (
        "AudioParams.AudioEncode",
        {"SampleRate": 48000, "Channel": 1, "BitRate": 64, "Codec": 2},
        "InvalidParameter",
    ),
    "HE-AAC at 8000": (
        "AudioParams.AudioEncode",
        {"SampleRate": 8000, "Channel": 2, "BitRate": 64, "Codec": 1},
        "InvalidParameter",
    ),
    "too wide": ("VideoParams.VideoEncode.Width", 1921, "InvalidParameter"),
    "fps": ("VideoParams.VideoEncode.Fps", 61, "InvalidParameter"),
    "mode": (f"{LAYOUT}.MixLayoutMode", 5, "InvalidParameter"),
    "screen sharing without big one": (f"{LAYOUT}.MixLayoutMode", 2, "MissingParameter"),
    "custom without list": (f"{LAYOUT}.MixLayoutMode", 4, "MissingParameter"),
    "17 positions": (f"{LAYOUT}.MixLayoutList", [{}] * 17, "InvalidParameter"),
    "other room wrong": (
        f"{LAYOUT}.MaxVideoUser",
        {"UserMediaStream": {"UserInfo": {"UserId": "a", "RoomId": "x", "RoomIdType": 0}}},
        "InvalidParameter",
    ),
    "colour": ("VideoParams.BackGroundColor", "red", "InvalidParameter"),
    "watermark without image": ("VideoParams.WaterMarkList", [{}], "MissingParameter"),
    "watermark without text": (
        "VideoParams.WaterMarkList",
        [{"WaterMarkType": 1, "WaterMarkImage": {"WaterMarkUrl": "http://a/b.png", **MARK}}],
        "MissingParameter",
    ),
    "crop too far": (
        f"{LAYOUT}.MixLayoutList",
        [{"CustomCrop": {"LocationX": 9999, "LocationY": 0, "Width": 2, "Height": 1}}],
        "InvalidParameter",
    ),
    "custom background missing": (
        f"{LAYOUT}.MixLayoutList",
        [{"BackgroundRenderMode": 4}],
        "MissingParameter",
    ),
    "single with transcoding": (
        "SingleSubscribeParams",
        relay()["SingleSubscribeParams"],
        "InvalidParameter",
    ),
    "relay without single": ("WithTranscoding", 0, "MissingParameter"),
    "not rtmp": (URL, "https://1.livepush.myqcloud.com/live/a", "InvalidParameter"),
    "no stream": (URL, "rtmp://1.livepush.myqcloud.com/live", "InvalidParameter"),
    "bad port": (URL, "rtmp://1.livepush.myqcloud.com:x/live/a", "InvalidParameter"),
    "bad host": (URL, "rtmp://[1/live/a", "InvalidParameter"),
    "11 urls": ("PublishCdnParams", [{"PublishCdnUrl": "rtmp://a/b/c"}] * 11, "InvalidParameter"),
    "sei 244": ("SeiParams", {"LayoutVolume": {"PayloadType": 244}}, "InvalidParameter"),
    "sei without uuid": (
        "SeiParams",
        {"PassThrough": {"PayloadType": 5, "PayloadContent": "x"}},
        "InvalidParameter",
    ),
    "mp4 and aac": ("RecordParams", {"RecordFormat": ["mp4", "aac"]}, "InvalidParameter"),
    "record key": ("RecordParams", {"RecordKey": "a b"}, "InvalidParameter"),
    "two storages": (
        "RecordParams.McuStorageParams",
        {
            "McuCloudVod": {},
            "CloudStorage": {
                "Vendor": 0,
                "Region": "r",
                "Bucket": "b",
                "AccessKey": "k",
                "SecretKey": "s",
            },
        },
        "InvalidParameter",
    ),
    "one robot twice": (
        "FeedBackRoomParams",
        mix(feedback=("295066:robot",))["FeedBackRoomParams"],
        "InvalidParameter",
    ),
    "no unicode": ("RecordParams", {"McuStorageParams": {"X": "\ud800"}}, "UnknownParameter"),
    "half a character": ("SeiParams", {"LayoutVolume": {"AppData": "\ud800"}}, "InvalidParameter"),
}


@pytest.mark.parametrize(("path", "value", "code"), WRONG.values(), ids=WRONG)
def test_wrong_starts(client: Client, path: str, value: Any, code: str) -> None:
    answer = client.call("StartPublishCdnStream", changed(mix(), path, value))
    assert answer["Error"]["Code"] == code
    assert answer["Error"]["Message"].endswith(".")
    assert client.see("tasks") == []


LENIENT = {
    "tile outside the canvas": (f"{LAYOUT}", {"MixLayoutMode": 4, "MixLayoutList": [{"LocationX": 5000}]}),
    "empty SEI": ("SeiParams", {"LayoutVolume": {}}),
    "feedback only": ("FeedBackRoomParams", mix(feedback=("7:bot",))["FeedBackRoomParams"]),
    "empty lists": ("AudioParams.SubscribeAudioList", []),
    "recording": ("RecordParams", {"UniRecord": 3, "RecordFormat": ["mp4", "hls"], "StreamType": 0}),
    "text mark": (
        "VideoParams.WaterMarkList",
        [{"WaterMarkType": 1, "WaterMarkText": {"Text": "x", "FontSize": 9, **MARK}}],
    ),
    "third party": ("PublishCdnParams", [{"PublishCdnUrl": "rtmp://a.example:1935/b/c?k=v"}]),
    "audio only": ("VideoParams", ...),
}


@pytest.mark.parametrize(("path", "value"), LENIENT.values(), ids=LENIENT)
def test_accepted_starts(client: Client, path: str, value: Any) -> None:
    assert client.code("StartPublishCdnStream", changed(mix(), path, value)) == ""


def test_string_room(client: Client) -> None:
    request = {**mix(), "RoomId": "room 1!", "RoomIdType": 1}
    assert client.code("StartPublishCdnStream", request) == ""
    assert client.code("StartPublishCdnStream", {**request, "RoomId": "räum"}) == "InvalidParameter"


ALICE = [{"UserInfo": {"UserId": "alice"}}]
BOB = [{"UserInfo": {"UserId": "bob"}}]
ENCODE = {"Width": 640, "Height": 360, "Fps": 30, "BitRate": 800, "Gop": 2}
TWO_LISTS = {"AudioEncode": mix()["AudioParams"]["AudioEncode"], "SubscribeAudioList": ALICE}
UPDATES = {
    "nothing": (mix(), {}, {}),
    "encode": (mix(), {"VideoParams": {"VideoEncode": ENCODE}}, {"VideoParams.VideoEncode": ENCODE}),
    "layout": (
        mix(),
        {"VideoParams": {"LayoutParams": {"MixLayoutMode": 1}}},
        {"VideoParams.LayoutParams": {"MixLayoutMode": 1}},
    ),
    "same audio": (mix(), {"AudioParams": {"AudioEncode": mix()["AudioParams"]["AudioEncode"]}}, {}),
    "allowlist": (
        mix(),
        {"AudioParams": {"SubscribeAudioList": ALICE}},
        {"AudioParams.SubscribeAudioList": ALICE},
    ),
    "allowlist cleared": (
        {**mix(), "AudioParams": TWO_LISTS},
        {"AudioParams": {"SubscribeAudioList": [], "UnSubscribeAudioList": BOB}},
        {"AudioParams.SubscribeAudioList": ..., "AudioParams.UnSubscribeAudioList": BOB},
    ),
    "sei": (mix(), {"SeiParams": {"LayoutVolume": {}}}, {"SeiParams": {"LayoutVolume": {}}}),
    "other single": (
        relay(),
        {"WithTranscoding": 0, "SingleSubscribeParams": {"UserMediaStream": {"StreamType": 1}}},
        {"SingleSubscribeParams": {"UserMediaStream": {"StreamType": 1}}},
    ),
    "same video of a relay": (
        relay(),
        {"WithTranscoding": 0, "VideoParams": relay()["VideoParams"]},
        {},
    ),
    "transcoding on": (
        relay(),
        {"VideoParams": mix()["VideoParams"]},
        {"WithTranscoding": 1, "VideoParams": mix()["VideoParams"], "SingleSubscribeParams": ...},
    ),
}


@pytest.mark.parametrize(("before", "update", "after"), UPDATES.values(), ids=UPDATES)
def test_updates(client: Client, before: dict, update: dict, after: dict) -> None:
    task_id = client.start(before)
    assert client.update(task_id, **update) == ""
    for path, value in after.items():
        before = changed(before, path, value)
    assert client.task(task_id)["request"] == before


OTHER_AUDIO = {"AudioEncode": {"SampleRate": 48000, "Channel": 1, "BitRate": 64}}
WRONG_UPDATES = {
    "audio encode": (mix(), {"AudioParams": OTHER_AUDIO}, "InvalidParameter"),
    "robot": (mix(), {"AgentParams": {"UserId": "x"}}, "UnknownParameter"),
    "room": (mix(), {"RoomId": "1"}, "UnknownParameter"),
    "recording": (mix(), {"RecordParams": {}}, "UnknownParameter"),
    "no transcoding flag": (mix(), {"WithTranscoding": ...}, "MissingParameter"),
    "no sequence": (mix(), {"SequenceNumber": ...}, "MissingParameter"),
    "partial encode": (mix(), {"VideoParams": {"VideoEncode": {"Width": 640}}}, "MissingParameter"),
    "video for audio": (
        changed(mix(), "VideoParams", ...),
        {"VideoParams": mix()["VideoParams"]},
        "InvalidParameter",
    ),
    "single for a mix": (
        mix(),
        {"SingleSubscribeParams": relay()["SingleSubscribeParams"]},
        "InvalidParameter",
    ),
    "transcoding off": (mix(), {"WithTranscoding": 0}, "UnsupportedOperation"),
    "half on": (relay(), {}, "MissingParameter"),
    "video of a relay": (
        relay(),
        {"WithTranscoding": 0, "VideoParams": {"VideoEncode": ENCODE}},
        "InvalidParameter",
    ),
    "no urls": (mix(), {"PublishCdnParams": []}, "InvalidParameter"),
    "no sei": (mix(), {"SeiParams": {}}, "InvalidParameter"),
    "no marks": (mix(), {"VideoParams": {"WaterMarkList": []}}, "InvalidParameter"),
    "mode 4 alone": (mix(), {"VideoParams": {"LayoutParams": {"MixLayoutMode": 4}}}, "MissingParameter"),
    "feedback without usersig": (
        mix(),
        {"FeedBackRoomParams": [{"RoomId": "7", "RoomIdType": 0, "UserId": "b", "UserSig": "x"}]},
        "InvalidParameter",
    ),
    "other app": (mix(), {"SdkAppId": 7}, "ResourceNotFound"),
    "other task": (mix(), {"TaskId": "nothing"}, "ResourceNotFound"),
    "negative": (mix(), {"SequenceNumber": -1}, "InvalidParameter"),
    "zero": (mix(), {"SequenceNumber": 0}, "FailedOperation.RequestOutdated"),
    "over 64 bits": (mix(), {"SequenceNumber": 2**64}, "InvalidParameter"),
}


@pytest.mark.parametrize(("before", "update", "code"), WRONG_UPDATES.values(), ids=WRONG_UPDATES)
def test_wrong_updates(client: Client, before: dict, update: dict, code: str) -> None:
    task_id = client.start(before)
    common = {"SdkAppId": APP, "TaskId": task_id, "SequenceNumber": 5, "WithTranscoding": 1}
    request = {name: value for name, value in {**common, **update}.items() if value is not ...}
    assert client.code("UpdatePublishCdnStream", request) == code
    task = client.task(task_id)
    assert (task["request"], task["sequenceNumber"]) == (before, 0)


@pytest.mark.parametrize(
    ("number", "code"),
    [(2**64 - 1, ""), (1700000000000, ""), (8, ""), (7, "FailedOperation.RequestOutdated"), (3, None)],
)
def test_sequence_numbers(client: Client, number: int, code: str | None) -> None:
    task_id = client.start(mix())
    assert client.update(task_id, SequenceNumber=7) == ""
    wanted = "FailedOperation.RequestOutdated" if code is None else code
    assert client.update(task_id, SequenceNumber=number) == wanted
    assert client.task(task_id)["sequenceNumber"] == (7 if wanted else number)


def test_stop_and_afterwards(client: Client) -> None:
    task_id = client.start(mix())
    assert client.stop(task_id, SdkAppId=7) == "ResourceNotFound"
    assert client.stop(task_id, RecordKey="key-1") == ""
    task = client.task(task_id)
    assert (task["status"], task["endReason"]) == ("ended", "stopped")
    assert client.stop(task_id) == "ResourceNotFound"
    assert client.update(task_id) == "FailedOperation.TaskFinished"


VARIANTS = {
    "stop ended": ("stop-ended-task", "FailedOperation.TaskFinished"),
    "stop ended well": ("stop-ended-task", "success"),
    "update ended": ("update-ended-task", "ResourceNotFound"),
}


@pytest.mark.parametrize(("name", "value"), VARIANTS.values(), ids=VARIANTS)
def test_ended_task_variants(client: Client, name: str, value: str) -> None:
    client.arrange("variants", {name: value})
    task_id = client.start(mix())
    client.stop(task_id)
    code = client.stop(task_id) if name == "stop-ended-task" else client.update(task_id)
    assert code == ("" if value == "success" else value)


SWITCHED = {
    "outdated": ({"outdated-code": "FailedOperation.OutdateRequest"}, {"SequenceNumber": 0}, None),
    "clear refused": ({"empty-list": "clear"}, {"PublishCdnParams": []}, "MissingParameter"),
    "ignore": ({"empty-list": "ignore"}, {"PublishCdnParams": []}, ""),
    "bare refused": ({"bare-update": "refuse"}, {}, "MissingParameter"),
    "clear sei": ({"empty-list": "clear"}, {"SeiParams": {}}, ""),
    "off": (
        {"transcoding-off": "accept"},
        {"WithTranscoding": 0, "SingleSubscribeParams": relay()["SingleSubscribeParams"]},
        "",
    ),
    "merge": ({"layout-update": "merge"}, {"VideoParams": {"LayoutParams": {"RenderMode": 1}}}, ""),
}


@pytest.mark.parametrize(("variants", "update", "code"), SWITCHED.values(), ids=SWITCHED)
def test_update_variants(client: Client, variants: dict, update: dict, code: str | None) -> None:
    client.arrange("variants", variants)
    task_id = client.start(mix())
    wanted = next(iter(variants.values())) if code is None else code
    assert client.update(task_id, **update) == wanted
    layout = client.task(task_id)["request"]["VideoParams"].get("LayoutParams")
    expected = {
        "merge": {"MixLayoutMode": 3, "RenderMode": 1},
        "accept": None,
    }.get(next(iter(variants.values())), {"MixLayoutMode": 3})
    assert layout == expected


def test_clear_the_last_url_beside_feedback(client: Client) -> None:
    client.arrange("variants", {"empty-list": "clear"})
    task_id = client.start(mix(feedback=("7:bot",)))
    assert client.update(task_id, PublishCdnParams=[]) == ""
    assert "PublishCdnParams" not in client.task(task_id)["request"]
    assert client.state() == "inactive"


def test_lone_list_and_consumed_sequence(client: Client) -> None:
    client.arrange("variants", {"lone-audio-list": "clear-other", "rejected-sequence": "consumed"})
    task_id = client.start({**mix(), "AudioParams": TWO_LISTS})
    assert client.update(task_id, AudioParams={"UnSubscribeAudioList": BOB}) == ""
    assert "SubscribeAudioList" not in client.task(task_id)["request"]["AudioParams"]
    assert client.update(task_id, SequenceNumber=9, AudioParams=OTHER_AUDIO) == "InvalidParameter"
    assert client.task(task_id)["sequenceNumber"] == 9


def test_other_region(client: Client) -> None:
    task_id = client.start(mix())
    client.region = "ap-singapore"
    assert client.update(task_id) == "ResourceNotFound"
    assert client.stop(task_id) == "ResourceNotFound"
    client.arrange("variants", {"other-region": "found"})
    assert client.stop(task_id) == ""


def test_thirty_days(client: Client) -> None:
    task_id = client.start(mix())
    client.advance(30 * 86400 - 60)
    assert client.update(task_id) == ""
    client.advance(120)
    assert (client.update(task_id), client.stop(task_id)) == ("ResourceNotFound", "ResourceNotFound")
    assert client.task(task_id)["status"] == "running"


@pytest.mark.parametrize(
    ("variant", "second", "states", "code"),
    [
        ("kick", mix(), ["ended", "running"], ""),
        ("kick", mix(room="1"), ["running", "running"], ""),
        ("kick", mix("other"), ["running", "running"], ""),
        ("kick", {**mix(), "RoomIdType": 1}, ["running", "running"], ""),
        ("kick", mix("other", feedback=("295066:robot",)), ["ended", "running"], ""),
        ("refuse", mix(), ["running"], "FailedOperation"),
        ("both", mix(), ["running", "running"], ""),
    ],
)
def test_robots(client: Client, variant: str, second: dict, states: list[str], code: str) -> None:
    client.arrange("variants", {"same-robot": variant})
    first = client.start(mix())
    assert client.code("StartPublishCdnStream", second) == code
    assert [task["status"] for task in client.see("tasks")] == states
    assert client.task(first)["endReason"] == ("robot-kicked" if states[0] == "ended" else None)


def test_update_brings_a_robot(client: Client) -> None:
    first, second = client.start(mix("one", room="7")), client.start(mix("two"))
    assert client.update(second, FeedBackRoomParams=mix(feedback=("7:one",))["FeedBackRoomParams"]) == ""
    assert client.task(first)["endReason"] == "robot-kicked"
    assert client.task(second)["status"] == "running"


def test_known_feedback_robots_need_no_new_credential(client: Client) -> None:
    request = mix(feedback=("7:one",))
    request["FeedBackRoomParams"][0]["UserSig"] = user_sig("one", expire=2)
    task_id = client.start(request)
    time.sleep(2.1)
    assert client.update(task_id, FeedBackRoomParams=request["FeedBackRoomParams"]) == ""


def occupied(*users: str, room: str = "295066") -> list[dict]:
    return [{"sdkAppId": APP, "roomId": room, "roomIdType": 0, "users": list(users)}]


def test_idle(client: Client) -> None:
    task_id = client.start(mix())
    other = client.start(mix("elsewhere", room="7"))
    client.advance(1000)
    client.arrange("rooms", occupied())
    client.advance(20)
    assert client.task(task_id)["status"] == "running"
    client.arrange("rooms", occupied("alice"))
    client.advance(1000)
    emptied = time.time() + 2020
    client.arrange("rooms", occupied())
    client.advance(5000)
    task = client.task(task_id)
    assert (task["status"], task["endReason"]) == ("ended", "idle")
    assert abs(task["endedAt"] - emptied - 30) < 5
    assert client.task(other)["status"] == "running"
    assert client.update(task_id) == "FailedOperation.TaskFinished"


@pytest.mark.parametrize(("variant", "status"), [("counted", "ended"), ("not-counted", "running")])
def test_idle_from_the_start(client: Client, variant: str, status: str) -> None:
    client.arrange("variants", {"idle-from-start": variant})
    client.arrange("rooms", occupied())
    client.advance(100)
    task_id = client.start(mix())
    client.advance(20)
    assert client.task(task_id)["status"] == "running"
    client.advance(20)
    assert client.task(task_id)["status"] == status


def test_ended_by_hand(client: Client) -> None:
    one, two = client.start(mix("one")), client.start(mix("two"))
    ended = client.arrange(f"tasks/{requests_quote(one)}/end")["task"]
    assert ended["endReason"] == "ended by admin"
    assert client.arrange(f"tasks/{two}/end", {"reason": "power cut"})["task"]["endReason"] == "power cut"
    assert client.arrange(f"tasks/{two}/end")["task"]["endReason"] == "power cut"


def requests_quote(task_id: str) -> str:
    return "".join(f"%{ord(char):02X}" for char in task_id)
