"""Recordings of the simulated TRTC, driven by the vendor's SDK and answered as documented (recordings)."""

import time
from typing import Any

import pytest
import requests
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.trtc.v20190722.trtc_client import TrtcClient

CREATE, MODIFY = "CreateCloudRecording", "ModifyCloudRecording"
DELETE, DESCRIBE = "DeleteCloudRecording", "DescribeCloudRecording"
APP = 1400188366
HOUR = 3600
EMPTY = {"sdkAppId": APP, "roomId": "3560", "roomIdType": 0, "users": []}
COS = {"Vendor": 0, "Region": "ap-guangzhou", "Bucket": "films", "AccessKey": "id", "SecretKey": "key"}
LARGE = {"Width": 1920, "Height": 1920, "Fps": 15, "BitRate": 64000, "Gop": 1}
PLACE = {"Top": 0, "Left": 0, "Width": 360, "Height": 640}


def client(base: str, region: str) -> TrtcClient:
    http = HttpProfile(protocol="http", endpoint=base.removeprefix("http://"))
    credential = Credential("AKIDexample", "secretexample")
    return TrtcClient(credential, region, ClientProfile(httpProfile=http))


@pytest.fixture
def trtc(base: str) -> TrtcClient:
    return client(base, "ap-guangzhou")


def task(**changes: Any) -> dict[str, Any]:
    """The example of the vendor's metadata."""
    request = {
        "SdkAppId": APP,
        "RoomId": "3560",
        "RoomIdType": 1,
        "UserId": "10001",
        "UserSig": "any",
        "RecordParams": {"RecordMode": 2, "StreamType": 0, "MaxIdleTime": 60},
        "StorageParams": {"CloudVod": {"TencentVod": {"ExpireTime": 0}}},
        "MixTranscodeParams": {
            "VideoParams": {"Width": 360, "Height": 640, "Fps": 15, "BitRate": 500000, "Gop": 10}
        },
        "MixLayoutParams": {"MixLayoutMode": 3},
    }
    return {name: value for name, value in {**request, **changes}.items() if value is not None}


def ask(trtc: TrtcClient, action: str, **params: Any) -> dict[str, Any]:
    return dict(trtc.call_json(action, params)["Response"])


def code_of(trtc: TrtcClient, action: str, **params: Any) -> str:
    with pytest.raises(TencentCloudSDKException) as caught:
        trtc.call_json(action, params)
    return str(caught.value.get_code())


