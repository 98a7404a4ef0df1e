"""Starts that arrive late: what they end or leave behind is found by one plain apply after their time."""

import pytest

from .kit import Kit, Later, wait_until
from .test_mix_stream import HALL, LAYOUT, SIDE, STREAMS

START = "StartPublishCdnStream"
PROBATION = 331
NEWS = """
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: news}
spec: {room: 295066, userId: news-robot, streamUrl: "https://example.org/news.flv"}
"""


@pytest.fixture
def ready(kit: Kit) -> Kit:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    return kit


def recorded(kit: Kit) -> set[str]:
    return {entry.get("taskId", "none") for entry in kit.state()["resources"].values()}


def arrived(kit: Kit, number: int) -> None:
    """Waits until this many starts have taken effect."""
    wait_until(lambda: len(kit.tasks()) == number)


def test_a_late_start_that_ends_its_successor_is_found_out(ready: Kit, later: Later) -> None:
    ready.faults({"action": START, "nth": 1, "count": 1, "kind": "late", "seconds": 100})
    assert ready.run("apply", "--auto-approve").code == 1
    ready.faults()
    assert ready.run("apply", "--auto-approve").code == 0
    assert "probation" in next(entry for entry in ready.state()["resources"].values() if "probation" in entry)
    plan = ready.plan()
    assert plan["changes"] == [] and len(plan["probation"]) == 1
    assert "may still take effect" in plan["warnings"][0]
    drift = ready.run("drift", "--detailed-exitcode")
    assert drift.code == 0 and "may still take effect" in drift.out
    later(101)
    arrived(ready, 3)
    assert {task["taskId"] for task in ready.running()} != recorded(ready)
    later(PROBATION - 101)
    (change,) = ready.changes()
    assert (change["verb"], change["impact"]) == ("update", "none")
    assert [(call["action"], call["ifTaskGone"]["action"]) for call in change["calls"]] == [
        ("UpdatePublishCdnStream", START)
    ]
    assert ready.run("apply", "--auto-approve").code == 0
    assert {task["taskId"] for task in ready.running()} == recorded(ready)
    assert "probation" not in str(ready.state())
    ready.assert_settled()


def test_a_start_that_never_arrives_costs_one_update_that_changes_nothing(ready: Kit, later: Later) -> None:
    ready.faults({"action": START, "nth": 1, "count": 1, "kind": "drop-request"})
    assert ready.run("apply", "--auto-approve").code == 1
    ready.apply()
    before = {task["taskId"]: task["request"] for task in ready.running()}
    later(PROBATION)
    ready.apply()
    assert {task["taskId"]: task["request"] for task in ready.running()} == before
    ready.assert_settled()


def test_a_late_start_of_what_was_removed_is_ended(ready: Kit, later: Later) -> None:
    ready.faults({"action": START, "nth": 1, "count": 2, "kind": "late", "seconds": 100})
    assert ready.run("apply", "--auto-approve").code == 1
    ready.faults()
    (ready.root / "manifests" / "streams.yaml").write_text("")
    assert ready.run("apply", "--auto-approve").code == 0
    assert ready.running() == []
    assert {entry["status"] for entry in ready.state()["resources"].values()} == {"stopped"}
    assert ready.changes() == []
    later(101)
    wait_until(lambda: len(ready.running()) == 2)
    later(PROBATION - 101)
    changes = ready.changes()
    assert {(change["address"], change["verb"], change["impact"]) for change in changes} == {
        (HALL, "stop", "none"),
        (SIDE, "stop", "none"),
    }
    ready.apply()
    assert ready.running() == [] and ready.state()["resources"] == {}


def test_a_late_start_of_another_robot_is_ended_beside_the_new_one(ready: Kit, later: Later) -> None:
    ready.faults({"action": START, "nth": 1, "count": 2, "kind": "late", "seconds": 100})
    assert ready.run("apply", "--auto-approve").code == 1
    ready.faults()
    ready.edit("streams.yaml", "room: 295066", "room: 777")
    ready.apply()
    later(101)
    wait_until(lambda: len(ready.running()) in (3, 4))
    later(PROBATION - 101)
    assert ready.run("apply", "--auto-approve").code == 0
    assert {task["taskId"] for task in ready.running()} == recorded(ready)
    ready.assert_settled()


