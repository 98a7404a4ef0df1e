"""A live stream's whole life against the simulator, alone and with what pushes to it."""

from datetime import UTC, datetime, timedelta

import pytest

from .kit import Kit

STREAM = """
apiVersion: reconciler/v1
kind: LiveStream
metadata: {name: hall}
spec:
  domainName: 3891.livepush.myqcloud.com
  streamName: hall
"""

MIX = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall}
spec:
  room: 295066
  publish: [{url: rtmp://3891.livepush.myqcloud.com/live/hall}]
"""

HALL, MIXED = "LiveStream/hall", "MixStream/hall"


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("live.yaml", STREAM)
    saved = kit.apply()
    assert [(change["verb"], change["impact"]) for change in saved["changes"]] == [("resume", "none")]
    return kit


def forbid(kit: Kit, rest: str = "") -> None:
    kit.edit("live.yaml", "spec:\n", f"spec:\n  state: forbidden\n{rest}")


def allow(kit: Kit) -> None:
    kit.write("live.yaml", STREAM)


def test_resumed_at_its_first_apply(applied: Kit) -> None:
    assert [call["action"] for call in applied.calls()] == ["ResumeLiveStream"]
    assert applied.live() == {"hall": "inactive"}
    assert applied.entry(HALL)["status"] == "allowed"
    assert "taskId" not in applied.entry(HALL)


def test_forbidden_and_resumed(applied: Kit) -> None:
    forbid(applied)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("stop", "stop")
    applied.apply()
    assert applied.live() == {"hall": "forbid"}
    allow(applied)
    assert applied.verbs() == {HALL: "resume"}
    applied.apply()
    assert applied.live() == {"hall": "inactive"}


def test_a_forbid_that_is_declared_at_once(kit: Kit) -> None:
    kit.write("live.yaml", STREAM)
    forbid(kit, "  reason: rights\n")
    assert kit.verbs() == {HALL: "stop"}
    kit.apply()
    assert kit.calls()[-1]["request"]["Reason"] == "rights"
    assert kit.live() == {"hall": "forbid"}


def test_an_end_more_than_90_days_ahead_is_told_before_the_call(applied: Kit) -> None:
    """A check of manifests reads no clock; the plan does, and names the latest moment that is taken."""
    now = datetime.now(UTC)
    forbid(applied, f"  resumeTime: {(now + timedelta(days=91)):%Y-%m-%dT%H:%M:%SZ}\n")
    plan = applied.plan()
    (warning,) = plan["warnings"]
    assert "more than 90 days ahead" in warning and f"{now + timedelta(days=90):%Y-%m-%d}" in warning
    latest = warning.split("use ")[1].split(" ")[0]
    allow(applied)
    forbid(applied, f"  resumeTime: {latest}\n")
    assert applied.plan()["warnings"] == []
    applied.apply()
    assert applied.live() == {"hall": "forbid"}


def test_a_stop_can_drop_the_push_as_well(applied: Kit) -> None:
    forbid(applied, "  drop: true\n")
    (change,) = applied.changes()
    assert [call["action"] for call in change["calls"]] == ["ForbidLiveStream", "DropLiveStream"]
    applied.apply()
    assert applied.live() == {"hall": "forbid"}
    allow(applied)
    applied.apply()


def test_another_end_of_a_forbid_is_an_update(applied: Kit) -> None:
    forbid(applied)
    applied.apply()
    until = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    applied.edit("live.yaml", "spec:\n", f'spec:\n  resumeTime: "{until}"\n')
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("update", "none")
    applied.apply()
    assert applied.calls()[-1]["request"]["ResumeTime"] == until
    applied.post("clock", {"advanceSeconds": 20 * 86400})
    assert applied.live() == {"hall": "forbid"}
    applied.assert_settled()


def test_a_forbid_that_has_run_out_is_set_again(applied: Kit) -> None:
    forbid(applied)
    applied.apply()
    applied.post("clock", {"advanceSeconds": 7 * 86400 + 1})
    (change,) = applied.changes()
    assert change["verb"] == "stop" and "inactive" in change["reason"]
    assert applied.changes("--no-refresh") == []
    applied.apply()
    assert applied.live() == {"hall": "forbid"}


def test_a_forbid_by_another_hand_is_lifted(applied: Kit) -> None:
    other = applied.root / "other"
    other.mkdir()
    forbid(applied)
    applied.run("apply", "--auto-approve", "--state", str(other / "demo.json"))
    allow(applied)
    (change,) = applied.changes()
    assert change["verb"] == "resume" and "forbid" in change["reason"]
    applied.apply()
    assert applied.live() == {"hall": "inactive"}


def test_leaving_the_manifests_forgets_and_warns_of_a_standing_forbid(applied: Kit) -> None:
    forbid(applied)
    applied.apply()
    (applied.root / "manifests" / "live.yaml").write_text("")
    plan = applied.plan()
    (change,) = plan["changes"]
    assert (change["verb"], change["impact"], change["calls"]) == ("forget", "none", [])
    assert "stays forbidden" in plan["warnings"][0]
    applied.apply()
    assert applied.live() == {"hall": "forbid"}
    assert applied.state()["resources"] == {}


def test_another_name_is_another_stream(applied: Kit) -> None:
    forbid(applied)
    applied.apply()
    applied.edit("live.yaml", "streamName: hall", "streamName: side")
    plan = applied.plan()
    assert plan["changes"][0]["verb"] == "stop"
    assert "hall on 3891.livepush.myqcloud.com stays forbidden" in plan["warnings"][0]
    applied.apply()
    assert applied.live() == {"hall": "forbid", "side": "forbid"}


def test_resumed_before_something_pushes_to_it(kit: Kit) -> None:
    kit.write("live.yaml", STREAM)
    forbid(kit)
    kit.apply()
    allow(kit)
    kit.write("mix.yaml", MIX)
    changes = {change["address"]: change for change in kit.changes()}
    assert changes[MIXED]["after"] == [HALL]
    kit.apply()
    assert [call["action"] for call in kit.calls()[-2:]] == ["ResumeLiveStream", "StartPublishCdnStream"]
    assert kit.live() == {"hall": "active"}


def test_what_pushes_is_stopped_before_the_stream_is_forbidden(kit: Kit) -> None:
    kit.write("live.yaml", STREAM)
    kit.write("mix.yaml", MIX)
    kit.apply()
    forbid(kit)
    kit.edit("mix.yaml", "spec:\n", "spec:\n  state: stopped\n")
    changes = {change["address"]: change for change in kit.changes()}
    assert changes[HALL]["after"] == [MIXED]
    kit.apply()
    assert [call["action"] for call in kit.calls()[-2:]] == ["StopPublishCdnStream", "ForbidLiveStream"]


def test_forbidding_stops_what_pushes_first(kit: Kit) -> None:
    kit.write("live.yaml", STREAM)
    kit.write("mix.yaml", MIX)
    kit.apply()
    forbid(kit)
    refused = kit.run("plan")
    assert refused.code == 1 and "which LiveStream/hall at manifests/live.yaml:" in refused.err
    kit.edit("mix.yaml", "spec:\n", "spec:\n  state: stopped\n")
    kit.apply()
    assert kit.live() == {"hall": "forbid"}
    assert kit.running() == []


def test_a_lost_answer_of_a_switch_is_repeated(kit: Kit) -> None:
    kit.write("live.yaml", STREAM)
    kit.faults({"action": "ResumeLiveStream", "nth": 1, "kind": "drop-response"})
    assert kit.run("apply", "--auto-approve").code == 0
    kit.assert_settled()


def test_what_cannot_be_observed_is_said_and_not_guessed(applied: Kit) -> None:
    applied.faults(
        {"action": "DescribeLiveStreamState", "count": 100, "kind": "error", "code": "InvalidParameter"}
    )
    plan = applied.plan()
    assert plan["changes"] == []
    assert "not observed" in plan["warnings"][0]
