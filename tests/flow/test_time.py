"""What time does to tasks and signatures: TaskIds that are forgotten, forbids that lapse, keys that turn."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.cli import planning

from .kit import WORKSPACE, Kit, Later, set_clock, wait_until
from .test_mix_stream import HALL, LAYOUT, SIDE, STREAMS

DAYS = 31


@pytest.fixture
def old(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """Two mixes that were started 31 days ago, for the simulator as for the planner."""
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.apply()
    kit.post("clock", {"advanceSeconds": DAYS * 86400})
    later = time.time() + DAYS * 86400

    set_clock(monkeypatch, lambda: later, planning)
    return kit


def test_a_stop_after_thirty_days_really_stops(old: Kit) -> None:
    (old.root / "manifests" / "streams.yaml").write_text("")
    changes = {change["address"]: change for change in old.changes()}
    assert [call["action"] for call in changes[HALL]["calls"]] == [
        "StartPublishCdnStream",
        "StopPublishCdnStream",
    ]
    assert "its TaskId has expired" in changes[HALL]["reason"]
    old.apply()
    assert old.running() == [] and old.state()["resources"] == {}


def test_an_update_after_thirty_days_is_a_restart(old: Kit) -> None:
    old.edit("streams.yaml", "right: {userId: bob}", "right: {userId: carol}")
    (change,) = old.changes()
    assert (change["verb"], change["impact"]) == (
        "replace",
        "restart",
    ) and "its TaskId has expired" in change["reason"]
    assert [call["action"] for call in change["calls"]] == ["StartPublishCdnStream"]
    assert old.run("apply", "--auto-approve").code == 0
    recorded = {entry["taskId"] for entry in old.state()["resources"].values()}
    assert recorded == {task["taskId"] for task in old.running()} and len(recorded) == 2


def test_nothing_changes_after_thirty_days_unless_something_must(old: Kit) -> None:
    assert old.changes() == []


def test_a_forbid_that_was_declared_to_end_is_over(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    until = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    kit.write(
        "live.yaml",
        f"""
        apiVersion: reconciler/v1
        kind: LiveStream
        metadata: {{name: hall}}
        spec: {{domainName: a.example, streamName: hall, state: forbidden, resumeTime: "{until}"}}
        """,
    )
    kit.apply()
    kit.post("clock", {"advanceSeconds": 3601})
    later = time.time() + 3601

    set_clock(monkeypatch, lambda: later, planning)
    plan = kit.plan()
    assert plan["changes"] == []
    assert "has passed" in plan["warnings"][0]


TURNS: dict[str, tuple[str, str]] = {
    "another key": ("{env: STREAM_PUSH_KEY}", "{env: STREAM_OTHER_KEY}"),
    "another network": (
        "      auth: {key: {env: STREAM_PUSH_KEY}",
        "      isTencentCdn: false\n      auth: {key: {env: STREAM_PUSH_KEY}",
    ),
}


@pytest.mark.parametrize(("before", "after"), TURNS.values(), ids=TURNS)
def test_a_push_that_is_set_up_again_is_signed_anew(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    monkeypatch.setenv("STREAM_OTHER_KEY", "another-push-key")
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.edit("streams.yaml", "validFor: 2h", "validFor: 1s")
    kit.apply()
    old = expiry(kit)
    time.sleep(1.1)
    kit.edit("streams.yaml", before, after)
    (change,) = kit.changes()
    assert (change["address"], change["impact"]) == (SIDE, "reconnect")
    kit.apply()
    assert expiry(kit) > old
    (signed,) = kit.entry(SIDE)["signed"].values()
    assert int(signed, 16) == expiry(kit)


def expiry(kit: Kit) -> int:
    (side,) = [task for task in kit.running() if task["request"]["RoomIdType"] == 1]
    url = side["request"]["PublishCdnParams"][0]["PublishCdnUrl"]
    match = re.search(r"txTime=([0-9A-F]+)", url)
    assert match is not None
    return int(match[1], 16)


@pytest.mark.slow
def test_an_interrupted_plan_ends_at_once(kit: Kit) -> None:
    documents: list[Any] = [
        f"""
