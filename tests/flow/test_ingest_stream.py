"""An ingest's whole life against the simulator: started, changed, paused, gone, fenced."""

from typing import Any

import pytest

from .kit import Kit

STREAM = """
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec:
  room: 295066
  streamUrl: https://media.example/film.mp4
  repeatNum: -1
"""

MIX = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall}
spec:
  room: 295066
  audio:
    subscribeAudioList: [{userId: film}]
  publish: [{url: rtmp://3891.livepush.myqcloud.com/live/hall}]
"""

FILM, HALL = "IngestStream/film", "MixStream/hall"
START, UPDATE = "StartStreamIngest", "UpdateStreamIngest"


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("film.yaml", STREAM)
    assert [change["verb"] for change in kit.apply()["changes"]] == ["start"]
    return kit


def put(kit: Kit, line: str) -> None:
    kit.edit("film.yaml", "spec:\n", f"spec:\n  {line}\n")


def ingests(kit: Kit, status: str | None = None) -> list[dict[str, Any]]:
    return [task for task in kit.tasks(status) if task["kind"] == "ingest"]


def test_start_in_an_integer_room(applied: Kit) -> None:
    (task,) = ingests(applied, "running")
    assert task["taskId"] == applied.entry(FILM)["taskId"]
    assert (task["request"]["RoomId"], task["request"]["RoomIdType"]) == ("295066", 1)


def test_start_in_a_string_room(kit: Kit) -> None:
    kit.write("film.yaml", STREAM)
    kit.edit("film.yaml", "room: 295066", 'room: "295066"')
    kit.apply()
    (task,) = ingests(kit, "running")
    assert (task["request"]["RoomId"], task["request"]["RoomIdType"]) == ("295066", 0)


UPDATES = {
    "source": ("film.mp4", "other.mp4", "spec.streamUrl", {"StreamUrl": "https://media.example/other.mp4"}),
    "volume": ("spec:\n", "spec:\n  volume: 50\n", "spec.volume", {"Volume": 50}),
    "tempo": ("spec:\n", "spec:\n  tempo: 1.5\n", "spec.tempo", {"Tempo": 1.5}),
    "progress": (
        "spec:\n",
        "spec:\n  enableProgress: true\n",
        "spec.enableProgress",
        {"EnableProgress": True},
    ),
}


@pytest.mark.parametrize(("old", "new", "field", "sent"), UPDATES.values(), ids=UPDATES)
def test_update_in_place_and_back(applied: Kit, old: str, new: str, field: str, sent: dict[str, Any]) -> None:
    before = applied.entry(FILM)["taskId"]
    applied.edit("film.yaml", old, new)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("update", "none")
    assert [planned["path"] for planned in change["fields"]] == [field]
    applied.apply()
    request = applied.calls()[-1]["request"]
    assert {name: request[name] for name in request if name not in ("SdkAppId", "TaskId")} == {
        "IsPause": False,
        **sent,
    }
    applied.write("film.yaml", STREAM)
    assert applied.verbs() == {FILM: "update"}
    applied.apply()
    assert applied.entry(FILM)["taskId"] == before and len(ingests(applied)) == 1


REPLACES = {
    "room": ("room: 295066", "room: 295067", "spec.room"),
    "robot": ("spec:\n", "spec:\n  userId: projector\n", "spec.userId"),
    "plays": ("repeatNum: -1", "repeatNum: 3", "spec.repeatNum"),
    "where it begins": ("spec:\n", "spec:\n  seekSecond: 30\n", "spec.seekSecond"),
    "how long": ("spec:\n", "spec:\n  maxDuration: 600\n", "spec.maxDuration"),
    "relay": ("spec:\n", "spec:\n  autoPush: true\n", "spec.autoPush"),
    "idle time": ("spec:\n", "spec:\n  idleTimeout: 60\n", "spec.idleTimeout"),
    "region": ("spec:\n", "spec:\n  region: ap-singapore\n", "spec.region"),
}


@pytest.mark.parametrize(("old", "new", "field"), REPLACES.values(), ids=REPLACES)
def test_replace(applied: Kit, old: str, new: str, field: str) -> None:
    before = applied.entry(FILM)["taskId"]
    applied.edit("film.yaml", old, new)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("replace", "restart")
    assert field in [planned["path"] for planned in change["fields"]]
    applied.apply()
    assert {task["taskId"]: task["endReason"] for task in ingests(applied, "ended")} == {before: "stopped"}


def test_paused_and_resumed_in_place(applied: Kit) -> None:
    before = applied.entry(FILM)["taskId"]
    put(applied, "state: paused")
    (change,) = applied.changes()
    assert change["verb"] == "pause"
    applied.apply()
    assert [task["status"] for task in ingests(applied)] == ["paused"]
    assert applied.entry(FILM)["status"] == "paused"
    put(applied, "volume: 50")
    assert applied.verbs() == {FILM: "update"}
    applied.apply()
    assert [task["status"] for task in ingests(applied)] == ["paused"]
    applied.edit("film.yaml", "state: paused", "state: running")
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("resume", "none")
    applied.apply()
    assert [task["status"] for task in ingests(applied)] == ["running"]
    assert applied.entry(FILM)["taskId"] == before


def test_started_paused(kit: Kit) -> None:
    kit.write("film.yaml", STREAM)
    put(kit, "state: paused")
    (change,) = kit.changes()
    assert [call["action"] for call in change["calls"]] == [START, UPDATE]
    kit.apply()
    assert [task["status"] for task in ingests(kit)] == ["paused"]


def test_stopped(applied: Kit) -> None:
    put(applied, "state: stopped")
    assert applied.verbs() == {FILM: "stop"}
    applied.apply()
    assert ingests(applied, "running") == []


ENDS = {
    "by itself": ("repeatNum: 1\n  onEnd: restart", 3601, "source-ended"),
    "paused too long": ("state: paused", 12 * 3600 + 1, "paused-too-long"),
}


@pytest.mark.parametrize(("line", "seconds", "reason"), ENDS.values(), ids=ENDS)
def test_what_has_ended_is_seen_and_started_again(kit: Kit, line: str, seconds: int, reason: str) -> None:
    kit.write("film.yaml", STREAM)
    if "repeatNum" in line:
        kit.edit("film.yaml", "repeatNum: -1", line)
    else:
        put(kit, line)
    kit.apply()
    kit.post("clock", {"advanceSeconds": seconds})
    assert [task["endReason"] for task in ingests(kit)] == [reason]
    (change,) = kit.changes()
    assert change["verb"] == "start" and "NotExist" in change["reason"]
    kit.apply()
    assert len(ingests(kit, "ended")) == 1 and len(ingests(kit)) == 2


def test_ended_by_another_hand_and_no_longer_wanted_is_forgotten(applied: Kit) -> None:
    applied.end_task(applied.entry(FILM)["taskId"])
    (applied.root / "manifests" / "film.yaml").write_text("")
    assert applied.verbs() == {FILM: "forget"}
    applied.apply()
    assert applied.state()["resources"] == {}


def test_stopping_what_has_ended_is_done(applied: Kit) -> None:
    applied.end_task(applied.entry(FILM)["taskId"])
    (applied.root / "manifests" / "film.yaml").write_text("")
    plan = applied.root / "plan.json"
    applied.run("plan", "--no-refresh", "--out", str(plan))
    assert applied.run("apply", str(plan), "--auto-approve").code == 0
    assert applied.state()["resources"] == {}


@pytest.mark.parametrize("answer", ["Status", "FailedOperation.TaskNotExist"])
def test_updating_what_has_ended_is_understood(applied: Kit, answer: str) -> None:
    if answer != "Status":
        applied.faults({"action": UPDATE, "kind": "error", "code": answer})
    applied.end_task(applied.entry(FILM)["taskId"])
    put(applied, "volume: 50")
    plan = applied.root / "plan.json"
    applied.run("plan", "--no-refresh", "--out", str(plan))
    ran = applied.run("apply", str(plan), "--auto-approve")
    assert ran.code == 1 and "NotExist" in ran.err
    assert applied.entry(FILM)["status"] == "ended"
    applied.apply()
    assert len(ingests(applied, "running")) == 1


@pytest.mark.parametrize("room", ["295066", '"295066"'])
def test_a_robot_that_is_there_already_is_removed_and_the_start_repeated(kit: Kit, room: str) -> None:
    kit.write("film.yaml", STREAM)
    kit.edit("film.yaml", "room: 295066", f"room: {room}")
    kit.apply()
    kit.forget_all()
    (change,) = kit.changes()
    remove = "RemoveUser" if room == "295066" else "RemoveUserByStrRoomId"
    assert change["calls"] == [
        {"service": "trtc", "action": START, "ifTaskExists": {"service": "trtc", "action": remove}}
    ]
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert [call["action"] for call in kit.calls()[-3:]] == [START, remove, START]
    assert [task["endReason"] for task in ingests(kit, "ended")] == ["robot-removed"]
    (task,) = ingests(kit, "running")
    assert task["taskId"] == kit.entry(FILM)["taskId"]
    kit.assert_settled()


def test_a_start_without_an_answer_is_fenced_by_the_next_run(kit: Kit) -> None:
    kit.write("film.yaml", STREAM)
    kit.faults({"action": START, "kind": "drop-response"})
    assert kit.run("apply", "--auto-approve").code == 1
    (change,) = kit.changes()
    assert [call["action"] for call in change["calls"]] == ["RemoveUser", START]
    kit.apply()
    (task,) = ingests(kit, "running")
    assert task["taskId"] == kit.entry(FILM)["taskId"]


def test_an_uncertain_start_that_is_no_longer_wanted_is_removed(kit: Kit) -> None:
    kit.write("film.yaml", STREAM)
    kit.faults({"action": START, "kind": "drop-response"})
    assert kit.run("apply", "--auto-approve").code == 1
    (kit.root / "manifests" / "film.yaml").write_text("")
    kit.apply()
    assert ingests(kit, "running") == [] and kit.entry(FILM)["status"] == "stopped"


def test_started_before_the_mix_that_shows_its_robot_and_stopped_after(kit: Kit) -> None:
    kit.write("film.yaml", STREAM)
    put(kit, "userId: film")
    kit.write("mix.yaml", MIX)
    changes = {change["address"]: change for change in kit.changes()}
    assert changes[HALL]["after"] == [FILM]
    kit.apply()
    assert [call["action"] for call in kit.calls()] == [START, "StartPublishCdnStream"]
    (kit.root / "manifests" / "film.yaml").write_text("")
    (kit.root / "manifests" / "mix.yaml").write_text("")
    changes = {change["address"]: change for change in kit.changes()}
    assert changes[FILM]["after"] == [HALL]
    kit.apply()
    assert [call["action"] for call in kit.calls()[-2:]] == ["StopPublishCdnStream", "StopStreamIngest"]


def test_a_room_kind_that_contradicts_the_room_is_warned_of(kit: Kit) -> None:
    kit.write("film.yaml", STREAM)
    kit.edit("film.yaml", "room: 295066", "room: room123\n  roomIdType: integer")
    ran = kit.run("validate")
    assert ran.code == 0 and "spec.roomIdType" in ran.err and "warning" in ran.err
    kit.apply()
    (task,) = ingests(kit, "running")
    assert (task["request"]["RoomId"], task["request"]["RoomIdType"]) == ("room123", 1)


def test_a_source_can_be_held_by_a_secret(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_SOURCE", "https://user:canary-pass@media.example/film.mp4?token=canary")
    kit.write("film.yaml", STREAM)
    kit.edit("film.yaml", "https://media.example/film.mp4", "https://user:canary-pass@media.example/film.mp4")
    ran = kit.run("validate")
    assert ran.code == 1 and "canary" not in ran.err and "{env: STREAM_SOURCE}" in ran.err
    kit.edit("film.yaml", "https://user:canary-pass@media.example/film.mp4", "{env: STREAM_SOURCE}")
    kit.apply()
    (task,) = ingests(kit, "running")
    assert task["request"]["StreamUrl"].endswith("token=canary")
    assert "canary" not in kit.state_path.read_text()


def test_a_robot_that_is_there_even_after_the_fence_is_in_doubt(kit: Kit) -> None:
    kit.write("film.yaml", STREAM)
    kit.faults({"action": START, "count": 2, "kind": "error", "code": "FailedOperation.TaskExist"})
    assert kit.run("apply", "--auto-approve").code == 1
    assert kit.entry(FILM)["status"] == "uncertain"
    kit.faults()
    kit.apply()
    assert len(kit.running()) == 1


def test_a_pause_right_after_its_start_that_was_never_answered_is_in_doubt(kit: Kit) -> None:
    kit.write("film.yaml", STREAM)
    put(kit, "state: paused")
    kit.faults({"action": UPDATE, "kind": "drop-response"})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    kit.edit("film.yaml", "  state: paused\n", "")
    assert kit.verbs() == {FILM: "update"}
    kit.apply()
    (task,) = ingests(kit, "running")
    assert task["request"]["IsPause"] is False


def test_a_fence_without_the_right_to_it_says_so_and_ends_the_run(applied: Kit) -> None:
    applied.forget_all()
    applied.faults({"action": "RemoveUser", "kind": "error", "code": "UnauthorizedOperation"})
    ran = applied.run("apply", "--auto-approve")
    assert ran.code == 1 and "RemoveUser: UnauthorizedOperation" in ran.err
