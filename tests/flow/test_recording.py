"""A recording through its whole life against the simulator, judged by the recordings that run."""

import json
from typing import Any

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.trtc.v20190722.trtc_client import TrtcClient

from .conftest import SECRETS
from .kit import Kit, Later
from .test_callbacks import KEY, SETTINGS, feed

RECORDING = """
apiVersion: reconciler/v1
kind: Recording
metadata: {name: hall}
spec:
  room: 3560
  resourceExpiredHour: 72
  record: {recordMode: mix, maxIdleTime: 60}
  storage: {cloudVod: {tencentVod: {expireTime: 0}}}
  mixTranscode: {video: {fps: 15, bitRate: 1500000, gop: 2}}
  layout:
    canvas: {width: 1280, height: 720}
    mode: custom
    preset: speaker-and-slides
    users: {speaker: {userId: alice}, slides: {userId: alice, streamType: screen}}
"""
MIX = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall}
spec:
  room: 3560
  publish: [{url: rtmp://3891.livepush.myqcloud.com/live/hall}]
  video: {encode: {width: 1280, height: 720, fps: 15, bitRate: 1500, gop: 2}}
"""
FILM = """
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec: {room: 3560, userId: film, streamUrl: "https://media.example/film.mp4", repeatNum: -1}
"""
RENEWAL = "spec:\n  renewal: {windows: [{begins: '00:00', ends: '00:00'}]}\n"
ADDRESS = "Recording/hall"
CREATE, MODIFY, DELETE = "CreateCloudRecording", "ModifyCloudRecording", "DeleteCloudRecording"
HOUR, DAY = 3600.0, 86400.0
LATE = 400.0


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("hall.yaml", RECORDING)
    assert [change["verb"] for change in kit.apply()["changes"]] == ["start"]
    return kit


def recordings(kit: Kit, status: str = "running") -> list[dict[str, Any]]:
    return [task for task in kit.tasks(status) if task["kind"] == "recording"]


def one_is_recorded(kit: Kit) -> dict[str, Any]:
    """One recording runs, and it is the one in the state."""
    (task,) = recordings(kit)
    entry = kit.entry(ADDRESS)
    assert (task["taskId"], entry["status"]) == (entry["taskId"], "running")
    kit.assert_settled()
    return task


def put(kit: Kit, line: str) -> None:
    kit.edit("hall.yaml", "spec:\n", f"spec:\n  {line}\n", 1)


def outside(kit: Kit, action: str, **params: Any) -> None:
    """A call of the vendor's own SDK about the recording that runs."""
    (task,) = recordings(kit)
    http = HttpProfile(protocol="http", endpoint=kit.url.removeprefix("http://"))
    credential = Credential(SECRETS["TENCENTCLOUD_SECRET_ID"], SECRETS["TENCENTCLOUD_SECRET_KEY"])
    about = {"SdkAppId": 1400188366, "TaskId": task["taskId"], **params}
    TrtcClient(credential, "ap-guangzhou", ClientProfile(httpProfile=http)).call_json(action, about)


# Start and stop


def test_it_records_until_it_is_stopped(applied: Kit) -> None:
    request = one_is_recorded(applied)["request"]
    assert (request["RoomId"], request["RoomIdType"], request["ResourceExpiredHour"]) == ("3560", 1, 72)
    assert request["MixTranscodeParams"]["VideoParams"] == {
        "Width": 1280,
        "Height": 720,
        "Fps": 15,
        "BitRate": 1500000,
        "Gop": 2,
    }
    speaker, slides = request["MixLayoutParams"]["MixLayoutList"]
    assert {speaker["UserId"], slides["UserId"]} == {"alice"}
    assert {speaker.get("MediaId"), slides.get("MediaId")} == {None, 1}
    put(applied, "state: stopped")
    applied.apply()
    assert recordings(applied) == [] and applied.calls()[-1]["action"] == DELETE


def test_no_secret_is_shown_or_recorded(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_COS_ID", "canary-cos-id")
    monkeypatch.setenv("STREAM_COS_KEY", "canary-cos-key")
    monkeypatch.setenv("STREAM_MAP_KEY", "canary-map-key")
    kit.write("hall.yaml", RECORDING)
    storage = (
        "cloudStorage: {vendor: cos, region: ap-guangzhou, bucket: films, accessKey: {env: STREAM_COS_ID}, "
    )
    kit.edit(
        "hall.yaml",
        "cloudVod: {tencentVod: {expireTime: 0}}",
        f"{storage}secretKey: {{env: STREAM_COS_KEY}}}}",
    )
    put(kit, "privateMapKey: {env: STREAM_MAP_KEY}")
    planned = kit.run("plan", "--format", "json").out
    kit.apply()
    request = one_is_recorded(kit)["request"]
    assert request["StorageParams"]["CloudStorage"]["SecretKey"] == "canary-cos-key"
    assert request["PrivateMapKey"] == "canary-map-key"
    shown = planned + kit.run("plan").out + kit.run("state", "show", ADDRESS).out + kit.run("history").out
    kept = "".join(file.read_text(errors="replace") for file in kit.root.rglob("*.json*"))
    assert "canary-" not in shown + kept and request["UserSig"] not in shown + kept


def test_what_it_costs_and_how_long_it_can_be_stopped_is_told_where_it_starts(kit: Kit) -> None:
    kit.write("hall.yaml", RECORDING)
    told = kit.run("plan").out
    assert "billed" in told and "by the minute, also while it waits for anchors" in told
    assert "of use for 72 h; the recording goes on after that" in told


def test_a_stream_that_records_the_same_room_is_warned_of(kit: Kit) -> None:
    kit.write("hall.yaml", RECORDING)
    kit.write("mix.yaml", MIX + "  record: {uniRecord: api}\n")
    told = kit.run("validate")
    assert "records a room that MixStream/hall" in told.err and "both recordings are billed" in told.err


def test_it_begins_after_who_and_what_shows_its_room_and_ends_before_them(kit: Kit) -> None:
    kit.write("hall.yaml", RECORDING)
    kit.edit("hall.yaml", "record: {", "record: {subscribeStreamUserIds: {subscribeAudioUserIds: [film]}, ")
    kit.write("mix.yaml", MIX)
    kit.write("film.yaml", FILM)
    kit.apply()
    started = [call["action"] for call in kit.calls()]
    assert sorted(started) == [CREATE, "StartPublishCdnStream", "StartStreamIngest"] and started[-1] == CREATE
    for name in ("hall", "mix", "film"):
        kit.edit(
            f"{name}.yaml",
            "spec:" if name != "film" else "spec: {",
            "spec:\n  state: stopped" if name != "film" else "spec: {state: stopped, ",
        )
    kit.apply()
    stopped = [call["action"] for call in kit.calls()][3:]
    assert stopped[0] == DELETE and len(stopped) == 3


@pytest.mark.slow
def test_a_stream_that_cannot_start_keeps_its_recording_and_not_the_other_way_round(kit: Kit) -> None:
    kit.write("hall.yaml", RECORDING)
    kit.write("mix.yaml", MIX)
    kit.faults(
        {"action": CREATE, "kind": "error", "code": "FailedOperation.RestrictedConcurrency", "count": 99}
    )
    assert kit.run("apply", "--auto-approve").code == 1
    assert [task["kind"] for task in kit.running()] == ["publish"]
    kit.faults()
    assert kit.verbs() == {ADDRESS: "start"}


def test_two_recordings_with_one_robot_are_refused(kit: Kit) -> None:
    kit.write("hall.yaml", RECORDING)
    put(kit, "userId: recorder")
    text = RECORDING.replace("name: hall", "name: again").replace("spec:\n", "spec:\n  userId: recorder\n", 1)
    kit.write("again.yaml", text)
    told = kit.run("plan")
    assert told.code == 1 and "uses the robot" in told.err and "only one of them can run" in told.err
    kit.write("again.yaml", MIX + "  agent: {userId: recorder}\n")
    assert "uses the robot" in kit.run("plan").err


# Changes


UPDATES = {
    "preset": ("preset: speaker-and-slides", "preset: side-by-side\n    slots: [speaker, slides]"),
    "user": ("speaker: {userId: alice}", "speaker: {userId: bob}"),
    "background": ("mode: custom", "mode: custom\n    background: {color: '0x1F2933'}"),
    "heard": ("record: {", "record: {subscribeStreamUserIds: {subscribeAudioUserIds: [alice]}, "),
    "not heard": ("record: {", "record: {subscribeStreamUserIds: {unSubscribeAudioUserIds: ['guest-.*$']}, "),
    "seen": ("record: {", "record: {subscribeStreamUserIds: {subscribeVideoUserIds: [alice]}, "),
    "not seen": ("record: {", "record: {subscribeStreamUserIds: {unSubscribeVideoUserIds: [bob]}, "),
}
EVERYBODY = {f"{un}Subscribe{what}UserIds": list[str]() for un in ("", "Un") for what in ("Audio", "Video")}


@pytest.mark.parametrize("name", UPDATES)
def test_update_in_place_and_back(applied: Kit, name: str) -> None:
    """Whatever a half sent change would do, as none is sent."""
    (old, new), variant = UPDATES[name], ("keep", "reset")[[*UPDATES].index(name) % 2]
    applied.post("variants", {"recording-modify": variant})
    before = one_is_recorded(applied)
    applied.edit("hall.yaml", old, new, 1)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"], change["visible"]) == ("update", "none", True)
    applied.apply()
    sent = applied.calls()[-1]
    assert sent["action"] == MODIFY
    assert sent["request"].keys() == {"SdkAppId", "TaskId", "MixLayoutParams", "SubscribeStreamUserIds"}
    changed = one_is_recorded(applied)
    assert changed["taskId"] == before["taskId"] and changed["request"] != before["request"]
    applied.write("hall.yaml", RECORDING)
    applied.apply()
    after = one_is_recorded(applied)
    back = {**after["request"], "RecordParams": {**after["request"]["RecordParams"]}}
    assert back["RecordParams"].pop("SubscribeStreamUserIds") == EVERYBODY
    assert back == before["request"] and after["taskId"] == before["taskId"]


REPLACES = {
    "room": ("room: 3560", "room: 3561"),
    "kind of room": ("room: 3560", "room: '3560'"),
    "robot": ("spec:\n", "spec:\n  userId: recorder\n"),
    "mode": ("maxIdleTime: 60", "maxIdleTime: 90"),
    "storage": ("expireTime: 0", "expireTime: 86400"),
    "encoding": ("bitRate: 1500000", "bitRate: 1200000"),
    "hours": ("resourceExpiredHour: 72", "resourceExpiredHour: 720"),
    "region": ("spec:\n", "spec:\n  region: ap-shanghai\n"),
}


@pytest.mark.parametrize(("old", "new"), REPLACES.values(), ids=REPLACES)
def test_anything_else_breaks_the_file_and_is_told_as_a_restart(applied: Kit, old: str, new: str) -> None:
    before = one_is_recorded(applied)["taskId"]
    applied.edit("hall.yaml", old, new, 1)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("replace", "restart")
    applied.apply()
    assert one_is_recorded(applied)["taskId"] != before


def test_a_layout_that_goes_is_a_restart(applied: Kit) -> None:
    text = RECORDING[: RECORDING.index("  layout:")].replace("fps: 15", "width: 1280, height: 720, fps: 15")
    applied.write("hall.yaml", text)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("replace", "restart")
    applied.apply()
    assert "MixLayoutParams" not in one_is_recorded(applied)["request"]


def test_a_restart_is_held_back_where_it_is_not_allowed(applied: Kit) -> None:
    put(applied, "prevent: [restart]")
    applied.apply()
    applied.edit("hall.yaml", "expireTime: 0", "expireTime: 86400")
    before = len(applied.calls())
    ran = applied.run("apply", "--auto-approve")
    assert ran.code == 1 and len(applied.calls()) == before


# The end of its TaskId


def test_the_end_of_its_task_id_is_in_the_calendar_and_warned_of(applied: Kit, later: Later) -> None:
    (ends,) = applied.plan()["expiries"]
    assert (ends["what"], ends["soon"]) == ("TaskId", False)
    later(2.6 * DAY)
    plan = applied.plan()
    assert plan["expiries"][0]["soon"] is True and plan["changes"] == []
    assert "TaskId ends at" in plan["warnings"][0] and "apply --replace" in plan["warnings"][0]


def test_it_is_renewed_in_a_window_in_the_second_half_of_its_time(applied: Kit, later: Later) -> None:
    applied.edit("workspace.yaml", "spec:\n", RENEWAL, 1)
    later(1.4 * DAY)
    assert applied.changes() == []
    later(0.2 * DAY)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"], change["renewal"]) == ("replace", "restart", True)
    before = one_id(applied)
    applied.apply()
    assert one_is_recorded(applied)["taskId"] != before


def one_id(kit: Kit) -> str:
    (task,) = recordings(kit)
    return str(task["taskId"])


def test_it_is_believed_to_run_after_that_and_still_ended(applied: Kit, later: Later) -> None:
    later(3.1 * DAY)
    assert applied.changes() == [] and len(recordings(applied)) == 1
    assert applied.run("drift", "--detailed-exitcode").code == 0
    assert "TaskId expired since" in applied.plan()["warnings"][0]
    applied.write("hall.yaml", "")
    (change,) = applied.changes()
    assert change["verb"] == "stop" and "its TaskId has expired" in change["reason"]
    applied.apply()
    assert recordings(applied) == [] and applied.state()["resources"] == {}


def test_an_update_after_that_is_a_restart(applied: Kit, later: Later) -> None:
    later(3.1 * DAY)
    applied.edit("hall.yaml", "speaker: {userId: alice}", "speaker: {userId: bob}")
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("replace", "restart")
    applied.apply()
    one_is_recorded(applied)


# Ends


@pytest.mark.parametrize(("gone", "leaving"), [("ResourceNotFound", "Exited"), ("ResourceNotFound", "gone")])
def test_one_that_ended_by_itself_starts_again(applied: Kit, later: Later, gone: str, leaving: str) -> None:
    applied.post("variants", {"recording-gone": gone, "recording-exit": leaving})
    room = {"sdkAppId": 1400188366, "roomId": "3560", "roomIdType": 0, "users": []}
    applied.post("rooms", room)
    later(30)
    drift = json.loads(applied.run("drift", "--format", "json").out)
    assert [(row["status"], row["verb"]) for row in drift["changes"]] == [("silent", "unchanged")]
    later(31)
    assert recordings(applied) == []
    drift = json.loads(applied.run("drift", "--format", "json").out)
    assert [(row["status"], row["verb"]) for row in drift["changes"]] == [("ended", "start")]
    applied.post("rooms", {**room, "users": ["alice"]})
    applied.apply()
    one_is_recorded(applied)


def test_an_end_can_be_accepted(kit: Kit) -> None:
    kit.write("hall.yaml", RECORDING)
    put(kit, "onEnd: leave")
    kit.apply()
    kit.end_task(kit.entry(ADDRESS)["taskId"])
    kit.run("apply", "--auto-approve")
    assert kit.entry(ADDRESS)["status"] == "finished" and recordings(kit) == []
    kit.assert_settled()


def test_one_that_somebody_else_deleted_starts_again(applied: Kit) -> None:
    outside(applied, DELETE)
    assert applied.verbs() == {ADDRESS: "start"}
    applied.apply()
    one_is_recorded(applied)


@pytest.mark.slow
@pytest.mark.parametrize("gone", ["ResourceNotFound", "FailedOperation"])
def test_one_that_ended_unseen_is_stopped_whatever_the_api_says_of_it(applied: Kit, gone: str) -> None:
    applied.post("variants", {"recording-gone": gone, "recording-exit": "gone"})
    applied.end_task(applied.entry(ADDRESS)["taskId"])
    applied.write("hall.yaml", "")
    for _ in range(2):
        applied.run("apply", "--auto-approve")
    assert recordings(applied) == [] and applied.state()["resources"] == {}


# A start whose answer was lost


def lose_start(kit: Kit, kind: str) -> None:
    kit.faults({"action": CREATE, "nth": 1, "count": 9, "kind": kind})
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 1 and "1 uncertain" in ran.out
    kit.faults()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["drop-response", "drop-request"])
def test_a_start_that_got_no_answer_comes_to_one_recording(kit: Kit, kind: str) -> None:
    kit.write("hall.yaml", RECORDING)
    lose_start(kit, kind)
    (change,) = kit.changes()
    assert (change["verb"], change["impact"]) == ("start", "restart")
    kit.apply()
    one_is_recorded(kit)
    assert all(task["endReason"] == "robot-kicked" for task in recordings(kit, "ended"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["drop-response", "drop-request"])
def test_one_that_is_wanted_no_more_is_ended_by_its_robot(kit: Kit, kind: str) -> None:
    kit.write("hall.yaml", RECORDING)
    lose_start(kit, kind)
    kit.write("hall.yaml", "")
    assert kit.verbs() == {ADDRESS: "stop"}
    kit.apply()
    assert recordings(kit) == []


def test_one_that_arrives_late_is_ended_and_one_is_recorded(kit: Kit, later: Later) -> None:
    kit.write("hall.yaml", RECORDING)
    kit.faults({"action": CREATE, "nth": 1, "count": 1, "kind": "late", "seconds": 100})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    assert kit.run("apply", "--auto-approve").code == 0
    first = kit.entry(ADDRESS)["taskId"]
    later(120)
    (late,) = recordings(kit)
    assert late["taskId"] != first
    later(LATE)
    assert kit.run("apply", "--auto-approve").code == 0
    one_is_recorded(kit)


def test_an_update_that_got_no_answer_is_sent_again(applied: Kit, later: Later) -> None:
    applied.edit("hall.yaml", "speaker: {userId: alice}", "speaker: {userId: bob}")
    applied.faults({"action": MODIFY, "nth": 1, "count": 9, "kind": "drop-request"})
    assert applied.run("apply", "--auto-approve").code == 1
    applied.faults()
    later(LATE)
    applied.run("apply", "--auto-approve")
    later(LATE)
    applied.run("apply", "--auto-approve")
    layout = one_is_recorded(applied)["request"]["MixLayoutParams"]
    assert "bob" in [place.get("UserId") for place in layout["MixLayoutList"]]


@pytest.mark.slow
def test_a_stop_that_got_no_answer_is_known_to_have_come(applied: Kit) -> None:
    applied.write("hall.yaml", "")
    applied.faults({"action": DELETE, "nth": 1, "count": 9, "kind": "drop-response"})
    applied.run("apply", "--auto-approve")
    applied.faults()
    applied.run("apply", "--auto-approve")
    assert recordings(applied) == []


# Callbacks and imports


@pytest.fixture
def heard(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """What the cloud tells by itself is kept, once it is fed."""
    monkeypatch.setenv("TRTC_CALLBACK_KEY", KEY)
    kit.edit("workspace.yaml", "  region:", f"{SETTINGS}  region:")
    kit.post("callbacks", {"key": KEY})
    return kit


def test_a_lost_start_that_a_callback_names_goes_on_unbroken(heard: Kit) -> None:
    heard.write("hall.yaml", RECORDING)
    heard.faults({"action": CREATE, "kind": "drop-response"})
    assert heard.run("apply", "--auto-approve").code == 1
    feed(heard)
    (change,) = heard.changes()
    (task,) = recordings(heard)
    assert (change["verb"], change["impact"], change["calls"]) == ("update", "none", [])
    assert task["taskId"] in change["reason"]
    heard.apply()
    assert one_is_recorded(heard)["taskId"] == task["taskId"] and len(heard.tasks()) == 1


@pytest.mark.slow
def test_an_end_is_told_by_a_callback_where_nothing_else_does(heard: Kit) -> None:
    heard.write("hall.yaml", RECORDING)
    heard.apply()
    heard.post("variants", {"recording-gone": "FailedOperation", "recording-exit": "gone"})
    heard.end_task(heard.entry(ADDRESS)["taskId"])
    assert heard.verbs() == {}
    feed(heard)
    assert heard.verbs() == {ADDRESS: "start"}
    heard.apply()
    one_is_recorded(heard)


def test_a_recording_of_a_script_is_imported_and_goes_on(applied: Kit) -> None:
    entry, calls = applied.entry(ADDRESS), len(applied.calls())
    applied.forget_all()
    options = ("--task-id", entry["taskId"], "--robot", entry["spec"]["userId"])
    refused = applied.run("state", "import", ADDRESS, *options)
    assert refused.code == 64 and "resourceExpiredHour after the start" in refused.err
    ran = applied.run("state", "import", ADDRESS, *options, "--since", entry["startedAt"])
    assert ran.code == 0, ran.err
    assert one_is_recorded(applied)["taskId"] == entry["taskId"] and len(applied.calls()) == calls


def test_one_that_has_ended_is_not_imported(applied: Kit) -> None:
    entry = applied.entry(ADDRESS)
    applied.forget_all()
    applied.end_task(entry["taskId"])
    options = ("--task-id", entry["taskId"], "--robot", entry["spec"]["userId"])
    ran = applied.run("state", "import", ADDRESS, *options, "--since", entry["startedAt"])
    assert ran.code == 1 and "does not exist" in ran.out + ran.err
