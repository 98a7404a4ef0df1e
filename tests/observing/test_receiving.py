"""Callbacks as they arrive: the vendor's vectors, what is forged, doubled or none, and what is kept."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from reconciler.kinds.callback_bodies import removed_user, task_event
from reconciler.kinds.callbacks import RemovedUser
from reconciler.observing.receiving import MAX_CALLBACK_BYTES, Keys, judge

from ..cloud.cases import vectors

NOW = 1_703_731_500.0
KEY, LIVE_KEY = "Callback0Key1", "live0callback0key"
KEYS = Keys(KEY, LIVE_KEY)
MISC: Any = vectors("misc")


def signed(body: bytes, key: str = KEY) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def relayed(**info: Any) -> dict[str, Any]:
    push = {"Url": "rtmp://a.example/live/one?txSecret=0123456789abcdef&txTime=65A0B1C2", "Status": 2}
    whole = {"RoomId": "7", "RoomType": 0, "EventMsTs": 1_703_731_478_000, "UserId": "r", "TaskId": "T"}
    return {
        "EventGroupId": 4,
        "EventType": 401,
        "CallbackTs": 1,
        "EventInfo": {**whole, "Payload": push, **info},
    }


def live(**given: Any) -> dict[str, Any]:
    until = 1_703_732_078
    sign = hashlib.md5(f"{LIVE_KEY}{until}".encode()).hexdigest()
    return {
        "event_type": 0,
        "t": until,
        "sign": sign,
        "stream_id": "one",
        "stream_param": "txSecret=x",
        **given,
    }


@pytest.mark.parametrize("vector", MISC["trtc_callback_sign"], ids=lambda vector: vector["origin"])
def test_the_vendors_signatures_pass_and_no_others(vector: dict[str, str]) -> None:
    """Over the very bytes: the same JSON written otherwise is another body."""
    body, keys = vector["body"].encode(), Keys(vector["key"])
    assert judge(body, vector["sign"], keys, NOW).status == 200
    again = json.dumps(json.loads(vector["body"]), indent=1).encode()
    for forged in (again, body + b" ", body.replace(b"EventType", b"eventType")):
        assert judge(forged, vector["sign"], keys, NOW).status == 401
    assert judge(body, vector["sign"], Keys("another"), NOW).status == 401
    assert judge(body, vector["sign"], Keys(), NOW).status == 401


def test_the_live_vector_passes_until_its_moment() -> None:
    (vector,) = MISC["live_callback_sign"]
    body = json.dumps(live(sign=vector["sign"], t=vector["t"])).encode()
    keys = Keys(live=vector["key"])
    assert judge(body, None, keys, vector["t"]).status == 200
    assert judge(body, None, keys, vector["t"] + 1).status == 401
    assert judge(body, None, Keys(KEY), vector["t"]).status == 401


BODIES: dict[str, tuple[bytes, str | None, int, bool]] = {
    "a task's": (json.dumps(relayed()).encode(), "own", 200, True),
    "without a signature": (json.dumps(relayed()).encode(), None, 401, False),
    "with an empty one": (json.dumps(relayed()).encode(), "", 401, False),
    "with one that is no ASCII": (json.dumps(relayed()).encode(), "\u00fc", 401, False),
    "not JSON": (b"\xff{", "own", 400, False),
    "a list": (b"[]", "own", 400, False),
    "nested too deep": (b"[" * 100_000, "own", 400, False),
    "too large": (b" " * (MAX_CALLBACK_BYTES + 1), "own", 413, False),
    "of a user who came in": (b'{"EventGroupId": 1, "EventType": 103, "EventInfo": {}}', "own", 200, False),
    "of media": (b'{"EventGroupId": 2, "EventType": 201, "EventInfo": {}}', "own", 200, False),
    "of a recording": (b'{"EventGroupId": 3, "EventType": 301, "EventInfo": {}}', "own", 200, True),
    "of a live stream": (json.dumps(live()).encode(), None, 200, True),
    "of a live stream, forged": (json.dumps(live(sign="0" * 32)).encode(), None, 401, False),
    "of a live stream, no moment": (json.dumps(live(t=True)).encode(), None, 401, False),
}


@pytest.mark.parametrize(("body", "sign", "status", "kept"), BODIES.values(), ids=BODIES)
def test_what_becomes_of_a_body(body: bytes, sign: str | None, status: int, kept: bool) -> None:
    verdict = judge(body, signed(body) if sign == "own" else sign, KEYS, NOW)
    assert (verdict.status, verdict.event is not None) == (status, kept)


def event_of(value: dict[str, Any]) -> Any:
    body = json.dumps(value).encode()
    return judge(body, None if "t" in value else signed(body), KEYS, NOW).event


def test_one_that_is_delivered_again_has_the_same_key_and_another_none() -> None:
    """The time of delivery, and a live stream's signature, are of the delivery."""
    assert event_of(relayed()).key == event_of({**relayed(), "CallbackTs": 2}).key
    later = 1_703_733_000
    again = live(t=later, sign=hashlib.md5(f"{LIVE_KEY}{later}".encode()).hexdigest())
    assert event_of(live()).key == event_of(again).key != event_of(live(event_type=1)).key
    keys = {event_of(relayed(EventMsTs=1_703_731_478_000 + at)).key for at in range(5)}
    assert len(keys) == 5


@pytest.mark.parametrize("value", [relayed(), live()], ids=["relay", "live"])
def test_no_credential_is_kept(value: dict[str, Any]) -> None:
    text = json.dumps(event_of(value).body)
    for secret in ("txSecret", "0123456789abcdef", KEY, LIVE_KEY, live()["sign"]):
        assert secret not in text
    if "EventInfo" in value:
        event = task_event(event_of(value).body)
        assert event is not None and event.target == "rtmp://a.example/live/one"


@pytest.mark.parametrize("spelling", ["EventMsTs", "EventTsMs"])
def test_both_spellings_of_the_time_are_read(spelling: str) -> None:
    """The vendor's table has the one, its sample the other (reference callbacks §3)."""
    value = relayed()
    value["EventInfo"][spelling] = value["EventInfo"].pop("EventMsTs")
    event = task_event(event_of(value).body)
    assert event is not None and event.at == 1_703_731_478.0


@pytest.mark.parametrize("reason", range(1, 7))
def test_a_robot_that_was_removed_is_kept_and_one_that_left_is_not(reason: int) -> None:
    info = {"RoomId": 7, "UserId": "robot", "EventMsTs": 5000, "Reason": reason}
    body = {"EventGroupId": 1, "EventType": 104, "EventInfo": info}
    found = event_of(body)
    assert (found is not None) is (reason in (3, 4, 6))
    if found is not None:
        assert removed_user(found.body) == RemovedUser("7", "robot", 5.0)
