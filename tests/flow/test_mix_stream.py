"""A mixed stream's whole life against the simulator, judged by the simulator's world."""

from typing import Any

import pytest

from .kit import Kit

LAYOUT = """
apiVersion: reconciler/v1
kind: MixLayout
metadata: {name: stage}
spec:
  mode: custom
  canvas: {width: 1280, height: 720}
  slots:
    - {name: left, locationX: 0, locationY: 0, imageWidth: 640, imageHeight: 720}
    - {name: right, locationX: 640, locationY: 0, imageWidth: 640, imageHeight: 720}
  background: {color: "0x102030"}
"""

STREAMS = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall, labels: {event: autumn}}
spec:
  room: 295066
  audio:
    subscribeAudioList: [{userId: alice}]
  video:
    encode: {fps: 15, bitRate: 1500, gop: 2}
  layout:
    ref: stage
    users: {left: {userId: alice}, right: {userId: bob}}
  publish:
    - url: rtmp://3891.livepush.myqcloud.com/live/hall
---
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: side}
spec:
  room: "295066"
  video:
    encode: {fps: 15, bitRate: 1500, gop: 2}
  layout: {ref: stage}
  publish:
    - url: rtmp://3891.livepush.myqcloud.com/live/side
      auth: {key: {env: STREAM_PUSH_KEY}, validFor: 2h}
  feedBackRooms:
    - {room: overflow}
"""

HALL, SIDE = "MixStream/hall", "MixStream/side"


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    saved = kit.apply()
    assert [change["verb"] for change in saved["changes"]] == ["start", "start"]
    return kit


def by_room_kind(kit: Kit) -> dict[int, dict[str, Any]]:
    return {task["request"]["RoomIdType"]: task for task in kit.running()}


def test_start(applied: Kit) -> None:
    tasks = by_room_kind(applied)
    assert {task["request"]["RoomId"] for task in tasks.values()} == {"295066"}
    assert tasks[0]["taskId"] == applied.entry(HALL)["taskId"]
    assert tasks[1]["taskId"] == applied.entry(SIDE)["taskId"]
    assert applied.live() == {"hall": "active", "side": "active"}
    assert applied.state()["serial"] == 1
    assert applied.state_path.stat().st_mode & 0o777 == 0o600


UPDATES = {
    # what is edited: (old, new, field, visible, impact, blocks of the request that change)
    "frame rate": ("fps: 15", "fps: 25", "spec.video.encode.fps", True, "none", {"VideoParams"}),
    "who is in a slot": (
        "right: {userId: bob}",
        "right: {userId: carol}",
        "spec.layout.users.right.userId",
        True,
        "none",
        {"VideoParams"},
    ),
    "who is heard": (
        "[{userId: alice}]",
        "[{userId: alice}, {userId: bob}]",
        "spec.audio.subscribeAudioList[1]",
        True,
        "none",
        {"AudioParams"},
    ),
    "back to everybody": (
        "[{userId: alice}]",
        "[]",
        "spec.audio.subscribeAudioList[0]",
        True,
        "none",
        {"AudioParams"},
    ),
    "another address": (
        "live/hall",
        "live/hall-2",
        "spec.publish[0].url",
        False,
        "reconnect",
        {"PublishCdnParams"},
    ),
    "one more address": (
        "live/hall\n",
        "live/hall\n    - url: rtmp://other.example/app/hall\n      isTencentCdn: false\n",
        "spec.publish[1]",
        False,
        "none",
        {"PublishCdnParams"},
    ),
    "whose CDN it is": (
        "live/hall\n",
        "live/hall\n      isTencentCdn: false\n",
        "spec.publish[0].isTencentCdn",
        False,
        "reconnect",
        {"PublishCdnParams"},
    ),
}


@pytest.mark.parametrize(
    ("old", "new", "field", "visible", "impact", "blocks"), UPDATES.values(), ids=UPDATES
)
def test_update_in_place(
    applied: Kit, old: str, new: str, field: str, visible: bool, impact: str, blocks: set[str]
) -> None:
    before = applied.entry(HALL)
    applied.edit("streams.yaml", old, new, count=1)
    (change,) = applied.changes()
    assert change["address"] == HALL
    assert (change["verb"], change["impact"], change["visible"]) == ("update", impact, visible)
    assert [planned["path"] for planned in change["fields"]] == [field]
    applied.apply()
    request = applied.calls()[-1]["request"]
    assert request.keys() - {"SdkAppId", "TaskId", "SequenceNumber", "WithTranscoding"} == blocks
    after = applied.entry(HALL)
    assert after["taskId"] == before["taskId"] and after["sequenceNumber"] == 1
    assert len(applied.running()) == 2