def admin(base: str, what: str, body: Any = None) -> Any:
    answer = requests.request(
        "GET" if body is None else "POST", f"{base}/_admin/{what}", json=body, timeout=9
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def started(trtc: TrtcClient, **changes: Any) -> dict[str, Any]:
    """What the other calls are about."""
    return {"SdkAppId": APP, "TaskId": ask(trtc, CREATE, **task(**changes))["TaskId"]}


def in_force(base: str, about: dict[str, Any]) -> dict[str, Any]:
    return next(
        dict(one["request"]) for one in admin(base, "tasks")["tasks"] if one["taskId"] == about["TaskId"]
    )


def test_the_life_of_a_recording(trtc: TrtcClient, base: str) -> None:
    about = started(trtc)
    told = ask(trtc, DESCRIBE, **about)
    assert (told["TaskId"], told["Status"], told["StorageFileList"]) == (about["TaskId"], "InProgress", [])
    assert ask(trtc, MODIFY, **about, MixLayoutParams={"MixLayoutMode": 1})["TaskId"] == about["TaskId"]
    assert in_force(base, about)["MixLayoutParams"] == {"MixLayoutMode": 1}
    assert ask(trtc, DELETE, **about)["TaskId"] == about["TaskId"]
    assert ask(trtc, DESCRIBE, **about)["Status"] == "Exited"
    admin(base, "clock", {"advanceSeconds": 11})
    for action in (DESCRIBE, MODIFY, DELETE):
        assert code_of(trtc, action, **about) == "ResourceNotFound"


def test_a_file_in_an_object_storage_is_told(trtc: TrtcClient) -> None:
    about = started(trtc, StorageParams={"CloudStorage": COS})
    (file,) = ask(trtc, DESCRIBE, **about)["StorageFileList"]
    assert (file["UserId"], file["TrackType"]) == ("", "audio_video") and file["BeginTimeStamp"] > 10**12
    single = {"RecordMode": 1}
    alone = started(
        trtc,
        UserId="10002",
        RecordParams=single,
        MixTranscodeParams=None,
        MixLayoutParams=None,
        StorageParams={"CloudStorage": COS},
    )
    assert ask(trtc, DESCRIBE, **alone)["StorageFileList"] == []


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "both storages": (
        {"StorageParams": {"CloudStorage": COS, "CloudVod": {"TencentVod": {}}}},
        "InvalidParameter",
    ),
    "no storage": ({"StorageParams": {}}, "InvalidParameter"),
    "no storage at all": ({"StorageParams": None}, "MissingParameter.StorageParams"),
    "nothing to record": ({"RecordParams": None}, "MissingParameter.RecordParams"),
    "no mode": ({"RecordParams": {}}, "MissingParameter.RecordMode"),
    "no robot": ({"UserId": None}, "MissingParameter.UserId"),
    "no signature": ({"UserSig": None}, "MissingParameter.UserSig"),
    "a layout of none": ({"RecordParams": {"RecordMode": 1}}, "InvalidParameter"),
    "a text for a number": ({"RoomId": "hall"}, "InvalidParameter"),
    "hours": ({"ResourceExpiredHour": 721}, "InvalidParameter"),
    "no places": ({"MixLayoutParams": {"MixLayoutMode": 4}}, "InvalidParameter"),
    "places of a grid": (
        {"MixLayoutParams": {"MixLayoutMode": 3, "MixLayoutList": [PLACE]}},
        "InvalidParameter",
    ),
    "a place outside": (
        {"MixLayoutParams": {"MixLayoutMode": 4, "MixLayoutList": [PLACE | {"Left": 1}]}},
        "InvalidParameter.OutOfRange",
    ),
    "a large picture": (
        {"MixTranscodeParams": {"VideoParams": LARGE}},
        "InvalidParameter.OutOfRange",
    ),
    "half an encoding": ({"MixTranscodeParams": {"VideoParams": {"Width": 1}}}, "MissingParameter"),
    "a colour of streams": (
        {"MixLayoutParams": {"MixLayoutMode": 3, "BackGroundColor": "0x000000"}},
        "InvalidParameter",
    ),
    "an unknown field": ({"Speed": 1}, "UnknownParameter"),
}


@pytest.mark.parametrize(("changes", "code"), WRONG.values(), ids=WRONG)
def test_wrong_starts_get_the_documented_code(trtc: TrtcClient, changes: dict[str, Any], code: str) -> None:
    assert code_of(trtc, CREATE, **task(**changes)) == code


def test_string_rooms_have_the_other_code(trtc: TrtcClient) -> None:
    about = started(trtc, RoomId="hall", RoomIdType=0)
    assert ask(trtc, DESCRIBE, **about)["Status"] == "InProgress"


@pytest.mark.parametrize(("region", "code"), [("ap-hongkong", "UnsupportedRegion"), ("", "MissingParameter")])
def test_a_region_that_records_is_needed(base: str, region: str, code: str) -> None:
    assert code_of(client(base, region), CREATE, **task()) == code


def test_a_recording_is_found_in_its_own_region_and_application(trtc: TrtcClient, base: str) -> None:
    about = started(trtc)
    assert code_of(client(base, "ap-shanghai"), DELETE, **about) == "ResourceNotFound"
    assert code_of(trtc, DELETE, **about | {"SdkAppId": 1400000001}) == "ResourceNotFound"


