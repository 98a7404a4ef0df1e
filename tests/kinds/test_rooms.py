"""Users and rooms: what is sent of a user always has a room, and what is not known of it is not guessed."""

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.kinds import registry
from reconciler.kinds.base import Subject
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
STREAMS = {name: MIX.replace("LAYOUT", layout) for name, layout in LAYOUTS.items()} | {"relay": RELAY}


def planned(text: str, state: State | None = None) -> Plan:
    workspace = loaded(text)
    return make_plan(workspace.settings, workspace.resources, state or State(), {}, now=0.0)


def users(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
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
