"""That the property can fail: what its two judges say of requests and manifests that were tampered with."""

import copy
import itertools
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from .generator import requests
from .property import differences, with_rooms
from .scan import complaints

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def drawn(count: int) -> list[tuple[str, dict[str, Any]]]:
    maker = requests("StartPublishCdnStream", Random(3), itertools.count(), NOW)
    return [("StartPublishCdnStream", body) for body in itertools.islice(maker, count)]


def arrived(batch: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    sent = [(action, with_rooms(copy.deepcopy(body), body)) for action, body in batch]
    return [{"action": action, "request": body, "errorCode": None} for action, body in sent]


def test_what_arrived_as_it_was_is_no_difference() -> None:
    batch = drawn(20)
    assert differences(batch, arrived(batch), set()) == []
    calls = arrived(batch)
    for call in calls:
        call["request"]["AgentParams"]["UserSig"] = "another"
    assert differences(batch, calls, set()) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("WithTranscoding",), True),
        (("AudioParams", "AudioEncode", "Codec"), 3),
        (("VideoParams",), None),
        (("AgentParams", "MaxIdleTime"), 31),
        (("PublishCdnParams",), []),
        (("Added",), {}),
    ],
)
def test_whatever_differs_is_told(path: tuple[str, ...], value: Any) -> None:
    batch = drawn(1)
    calls = arrived(batch)
    inside = calls[0]["request"]
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = value
    assert len(differences(batch, calls, set())) == 1


def test_an_address_differs_in_all_but_its_signature() -> None:
    def one(url: str) -> list[tuple[str, dict[str, Any]]]:
        return [("StartPublishStreamWithURL", {"UserId": "a", "PublishStreamURL": url})]

    signed = one("rtmp://a/b/c?x=1&txSecret=1&txTime=2")
    assert differences(signed, arrived(one("rtmp://a/b/c?txSecret=3&txTime=4&x=1")), set()) == []
    assert len(differences(signed, arrived(one("rtmp://a/b/c?txSecret=3&txTime=4")), set())) == 1
    assert len(differences(signed, arrived(one("rtmp://a/b/d?x=1&txSecret=1&txTime=2")), set())) == 1
    held = {"rtmp://a/b/c?x=1&txSecret=1&txTime=2"}
    assert len(differences(signed, arrived(one("rtmp://a/b/c?x=1&txSecret=1&txTime=3")), held)) == 1


def test_what_is_missing_refused_or_twice_is_told() -> None:
    batch = drawn(2)
    assert len(differences(batch, arrived(batch[:1]), set())) == 2
    assert differences(batch, [*arrived(batch), *arrived(batch[:1])], set())
    refused = arrived(batch)
    refused[1]["errorCode"] = "InvalidParameter"
    assert len(differences(batch, refused, set())) == 1


@pytest.mark.parametrize(
    "spec",
    [
        {"RoomId": "1"},
        {"agent": {"UserId": "a"}},
        {"layout": {"users": {"Slot": {}}}},
        {"audio": {"encode": {"codec": 0}}},
        {"publish": [{"isTencentCdn": 1}]},
        {"publish": [{"isTencentCdn": 0}]},
        {"layout": {"slots": [{"renderMode": True}]}},
        {"roomIdType": 1},
    ],
)
def test_the_scan_finds(spec: dict[str, Any]) -> None:
    document = {"apiVersion": "reconciler/v1", "kind": "MixStream", "metadata": {"name": "a"}, "spec": spec}
    assert len(complaints(document)) == 1
