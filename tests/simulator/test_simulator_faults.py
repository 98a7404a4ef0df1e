"""What goes wrong on purpose, and the rate limits."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from simulator_client import Client, mix

from reconciler.simulator.errors import ApiError
from reconciler.simulator.rates import Rates

START = "StartPublishCdnStream"


def fault(client: Client, **wanted: object) -> None:
    client.arrange("faults", [{"action": START, **wanted}])


def test_error(client: Client) -> None:
    fault(client, kind="error", code="FailedOperation.RestrictedConcurrency", nth=2, count=2)
    codes = [client.code(START, mix(f"robot{index}")) for index in range(4)]
    wanted = "FailedOperation.RestrictedConcurrency"
    assert codes == ["", wanted, wanted, ""]
    assert len(client.see("tasks")) == 2
    assert [call["errorCode"] for call in client.see("calls")] == [None, wanted, wanted, None]


def test_http_500(client: Client) -> None:
    fault(client, kind="http-500")
    assert client.post(START, mix()).status_code == 500
    assert client.see("tasks") == []
    assert client.see("calls")[0]["response"] is None
    assert client.code(START, mix()) == ""


def test_delay(client: Client) -> None:
    fault(client, kind="delay", seconds=0.5)
    begin = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(Client(client.base).code, START, mix())
        while not client.see("tasks"):
            time.sleep(0.01)
        assert not answer.done()
        assert answer.result() == ""
    assert time.monotonic() - begin >= 0.5


@pytest.mark.parametrize(
    ("kind", "seconds", "tasks"), [("drop-request", 0, 0), ("drop-response", 0, 1), ("late", 60, 0)]
)
def test_cut_connections(client: Client, kind: str, seconds: int, tasks: int) -> None:
    fault(client, kind=kind, seconds=seconds)
    with pytest.raises(requests.ConnectionError):
        client.post(START, mix())
    assert len(client.see("tasks")) == tasks
    (call,) = client.see("calls")
    assert (call["action"], call["response"], call["errorCode"]) == (START, None, None)
    assert call["request"]["RoomId"] == "295066"


def test_late_takes_effect(client: Client) -> None:
    fault(client, kind="late", seconds=60)
    with pytest.raises(requests.ConnectionError):
        client.post(START, mix())
    cut_at = time.time()
    fence = client.start(mix())
    client.advance(61)
    late = next(task for task in client.see("tasks") if task["taskId"] != fence)
    assert abs(late["startedAt"] - cut_at - 60) < 5
    assert late["status"] == "running"
    assert client.task(fence)["endReason"] == "robot-kicked"
    assert client.state() == "active"


@pytest.mark.parametrize("body", [{"SdkAppId": 1}, b"no JSON"])
def test_late_and_wrong_has_no_effect(client: Client, body: object) -> None:
    fault(client, kind="late", seconds=0.01)
    with pytest.raises(requests.ConnectionError):
        client.post(START, body)
    client.advance(5)
    assert client.see("tasks") == []


def test_any_action_and_replacement(client: Client) -> None:
    client.arrange("faults", [{"action": "*", "kind": "error"}])
    assert client.live("Drop")["Error"]["Code"] == "InternalError"
    client.arrange("faults", [{"action": "*", "kind": "error", "count": 100}])
    assert client.live("Drop")["Error"]["Code"] == "InternalError"
    client.arrange("faults", [])
    assert "Error" not in client.live("Drop")


@pytest.mark.parametrize(
    "body",
    [
        {},
        [1],
        [{"action": "*"}],
        [{"action": "*", "kind": "flood"}],
        [{"action": "*", "kind": "error", "nth": 0}],
        [{"action": "*", "kind": "delay", "seconds": -1}],
        [{"action": "*", "kind": "late", "seconds": 10**400}],
        [{"action": "*", "kind": "error", "seen": 3}],
    ],
    ids=str,
)
def test_wrong_faults(client: Client, body: object) -> None:
    answer = client.session.post(f"{client.base}/_admin/faults", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_rate_limit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    # Time stands still, as a machine with much to do takes longer than a second for so many calls.
    monkeypatch.setattr(Rates, "_window", lambda self, window: (1.0, 0.0))
    answers = [client.call(START, {**mix(f"r{index}", f"s{index}")}) for index in range(22)]
    refused = [answer["Error"] for answer in answers if "Error" in answer]
    assert [error["Code"] for error in refused] == ["RequestLimitExceeded"] * 2
    assert "21" in refused[0]["Message"]
    assert "20" in refused[0]["Message"]
    assert client.code("StopPublishCdnStream", {"SdkAppId": 1, "TaskId": "x"}) == "ResourceNotFound"
    client.region = "ap-singapore"
    assert client.code(START, mix()) == ""


@pytest.mark.parametrize(
    ("window", "times", "admitted"),
    [
        ("sliding", [0.9, 0.95, 1.1, 1.89, 1.91, 1.96], [1, 1, 0, 0, 1, 1]),
        ("calendar", [0.9, 0.95, 1.1, 1.89, 1.91, 2.0], [1, 1, 1, 1, 0, 1]),
    ],
)
def test_windows(window: str, times: list[float], admitted: list[int]) -> None:
    clock = iter(times)
    rates = Rates(lambda: next(clock), lambda: next(clock))

    def admit() -> int:
        try:
            rates.admit(("account", "action", "region"), 2, window)
        except ApiError:
            return 0
        return 1

    assert [admit() for _ in times] == admitted
