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
    - {name: right, locationX: 640, locationY: 0, imageWidth: 640, imageHeight: 720, zOrder: 1}
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
  layout: {ref: stage, users: {left: {userId: anna}, right: {userId: boris}}}
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
        "live/hall\n    - url: rtmp://other.example/app/hall\n",
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


REPLACES = {
    # what is edited: (old, new, field)
    "sound encoding": ("  audio:\n", "  audio:\n    encode: {bitRate: 128}\n", "spec.audio.encode.bitRate"),
    "idle time": (
        "  room: 295066\n",
        "  room: 295066\n  agent: {maxIdleTime: 60}\n",
        "spec.agent.maxIdleTime",
    ),
    "application": ("  room: 295066\n", "  room: 295066\n  sdkAppId: 1400188367\n", "spec.sdkAppId"),
    "region": ("  room: 295066\n", "  room: 295066\n  region: ap-singapore\n", "spec.region"),
    "robot": ("  room: 295066\n", "  room: 295066\n  agent: {userId: mine}\n", "spec.agent.userId"),
}


@pytest.mark.parametrize(("old", "new", "field"), REPLACES.values(), ids=REPLACES)
def test_replace(applied: Kit, old: str, new: str, field: str) -> None:
    before = applied.entry(HALL)["taskId"]
    applied.edit("streams.yaml", old, new, count=1)
    (change,) = applied.changes()
    assert (change["address"], change["verb"], change["impact"]) == (HALL, "replace", "restart")
    assert field in [planned["path"] for planned in change["fields"]]
    assert [call["action"] for call in change["calls"]] == ["StopPublishCdnStream", "StartPublishCdnStream"]
    applied.apply()
    ended = {task["taskId"]: task["endReason"] for task in applied.tasks("ended")}
    assert ended == {before: "stopped"}
    assert applied.entry(HALL)["taskId"] in {task["taskId"] for task in applied.running()}
    assert len(applied.running()) == 2


def test_adding_and_dropping_the_picture_restarts(applied: Kit) -> None:
    text = (applied.root / "manifests" / "streams.yaml").read_text()
    sound_only = text.replace(
        "  video:\n    encode: {fps: 15, bitRate: 1500, gop: 2}\n"
        "  layout: {ref: stage, users: {left: {userId: anna}, right: {userId: boris}}}\n",
        "",
    )
    applied.write("streams.yaml", sound_only)
    (change,) = applied.changes()
    assert (change["address"], change["verb"]) == (SIDE, "replace")
    applied.apply()
    assert "VideoParams" not in by_room_kind(applied)[1]["request"]
    applied.write("streams.yaml", text)
    assert applied.verbs() == {SIDE: "replace"}
    applied.apply()


def test_moving_one_tile_of_a_shared_layout(applied: Kit) -> None:
    applied.edit("layouts.yaml", "{name: right, locationX: 640,", "{name: right, locationX: 600,")
    ran = applied.run("plan", "--detailed-exitcode")
    assert ran.code == 2
    changes = applied.changes()
    assert [change["address"] for change in changes] == [HALL, SIDE]
    for change in changes:
        assert (change["verb"], change["impact"], change["visible"]) == ("update", "none", True)
        assert [field["path"] for field in change["fields"]] == ["spec.layout.slots.right.locationX"]
        assert change["because"] == ["MixLayout/stage"]
    applied.apply()
    for task in applied.running():
        assert task["request"]["VideoParams"]["LayoutParams"]["MixLayoutList"][1]["LocationX"] == 600
        assert task["request"]["VideoParams"]["BackGroundColor"] == "0x102030"


def test_stopped_and_running_again(applied: Kit) -> None:
    applied.edit("streams.yaml", "  room: 295066\n", "  state: stopped\n  room: 295066\n")
    assert applied.verbs() == {HALL: "stop"}
    applied.apply()
    assert HALL not in applied.state()["resources"]
    assert applied.live()["hall"] == "inactive"
    applied.edit("streams.yaml", "  state: stopped\n", "")
    assert applied.verbs() == {HALL: "start"}
    applied.apply()
    assert len(applied.running()) == 2