def test_a_late_ingest_of_what_was_stopped_is_ended(kit: Kit, later: Later) -> None:
    kit.write("news.yaml", NEWS)
    kit.faults({"action": "StartStreamIngest", "nth": 1, "count": 1, "kind": "late", "seconds": 100})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    kit.apply()
    kit.edit("news.yaml", "{room: 295066", "{state: stopped, room: 295066")
    kit.apply()
    assert kit.running() == []
    later(101)
    wait_until(lambda: len(kit.running()) == 1)
    later(PROBATION - 101)
    kit.apply()
    assert kit.running() == [] and kit.state()["resources"] == {}


def test_a_feedback_robot_that_a_late_call_shares_is_told_and_made_sure_of(ready: Kit, later: Later) -> None:
    ready.faults({"action": START, "nth": 1, "count": 2, "kind": "drop-request"})
    assert ready.run("apply", "--auto-approve").code == 1
    ready.faults()
    ready.edit("streams.yaml", 'room: "295066"', "room: side")
    ready.apply()
    later(PROBATION)
    changes = {change["address"]: change for change in ready.changes()}
    assert changes[SIDE]["impact"] == "restart"
    assert ready.run("apply", "--auto-approve", "--max-impact", "reconnect").code == 1
    assert ready.run("apply", "--auto-approve").code == 0
    assert {task["taskId"] for task in ready.running()} == recorded(ready)
    ready.assert_settled()


def test_a_late_call_goes_with_its_robot_to_another_name(kit: Kit, later: Later) -> None:
    kit.write("layouts.yaml", LAYOUT)
    kit.write(
        "streams.yaml", STREAMS.replace("spec:\n", "spec:\n  agent: {userId: robot}\n", 1).partition("---")[0]
    )
    kit.faults({"action": START, "nth": 1, "count": 1, "kind": "late", "seconds": 100})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    kit.edit("streams.yaml", "name: hall", "name: other")
    assert kit.run("apply", "--auto-approve").code == 0
    later(101)
    arrived(kit, 3)
    later(PROBATION - 101)
    assert {change["verb"] for change in kit.changes()} == {"update", "forget"}
    assert kit.run("apply", "--auto-approve").code == 0
    assert {task["taskId"] for task in kit.running()} == recorded(kit)
    kit.assert_settled()


def test_a_late_ingest_beside_one_that_has_ended_is_found(kit: Kit, later: Later) -> None:
    kit.write("news.yaml", NEWS)
    kit.faults({"action": "StartStreamIngest", "nth": 1, "count": 1, "kind": "late", "seconds": 100})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    kit.apply()
    kit.end_task(kit.running()[0]["taskId"])
    later(101)
    wait_until(lambda: len(kit.running()) == 1)
    (kit.root / "manifests" / "news.yaml").write_text("")
    later(PROBATION - 101)
    kit.apply()
    assert kit.running() == [] and kit.state()["resources"] == {}


GAME = """
apiVersion: reconciler/v1
kind: RenderStream
metadata: {name: game}
spec: {userId: player-1}
"""


def restarted(kit: Kit, later: Later, kind: str) -> None:
    """Starts a push again after a stop that was never answered; then so long passes that none can arrive."""
    kit.write("game.yaml", GAME)
    kit.apply()
    kit.edit("game.yaml", "userId: player-1", "userId: player-1, publishStreamArgs: a=b")
    kit.faults({"action": "StopPublishStream", "nth": 1, "count": 1, "kind": kind, "seconds": 100})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    assert kit.run("apply", "--auto-approve").code == 0
    assert len(kit.running()) == 1
    plan = kit.plan()
    assert plan["changes"] == [] and "a stop was never answered" in plan["warnings"][0]
    later(101)
    wait_until(lambda: kit.running() == [] or kind != "late")
    later(PROBATION - 101)


