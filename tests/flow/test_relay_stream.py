"""A relayed stream's whole life against the simulator."""

import pytest

from .kit import Kit

STREAM = """
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: solo}
spec:
  room: 295066
  user: {userId: alice}
  video:
    encode: {width: 1280, height: 720, fps: 15, bitRate: 1500, gop: 2}
  publish:
    - url: rtmp://3891.livepush.myqcloud.com/live/solo
"""

SOLO = "RelayStream/solo"


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("solo.yaml", STREAM)
    assert [change["verb"] for change in kit.apply()["changes"]] == ["start"]
    return kit


def test_start(applied: Kit) -> None:
    (task,) = applied.running()
    assert task["taskId"] == applied.entry(SOLO)["taskId"]
    assert task["request"]["WithTranscoding"] == 0
    assert task["request"]["SingleSubscribeParams"]["UserMediaStream"]["UserInfo"] == {
        "UserId": "alice",
        "RoomId": "295066",
        "RoomIdType": 0,
    }
    assert applied.live() == {"solo": "active"}


def test_sound_only(kit: Kit) -> None:
    kit.write("solo.yaml", STREAM)
    kit.edit(
        "solo.yaml", "  video:\n    encode: {width: 1280, height: 720, fps: 15, bitRate: 1500, gop: 2}\n", ""
    )
    kit.apply()
    assert "VideoParams" not in kit.running()[0]["request"]


UPDATES = {
    # what is edited: (old, new, field, visible, impact, block of the request)
    "another user": ("alice", "bob", "spec.user.userId", True, "none", "SingleSubscribeParams"),
    "the screen": (
        "{userId: alice}",
        "{userId: alice, streamType: screen}",
        "spec.user.streamType",
        True,
        "none",
        "SingleSubscribeParams",
    ),
    "another address": (
        "live/solo",
        "live/duo",
        "spec.publish[0].url",
        False,
        "reconnect",
        "PublishCdnParams",
    ),
}


@pytest.mark.parametrize(("old", "new", "field", "visible", "impact", "block"), UPDATES.values(), ids=UPDATES)
def test_update_in_place(
    applied: Kit, old: str, new: str, field: str, visible: bool, impact: str, block: str
) -> None:
    before = applied.entry(SOLO)["taskId"]
    applied.edit("solo.yaml", old, new)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"], change["visible"]) == ("update", impact, visible)
    assert [planned["path"] for planned in change["fields"]] == [field]
    applied.apply()
    request = applied.calls()[-1]["request"]
    assert request.keys() == {"SdkAppId", "TaskId", "SequenceNumber", "WithTranscoding", block}
    assert applied.entry(SOLO)["taskId"] == before


REPLACES = {
    "video encoding": ("fps: 15", "fps: 30", "spec.video.encode.fps"),
    "sound encoding": (
        "  video:\n",
        "  audio: {encode: {bitRate: 128}}\n  video:\n",
        "spec.audio.encode.bitRate",
    ),
    "room": ("room: 295066", "room: 295067", "spec.room"),
}


@pytest.mark.parametrize(("old", "new", "field"), REPLACES.values(), ids=REPLACES)
def test_replace(applied: Kit, old: str, new: str, field: str) -> None:
    before = applied.entry(SOLO)["taskId"]
    applied.edit("solo.yaml", old, new)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("replace", "restart")
    assert field in [planned["path"] for planned in change["fields"]]
    applied.apply()
    assert {task["taskId"]: task["endReason"] for task in applied.tasks("ended")} == {before: "stopped"}


def test_stop_and_start_again(applied: Kit) -> None:
    applied.edit("solo.yaml", "spec:\n", "spec:\n  state: stopped\n")
    assert applied.verbs() == {SOLO: "stop"}
    applied.apply()
    assert applied.running() == [] and applied.live() == {"solo": "inactive"}
    applied.edit("solo.yaml", "  state: stopped\n", "")
    applied.apply()
    assert len(applied.running()) == 1


def test_ends_by_itself_shows_at_the_next_call(applied: Kit) -> None:
    applied.post("rooms", [{"sdkAppId": 1400188366, "roomId": "295066", "users": []}])
    applied.post("clock", {"advanceSeconds": 60})
    assert applied.tasks()[0]["endReason"] == "idle"
    applied.edit("solo.yaml", "alice", "bob")
    assert applied.run("apply", "--auto-approve").code == 1
    assert applied.entry(SOLO)["status"] == "ended"
    applied.post("rooms", [{"sdkAppId": 1400188366, "roomId": "295066", "users": ["bob"]}])
    applied.apply()
    assert len(applied.running()) == 1


def test_going_back_into_rooms_is_warned_of(kit: Kit) -> None:
    kit.write("solo.yaml", STREAM + "  feedBackRooms: [{room: overflow}]\n")
    ran = kit.run("validate")
    assert ran.code == 0 and "warning: " in ran.err and "unconfirmed" in ran.err
    assert any("unconfirmed" in warning for warning in kit.plan()["warnings"])