apiVersion: reconciler/v1
kind: LiveStream
metadata: {{name: s{number}}}
spec: {{domainName: d{number}.example, streamName: s}}
"""
        for number in range(40)
    ]
    kit.write("many.yaml", "---".join(documents))
    kit.apply()
    kit.faults({"action": "DescribeLiveStreamState", "count": 1000, "kind": "delay", "seconds": 2})
    before = len(kit.get("calls")["calls"])

    def asked() -> int:
        return sum(call["action"].startswith("Describe") for call in kit.get("calls")["calls"][before:])

    process = kit.spawn("plan")
    wait_until(lambda: asked() > 0)
    process.terminate()
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130 and "Traceback" not in err
    assert asked() < len(documents)


def test_a_task_is_replaced_before_its_thirtieth_day_where_the_workspace_says_so(
    kit: Kit, later: Later
) -> None:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.apply()
    first = {task["taskId"] for task in kit.running()}
    plan = kit.plan()
    assert [one["what"] for one in plan["expiries"] if one["what"] == "TaskId"] == ["TaskId"] * 2
    assert plan["warnings"] == []
    later(26 * 86400)
    plan = kit.plan()
    assert plan["changes"] == []
    near = [warning for warning in plan["warnings"] if "TaskId ends at" in warning]
    (over,) = [warning for warning in plan["warnings"] if warning not in near]
    assert len(near) == 2 and over.startswith(f"{SIDE}: push signature expired since ")
    kit.write("workspace.yaml", WORKSPACE + "  renewal: {windows: [{begins: '00:00', ends: '00:00'}]}\n")
    changes = kit.changes()
    assert {(one["address"], one["verb"], one["renewal"]) for one in changes} == {
        (HALL, "replace", True),
        (SIDE, "replace", True),
    }
    assert all("renewal window is open" in change["reason"] for change in changes)
    kit.apply()
    assert not first & {task["taskId"] for task in kit.running()} and len(kit.running()) == 2


def test_a_renewal_that_is_graver_than_what_may_be_done_waits_and_stops_nothing_else(
    kit: Kit, later: Later
) -> None:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.apply()
    first = {task["taskId"] for task in kit.running()}
    later(26 * 86400)
    kit.write("workspace.yaml", WORKSPACE + "  renewal: {windows: [{begins: '00:00', ends: '00:00'}]}\n")
    kit.edit("streams.yaml", "right: {userId: bob}", "right: {userId: carol}")
    plan = kit.plan("--max-impact", "reconnect")
    assert {one["address"]: one["verb"] for one in plan["changes"]} == {HALL: "update"}
    assert [one for one in plan["warnings"] if "renewal is due but waits" in one] == [
        f"{address}: its renewal is due but waits: it needs a restart, and the highest impact allowed is "
        "reconnect"
        for address in (HALL, SIDE)
    ]
    assert kit.run("apply", "--auto-approve", "--max-impact", "reconnect").code == 0
    assert {task["taskId"] for task in kit.running()} == first
    assert {one["verb"] for one in kit.changes()} == {"replace"}


def test_a_forbid_that_is_still_wanted_goes_on(kit: Kit, later: Later) -> None:
    kit.write(
        "live.yaml",
        """
        apiVersion: reconciler/v1
        kind: LiveStream
        metadata: {name: hall}
        spec: {domainName: a.example, streamName: hall, state: forbidden}
        """,
    )
    kit.apply()
    later(4 * 86400)
    assert kit.changes() == []
    later(86400 + 1)
    (change,) = kit.changes()
    assert (change["verb"], change["impact"]) == ("update", "none") and "set again" in change["reason"]
    assert [call["action"] for call in change["calls"]] == ["ForbidLiveStream"]
    kit.apply()
    later(3 * 86400)
    assert kit.live() == {"hall": "forbid"}


def test_a_pause_is_in_the_calendar_and_is_warned_of(kit: Kit, later: Later) -> None:
    kit.write(
        "news.yaml",
        """
        apiVersion: reconciler/v1
        kind: IngestStream
        metadata: {name: news}
        spec: {room: 295066, state: running, streamUrl: "https://example.org/news.flv"}
        """,
    )
    kit.apply()
    kit.edit("news.yaml", "state: running", "state: paused")
    kit.apply()
    plan = kit.plan()
    assert [one["what"] for one in plan["expiries"]] == ["the pause"] and plan["warnings"] == []
    later(11 * 3600)
    assert "the pause ends at" in kit.plan("--no-refresh")["warnings"][0]


def test_a_saved_plan_grows_old(kit: Kit, later: Later) -> None:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.apply()
    later(29 * 86400)
    (kit.root / "manifests" / "streams.yaml").write_text("")
    kit.plan("--out", "stops.json")
    later(2 * 86400)
    ran = kit.run("apply", "--auto-approve", "stops.json")
    assert ran.code == 1 and "the plan expired at" in ran.err
    assert len(kit.running()) == 2
    kit.apply()
    assert kit.running() == []


SCHEDULED = """
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec:
  room: 295066
  streamUrl: https://media.example/film.mp4
  repeatNum: -1
  schedule: [{from: "2090-01-01T09:00", until: "2090-01-01T17:00", zone: Europe/Paris}]
