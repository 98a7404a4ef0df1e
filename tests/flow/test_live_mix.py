"""A mix of live streams through its whole life against the simulator, judged by the sessions that run."""

from typing import Any

import pytest

from reconciler.applying import change_execution
from reconciler.applying.tools import Tools

from .kit import Kit, Later

MIX = """
apiVersion: reconciler/v1
kind: LiveMix
metadata: {name: town-hall}
spec:
  inputs:
    - {stream: host, slot: left}
    - {stream: guest, slot: right}
    - {stream: interpreter, type: audio}
  layout:
    canvas: {width: 1280, height: 720}
    mode: custom
    preset: side-by-side
    slots: [left, right]
  output: {stream: town_hall, type: new, domainName: 1.livepush.myqcloud.com}
"""
TOWN = "LiveMix/town-hall"
CREATE, CANCEL = "CreateCommonMixStream", "CancelCommonMixStream"
LOST = {"kind": "drop-request"}
UNANSWERED = {"kind": "drop-response"}


@pytest.fixture
def kit(kit: Kit, later: Later, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """The seconds between two calls of a change pass at once, for the simulator too."""

    def pause(seconds: float, tools: Tools) -> None:
        if seconds:
            later(seconds)

    monkeypatch.setattr(change_execution, "pause", pause)
    return kit


@pytest.fixture
def applied(kit: Kit, later: Later) -> Kit:
    kit.write("mix.yaml", MIX)
    assert [change["verb"] for change in kit.apply()["changes"]] == ["start"]
    later(60)
    return kit


def mixes(kit: Kit) -> list[dict[str, Any]]:
    """The requests of the sessions that run."""
    return [task["request"] for task in kit.running() if task["kind"] == "mix"]


def actions(kit: Kit) -> list[str]:
    return [call["action"] for call in kit.calls()]


def test_start(applied: Kit) -> None:
    (request,) = mixes(applied)
    canvas, left, right, sound = request["InputStreamList"]
    assert canvas["LayoutParams"] == {
        "ImageLayer": 1,
        "InputType": 3,
        "ImageWidth": 1280,
        "ImageHeight": 720,
    }
    assert left["LayoutParams"] | {"LocationX": 640} == right["LayoutParams"] | {"ImageLayer": 2}
    assert sound == {"InputStreamName": "interpreter", "LayoutParams": {"ImageLayer": 4, "InputType": 4}}
    assert (
        request["MixStreamSessionId"].startswith("rcn_") and request["ControlParams"]["UseMixCropCenter"] == 1
    )
    entry = applied.entry(TOWN)
    assert entry["status"] == "running" and "taskId" not in entry and entry["startedAt"]
    assert applied.live() == {"town_hall": "active"}


IN_PLACE = {
    "a guest's other name": ("stream: guest", "stream: guest_again"),
    "another layout": ("preset: side-by-side", "preset: picture-in-picture"),
    "bitrate": ("type: new", "type: new, bitRate: 2000"),
    "one input less": ("    - {stream: interpreter, type: audio}\n", ""),
    "controls": ("  output:", "  controls: {passInputSei: true}\n  output:"),
}


@pytest.mark.parametrize(("old", "new"), IN_PLACE.values(), ids=IN_PLACE)
def test_a_change_sends_the_whole_request_again(applied: Kit, old: str, new: str) -> None:
    since = applied.entry(TOWN)["startedAt"]
    applied.edit("mix.yaml", old, new)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("update", "none")
    applied.apply()
    assert len(mixes(applied)) == 1 and actions(applied) == [CREATE, CREATE]
    assert applied.entry(TOWN)["startedAt"] == since


OTHERWISE = {
    "output": ("stream: town_hall", "stream: town_hall_2", 30),
    "type": ("stream: town_hall, type: new, domainName: 1.livepush.myqcloud.com", "stream: host", 30),
    "session": ("spec:\n", "spec:\n  sessionId: mine\n", 0),
}


@pytest.mark.parametrize(("old", "new", "pause"), OTHERWISE.values(), ids=OTHERWISE)
def test_another_output_or_session_is_a_restart_after_its_pause(
    applied: Kit, old: str, new: str, pause: int
) -> None:
    applied.edit("mix.yaml", old, new)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("replace", "restart")
    assert [call.get("pauseSeconds", 0) for call in change["calls"]] == [0, pause]
    applied.apply()
    assert len(mixes(applied)) == 1 and actions(applied) == [CREATE, CANCEL, CREATE]


@pytest.mark.parametrize(
    "answer",
    ["FailedOperation.CancelSessionNotExist", "InvalidParameter.OtherError", "success"],
)
def test_a_stop_of_what_has_ended_is_done_however_that_is_told(applied: Kit, answer: str) -> None:
    applied.post("variants", {"cancel-no-mix": answer})
    applied.end_task(applied.running()[0]["taskId"])
    applied.edit("mix.yaml", "spec:\n", "spec:\n  state: stopped\n")
    applied.apply("--no-refresh")
    assert mixes(applied) == [] and applied.state()["resources"] == {}


def test_a_stop_right_after_the_start_waits_until_it_may(kit: Kit) -> None:
    kit.write("mix.yaml", MIX)
    kit.apply()
    kit.edit("mix.yaml", "spec:\n", "spec:\n  state: stopped\n")
    (change,) = kit.changes()
    assert 0 < change["calls"][0]["pauseSeconds"] <= 6
    kit.apply()
    assert mixes(kit) == []


def test_it_ends_by_itself_without_its_inputs_and_starts_once_they_are_back(
    applied: Kit, later: Later
) -> None:
    names = ("host", "guest", "interpreter")
    applied.post("inputs", [{"streamName": name, "pushed": False} for name in names])
    later(10 * 60)
    assert len(mixes(applied)) == 1
    later(6 * 60)
    assert mixes(applied) == []
    # Nobody pushes its inputs, so that nothing follows from a silent output.
    applied.assert_settled()
    applied.post("inputs", [{"streamName": name, "pushed": True} for name in names])
    later(60)
    applied.assert_settled()


def test_a_mix_of_what_we_relay_that_has_ended_is_seen_and_started_again(applied: Kit, later: Later) -> None:
    applied.write(
        "relay.yaml",
        """
        apiVersion: reconciler/v1
        kind: RelayStream
        metadata: {name: host}
        spec:
          room: 295066
          user: {userId: anna}
          publish: [{url: rtmp://1.livepush.myqcloud.com/live/host}]
        """,
    )
    applied.apply()
    applied.end_task(next(task["taskId"] for task in applied.running() if task["kind"] == "mix"))
    later(60)
    (change,) = applied.changes()
    assert (change["verb"], change["address"]) == ("start", TOWN)
    assert "its input host is active and its output town_hall is not" in change["reason"]
    applied.apply()
    assert len(mixes(applied)) == 1
