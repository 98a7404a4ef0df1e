"""Tasks that end by themselves, over several applies: restarted, left or forgotten as the manifest says."""

import json

import pytest

from .kit import Kit
from .test_ingest_stream import FILM, STREAM

PLAYS = STREAM.replace("repeatNum: -1", "repeatNum: 1")
POLICIES = {
    "played": ("", "update", "finished"),
    "left": ("onEnd: leave", "update", "finished"),
    "forgotten": ("onEnd: forget", "forget", None),
}


@pytest.mark.parametrize(("policy", "verb", "status"), POLICIES.values(), ids=POLICIES)
def test_what_has_played_is_not_started_until_it_is_asked_for(
    kit: Kit, policy: str, verb: str, status: str | None
) -> None:
    kit.write("film.yaml", PLAYS + f"  {policy}\n")
    kit.apply()
    kit.post("clock", {"advanceSeconds": 3601})
    assert kit.run("drift", "--detailed-exitcode").code == 0
    assert kit.verbs() == {FILM: verb}
    kit.apply()
    assert kit.running() == []
    assert kit.state()["resources"].get(FILM, {}).get("status") == status
    assert kit.run("status", "--detailed-exitcode").code == 0
    (row,) = json.loads(kit.run("status", "--format", "json").out)["resources"]
    assert (row["status"], row["health"]) == ("finished", "ok")
    again = kit.run("apply", "--replace", FILM, "--auto-approve")
    assert again.code == 0 and len(kit.running()) == 1
    kit.post("clock", {"advanceSeconds": 3601})
    kit.apply()
    kit.edit("film.yaml", "film.mp4", "film-2.mp4")
    assert kit.verbs() == {FILM: "start"}
    kit.apply()
    assert len(kit.running()) == 1


def test_what_is_forgotten_gives_its_robot_to_others(kit: Kit) -> None:
    kit.write("film.yaml", PLAYS + "  onEnd: forget\n  userId: projector\n")
    kit.apply()
    kit.post("clock", {"advanceSeconds": 3601})
    kit.apply()
    kit.write("other.yaml", PLAYS.replace("name: film", "name: other") + "  userId: projector\n")
    kit.edit("film.yaml", "repeatNum: 1", "repeatNum: 1\n  state: stopped")
    kit.apply()
    assert [task["request"]["UserId"] for task in kit.running()] == ["projector"]


RELAY = """
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: solo}
spec:
  room: 7
  user: {userId: speaker}
  publish: [{url: rtmp://3891.livepush.myqcloud.com/live/solo}]
"""
SOLO = "RelayStream/solo"


def test_a_relay_that_died_is_known_once_it_is_asked(kit: Kit) -> None:
    """Each question takes a number of its task, as an update does, and is in the history."""
    kit.write("solo.yaml", RELAY)
    kit.apply()
    for count in (1, 2):
        ran = kit.run("drift", "--probe", "--detailed-exitcode")
        assert (ran.code, "asked 1 task by an update: 1 running" in ran.err) == (0, True)
        assert kit.entry(SOLO)["sequenceNumber"] == count
    (row,) = json.loads(kit.run("status", "--format", "json").out)["resources"]
    assert row["status"] == "running"
    kit.assert_settled()
    kit.end_task(kit.entry(SOLO)["taskId"])
    assert kit.verbs() == {}
    ran = kit.run("status", "--probe", "--format", "json")
    assert "1 ended" in ran.err and json.loads(ran.out)["resources"][0]["status"] == "ended"
    assert kit.entry(SOLO)["end"]["evidence"] == "UpdatePublishCdnStream was answered that it has ended"
    assert kit.verbs() == {SOLO: "start"}
    assert kit.run("history").out.count("--probe") == 3
    ran = kit.run("apply", "--probe", "--auto-approve")
    assert ran.code == 0 and len(kit.running()) == 1 and len(kit.entry(SOLO)["restarts"]) == 1