"""


def test_a_plan_for_another_time_shows_what_will_be_wanted_then(kit: Kit) -> None:
    """With what is recorded and seen now, and nothing of it is saved or applied."""
    kit.write("film.yaml", SCHEDULED)
    assert kit.changes() == []
    (row,) = json.loads(kit.run("status", "--format", "json").out)["resources"]
    assert (row["wanted"], row["health"]) == ("stopped", "ok")
    plan = kit.plan("--at", "2090-01-01T08:30:00Z")
    assert [change["verb"] for change in plan["changes"]] == ["start"]
    assert plan["at"] == "2090-01-01T08:30:00Z"
    assert "scheduled since 2090-01-01T08:00:00Z until 2090-01-01T16:00:00Z" in plan["changes"][0]["reason"]
    assert "planned for 2090-01-01T08:30:00Z" in plan["warnings"][0]
    assert kit.changes("--at", "2090-01-01T17:00:00+01:00") == []
    assert kit.run("plan", "--at", "2090-01-01T08:30:00Z", "--out", "p.json").code == 64
    assert kit.run("plan", "--at", "at nine").code == 64


def test_what_is_on_air_is_interrupted_by_consent_alone(kit: Kit) -> None:
    """Also where the plan was saved before, and by a destroy."""
    kit.write("film.yaml", SCHEDULED.split("  schedule")[0])
    kit.apply()
    kit.edit("film.yaml", "repeatNum: -1", "repeatNum: -1\n  protect: [{from: '2020-01-01T00:00'}]")
    kit.apply()
    kit.edit("film.yaml", "room: 295066", "room: 295067")
    saved = kit.root / "saved.json"
    assert kit.run("plan", "--out", str(saved)).code == 0
    for arguments in (("apply",), ("apply", str(saved)), ("destroy",)):
        ran = kit.run(*arguments, "--auto-approve")
        assert ran.code == 1 and "is protected for good (spec.protect)" in ran.err
    assert [task["request"]["RoomId"] for task in kit.running()] == ["295066"]
    allowed = kit.root / "allowed.json"
    assert kit.run("plan", "--allow-on-air", "--out", str(allowed)).code == 0
    assert kit.run("apply", str(allowed), "--auto-approve").code == 0
    assert [task["request"]["RoomId"] for task in kit.running()] == ["295067"]
    assert kit.run("destroy", "--auto-approve", "--allow-on-air").code == 0
    assert kit.running() == []