def test_a_late_stop_of_a_push_is_made_good(kit: Kit, later: Later) -> None:
    restarted(kit, later, "late")
    (change,) = kit.changes()
    assert (change["verb"], change["impact"]) == ("update", "none")
    assert "a stop was never answered" in change["reason"]
    assert [call["action"] for call in change["calls"]] == ["StartPublishStream"]
    kit.apply()
    (task,) = kit.running()
    assert task["request"]["PublishStreamArgs"] == "a=b"
    assert "probation" not in str(kit.state())


def test_making_sure_of_a_push_that_runs_leaves_it_alone(kit: Kit, later: Later) -> None:
    restarted(kit, later, "drop-request")
    before, recorded = kit.running(), kit.entry("RenderStream/game")
    assert kit.verbs() == {"RenderStream/game": "update"}
    assert kit.run("apply", "--auto-approve").code == 0
    assert kit.calls()[-1]["errorCode"] == "OperationDenied"
    assert kit.running() == before
    assert kit.entry("RenderStream/game") == {key: recorded[key] for key in recorded if key != "probation"}
    kit.assert_settled()


def test_making_sure_without_an_answer_is_tried_again(kit: Kit, later: Later) -> None:
    restarted(kit, later, "late")
    kit.faults({"action": "StartPublishStream", "kind": "drop-response"})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    assert kit.entry("RenderStream/game")["status"] == "running"
    assert kit.changes() == []
    later(PROBATION)
    kit.apply()
    assert len(kit.running()) == 1
    assert "StopPublishStream" not in [call["action"] for call in kit.calls()[-2:]]


def test_a_late_stop_of_what_was_removed_is_forgotten_in_time(kit: Kit, later: Later) -> None:
    kit.write("game.yaml", GAME)
    kit.apply()
    kit.faults({"action": "StopPublishStream", "nth": 1, "count": 1, "kind": "drop-request"})
    (kit.root / "manifests" / "game.yaml").write_text("")
    assert kit.run("apply", "--auto-approve").code == 1
    kit.apply()
    assert kit.running() == [] and kit.entry("RenderStream/game")["status"] == "stopped"
    later(PROBATION)
    assert kit.verbs() == {"RenderStream/game": "forget"}
    kit.apply()
    assert kit.state()["resources"] == {}


def test_a_late_update_of_an_ingest_is_undone(kit: Kit, later: Later) -> None:
    kit.write(
        "news.yaml",
        """
        apiVersion: reconciler/v1
        kind: IngestStream
        metadata: {name: news}
        spec: {room: 295066, volume: 50, streamUrl: "https://example.org/news.flv"}
        """,
    )
    kit.apply()
    kit.edit("news.yaml", "volume: 50", "volume: 100")
    kit.faults({"action": "UpdateStreamIngest", "nth": 1, "count": 1, "kind": "late", "seconds": 100})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    kit.edit("news.yaml", "volume: 100", "volume: 70")
    kit.apply()
    plan = kit.plan()
    assert plan["changes"] == [] and "an update was never answered" in plan["warnings"][0]

    def volume() -> int:
        (task,) = kit.running()
        return task["request"]["Volume"]

    assert volume() == 70
    later(101)
    wait_until(lambda: volume() == 100)
    later(PROBATION - 101)
    (change,) = kit.changes()
    assert change["verb"] == "update" and "may have arrived after a later one" in change["reason"]
    kit.apply()
    assert volume() == 70
    assert "probation" not in str(kit.state())


def rename(kit: Kit) -> None:
    kit.edit("game.yaml", "name: game", "name: other")