def test_leaving_the_manifests_stops(applied: Kit) -> None:
    (applied.root / "manifests" / "streams.yaml").write_text("")
    changes = applied.changes()
    assert {change["address"]: (change["verb"], change["impact"]) for change in changes} == {
        HALL: ("stop", "stop"),
        SIDE: ("stop", "stop"),
    }
    applied.apply()
    assert applied.running() == []
    assert applied.state()["resources"] == {}


def test_asking_for_a_replace(applied: Kit) -> None:
    before = applied.entry(HALL)["taskId"]
    assert applied.run("apply", "--replace", HALL, "--auto-approve").code == 0
    applied.assert_settled()
    assert applied.entry(HALL)["taskId"] != before
    assert len(applied.running()) == 2


def test_an_address_that_moves_from_one_stream_to_another_is_given_up_first(applied: Kit) -> None:
    applied.edit("streams.yaml", "live/hall", "live/elsewhere")
    applied.edit("streams.yaml", "live/side", "live/hall")
    changes = {change["address"]: change for change in applied.changes()}
    assert changes[SIDE]["after"] == [HALL]
    applied.apply()
    updates = [call["request"] for call in applied.calls() if call["action"].startswith("Update")]
    assert [request["PublishCdnParams"][0]["PublishCdnUrl"].split("?")[0][-4:] for request in updates] == [
        "here",
        "hall",
    ]


def test_swapped_addresses_are_planned_with_a_warning(applied: Kit) -> None:
    applied.edit("streams.yaml", "live/hall", "live/x")
    applied.edit("streams.yaml", "live/side", "live/hall")
    applied.edit("streams.yaml", "live/x", "live/side")
    plan = applied.plan()
    assert len(plan["warnings"]) == 1 and "depend on each other" in plan["warnings"][0]
    applied.apply()


def test_a_running_push_keeps_its_signature(applied: Kit) -> None:
    def url() -> str:
        return str(by_room_kind(applied)[1]["request"]["PublishCdnParams"][0]["PublishCdnUrl"])

    before = url()
    applied.edit("streams.yaml", "validFor: 2h}\n", "validFor: 2h}\n    - url: rtmp://other.example/app/x\n")
    applied.apply()
    assert url() == before
    signed = applied.entry(SIDE)["signed"]
    assert signed == {"rtmp://3891.livepush.myqcloud.com/live/side": before.rpartition("=")[2]}


def test_a_longer_validity_is_recorded_and_sends_nothing(applied: Kit) -> None:
    applied.edit("streams.yaml", "validFor: 2h", "validFor: 3h")
    (change,) = applied.changes()
    assert (change["verb"], change["impact"], change["calls"]) == ("update", "none", [])
    applied.apply()
    assert applied.entry(SIDE)["spec"]["publish"][0]["auth"]["validFor"] == "3h"


def test_a_comment_is_no_change(applied: Kit) -> None:
    applied.edit("streams.yaml", "  room: 295066\n", "  room: 295066  # the big one\n")
    assert applied.changes() == []


def test_dropping_what_cannot_be_cleared_restarts(applied: Kit) -> None:
    applied.edit("layouts.yaml", '  background: {color: "0x102030"}\n', "")
    assert applied.verbs() == {HALL: "replace", SIDE: "replace"}
    applied.apply()
    assert all("BackGroundColor" not in task["request"]["VideoParams"] for task in applied.running())


def test_dropping_one_of_two_addresses_names_the_push_that_ends(applied: Kit) -> None:
    second = "live/hall\n    - url: rtmp://3891.livepush.myqcloud.com/live/hall-2\n"
    applied.edit("streams.yaml", "live/hall\n", second)
    applied.apply()
    applied.edit("streams.yaml", "    - url: rtmp://3891.livepush.myqcloud.com/live/hall\n", "")
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("update", "stop")
    (field,) = change["fields"]
    assert field["path"] == "spec.publish[0]" and field["after"] is None
    applied.apply()
    assert applied.live() == {"hall": "inactive", "hall-2": "active", "side": "active"}


