"""A pull task's whole life against the simulator: started, changed, renewed, paused, lost and found."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.live.v20180801.live_client import LiveClient

from .conftest import SECRETS
from .kit import Kit, Later

STREAM = """
apiVersion: reconciler/v1
kind: PullStream
metadata: {name: backup}
spec:
  sourceUrls: [rtmp://5000.liveplay.example/live/main]
  publish: {url: rtmp://3891.livepush.myqcloud.com/live/backup, auth: {key: {env: STREAM_PUSH_KEY}}}
"""
FILES = """
apiVersion: reconciler/v1
kind: PullStream
metadata: {name: backup}
spec:
  sourceType: vod
  sourceUrls: [https://films.example/a.mp4, https://films.example/b.mp4]
  publish: {url: rtmp://3891.livepush.myqcloud.com/live/backup}
"""
TO = "toUrl: {env: STREAM_OTHER}"
ADDRESS = "PullStream/backup"
START, MODIFY, DELETE = "CreateLivePullStreamTask", "ModifyLivePullStreamTask", "DeleteLivePullStreamTask"
DESCRIBE = "DescribeLivePullStreamTasks"
DAY = 86400.0
LATE = 400.0


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("backup.yaml", STREAM)
    assert [change["verb"] for change in kit.apply()["changes"]] == ["start"]
    return kit


@pytest.fixture
def files(kit: Kit) -> Kit:
    kit.write("backup.yaml", FILES)
    kit.apply()
    return kit


def put(kit: Kit, line: str) -> None:
    kit.edit("backup.yaml", "spec:\n", f"spec:\n  {line}\n")


def pulls(kit: Kit) -> list[dict[str, Any]]:
    return [task for task in kit.tasks() if task["kind"] == "pull" and task["endReason"] != "deleted"]


def changed_from_outside(kit: Kit, **values: Any) -> None:
    """What the console, or a script of somebody's, sets."""
    (task,) = pulls(kit)
    outside(kit, MODIFY, {"TaskId": task["taskId"], "Operator": "somebody", **values})


def outside(kit: Kit, action: str, params: Mapping[str, Any]) -> None:
    """A call of the vendor's own SDK."""
    http = HttpProfile(protocol="http", endpoint=kit.url.removeprefix("http://"))
    credential = Credential(SECRETS["TENCENTCLOUD_SECRET_ID"], SECRETS["TENCENTCLOUD_SECRET_KEY"])
    LiveClient(credential, "ap-guangzhou", ClientProfile(httpProfile=http)).call_json(action, dict(params))


def sent(kit: Kit) -> dict[str, Any]:
    request = kit.calls()[-1]["request"]
    return {name: value for name, value in request.items() if name not in ("TaskId", "Operator")}


# Start and stop


def test_it_feeds_its_stream_until_it_is_stopped(applied: Kit) -> None:
    (task,) = pulls(applied)
    entry = applied.entry(ADDRESS)
    assert (task["taskId"], task["status"]) == (entry["taskId"], "running")
    assert task["request"]["EndTime"] == entry["made"]["end"]
    assert task["request"]["SpecifyTaskId"] == entry["made"]["token"]
    assert applied.live()["backup"] == "active"
    applied.edit("backup.yaml", "spec:\n", "spec:\n  state: stopped\n")
    applied.apply()
    assert pulls(applied) == [] and applied.live()["backup"] == "inactive"


def test_no_secret_is_shown_or_recorded(applied: Kit) -> None:
    (task,) = pulls(applied)
    signature = task["request"]["PushArgs"].partition("txSecret=")[2].partition("&")[0]
    assert len(signature) == 32
    shown = applied.run("plan", "--format", "json").out + applied.run("state", "show", ADDRESS).out
    kept = "".join(file.read_text(errors="replace") for file in applied.root.rglob("*.json*"))
    assert signature not in shown + kept and "canary-push-key" not in shown + kept


def test_its_minutes_are_told_where_it_starts(kit: Kit) -> None:
    kit.write("backup.yaml", STREAM)
    assert "billed by the minute until then" in kit.run("plan").out


def test_another_network_is_pushed_to_by_its_address_alone(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_OTHER", "rtmp://live.example/app/key")
    kit.write("backup.yaml", FILES)
    kit.edit("backup.yaml", "publish: {url: rtmp://3891.livepush.myqcloud.com/live/backup}", TO)
    kit.apply()
    (task,) = pulls(kit)
    assert (task["request"]["ToUrl"], task["request"]["DomainName"]) == ("rtmp://live.example/app/key", "")


# Changes


SHOWN = {"PictureUrl": "https://i.example/a.png", "XPosition": 1, "YPosition": 2, "Width": 10, "Height": 0}
WATERMARK = "pictureUrl: https://i.example/a.png, xPosition: 1, yPosition: 2, width: 10, location: top-right"
ADDED = {
    "loops": ("vodLoopTimes: 3", {"VodLoopTimes": 3}),
    "when": ("vodRefreshType: ContinueBreakPoint", {"VodRefreshType": "ContinueBreakPoint"}),
    "local": ("vodLocalMode: true", {"VodLocalMode": 1}),
    "events": ("callbackEvents: [TaskAlarm]", {"CallbackEvents": ["TaskAlarm"]}),
    "callback": ("callbackUrl: https://hook.example/a", {"CallbackUrl": "https://hook.example/a"}),
    "comment": ("comment: the films", {"Comment": "the films"}),
    "second push": ("backupToUrl: {env: STREAM_OTHER}", {"BackupToUrl": "rtmp://live.example/a/b"}),
    "watermark": (f"watermarkList: [{{{WATERMARK}}}]", {"WatermarkList": [{**SHOWN, "Location": 1}]}),
}
CLEARED = {
    "loops": {"VodLoopTimes": -1},
    "local": {"VodLocalMode": 0},
    "second push": {"BackupToUrl": ""},
    "watermark": {"WatermarkList": []},
}
KEPT = ("when", "comment")


def test_the_order_of_files_is_theirs(files: Kit) -> None:
    files.edit("backup.yaml", "a.mp4, https://films.example/b.mp4", "b.mp4, https://films.example/a.mp4")
    (change,) = files.changes()
    assert (change["verb"], change["impact"]) == ("update", "none")
    files.apply()
    assert sent(files) == {"SourceUrls": ["https://films.example/b.mp4", "https://films.example/a.mp4"]}


@pytest.mark.parametrize("name", ADDED)
def test_update_in_place_and_back(files: Kit, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_OTHER", "rtmp://live.example/a/b")
    line, said = ADDED[name]
    before = files.entry(ADDRESS)["taskId"]
    put(files, line)
    (change,) = files.changes()
    assert (change["verb"], change["impact"]) == ("update", "none")
    files.apply()
    assert sent(files) == said
    files.write("backup.yaml", FILES)
    count = len(files.calls())
    files.apply()
    if name in KEPT:
        assert len(files.calls()) == count
    elif name in CLEARED:
        assert sent(files) == CLEARED[name]
    (task,) = pulls(files)
    assert (task["taskId"] == before) is (name != "callback")


def test_a_backup_source_comes_and_goes(applied: Kit) -> None:
    put(applied, "backupSourceType: vod\n  backupSourceUrl: https://films.example/pause.mp4")
    applied.apply()
    url = "https://films.example/pause.mp4"
    assert sent(applied) == {"BackupSourceType": "PullVodPushLive", "BackupSourceUrl": url}
    applied.write("backup.yaml", STREAM)
    applied.apply()
    assert sent(applied) == {"BackupSourceType": ""}


REPLACES = {
    "target": ("live/backup", "live/other"),
    "type": ("spec:\n", "spec:\n  sourceType: picture\n"),
    "region": ("spec:\n", "spec:\n  region: ap-singapore\n"),
    "template": ("spec:\n", "spec:\n  transcodeTemplateName: half\n"),
    "recording": ("spec:\n", 'spec:\n  recordTemplateId: "12"\n'),
    "command": ("spec:\n", "spec:\n  ignoreRegion: true\n"),
    "own ID": ("spec:\n", "spec:\n  specifyTaskId: mine\n"),
}


@pytest.mark.parametrize(("old", "new"), REPLACES.values(), ids=REPLACES)
def test_replace(applied: Kit, old: str, new: str) -> None:
    before = applied.entry(ADDRESS)["taskId"]
    applied.edit("backup.yaml", old, new, 1)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("replace", "restart")
    applied.apply()
    (task,) = pulls(applied)
    assert task["taskId"] == applied.entry(ADDRESS)["taskId"] != before


# Time


def test_its_end_is_put_off_and_nothing_is_disturbed(applied: Kit, later: Later) -> None:
    before, since = applied.entry(ADDRESS), pulls(applied)[0]["startedAt"]
    later(2 * DAY)
    assert applied.changes() == []
    later(1.5 * DAY)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"], change["renewal"]) == ("update", "none", True)
    applied.apply()
    assert list(sent(applied)) == ["EndTime"]
    (task,) = pulls(applied)
    assert (task["taskId"], task["startedAt"]) == (before["taskId"], since)
    assert task["request"]["EndTime"] == applied.entry(ADDRESS)["made"]["end"] > before["made"]["end"]


def test_what_nobody_renewed_has_ended_and_starts_again(applied: Kit, later: Later) -> None:
    before = applied.entry(ADDRESS)["taskId"]
    later(7 * DAY)
    (task,) = pulls(applied)
    assert task["status"] == "ended" and applied.live()["backup"] == "inactive"
    assert applied.run("drift", "--detailed-exitcode").code == 2
    assert applied.verbs() == {ADDRESS: "start"}
    applied.apply()
    assert applied.entry(ADDRESS)["taskId"] != before and applied.live()["backup"] == "active"


def test_a_declared_end_is_an_end(kit: Kit, later: Later) -> None:
    kit.write("backup.yaml", STREAM)
    put(kit, "endTime: 2099-01-01T00:00:00Z")
    refused = kit.run("plan")
    assert "30 days ahead or more" in refused.out + refused.err


def test_files_that_were_played_have_ended(kit: Kit, later: Later) -> None:
    kit.write("backup.yaml", FILES)
    put(kit, "vodLoopTimes: 1")
    kit.apply()
    later(4 * 3600 + 60)
    assert pulls(kit)[0]["endReason"] == "played"


# Pause


def test_pause_and_resume(applied: Kit) -> None:
    put(applied, "state: paused")
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("pause", "pause")
    applied.apply()
    assert sent(applied) == {"Status": "pause"} and applied.live()["backup"] == "inactive"
    applied.write("backup.yaml", STREAM)
    assert applied.verbs() == {ADDRESS: "resume"}
    applied.apply()
    assert sent(applied) == {"Status": "enable"} and applied.live()["backup"] == "active"


def test_it_can_be_started_paused(kit: Kit) -> None:
    kit.write("backup.yaml", STREAM)
    put(kit, "state: paused")
    kit.apply()
    assert [call["action"] for call in kit.calls()] == [START, MODIFY]
    assert pulls(kit)[0]["status"] == "paused"


# Drift


PAUSE_FILM = {"BackupSourceType": "PullVodPushLive", "BackupSourceUrl": "https://films.example/pause.mp4"}
DRIFTS: dict[str, tuple[dict[str, Any], str]] = {
    "source": ({"SourceUrls": ["rtmp://5000.liveplay.example/live/other"]}, "spec.sourceUrls"),
    "events": ({"CallbackEvents": ["TaskExit"]}, "spec.callbackEvents"),
    "watermarks": ({"WatermarkList": [{**SHOWN, "Location": 0}]}, "spec.watermarkList"),
    "backup": (PAUSE_FILM, "spec.backupSourceType"),
    "loops": ({"VodLoopTimes": 2}, "spec.vodLoopTimes"),
    "local": ({"VodLocalMode": 1}, "spec.vodLocalMode"),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_what_somebody_else_sets_is_told_and_put_back(applied: Kit, name: str) -> None:
    values, path = DRIFTS[name]
    changed_from_outside(applied, **values)
    drift = applied.run("drift", "--format", "json")
    (row,) = json.loads(drift.out)["changes"]
    assert row["status"] == "changed" and path in row["evidence"]
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("update", "none")
    assert any(field["path"].startswith(path) for field in change["fields"])
    applied.apply()
    assert applied.run("drift", "--detailed-exitcode").code == 0


def test_a_pause_by_somebody_else_is_ended(applied: Kit) -> None:
    changed_from_outside(applied, Status="pause")
    assert applied.verbs() == {ADDRESS: "resume"}
    applied.apply()
    assert pulls(applied)[0]["status"] == "running"


def test_a_secret_of_an_address_that_somebody_else_set_is_not_shown(applied: Kit) -> None:
    changed_from_outside(applied, SourceUrls=["rtmp://me:canary-source@5000.liveplay.example/live/other"])
    shown = applied.run("plan").out + applied.run("drift").out + applied.run("plan", "--format", "json").out
    assert "canary-source" not in shown and "spec.sourceUrls" in shown
    applied.apply()
    assert "canary-source" not in "".join(one.read_text() for one in applied.root.rglob("*.json"))


def test_one_that_somebody_else_deleted_starts_again(applied: Kit) -> None:
    (task,) = pulls(applied)
    outside(applied, DELETE, {"TaskId": task["taskId"], "Operator": "somebody"})
    assert applied.verbs() == {ADDRESS: "start"}
    applied.apply()
    assert len(pulls(applied)) == 1


def test_a_source_that_is_gone_is_told_and_nothing_is_done(applied: Kit) -> None:
    outside(
        applied,
        "ForbidLiveStream",
        {"DomainName": "3891.livepush.myqcloud.com", "AppName": "live", "StreamName": "backup"},
    )
    drift = json.loads(applied.run("drift", "--format", "json").out)
    (row,) = drift["changes"]
    assert (row["status"], row["verb"]) == ("silent", "unchanged")
    applied.assert_settled()


# Lost answers


def lose_starts(kit: Kit, kind: str, **more: Any) -> None:
    kit.faults({"action": START, "nth": 1, "count": 100, "kind": kind, **more})
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 1 and "1 uncertain" in ran.out
    kit.faults()


def one_task_is_recorded(kit: Kit) -> None:
    (task,) = pulls(kit)
    assert task["taskId"] == kit.entry(ADDRESS)["taskId"] and kit.entry(ADDRESS)["status"] == "running"
    kit.assert_settled()


def test_a_start_that_got_no_answer_is_sent_again_and_is_the_same_task(kit: Kit) -> None:
    kit.write("backup.yaml", STREAM)
    kit.faults({"action": START, "nth": 1, "kind": "drop-response"})
    assert kit.run("apply", "--auto-approve").code == 0
    assert [call["request"]["SpecifyTaskId"] for call in kit.calls()] == [
        kit.entry(ADDRESS)["made"]["token"]
    ] * 2
    one_task_is_recorded(kit)


def test_what_may_still_arrive_of_a_start_outlives_the_pause_after_it(kit: Kit) -> None:
    """Else a stop would forget the task, and the late start make one that nobody knows."""
    kit.write("backup.yaml", STREAM)
    kit.edit("backup.yaml", "spec:\n", "spec:\n  state: paused\n")
    kit.faults({"action": START, "nth": 1, "kind": "drop-response"})
    assert kit.run("apply", "--auto-approve").code == 0
    assert [call["action"] for call in kit.calls()] == [START, START, "ModifyLivePullStreamTask"]
    assert len(kit.entry(ADDRESS)["probation"]) == 1
    assert kit.changes() == []


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["same-task", "InvalidParameter", "FailedOperation"])
def test_a_start_that_never_got_an_answer_is_found_and_not_repeated(kit: Kit, answer: str) -> None:
    kit.post("variants", {"second-pull": answer})
    kit.write("backup.yaml", STREAM)
    lose_starts(kit, "drop-response")
    (change,) = kit.changes()
    assert (change["verb"], change["calls"]) == ("update", [])
    assert "the task whose start was never answered was found" in change["reason"]
    kit.apply()
    one_task_is_recorded(kit)


@pytest.mark.slow
def test_what_a_lost_start_has_made_is_stopped_where_it_is_wanted_no_more(kit: Kit) -> None:
    kit.write("backup.yaml", STREAM)
    lose_starts(kit, "drop-response")
    kit.write("backup.yaml", "")
    assert kit.verbs() == {ADDRESS: "stop"}
    kit.apply()
    assert pulls(kit) == [] and kit.entry(ADDRESS)["status"] == "stopped"
    assert kit.changes() == [] and "an unanswered call may still arrive" in kit.run("plan").out


@pytest.mark.slow
def test_a_start_that_is_answered_with_the_task_of_a_lost_one_sets_what_that_has(kit: Kit) -> None:
    kit.write("backup.yaml", STREAM)
    lose_starts(kit, "drop-response")
    put(kit, "callbackEvents: [TaskAlarm]\n  vodLocalMode: true")
    kit.faults({"action": DESCRIBE, "nth": 1, "count": 100, "kind": "error", "code": "FailedOperation"})
    (change,) = kit.changes()
    assert change["verb"] == "start" and "find again by its ID and set as declared" in change["reason"]
    assert [call["action"] for call in change["calls"]] == [START, MODIFY]
    kit.run("apply", "--auto-approve")
    kit.faults()
    (task,) = pulls(kit)
    assert (task["request"]["CallbackEvents"], task["request"]["VodLocalMode"]) == (["TaskAlarm"], 1)
    one_task_is_recorded(kit)


@pytest.mark.slow
def test_one_that_never_arrived_starts_once(kit: Kit) -> None:
    kit.write("backup.yaml", STREAM)
    lose_starts(kit, "drop-request")
    assert pulls(kit) == [] and kit.verbs() == {ADDRESS: "start"}
    kit.apply()
    one_task_is_recorded(kit)


def test_an_update_that_got_no_answer_is_known_from_what_runs(applied: Kit) -> None:
    put(applied, "callbackEvents: [TaskAlarm]")
    applied.faults({"action": MODIFY, "nth": 1, "count": 9, "kind": "drop-response"})
    assert applied.run("apply", "--auto-approve").code == 1
    applied.faults()
    (change,) = applied.changes()
    assert change["calls"] == [] and change["reason"].startswith("it runs as it is declared")
    applied.apply()


@pytest.mark.slow
def test_a_stop_that_got_no_answer_is_known_to_have_come(applied: Kit) -> None:
    applied.write("backup.yaml", "")
    applied.faults({"action": DELETE, "nth": 1, "count": 9, "kind": "drop-response"})
    applied.run("apply", "--auto-approve")
    applied.faults()
    if applied.state()["resources"]:
        assert applied.verbs() == {ADDRESS: "forget"}
        applied.run("apply", "--auto-approve")
    assert pulls(applied) == [] and applied.state()["resources"] == {}


@pytest.mark.slow
def test_too_many_tasks_are_told_with_what_to_do(kit: Kit) -> None:
    kit.write("backup.yaml", STREAM)
    kit.faults(
        {"action": START, "kind": "error", "code": "InvalidParameter.TaskNumMoreThanLimit", "count": 9}
    )
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 1 and "delete pull tasks that have ended" in ran.out + ran.err


SECOND = "runs already and is not in the state: this start makes a second one"


def warned(kit: Kit, *options: str) -> str:
    return " ".join(json.loads(kit.run("plan", "--format", "json", *options).out)["warnings"])


@pytest.mark.parametrize("ended", ["deleted", "its time is over"])
def test_one_that_the_state_has_dropped_is_told_of_before_a_second_is_started(
    applied: Kit, later: Later, ended: str
) -> None:
    (task,) = pulls(applied)
    assert applied.run("state", "rm", ADDRESS).code == 0
    assert f"{ADDRESS}: task {task['taskId']} {SECOND}" in warned(applied)
    asked = len(applied.calls())
    assert SECOND not in warned(applied, "--no-refresh") and len(applied.calls()) == asked
    if ended == "deleted":
        outside(applied, DELETE, {"TaskId": task["taskId"], "Operator": "somebody"})
    else:
        later(7 * DAY)
    assert SECOND not in warned(applied)


def test_nothing_is_looked_for_that_no_state_can_have_lost(kit: Kit) -> None:
    kit.write("backup.yaml", STREAM)
    kit.apply()
    assert [call["action"] for call in kit.calls()] == [START]


def test_one_of_somebody_else_is_not_taken_over_and_it_is_told_what_to_do(kit: Kit) -> None:
    kit.write("backup.yaml", STREAM)
    ran = kit.run("state", "import", ADDRESS, "--task-id", "1000001")
    assert ran.code == 64 and "a running PullStream cannot be imported" in ran.err
    assert "end the task where it was started" in ran.err