def lost_stop_then_renamed(kit: Kit, later: Later) -> None:
    """A push whose stop comes late, started again under another name; it has ended, and nobody knows."""
    kit.write("game.yaml", GAME)
    kit.apply()
    rename(kit)
    kit.faults({"action": "StopPublishStream", "nth": 1, "count": 1, "kind": "late", "seconds": 100})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    assert kit.run("apply", "--auto-approve").code == 0
    later(101)
    wait_until(lambda: kit.running() == [])
    later(PROBATION - 101)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "drop-request"}, {"kind": "drop-response"}, {"kind": "error", "code": "InvalidParameter"}],
    ids=lambda fault: fault["kind"],
)
def test_who_gave_a_late_call_away_keeps_it_until_it_was_looked_after(
    kit: Kit, later: Later, fault: dict[str, object]
) -> None:
    lost_stop_then_renamed(kit, later)
    assert kit.verbs() == {"RenderStream/game": "forget", "RenderStream/other": "update"}
    kit.faults({"action": "StartPublishStream", **fault})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    for _ in range(2):
        later(PROBATION)
        kit.run("apply", "--auto-approve")
    assert len(kit.running()) == 1
    assert kit.state()["resources"].keys() == {"RenderStream/other"}
    kit.assert_settled()


def test_a_late_call_waits_for_who_is_left_out_of_a_plan(kit: Kit, later: Later) -> None:
    lost_stop_then_renamed(kit, later)
    plan = kit.plan("--target", "RenderStream/game")
    assert plan["changes"] == [] and "not in this plan" in plan["warnings"][0]
    kit.apply()
    assert len(kit.running()) == 1


def test_making_sure_that_arrives_after_a_stop_is_ended(kit: Kit, later: Later) -> None:
    restarted(kit, later, "late")
    kit.faults({"action": "StartPublishStream", "nth": 1, "count": 1, "kind": "late", "seconds": 100})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    (kit.root / "manifests" / "game.yaml").write_text("")
    kit.apply()
    later(101)
    wait_until(lambda: len(kit.running()) == 1)
    later(PROBATION - 101)
    kit.apply()
    assert kit.running() == [] and kit.state()["resources"] == {}


def test_a_stop_by_a_name_that_another_record_has_is_not_sent(kit: Kit) -> None:
    kit.write("game.yaml", GAME)
    kit.apply()
    rename(kit)
    plan = kit.plan("--target", "RenderStream/other")
    assert "takes over what RenderStream/game still uses" in plan["warnings"][0]
    assert kit.run("apply", "--auto-approve", "--target", "RenderStream/other").code == 0
    (change,) = kit.changes()
    assert (change["verb"], change["impact"], change["calls"]) == ("forget", "none", [])
    kit.apply()
    assert len(kit.running()) == 1
    assert kit.state()["resources"].keys() == {"RenderStream/other"}


def test_a_lost_fence_of_a_late_call_is_no_doubt_of_what_is_recorded(kit: Kit, later: Later) -> None:
    kit.write("game.yaml", GAME)
    kit.faults({"action": "StartPublishStream", "nth": 1, "count": 1, "kind": "drop-request"})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    kit.edit("game.yaml", "player-1", "player-2")
    assert kit.run("apply", "--auto-approve").code == 0
    rename(kit)
    assert kit.run("apply", "--auto-approve").code == 0
    (task,) = kit.running()
    later(PROBATION)
    kit.faults({"action": "StopPublishStream", "nth": 1, "count": 1, "kind": "drop-request"})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    assert kit.entry("RenderStream/game")["status"] == "stopped"
    for _ in range(2):
        kit.run("apply", "--auto-approve")
        later(PROBATION)
    kit.run("apply", "--auto-approve")
    assert kit.running() == [task]
    assert kit.state()["resources"].keys() == {"RenderStream/other"}