def test_robots_are_ours_stable_and_apart(applied: Kit) -> None:
    robots = [task["request"]["AgentParams"]["UserId"] for task in applied.tasks()]
    assert len(set(robots)) == 2
    assert all(robot.startswith("rcn_") and len(robot) <= 32 for robot in robots)
    applied.run("apply", "--replace", HALL, "--auto-approve")
    again = [task["request"]["AgentParams"]["UserId"] for task in applied.tasks()]
    assert set(again) == set(robots)


MODES = {
    "floating": ("mode: floating", {"MixLayoutMode": 1}),
    "screen-share": ("mode: screen-share, maxVideoUser: {userId: alice}", {"MixLayoutMode": 2}),
    "grid": ("mode: grid, renderMode: fit", {"MixLayoutMode": 3, "RenderMode": 1}),
    "custom": (
        "mode: custom, slots: [{name: all, imageWidth: 1280, imageHeight: 720}]",
        {"MixLayoutMode": 4},
    ),
}


@pytest.mark.parametrize(("layout", "expected"), MODES.values(), ids=MODES)
def test_layout_modes(kit: Kit, layout: str, expected: dict[str, int]) -> None:
    kit.write(
        "stream.yaml",
        f"""
        apiVersion: reconciler/v1
        kind: MixStream
        metadata: {{name: one}}
        spec:
          room: 1
          video: {{encode: {{width: 1280, height: 720, fps: 15, bitRate: 1500, gop: 2}}}}
          layout: {{{layout}}}
          publish: [{{url: rtmp://3891.livepush.myqcloud.com/live/one}}]
        """,
    )
    kit.apply()
    (task,) = kit.running()
    assert expected.items() <= task["request"]["VideoParams"]["LayoutParams"].items()


def test_ended_by_itself_shows_at_the_next_call_and_is_healed(applied: Kit) -> None:
    applied.post("rooms", [{"sdkAppId": 1400188366, "roomId": "295066", "users": []}])
    applied.post("clock", {"advanceSeconds": 60})
    (hall,) = [task for task in applied.tasks("ended") if task["request"]["RoomIdType"] == 0]
    assert hall["endReason"] == "idle"
    heal(applied)


def test_ended_by_another_hand_shows_at_the_next_call_and_is_healed(applied: Kit) -> None:
    other = applied.root / "other"
    other.mkdir()
    for name in ("workspace.yaml", "layouts.yaml", "streams.yaml"):
        (other / name).write_text((applied.root / "manifests" / name).read_text())
    again = applied.run("apply", "other", "--state", "other/demo.json", "--target", HALL, "--auto-approve")
    assert again.code == 0, again.err
    (hall,) = applied.tasks("ended")
    assert (hall["taskId"], hall["endReason"]) == (applied.entry(HALL)["taskId"], "robot-kicked")
    heal(applied)


def heal(kit: Kit) -> None:
    """An update is told that the task has ended, and the next apply starts it again."""
    kit.edit("streams.yaml", "right: {userId: bob}", "right: {userId: carol}")
    kit.post("rooms", [{"sdkAppId": 1400188366, "roomId": "295066", "users": ["alice"]}])
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 1 and "run the command again" in ran.err
    assert kit.entry(HALL)["status"] == "ended"
    kit.apply()
    recorded = {entry["taskId"] for entry in kit.state()["resources"].values()}
    assert recorded == {task["taskId"] for task in kit.running()}


SEI = "  sei: {layoutVolume: {appData: a, followIdr: true}}\n"


def test_sei_is_added_in_place_and_dropped_by_a_restart(applied: Kit) -> None:
    applied.edit("streams.yaml", "  room: 295066\n", "  room: 295066\n" + SEI)
    assert {change["address"]: (change["verb"], change["impact"]) for change in applied.changes()} == {
        HALL: ("update", "none")
    }
    applied.apply()
    assert applied.calls()[-1]["request"]["SeiParams"]["LayoutVolume"]["FollowIdr"] == 1
    applied.edit("streams.yaml", SEI, "")
    assert applied.verbs() == {HALL: "replace"}
    applied.apply()
