"""Answers that never come, processes that die, tasks that end behind our back."""

import json

import pytest

from .kit import Kit, wait_until
from .test_mix_stream import HALL, LAYOUT, SIDE, STREAMS

START = "StartPublishCdnStream"


@pytest.fixture
def ready(kit: Kit) -> Kit:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    return kit


def one_running_task_each(kit: Kit) -> None:
    running = {task["taskId"] for task in kit.running()}
    recorded = {entry["taskId"] for entry in kit.state()["resources"].values()}
    assert running == recorded and len(running) == 2


@pytest.mark.slow
def test_killed_between_a_start_and_its_outcome(ready: Kit) -> None:
    ready.faults({"action": START, "nth": 1, "count": 2, "kind": "delay", "seconds": 30})
    process = ready.spawn("apply", "--auto-approve")
    wait_until(lambda: len(ready.running()) == 2)
    process.kill()
    process.communicate()
    ready.faults()
    assert not ready.state_path.exists()
    changes = ready.changes()
    assert {change["address"]: change["verb"] for change in changes} == {HALL: "start", SIDE: "start"}
    assert all("the outcome of" in change["reason"] for change in changes)
    assert "uncertain" in ready.run("state", "list").out
    assert ready.run("apply", "--auto-approve").code == 0
    one_running_task_each(ready)
    assert [task["endReason"] for task in ready.tasks("ended")] == ["robot-kicked", "robot-kicked"]
    ready.assert_settled()


@pytest.mark.parametrize("kind", ["drop-response", "http-500"])
def test_an_unanswered_start_is_not_repeated_but_resolved_next_time(ready: Kit, kind: str) -> None:
    ready.faults({"action": START, "nth": 1, "kind": kind})
    ran = ready.run("apply", "--auto-approve")
    assert ran.code == 1
    assert "1 done, 1 uncertain" in ran.out
    assert sum(call["action"] == START for call in ready.calls()) == 2
    uncertain = [entry for entry in ready.state()["resources"].values() if entry["status"] == "uncertain"]
    assert len(uncertain) == 1 and "taskId" not in uncertain[0]
    assert ready.run("apply", "--auto-approve").code == 0
    one_running_task_each(ready)
    ready.assert_settled()


def test_an_uncertain_start_that_is_no_longer_wanted_is_ended(ready: Kit) -> None:
    ready.faults({"action": START, "nth": 1, "count": 2, "kind": "drop-response"})
    assert ready.run("apply", "--auto-approve").code == 1
    (ready.root / "manifests" / "streams.yaml").write_text("")
    assert ready.verbs() == {HALL: "stop", SIDE: "stop"}
    ready.apply()
    assert ready.running() == []
    # They stay recorded while a start may still arrive late; see test_probation.
    assert {entry["status"] for entry in ready.state()["resources"].values()} == {"stopped"}
    ready.assert_settled()


def test_an_uncertain_start_whose_room_has_changed_is_ended_first(ready: Kit) -> None:
    ready.faults({"action": START, "nth": 1, "count": 2, "kind": "drop-response"})
    assert ready.run("apply", "--auto-approve").code == 1
    ready.edit("streams.yaml", "room: 295066", "room: 777")
    ready.apply()
    one_running_task_each(ready)


def test_an_update_without_an_answer_is_repeated_with_its_number(ready: Kit) -> None:
    ready.apply()
    ready.edit("streams.yaml", "right: {userId: bob}", "right: {userId: carol}")
    ready.faults({"action": "UpdatePublishCdnStream", "nth": 1, "kind": "drop-response"})
    assert ready.run("apply", "--auto-approve").code == 0
    updates = [call for call in ready.calls() if call["action"].startswith("Update")]
    assert [call["request"]["SequenceNumber"] for call in updates] == [1, 1]
    assert updates[1]["errorCode"] == "FailedOperation.RequestOutdated"
    ready.assert_settled()