@pytest.mark.parametrize("lost", ["drop-request", "late"])
@pytest.mark.parametrize("wanted", [True, False])
def test_a_late_call_whose_robot_another_kind_has_is_made_sure_of_by_that(
    kit: Kit, later: Later, lost: str, wanted: bool
) -> None:
    ingest = """
        apiVersion: reconciler/v1
        kind: IngestStream
        metadata: {name: news}
        spec: {room: 295066, userId: bot, streamUrl: "https://example.org/news.flv"}
        """
    kit.write("news.yaml", ingest)
    kit.faults({"action": "StartStreamIngest", "nth": 1, "count": 1, "kind": lost, "seconds": 100})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    kit.write(
        "news.yaml",
        """
        apiVersion: reconciler/v1
        kind: MixStream
        metadata: {name: hall}
        spec:
          room: 295066
          agent: {userId: bot}
          publish: [{url: rtmp://3891.livepush.myqcloud.com/live/hall}]
        """,
    )
    assert kit.run("apply", "--auto-approve").code == 0
    assert len(kit.running()) == 1
    assert kit.changes() == []
    later(101)
    wait_until(lambda: len(kit.tasks()) == 2 or lost != "late")
    later(PROBATION - 101)
    if not wanted:
        (kit.root / "manifests" / "news.yaml").write_text("")
    assert kit.verbs() == {"MixStream/hall": "update" if wanted else "stop", "IngestStream/news": "forget"}
    assert kit.run("apply", "--auto-approve").code == 0
    assert {task["taskId"] for task in kit.running()} == recorded(kit) and len(kit.running()) == wanted
    kit.assert_settled()


def test_a_push_starts_where_a_stop_of_nothing_is_refused(kit: Kit) -> None:
    kit.post("variants", {"stop-no-render": "OperationDenied"})
    kit.write("game.yaml", GAME)
    kit.faults({"action": "StartPublishStream", "nth": 1, "count": 1, "kind": "drop-request"})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    assert kit.run("apply", "--auto-approve").code == 0
    assert len(kit.running()) == 1


@pytest.mark.slow
def test_a_lost_fence_beside_a_running_ingest_is_no_lost_update(kit: Kit, later: Later) -> None:
    kit.write(
        "news.yaml",
        """
        apiVersion: reconciler/v1
        kind: IngestStream
        metadata: {name: news}
        spec: {room: 295066, userId: one, streamUrl: "https://example.org/news.flv"}
        """,
    )
    kit.faults({"action": "StartStreamIngest", "nth": 1, "count": 1, "kind": "drop-request"})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    kit.edit("news.yaml", "userId: one", "userId: two")
    assert kit.run("apply", "--auto-approve").code == 0
    later(PROBATION)
    kit.faults({"action": "RemoveUser", "count": 99, "kind": "drop-request"})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    assert all(one.get("verb") != "update" for one in kit.entry("IngestStream/news")["probation"])
    kit.run("apply", "--auto-approve")
    later(PROBATION)
    kit.run("apply", "--auto-approve")
    kit.assert_settled()


def test_two_pushes_that_swap_their_sessions_take_them_over(kit: Kit) -> None:
    kit.write("game.yaml", GAME)
    kit.write("match.yaml", GAME.replace("name: game", "name: match").replace("player-1", "player-2"))
    kit.apply()
    kit.edit("game.yaml", "player-1", "player-2")
    kit.edit("match.yaml", "player-2", "player-1")
    plan = kit.plan()
    assert "depend on each other" in plan["warnings"][0]
    assert [change["takesOver"] for change in plan["changes"]] == [["RenderStream/match"], []]
    assert kit.run("apply", "--auto-approve").code == 0
    assert sorted(task["request"]["UserId"] for task in kit.running()) == ["player-1", "player-2"]
    kit.assert_settled()


@pytest.mark.parametrize("wanted_after", [True, False])
def test_a_swap_that_breaks_off_leaves_nothing_behind(kit: Kit, later: Later, wanted_after: bool) -> None:
    kit.write("game.yaml", GAME)
    kit.write("match.yaml", GAME.replace("name: game", "name: match").replace("player-1", "player-2"))
    kit.apply()
    kit.edit("game.yaml", "player-1", "player-2")
    kit.edit("match.yaml", "player-2", "player-1")
    kit.faults({"action": "StopPublishStream", "kind": "error", "code": "InvalidParameter"})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    if not wanted_after:
        (kit.root / "manifests" / "match.yaml").write_text("")
    for _ in range(3):
        later(PROBATION)
        kit.run("apply", "--auto-approve")
    users = sorted(task["request"]["UserId"] for task in kit.running())
    assert users == (["player-1", "player-2"] if wanted_after else ["player-2"])
    kit.assert_settled()


