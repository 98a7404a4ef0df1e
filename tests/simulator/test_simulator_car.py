"""Cloud-rendered pictures: one push for each user who has a session."""

import pytest
from simulator_client import Client, example, mix

START, WITH_URL, STOP = "StartPublishStream", "StartPublishStreamWithURL", "StopPublishStream"
ABC = {"UserId": "abc"}
TOWN = {**ABC, "PublishStreamURL": "rtmp://1.livepush.myqcloud.com/live/town?txSecret=a&txTime=b"}
BOUND = "car-bound.livepush.example"
NO_SESSION = "ResourceNotFound.SessionNotFound"


def bound(client: Client, user: str = "abc") -> str:
    return client.state(user, DomainName=BOUND, StreamName=user)


@pytest.mark.parametrize("name", ["000-01", "StartPublishStreamWithURL-01", "StopPublishStream-01"])
def test_documented_examples(client: Client, name: str) -> None:
    action = START if name == "000-01" else name.partition("-")[0]
    request = example(name)
    assert client.code(action, request) == ""
    for task in client.see("tasks"):
        assert (task["service"], task["kind"], task["status"]) == ("car", "render", "running")
        assert task["request"] == request
        assert len(task["taskId"]) > 10


WRONG = {
    "unknown name": (START, {**ABC, "PublishStreamURL": "rtmp://a/b/c"}, "UnknownParameter"),
    "no user": (START, {}, "MissingParameter"),
    "user as number": (START, {"UserId": 1}, "InvalidParameter"),
    "empty user": (START, {"UserId": ""}, "InvalidParameter"),
    "arguments": (START, {**ABC, "PublishStreamArgs": {}}, "InvalidParameter"),
    "no url": (WITH_URL, ABC, "MissingParameter"),
    "not rtmp": (WITH_URL, {**ABC, "PublishStreamURL": "https://a/b/c"}, "InvalidParameter"),
    "no stream": (WITH_URL, {**ABC, "PublishStreamURL": "rtmp://a/b"}, "InvalidParameter"),
    "stop with a url": (STOP, TOWN, "UnknownParameter"),
    "stop nobody": (STOP, {}, "MissingParameter"),
}


@pytest.mark.parametrize(("action", "request_", "code"), WRONG.values(), ids=WRONG)
def test_wrong_calls(client: Client, action: str, request_: dict, code: str) -> None:
    assert client.code(action, request_) == code
    assert client.see("tasks") == []


@pytest.mark.parametrize("region", [None, "ap-guangzhou", "eu-moscow"])
def test_no_region_is_needed(client: Client, region: str | None) -> None:
    client.region = region
    assert client.code(START, ABC) == ""


def test_bound_domain(client: Client) -> None:
    assert client.code(START, {**ABC, "PublishStreamArgs": "key=value"}) == ""
    assert bound(client) == "active"
    assert client.code(STOP, ABC) == ""
    assert bound(client) == "inactive"
    (task,) = client.see("tasks")
    assert (task["status"], task["endReason"]) == ("ended", "stopped")


@pytest.mark.parametrize(
    ("url", "domain", "state"),
    [
        (TOWN["PublishStreamURL"], "1.livepush.myqcloud.com", "active"),
        ("rtmp://push.example:1935/live/town", "push.example", "inactive"),
    ],
)
def test_given_address(client: Client, url: str, domain: str, state: str) -> None:
    assert client.code(WITH_URL, {**TOWN, "PublishStreamURL": url}) == ""
    assert client.state(DomainName=domain) == state
    assert bound(client) == "inactive"
    assert client.code(STOP, ABC) == ""
    assert client.state(DomainName=domain) == "inactive"


def test_pushes_beside_others(client: Client) -> None:
    client.code(WITH_URL, TOWN)
    client.start(mix())
    assert len(client.see("conflicts")) == 1
    client.live("Forbid")
    assert client.state() == "forbid"
    assert all(task["status"] == "running" for task in client.see("tasks"))
    client.live("Resume")
    assert client.state() == "active"


SECOND = {
    "refused": ("OperationDenied", TOWN, "OperationDenied", ABC, "active"),
    "the same refused": ("OperationDenied", ABC, "OperationDenied", ABC, "active"),
    "nothing": ("success", TOWN, "", ABC, "active"),
    "moves": ("moves", TOWN, "", TOWN, "inactive"),
    "stays": ("moves", ABC, "", ABC, "active"),
}


@pytest.mark.parametrize(("variant", "second", "code", "kept", "state"), SECOND.values(), ids=SECOND)
def test_second_start(client: Client, variant: str, second: dict, code: str, kept: dict, state: str) -> None:
    client.arrange("variants", {"second-render": variant})
    client.code(START, ABC)
    assert client.code(WITH_URL if second is TOWN else START, second) == code
    (task,) = client.see("tasks")
    assert (task["request"], task["status"]) == (kept, "running")
    assert (bound(client), client.state()) == (state, "inactive" if state == "active" else "active")


def test_start_after_stop(client: Client) -> None:
    for action, request in ((START, ABC), (STOP, ABC), (WITH_URL, TOWN)):
        assert client.code(action, request) == ""
    assert [task["status"] for task in client.see("tasks")] == ["ended", "running"]
    assert client.code(START, {"UserId": "other"}) == ""


@pytest.mark.parametrize(("variant", "code"), [("success", ""), ("OperationDenied", "OperationDenied")])
def test_stop_without_push(client: Client, variant: str, code: str) -> None:
    client.arrange("variants", {"stop-no-render": variant})
    assert client.code(STOP, ABC) == code
    client.code(START, ABC)
    assert (client.code(STOP, ABC), client.code(STOP, ABC)) == ("", code)


def test_no_session(client: Client) -> None:
    answer = client.arrange("sessions", [{"userId": "abc", "session": False}])
    assert answer == {"default": True, "sessions": [{"userId": "abc", "session": False}]}
    calls = ((START, ABC), (WITH_URL, TOWN), (STOP, ABC))
    assert [client.code(action, request) for action, request in calls] == [NO_SESSION] * 3
    assert client.code(START, {"UserId": "def"}) == ""
    client.arrange("sessions", {"userId": "abc", "session": True})
    assert client.code(START, ABC) == ""


@pytest.mark.parametrize("gone", [{"default": False}, {"userId": "abc", "session": False}], ids=str)
def test_session_ends(client: Client, gone: dict) -> None:
    client.arrange("sessions", {"userId": "def", "session": True})
    client.code(START, ABC)
    client.code(START, {"UserId": "def"})
    client.arrange("sessions", gone)
    assert [task["endReason"] for task in client.see("tasks")] == ["session-ended", None]
    assert (bound(client), bound(client, "def")) == ("inactive", "active")
    assert client.code(STOP, ABC) == NO_SESSION
    client.arrange("sessions", [{"default": True}, {"userId": "abc", "session": True}])
    assert bound(client) == "inactive"
    assert client.code(START, ABC) == ""


def test_ended_by_hand(client: Client) -> None:
    client.code(START, ABC)
    (task,) = client.see("tasks")
    quoted = task["taskId"].replace("+", "%2B")
    assert client.arrange(f"tasks/{quoted}/end")["task"]["status"] == "ended"
    assert bound(client) == "inactive"
    assert client.code(START, ABC) == ""


def test_rate_limit(client: Client) -> None:
    codes = [client.code(STOP, ABC) for _ in range(21)]
    assert codes == [""] * 20 + ["RequestLimitExceeded"]
    assert client.code(START, ABC) == ""
