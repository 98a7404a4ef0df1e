"""Users and rooms: what is sent of a user always has a room, and what is not known of it is not guessed."""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest

from reconciler.errors import ManifestError, Problem
from reconciler.kinds import registry
from reconciler.kinds.base import Subject
from reconciler.kinds.robots import robot_claim
from reconciler.kinds.rooms import are_twins, room_words, twin_faults, twin_of
from reconciler.manifests.reading.reader import read_documents
from reconciler.plan.model import Plan
from reconciler.planning.planner import make_plan
from reconciler.state.model import State

from ..support import applied, loaded

WORKSPACE = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: demo}
spec:
  endpoint: tencentcloud
  region: ap-guangzhou
  trtc: {sdkAppId: 1400188366, secretKey: {env: TRTC_SECRET_KEY}}
"""
LAYOUTS = {
    "custom": "{canvas: {width: 640, height: 360}, mode: custom, slots: [{name: all, imageWidth: 640, "
    "imageHeight: 360}], users: {all: {userId: anna}}, background: {color: '0x000000'}}",
    "floating": "{canvas: {width: 640, height: 360}, mode: floating, maxVideoUser: {userId: anna}}",
}
MIX = """\
---
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: mix}
spec:
  room: ROOM
  publish: [{url: rtmp://push.example/live/mix}]
  audio: {subscribeAudioList: [{userId: anna}], unSubscribeAudioList: [{userId: ben}]}
  video: {encode: {fps: 15, bitRate: 1500, gop: 2}}
  layout: LAYOUT
"""
RELAY = """\
---
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: relay}
spec: {room: ROOM, publish: [{url: rtmp://push.example/live/relay}], user: {userId: anna}}
"""
INGEST = """\
---
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec: {room: ROOM, userId: film, streamUrl: "https://films.example/film.mp4"}
"""
STREAMS = {name: MIX.replace("LAYOUT", layout) for name, layout in LAYOUTS.items()} | {"relay": RELAY}


def planned(text: str, state: State | None = None) -> Plan:
    workspace = loaded(text)
    return make_plan(workspace.settings, workspace.resources, state or State(), {}, now=0.0)


def warned(text: str) -> tuple[Problem, ...]:
    return loaded(text if text.startswith("apiVersion") else WORKSPACE + text).warnings


def users(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from [inner] if name == "UserInfo" else users(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from users(inner)


@pytest.mark.parametrize(("room", "code"), [("295066", 0), ('"295066"', 1), ("hall", 1)])
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_every_user_that_is_sent_has_a_room(stream: str, room: str, code: int) -> None:
    text = WORKSPACE + stream.replace("ROOM", room)
    (change,) = planned(text).changes
    found = [user for step in change.steps for user in users(step.call.request)]
    assert found and all((user["RoomId"], user["RoomIdType"]) == (room.strip('"'), code) for user in found)


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_every_update_and_every_verification_has_them_too(stream: str) -> None:
    (resource,) = loaded(WORKSPACE + stream.replace("ROOM", "295066")).resources
    kind = registry()[resource.address.kind]
    spec = kind.read(resource.spec)
    subject = Subject(
        resource.address, spec, loaded(WORKSPACE).settings, task_id="t", sequence=1, bases=(spec,)
    )
    assert kind.verifies is not None and kind.updates is not None
    assert kind.updates.update(subject) is None, "a room that is only said now is no difference"
    found = [*users(kind.verifies.verify(subject).request)]
    assert found and all(user["RoomId"] == "295066" for user in found)


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_to_say_the_room_of_the_stream_is_no_difference(stream: str) -> None:
    text = WORKSPACE + stream.replace("ROOM", "295066")
    said = text.replace("userId: anna}", "userId: anna, room: 295066}")
    assert planned(said, applied(loaded(text))).changes == ()


# Two kinds of rooms, by pairs

ROOMS: tuple[int | str, ...] = (7, "7", "07", 70, "70", "seven", 4294967294, "4294967294", "4294967295")


@pytest.mark.parametrize(("one", "other"), [*product(ROOMS, ROOMS)])
def test_two_rooms_of_a_stream(one: int | str, other: int | str) -> None:
    """Told where they differ in their kind alone, with both places, and never else."""
    faults = [*twin_faults([(("room",), one), (("user", "room"), other)])]
    twins = are_twins(one, other) and str(other) != "4294967295"
    assert len(faults) == twins
    for fault in faults:
        assert fault.warns and fault.path == ("user", "room") and "spec.room" in fault.message
        assert room_words(one) in fault.message and room_words(other) in fault.message


@pytest.mark.parametrize(("shown", "brought"), [*product(ROOMS[:7], ROOMS[:7])])
def test_a_user_who_is_shown_and_one_who_is_brought(shown: int | str, brought: int | str) -> None:
    mix = RELAY.replace("ROOM", json.dumps(shown)).replace("anna", "film")
    ingest = INGEST.replace("ROOM", json.dumps(brought))
    told = [str(one) for one in warned(mix + ingest) if "two rooms" in one.message]
    assert len(told) == are_twins(shown, brought)
    assert all(room_words(shown) in text and room_words(brought) in text for text in told)


def test_a_twin_of_a_twin_is_the_user_itself() -> None:
    for room in (7, "7"):
        claim = robot_claim(1400, room, "r")
        twin = twin_of(claim)
        assert twin is not None and twin != claim and twin_of(twin) == claim
    assert [twin_of(robot_claim(1400, room, "r")) for room in ("seven", "07")] == [None, None]


LIKE_NUMBERS = ("012", "00", "0x10", "0o17", "0b1", "1_000", "1,000", "1 000", "-012", "+0x1f")


@pytest.mark.parametrize("text", LIKE_NUMBERS)
@pytest.mark.parametrize("where", ["spec:\n  room: ROOM", "spec:\n  user:\n    room: ROOM"])
def test_what_looks_like_a_number_is_not_guessed_at(text: str, where: str) -> None:
    with pytest.raises(ManifestError) as caught:
        list(read_documents(where.replace("ROOM", text).encode(), "rooms.yaml"))
    (problem,) = caught.value.problems
    assert problem.path.endswith("room") and "use only digits, or quote it" in problem.message
    (document,) = read_documents(where.replace("ROOM", f'"{text}"').encode(), "rooms.yaml")
    assert text in str(document.value)


@pytest.mark.parametrize("text", ["295066", "hall", "hall-012", "a_1", "v1.2"])
def test_what_is_plainly_one_of_the_two_is_read(text: str) -> None:
    (document,) = read_documents(f"spec: {{room: {text}}}".encode(), "rooms.yaml")
    assert str(document.value["spec"]["room"]) == text


def test_a_colour_and_a_name_may_look_like_a_number() -> None:
    (document,) = read_documents(b"spec: {userId: 012, color: 0xFF0000}", "rooms.yaml")
    assert document.value["spec"] == {"userId": "012", "color": "0xFF0000"}
