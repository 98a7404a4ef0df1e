"""What the cloud says otherwise than the state, what apply makes of it, and taking everything down."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import announcing

from .kit import Kit

DOCUMENTS = """
apiVersion: reconciler/v1
kind: LiveStream
metadata: {name: solo, labels: {part: relay}}
spec: {domainName: 3891.livepush.myqcloud.com, streamName: solo}
---
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: solo, labels: {part: relay}}
spec:
  room: 295066
  user: {userId: alice}
  publish: [{url: rtmp://3891.livepush.myqcloud.com/live/solo}]
---
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall}
spec:
  room: 295066
  audio: {subscribeAudioList: [{userId: film}]}
  publish: [{url: rtmp://3891.livepush.myqcloud.com/live/hall}]
---
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec: {room: 295066, userId: film, streamUrl: "https://media.example/film.mp4", repeatNum: -1}
---
apiVersion: reconciler/v1
kind: RenderStream
metadata: {name: game}
spec: {userId: player-1}
---
apiVersion: reconciler/v1
kind: LiveStream
metadata: {name: other}
spec: {domainName: 3891.livepush.myqcloud.com, streamName: other}
"""

FILM, GAME, HALL = "IngestStream/film", "RenderStream/game", "MixStream/hall"
RELAY, SOLO, OTHER = "RelayStream/solo", "LiveStream/solo", "LiveStream/other"


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("all.yaml", DOCUMENTS)
    kit.apply()
    return kit


def drift(kit: Kit, *arguments: str) -> dict[str, Any]:
    ran = kit.run("drift", "--format", "json", *arguments)
    assert ran.code in (0, 2), ran.err
    return dict(json.loads(ran.out))


def forbid_behind_its_back(kit: Kit, name: str) -> None:
    path = kit.root / "elsewhere"
    path.mkdir(exist_ok=True)
    text = (
        (kit.root / "manifests" / "workspace.yaml").read_text()
        + f"""
---
apiVersion: reconciler/v1
kind: LiveStream
metadata: {{name: {name}}}
spec: {{domainName: 3891.livepush.myqcloud.com, streamName: {name}, state: forbidden}}
"""
    )
    (path / "all.yaml").write_text(text)
    ran = kit.run("apply", "elsewhere", "--state", "elsewhere/state.json", "--auto-approve")
    assert ran.code == 0, ran.err


def test_nothing_has_drifted_after_an_apply(applied: Kit) -> None:
    ran = applied.run("drift", "--detailed-exitcode")
    assert ran.code == 0, ran.out
    assert ran.out.splitlines()[-1] == "No drift: 5 checked, 1 not observable"
    assert drift(applied)["summary"]["unobservable"] == 1


def test_what_happened_behind_its_back_is_named_and_healed(applied: Kit) -> None:
    applied.end_task(applied.entry(FILM)["taskId"])
    applied.end_task(applied.entry(RELAY)["taskId"])
    forbid_behind_its_back(applied, "other")
    before, calls = applied.state_path.read_bytes(), len(applied.calls())
    ran = applied.run("drift", "--detailed-exitcode")
    assert ran.code == 2
    for words in (
        r"ended +start +IngestStream/film\n +DescribeStreamIngest reports NotExist; recorded as running",
        r"silent +unchanged +RelayStream/solo\n +0 of 1 pushes to Tencent's CDN are active",
        r"forbidden +resume +LiveStream/other\n +DescribeLiveStreamState reports forbid; recorded as allowed",
    ):
        assert re.search(words, ran.out), ran.out
    found = {change["address"]: change for change in drift(applied)["changes"]}
    assert {address: (change["status"], change["verb"]) for address, change in found.items()} == {
        FILM: ("ended", "start"),
        OTHER: ("forbidden", "resume"),
        RELAY: ("silent", "unchanged"),
    }
    assert all(change["evidence"] and change["since"] for change in found.values())
    assert found[FILM]["calls"][0]["action"] == "StartStreamIngest"
    assert (applied.state_path.read_bytes(), len(applied.calls())) == (before, calls)
    assert applied.run("apply", "--auto-approve").code == 0
    assert {change["address"] for change in drift(applied)["changes"]} == {RELAY}
    applied.assert_settled()
    assert applied.live()["other"] == "inactive"


def test_drift_is_not_what_somebody_wrote(applied: Kit) -> None:
    applied.edit("all.yaml", "userId: alice", "userId: bob")
    ran = applied.run("drift", "--detailed-exitcode")
    assert ran.code == 0
    applied.end_task(applied.entry(RELAY)["taskId"])
    (change,) = drift(applied)["changes"]
    assert (change["status"], change["verb"]) == ("silent", "update")


def test_what_has_ended_and_is_no_longer_wanted_is_forgotten(applied: Kit) -> None:
    applied.end_task(applied.entry(FILM)["taskId"])
    text = (applied.root / "manifests" / "all.yaml").read_text()
    documents = [part for part in text.split("---") if "IngestStream" not in part]
    (applied.root / "manifests" / "all.yaml").write_text("---".join(documents))
    (change,) = drift(applied)["changes"]
    assert (change["status"], change["verb"]) == ("ended", "forget")
    assert applied.verbs() == {FILM: "forget"}
    applied.apply()
    assert FILM not in applied.state()["resources"]


def test_an_unanswered_start_is_drift(kit: Kit) -> None:
    kit.write("all.yaml", DOCUMENTS)
    kit.faults({"action": "StartStreamIngest", "kind": "drop-response"})
    assert kit.run("apply", "--auto-approve").code == 1
    found = {change["address"]: change for change in drift(kit)["changes"]}
    assert (found[FILM]["status"], found[FILM]["verb"]) == ("uncertain", "start")
    assert "the outcome of" in found[FILM]["evidence"]


def test_choosing_what_to_look_at(applied: Kit) -> None:
    applied.end_task(applied.entry(FILM)["taskId"])
    assert drift(applied, "--target", SOLO)["changes"] == []
    assert drift(applied, "--select", "part=relay")["summary"]["unchanged"] == 2
    assert [change["address"] for change in drift(applied, "--exclude", SOLO)["changes"]] == [FILM]


def test_many_live_streams_are_looked_up_in_lists(kit: Kit) -> None:
    documents = [
        f"""
apiVersion: reconciler/v1
kind: RelayStream
metadata: {{name: s{number}}}
spec:
  room: {number + 1}
  user: {{userId: alice}}
  publish: [{{url: rtmp://3891.livepush.myqcloud.com/live/s{number}}}]
"""
        for number in range(30)
    ]
    kit.write("many.yaml", "---".join(documents))
    kit.apply()
    kit.end_task(kit.entry("RelayStream/s7")["taskId"])
    before = len(kit.get("calls")["calls"])
    assert [change["address"] for change in drift(kit)["changes"]] == ["RelayStream/s7"]
    asked = [call["action"] for call in kit.get("calls")["calls"][before:]]
    assert asked == ["DescribeLiveStreamOnlineList"]
    kit.post(
        "variants", {"online-page-size": "intl"}
    )  # as where calls go to another site than the manifests name
    asked_again = len(kit.get("calls")["calls"])
    assert [change["address"] for change in drift(kit)["changes"]] == ["RelayStream/s7"]
    sizes = [call["request"]["PageSize"] for call in kit.get("calls")["calls"][asked_again:]]
    assert sizes == [10_000, 100]


def test_how_many_calls_are_made_is_told_first(applied: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "asking the API: 4 calls, about 0 s (3 DescribeLiveStreamState, 1 DescribeStreamIngest)\n"
    assert applied.run("drift").err == ""  # it takes no noticeable time
    monkeypatch.setattr(announcing, "NOTICEABLE", 0.0)
    for command in (["drift"], ["status"]):
        ran = applied.run(*command, "--format", "json")
        assert (ran.err, json.loads(ran.out)["workspace"]) == (words, "demo")
    told = applied.run("plan").err
    assert told == "asking the API: 3 calls, about 0 s (2 DescribeLiveStreamState, 1 DescribeStreamIngest)\n"
    told = applied.run("drift", "--target", SOLO).err
    assert told == "asking the API: 1 call, about 0 s (1 DescribeLiveStreamState)\n"


def test_what_cannot_be_looked_at_is_said(applied: Kit) -> None:
    applied.faults(
        {"action": "DescribeStreamIngest", "count": 9, "kind": "error", "code": "InvalidParameter.TaskId"}
    )
    found = drift(applied)
    assert found["changes"] == [] and found["summary"]["unobservable"] == 2
    assert any("not observed" in warning for warning in found["warnings"])


def test_destroy_stops_everything_in_the_right_order(applied: Kit) -> None:
    before = len(applied.calls())
    ran = applied.run("destroy", "--auto-approve")
    assert ran.code == 0, ran.err
    assert "IMPACT" in ran.out
    assert applied.tasks("running") == [] and applied.tasks("paused") == []
    assert applied.state()["resources"] == {}
    stops = [call["action"] for call in applied.calls()[before:]]
    assert sorted(stops) == sorted(
        ["StopPublishCdnStream", "StopPublishCdnStream", "StopStreamIngest", "StopPublishStream"]
    )
    mixed = stops.index("StopStreamIngest")
    assert "StopPublishCdnStream" in stops[:mixed]
    again = applied.run("destroy", "--auto-approve")
    assert (again.code, again.out.splitlines()[-1]) == (0, "Nothing to do: 0 unchanged.")
    assert len(applied.calls()) == before + 4


def test_destroy_asks(applied: Kit) -> None:
    before = len(applied.calls())
    ran = applied.run("destroy")
    assert ran.code == 1 and "destroy with --auto-approve" in ran.err
    assert len(applied.calls()) == before


def test_destroy_of_a_part(applied: Kit) -> None:
    assert applied.run("destroy", "--target", GAME, "--auto-approve").code == 0
    assert GAME not in applied.state()["resources"] and len(applied.state()["resources"]) == 5


def test_destroy_warns_of_a_forbid_that_stands(applied: Kit) -> None:
    applied.edit("all.yaml", "streamName: other}", "streamName: other, state: forbidden}")
    applied.apply()
    ran = applied.run("destroy", "--auto-approve")
    assert "other on 3891.livepush.myqcloud.com stays forbidden" in ran.out
    assert applied.live()["other"] == "forbid"


@pytest.mark.slow
def test_destroy_ends_what_a_lost_answer_may_have_started(kit: Kit, tmp_path: Path) -> None:
    kit.write("all.yaml", DOCUMENTS)
    kit.faults({"action": "*", "count": 12, "kind": "drop-response"})
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    assert kit.run("destroy", "--auto-approve").code == 0
    assert kit.tasks("running") == []
    # They stay recorded while a start may still arrive late.
    assert {entry["status"] for entry in kit.state()["resources"].values()} == {"stopped"}