def test_the_same_robot_interrupts_and_another_does_not(trtc: TrtcClient, base: str) -> None:
    first, other = started(trtc), started(trtc, UserId="10002")
    again = started(trtc)
    assert ask(trtc, DESCRIBE, **first)["Status"] == "Exited"
    assert {ask(trtc, DESCRIBE, **one)["Status"] for one in (other, again)} == {"InProgress"}
    reasons = [one["endReason"] for one in admin(base, "tasks")["tasks"]]
    assert reasons == ["robot-kicked", None, None]


def test_removing_its_robot_ends_it(trtc: TrtcClient, base: str) -> None:
    about = started(trtc)
    ask(trtc, "RemoveUser", SdkAppId=APP, RoomId=3560, UserIds=["10001"])
    assert ask(trtc, DESCRIBE, **about)["Status"] == "Exited"


def test_it_waits_for_anchors_and_then_ends(trtc: TrtcClient, base: str) -> None:
    about = started(trtc)
    admin(base, "rooms", EMPTY)
    assert ask(trtc, DESCRIBE, **about)["Status"] == "Idle"
    admin(base, "clock", {"advanceSeconds": 61})
    assert ask(trtc, DESCRIBE, **about)["Status"] == "Exited"
    (one,) = admin(base, "tasks")["tasks"]
    assert (one["status"], one["endReason"]) == ("ended", "idle")


@pytest.mark.parametrize("hours", [None, 6])
def test_after_its_hours_it_goes_on_and_nothing_is_known_of_it(
    trtc: TrtcClient, base: str, hours: int | None
) -> None:
    about = started(trtc, ResourceExpiredHour=hours)
    admin(base, "clock", {"advanceSeconds": (hours or 72) * HOUR - 60})
    assert ask(trtc, DESCRIBE, **about)["Status"] == "InProgress"
    admin(base, "clock", {"advanceSeconds": 120})
    for action in (DESCRIBE, MODIFY, DELETE):
        assert code_of(trtc, action, **about) == "ResourceNotFound"
    assert [one["status"] for one in admin(base, "tasks")["tasks"]] == ["running"]


LISTS = {"SubscribeAudioUserIds": ["alice"]}


@pytest.mark.parametrize("variant", ["keep", "reset"])
def test_a_change_takes_the_place_of_the_last(trtc: TrtcClient, base: str, variant: str) -> None:
    admin(base, "variants", {"recording-modify": variant})
    about = started(trtc)
    whole = {"MixLayoutParams": {"MixLayoutMode": 1}, "SubscribeStreamUserIds": LISTS}
    ask(trtc, MODIFY, **about, **whole)
    request = in_force(base, about)
    assert request["MixLayoutParams"] == {"MixLayoutMode": 1}
    assert request["RecordParams"]["SubscribeStreamUserIds"] == LISTS
    ask(trtc, MODIFY, **about, MixLayoutParams={"MixLayoutMode": 3})
    kept = in_force(base, about)["RecordParams"].get("SubscribeStreamUserIds")
    assert kept == (LISTS if variant == "keep" else None)
    wrong = {"MixLayoutMode": 4, "MixLayoutList": [PLACE | {"Top": 1}]}
    assert code_of(trtc, MODIFY, **about, MixLayoutParams=wrong) == "InvalidParameter.OutOfRange"


def test_what_an_ended_one_is_answered_with_is_open(trtc: TrtcClient, base: str) -> None:
    admin(base, "variants", {"recording-gone": "FailedOperation", "recording-exit": "gone"})
    about = started(trtc)
    ask(trtc, DELETE, **about)
    for action in (DESCRIBE, MODIFY, DELETE):
        assert code_of(trtc, action, **about) == "FailedOperation"


def test_an_account_can_have_so_many(base: str) -> None:
    admin(base, "variants", {"recording-quota": "100"})
    regions = ("ap-beijing", "ap-guangzhou", "ap-mumbai", "ap-shanghai", "ap-singapore")
    for region in regions:  # twenty a second in each
        for number in range(20):
            started(client(base, region), UserId=f"{region}-{number}")
    time.sleep(1.1)
    assert code_of(client(base, regions[0]), CREATE, **task()) == "FailedOperation.RestrictedConcurrency"
