"""Live streams: pushed by tasks, cut by a forbid, back after a resume or when the forbid runs out."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from simulator_client import EXAMPLES, Client, example, mix

LIVE = [entry for entry in EXAMPLES if "Live" in entry["name"] or entry["action"] == "ResumeLiveStream"]


def at(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("entry", LIVE, ids=lambda entry: entry["name"])
def test_documented_examples(client: Client, entry: dict) -> None:
    request = dict(entry["request"])
    if "ResumeTime" in request:
        request["ResumeTime"] = at(days=3)
    assert client.code(entry["action"], request) == ""


@pytest.mark.parametrize(
    ("url", "tencent", "domain", "state"),
    [
        ("rtmp://1.livepush.myqcloud.com/live/town?txSecret=a", 1, "1.livepush.myqcloud.com", "active"),
        ("rtmp://1.LIVEPUSH.myqcloud.com:1935/live/town", 0, "1.livepush.myqcloud.com", "active"),
        ("rtmp://push.example/live/town", 1, "push.example", "active"),
        ("rtmp://push.example/live/town", 0, "push.example", "inactive"),
    ],
)
def test_pushing_makes_active(client: Client, url: str, tencent: int, domain: str, state: str) -> None:
    request = {**mix(), "PublishCdnParams": [{"PublishCdnUrl": url, "IsTencentCdn": tencent}]}
    task_id = client.start(request)
    assert client.state(DomainName=domain) == state
    client.stop(task_id)
    assert client.state(DomainName=domain) == "inactive"
    assert len(client.see("live")) == (state == "active")


def test_update_moves_the_push(client: Client) -> None:
    task_id = client.start(mix())
    assert client.update(task_id, PublishCdnParams=mix(stream="village")["PublishCdnParams"]) == ""
    assert (client.state("town"), client.state("village")) == ("inactive", "active")


def test_forbid_resume(client: Client) -> None:
    task_id = client.start(mix())
    client.live("Forbid", Reason="test")
    assert client.state() == "forbid"
    assert client.task(task_id)["status"] == "running"
    client.live("Resume")
    assert client.state() == "active"
    assert client.live("Resume").get("Error") is None


@pytest.mark.parametrize("days", [7, 3])
def test_forbid_runs_out(client: Client, days: int) -> None:
    client.start(mix())
    client.live("Forbid", **({} if days == 7 else {"ResumeTime": at(days=days)}))
    client.advance(days * 86400 - 60)
    assert client.state() == "forbid"
    client.advance(120)
    assert client.state() == "active"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"ResumeTime": at(days=-1)}, "InvalidParameterValue"),
        ({"ResumeTime": at(days=91)}, "InvalidParameterValue"),
        ({"ResumeTime": "tomorrow"}, "InvalidParameterValue"),
        ({"ResumeTime": "0001-01-01T00:00:00+23:00"}, "InvalidParameterValue"),
        ({"ResumeTime": 5}, "InvalidParameter"),
        ({"Reason": "x" * 2049}, "InvalidParameterValue"),
        ({"AppName": ""}, "InvalidParameterValue"),
        ({"Reasons": "x"}, "UnknownParameter"),
        ({"ResumeTime": at(days=89)}, None),
    ],
)
def test_forbid_parameters(client: Client, params: dict, code: str | None) -> None:
    assert client.live("Forbid", **params).get("Error", {}).get("Code") == code


def test_names_are_required(client: Client) -> None:
    assert client.code("DropLiveStream", {"AppName": "live", "DomainName": "d"}) == "MissingParameter"


def test_a_second_forbid_replaces_the_time(client: Client) -> None:
    client.live("Forbid", ResumeTime=at(days=80))
    client.live("Forbid", ResumeTime=at(days=1))
    client.advance(2 * 86400)
    assert client.state() == "inactive"


def test_drop_passes(client: Client) -> None:
    assert "Error" not in client.live("Drop")
    client.start(mix())
    client.live("Drop")
    assert client.state() == "active"


def test_forbid_by_name_only(client: Client) -> None:
    client.live("Forbid")
    assert client.state(AppName="other") == "inactive"
    client.arrange("variants", {"forbid-match": "name-only"})
    assert client.state(AppName="other") == "forbid"
    assert client.state("village") == "inactive"
    client.live("Resume", AppName="other")
    assert (client.state(), client.state(AppName="other")) == ("inactive", "inactive")


def test_resume_of_what_is_not_forbidden(client: Client) -> None:
    client.arrange("variants", {"resume-unforbidden": "FailedOperation"})
    assert client.live("Resume")["Error"]["Code"] == "FailedOperation"
    client.live("Forbid")
    assert "Error" not in client.live("Resume")


def test_online_list(client: Client) -> None:
    for index in range(12):
        client.start(mix(f"robot{index}", f"s{index:02}"))
    client.live("Forbid", "s03")
    listed = client.call("DescribeLiveStreamOnlineList", {"PageNum": 2})
    assert (listed["TotalNum"], listed["TotalPage"], listed["PageSize"]) == (11, 2, 10)
    (entry,) = listed["OnlineInfo"]
    assert (entry["StreamName"], entry["AppName"]) == ("s11", "live")
    published = datetime.fromisoformat(entry["PublishTimeList"][0]["PublishTime"])
    assert abs(published.timestamp() - time.time()) < 60
    assert client.call("DescribeLiveStreamOnlineList", {"StreamName": "s03"})["TotalNum"] == 0
    past = client.call("DescribeLiveStreamOnlineList", {"PageNum": 3})
    assert (past["TotalNum"], past["OnlineInfo"]) == (11, [])


ONLINE_LIMITS = {
    "too small": ("cn", {"PageSize": 9}, "InvalidParameterValue"),
    "page zero": ("cn", {"PageNum": 0}, "InvalidParameterValue"),
    "smallest": ("cn", {"PageSize": 10}, ""),
    "largest": ("cn", {"PageSize": 300000}, ""),
    "too large": ("cn", {"PageSize": 300001}, "InvalidParameterValue"),
    "intl": ("intl", {"PageSize": 100}, ""),
    "too large for intl": ("intl", {"PageSize": 101}, "InvalidParameterValue"),
    "no text": ("cn", {"PageSize": "10"}, "InvalidParameter"),
}


@pytest.mark.parametrize(("site", "request_", "code"), ONLINE_LIMITS.values(), ids=ONLINE_LIMITS)
def test_online_list_limits(client: Client, site: str, request_: dict, code: str) -> None:
    client.arrange("variants", {"online-page-size": site})
    assert client.code("DescribeLiveStreamOnlineList", request_) == code


def test_online_list_filters(client: Client) -> None:
    urls = [
        "rtmp://1.livepush.myqcloud.com/live/a",
        "rtmp://push.example/live/a",
        "rtmp://push.example/other/b",
    ]
    client.start({**mix(), "PublishCdnParams": [{"PublishCdnUrl": url} for url in urls]})
    client.start({**mix("off", "c"), "RoomId": "7"})
    client.live("Forbid", "c")
    for request, names in (
        ({}, ["a", "a", "b"]),
        ({"DomainName": "PUSH.example"}, ["a", "b"]),
        ({"AppName": "live"}, ["a", "a"]),
        ({"DomainName": "push.example", "AppName": "live"}, ["a"]),
        ({"StreamName": "b"}, ["b"]),
        ({"StreamName": "c"}, []),
    ):
        listed = client.call("DescribeLiveStreamOnlineList", request)
        assert sorted(entry["StreamName"] for entry in listed["OnlineInfo"]) == names
        assert listed["TotalNum"] == len(names)


def test_two_tasks_on_one_address_are_noticed(client: Client) -> None:
    one, two = client.start(mix("one")), client.start(mix("two"))
    (conflict,) = client.see("conflicts")
    assert conflict["streamName"] == "town"
    assert sorted(conflict["taskIds"]) == sorted((one, two))
    client.stop(one)
    assert client.see("conflicts") == []
    assert client.state() == "active"


def test_live_shape(client: Client) -> None:
    client.start(example("002-01"))
    client.live("Forbid", "closed")
    assert client.see("live") == [
        {
            "domainName": "1.livepush.myqcloud.com",
            "appName": "live",
            "streamName": "closed",
            "state": "forbid",
        },
        {
            "domainName": "3891.livepush.myqcloud.com",
            "appName": "live",
            "streamName": "trtc_publishcdn_test1",
            "state": "active",
        },
    ]