def test_an_update_that_is_outdated_at_once_may_be_in_force(ready: Kit) -> None:
    """Another may have sent a higher number, or something on the way sent ours twice (semantics §3)."""
    ready.apply()
    ready.edit("streams.yaml", "right: {userId: bob}", "right: {userId: carol}")
    ready.faults(
        {"action": "UpdatePublishCdnStream", "kind": "error", "code": "FailedOperation.RequestOutdated"}
    )
    assert ready.run("apply", "--auto-approve").code == 1
    ready.faults()
    ready.edit("streams.yaml", "right: {userId: carol}", "right: {userId: bob}")
    (change,) = ready.changes()
    assert change["verb"] == "update" and "unknown" in change["reason"]
    ready.apply()
    assert ready.entry(HALL)["sequenceNumber"] > 1_700_000_000_000


@pytest.mark.slow
def test_an_update_that_was_killed_is_sent_again_with_a_higher_number(ready: Kit) -> None:
    ready.apply()
    ready.edit("streams.yaml", "right: {userId: bob}", "right: {userId: carol}")
    ready.faults({"action": "UpdatePublishCdnStream", "nth": 1, "kind": "delay", "seconds": 30})
    process = ready.spawn("apply", "--auto-approve")
    wait_until(lambda: any(call["action"].startswith("Update") for call in ready.calls()))
    process.kill()
    process.communicate()
    ready.faults()
    ready.edit("streams.yaml", "right: {userId: carol}", "right: {userId: bob}")
    (change,) = ready.changes()
    assert change["verb"] == "update" and "unknown" in change["reason"]
    ready.apply()
    assert ready.entry(HALL)["sequenceNumber"] == 2
    (hall,) = [task for task in ready.running() if task["taskId"] == ready.entry(HALL)["taskId"]]
    tiles = hall["request"]["VideoParams"]["LayoutParams"]["MixLayoutList"]
    assert tiles[1]["UserMediaStream"]["UserInfo"]["UserId"] == "bob"


def test_a_stop_without_an_answer_is_repeated(ready: Kit) -> None:
    ready.apply()
    (ready.root / "manifests" / "streams.yaml").write_text("")
    ready.faults({"action": "StopPublishCdnStream", "nth": 1, "kind": "drop-response"})
    assert ready.run("apply", "--auto-approve").code == 0
    assert ready.running() == []
    ready.assert_settled()


def test_stopping_what_has_ended_is_done(ready: Kit) -> None:
    ready.apply()
    ready.end_task(ready.entry(HALL)["taskId"])
    (ready.root / "manifests" / "streams.yaml").write_text("")
    ready.apply()
    assert ready.state()["resources"] == {}


def test_updating_what_has_ended_says_so_and_the_next_run_starts_it(ready: Kit) -> None:
    ready.apply()
    ready.end_task(ready.entry(HALL)["taskId"])
    ready.edit("streams.yaml", "right: {userId: bob}", "right: {userId: carol}")
    ran = ready.run("apply", "--auto-approve")
    assert ran.code == 1 and "TaskFinished" in ran.err
    entry = ready.entry(HALL)
    assert entry["status"] == "ended" and "taskId" not in entry
    assert ready.verbs() == {HALL: "start"}
    ready.apply()
    one_running_task_each(ready)


def test_a_refused_call_stops_nothing_else(ready: Kit) -> None:
    ready.faults({"action": START, "nth": 1, "kind": "error", "code": "InvalidParameter"})
    ran = ready.run("apply", "--auto-approve")
    assert ran.code == 1
    assert "1 done, 1 failed" in ran.out
    failed = next(call for call in ready.calls() if call["errorCode"])
    for word in ("StartPublishCdnStream", "InvalidParameter", failed["response"]["RequestId"], "hint:"):
        assert word in ran.err
    assert len(ready.state()["resources"]) == 1
    ready.apply()
    one_running_task_each(ready)


def test_a_wrong_key_ends_the_run_at_once(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "wrong")
    ran = ready.run("apply", "--auto-approve")
    assert ran.code == 1
    assert "AuthFailure.SignatureFailure" in ran.err
    assert ready.tasks() == []
    assert json.loads(ready.state_path.read_text())["resources"] == {}
