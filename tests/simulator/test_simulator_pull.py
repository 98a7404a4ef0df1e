"""Pull tasks of the simulated Live, driven by the vendor's SDK and answered as documented (semantics §15)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.live.v20180801.live_client import LiveClient

CREATE, MODIFY = "CreateLivePullStreamTask", "ModifyLivePullStreamTask"
DELETE, DESCRIBE = "DeleteLivePullStreamTask", "DescribeLivePullStreamTasks"
DAY = 86400


def client(base: str, region: str) -> LiveClient:
    http = HttpProfile(protocol="http", endpoint=base.removeprefix("http://"))
    credential = Credential("AKIDexample", "secretexample")
    return LiveClient(credential, region, ClientProfile(httpProfile=http))


@pytest.fixture
def live(base: str) -> LiveClient:
    return client(base, "ap-guangzhou")


def after(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def task(**changes: Any) -> dict[str, Any]:
    request = {
        "SourceType": "PullLivePushLive",
        "SourceUrls": ["rtmp://5000.liveplay.myqcloud.com/live/stream1"],
        "DomainName": "5000.livepush.myqcloud.com",
        "AppName": "live",
        "StreamName": "stream1",
        "StartTime": after(-60),
        "EndTime": after(DAY),
        "Operator": "vinson",
    }
    return {name: value for name, value in {**request, **changes}.items() if value is not None}


def ask(live: LiveClient, action: str, **params: Any) -> dict[str, Any]:
    return dict(live.call_json(action, params)["Response"])


def code_of(live: LiveClient, action: str, **params: Any) -> str:
    with pytest.raises(TencentCloudSDKException) as caught:
        live.call_json(action, params)
    return str(caught.value.get_code())


def admin(base: str, what: str, body: Any = None) -> Any:
    answer = requests.request(
        "GET" if body is None else "POST", f"{base}/_admin/{what}", json=body, timeout=9
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def state(base: str) -> str:
    return next(
        (one["state"] for one in admin(base, "live")["streams"] if one["streamName"] == "stream1"), ""
    )


def listed(live: LiveClient, **params: Any) -> list[dict[str, Any]]:
    return list(ask(live, DESCRIBE, **params)["TaskInfos"])


def test_the_life_of_a_task(live: LiveClient, base: str) -> None:
    made = ask(live, CREATE, **task())["TaskId"]
    (one,) = listed(live, TaskId=made)
    assert (one["Status"], one["CreateBy"], one["VodLoopTimes"]) == ("enable", "vinson", -1)
    assert "ToUrl" not in one and "SpecifyTaskId" not in one and state(base) == "active"
    about = {"TaskId": made, "Operator": "other"}
    ask(live, MODIFY, **about, Status="pause", Comment="a pause")
    (one,) = listed(live)
    assert (one["Status"], one["Comment"], one["UpdateBy"]) == ("pause", "a pause", "other")
    assert state(base) == "inactive"
    ask(live, MODIFY, **about, Status="enable", EndTime=after(2 * DAY))
    assert state(base) == "active"
    ask(live, DELETE, **about)
    assert listed(live, TaskId=made) == [] and state(base) == "inactive"
    assert code_of(live, DELETE, **about) == "InvalidParameter.TaskNotExist"
    assert code_of(live, MODIFY, **about) == "InvalidParameter.TaskNotExist"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "two streams": ({"SourceUrls": ["rtmp://a.example/a/b"] * 2}, "InvalidParameter.InvalidSourceUrl"),
    "no source": ({"SourceUrls": []}, "InvalidParameter.InvalidSourceUrl"),
    "no name": ({"StreamName": ""}, "InvalidParameter"),
    "both targets": ({"ToUrl": "rtmp://a.example/a/b"}, "InvalidParameter.InvalidToUrl"),
    "a target of another kind": (
        {"ToUrl": "https://a.example/a", "DomainName": "", "AppName": "", "StreamName": ""},
        "InvalidParameter.InvalidToUrl",
    ),
    "an end before its start": ({"EndTime": after(-120)}, "InvalidParameter.InvalidTaskTime"),
    "an end that is past": ({"EndTime": after(-30)}, "InvalidParameter.InvalidTaskTime"),
    "a month": ({"EndTime": after(31 * DAY)}, "InvalidParameter.InvalidTaskTime"),
    "no time": ({"EndTime": "soon"}, "InvalidParameter.InvalidTaskTime"),
    "nobody": ({"Operator": None}, "MissingParameter"),
    "loops as a number": ({"VodLoopTimes": 3}, "InvalidParameter"),
    "an unknown field": ({"Speed": 1}, "UnknownParameter"),
    "a backup without an address": (
        {"BackupSourceType": "PullVodPushLive"},
        "InvalidParameter.InvalidSourceUrl",
    ),
}


@pytest.mark.parametrize(("changes", "code"), WRONG.values(), ids=WRONG)
def test_wrong_starts_get_the_documented_code(live: LiveClient, changes: dict[str, Any], code: str) -> None:
    assert code_of(live, CREATE, **task(**changes)) == code


@pytest.mark.parametrize(
    ("region", "code"), [("ap-chongqing", "UnsupportedRegion"), ("", "MissingParameter")]
)
def test_a_region_is_needed(base: str, region: str, code: str) -> None:
    assert code_of(client(base, region), CREATE, **task()) == code


def test_a_task_is_found_in_its_own_region(live: LiveClient, base: str) -> None:
    made = ask(live, CREATE, **task())["TaskId"]
    elsewhere = client(base, "ap-tokyo")
    assert listed(elsewhere, TaskId=made) == []
    assert code_of(elsewhere, DELETE, TaskId=made, Operator="a") == "InvalidParameter.TaskNotExist"
    admin(base, "variants", {"other-region": "found"})
    assert len(listed(elsewhere, TaskId=made)) == 1


def test_a_task_is_found_by_the_callers_own_id(live: LiveClient, base: str) -> None:
    made = ask(live, CREATE, **task(SpecifyTaskId="mine"))["TaskId"]
    assert [one["TaskId"] for one in listed(live, SpecifyTaskId="mine")] == [made]
    assert listed(live, SpecifyTaskId="yours") == []
    assert ask(live, CREATE, **task(SpecifyTaskId="mine"))["TaskId"] == made
    admin(base, "variants", {"second-pull": "FailedOperation"})
    assert code_of(live, CREATE, **task(SpecifyTaskId="mine")) == "FailedOperation"
    ask(live, DELETE, TaskId="", Operator="a", SpecifyTaskId="mine")
    assert listed(live) == []


def test_it_waits_for_its_start_and_ends_at_its_end(live: LiveClient, base: str) -> None:
    ask(live, CREATE, **task(StartTime=after(3600), EndTime=after(7200)))
    assert state(base) != "active"
    admin(base, "clock", {"advanceSeconds": 3700})
    assert state(base) == "active"
    admin(base, "clock", {"advanceSeconds": 3700})
    assert state(base) == "inactive" and len(listed(live)) == 1
    (one,) = admin(base, "tasks")["tasks"]
    assert (one["status"], one["endReason"]) == ("ended", "end-time")


def test_files_end_when_they_were_played(live: LiveClient, base: str) -> None:
    admin(base, "sources", {"url": "https://films.example/a.mp4", "seconds": 100})
    files = {"SourceType": "PullVodPushLive", "SourceUrls": ["https://films.example/a.mp4"]}
    ask(live, CREATE, **task(**files, StartTime=after(0), VodLoopTimes="2"))
    admin(base, "clock", {"advanceSeconds": 290})
    assert state(base) == "active"
    admin(base, "clock", {"advanceSeconds": 20})
    assert admin(base, "tasks")["tasks"][0]["endReason"] == "played"


@pytest.mark.parametrize(("variant", "code"), [(None, "InvalidParameter.TaskNotExist"), ("revives", "")])
def test_one_that_has_ended(live: LiveClient, base: str, variant: str | None, code: str) -> None:
    if variant:
        admin(base, "variants", {"pull-revive": variant})
    made = ask(live, CREATE, **task(EndTime=after(60)))["TaskId"]
    admin(base, "clock", {"advanceSeconds": 120})
    later = {"TaskId": made, "Operator": "a", "EndTime": after(DAY)}
    if code:
        assert code_of(live, MODIFY, **later) == code
    else:
        ask(live, MODIFY, **later)
        assert state(base) == "active"


def test_a_start_that_has_come_is_not_moved(live: LiveClient) -> None:
    made = ask(live, CREATE, **task())["TaskId"]
    assert (
        code_of(live, MODIFY, TaskId=made, Operator="a", StartTime=after(60))
        == "InvalidParameter.InvalidTaskTime"
    )


@pytest.mark.parametrize(("value", "kept"), [("unchanged", ["TaskExit"]), ("all", None)])
def test_a_change_without_events(live: LiveClient, base: str, value: str, kept: list[str] | None) -> None:
    admin(base, "variants", {"pull-absent-events": value})
    made = ask(live, CREATE, **task(CallbackEvents=["TaskExit"]))["TaskId"]
    ask(live, MODIFY, TaskId=made, Operator="a", Comment="b")
    (one,) = listed(live)
    assert one["CallbackEvents"] == kept or (kept is None and len(one["CallbackEvents"]) == 6)


def test_the_list_has_pages_and_begins_with_what_was_changed_last(live: LiveClient) -> None:
    made = [ask(live, CREATE, **task(StreamName=f"s{number}"))["TaskId"] for number in range(3)]
    ask(live, MODIFY, TaskId=made[0], Operator="a", Comment="b")
    first = ask(live, DESCRIBE, PageNum=1, PageSize=2)
    assert (first["TotalNum"], first["TotalPage"], first["LimitTaskNum"]) == (3, 2, 200)
    assert first["TaskInfos"][0]["TaskId"] == made[0]
    assert len(listed(live, PageNum=2, PageSize=2)) == 1


def test_the_other_site_has_fewer_fields_tasks_and_days(live: LiveClient, base: str) -> None:
    admin(base, "variants", {"pull-site": "intl"})
    assert code_of(live, CREATE, **task(SpecifyTaskId="a")) == "UnknownParameter"
    assert code_of(live, CREATE, **task(EndTime=after(7 * DAY))) == "InvalidParameter.InvalidTaskTime"
    for number in range(20):
        ask(live, CREATE, **task(StreamName=f"s{number}"))
    assert code_of(live, CREATE, **task()) == "InvalidParameter.TaskNumMoreThanLimit"