TAPE = """
apiVersion: reconciler/v1
kind: Recording
metadata: {name: hall}
spec:
  room: 295066
  userId: robot
  record: {recordMode: mix}
  storage: {cloudVod: {tencentVod: {expireTime: 0}}}
"""
MIXER = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall}
spec:
  room: 295066
  agent: {userId: robot}
  publish: [{url: rtmp://3891.livepush.myqcloud.com/live/hall}]
"""
TAPED, MIXED = "Recording/hall", "MixStream/hall"


def lost_recording(kit: Kit, kind: str) -> None:
    """A recording whose start was never answered has another robot by now; a mix is to have the old one."""
    kit.write("tape.yaml", TAPE)
    kit.faults({"action": "CreateCloudRecording", "nth": 1, "count": 1, "kind": kind, "seconds": 100})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    kit.edit("tape.yaml", "userId: robot", "userId: recorder")
    kit.write("mixer.yaml", MIXER)


@pytest.mark.parametrize("kind", ["late", "drop-request", "drop-response"])
def test_a_mix_takes_the_robot_of_a_recording_whose_start_was_lost(kit: Kit, later: Later, kind: str) -> None:
    lost_recording(kit, kind)
    plan = kit.plan()
    assert [change["address"] for change in plan["changes"]] == [TAPED, MIXED]
    assert any("Recording/hall goes first" in warning for warning in plan["warnings"])
    assert kit.run("apply", "--auto-approve").code == 0
    assert {task["taskId"] for task in kit.running()} == recorded(kit) and len(kit.running()) == 2
    assert kit.changes() == []
    later(101)
    wait_until(lambda: len(kit.tasks()) == (4 if kind == "drop-response" else 3) + (kind == "late"))
    later(PROBATION - 101)
    assert [(change["address"], change["verb"], change["impact"]) for change in kit.changes()] == [
        (MIXED, "update", "none"),
        (TAPED, "update", "none"),
    ]
    assert kit.run("apply", "--auto-approve").code == 0
    assert {task["taskId"] for task in kit.running()} == recorded(kit) and len(kit.running()) == 2
    assert "probation" not in str(kit.state())
    kit.assert_settled()


@pytest.mark.parametrize("kind", ["late", "drop-response"])
def test_a_mix_that_has_the_robot_of_a_lost_recording_runs_on(kit: Kit, later: Later, kind: str) -> None:
    """It was started by itself, which has ended what the lost start began."""
    lost_recording(kit, kind)
    assert kit.run("apply", "--auto-approve", "--target", MIXED).code == 0
    (mix,) = kit.running()
    assert [(change["address"], change["verb"], change["impact"]) for change in kit.changes()] == [
        (TAPED, "start", "start")
    ]
    assert kit.run("apply", "--auto-approve").code == 0
    assert mix["taskId"] in {task["taskId"] for task in kit.running()} == recorded(kit)
    later(101)
    later(PROBATION - 101)
    assert kit.run("apply", "--auto-approve").code == 0
    assert {task["taskId"] for task in kit.running()} == recorded(kit) and len(kit.running()) == 2
    kit.assert_settled()


def test_a_lost_recording_that_is_not_wanted_any_more_is_forgotten_once_its_robot_is_made_sure_of(
    kit: Kit, later: Later
) -> None:
    lost_recording(kit, "late")
    (kit.root / "manifests" / "tape.yaml").unlink()
    assert [change["address"] for change in kit.changes()] == [TAPED, MIXED]
    assert kit.run("apply", "--auto-approve").code == 0
    later(101)
    wait_until(lambda: len(kit.tasks()) == 3)
    later(PROBATION - 101)
    assert kit.verbs() == {MIXED: "update", TAPED: "forget"}
    assert kit.run("apply", "--auto-approve").code == 0
    assert {task["taskId"] for task in kit.running()} == recorded(kit) and len(kit.running()) == 1
    kit.assert_settled()
