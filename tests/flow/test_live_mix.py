"""A mix of live streams through its whole life against the simulator, judged by the sessions that run."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.applying import change_execution
from reconciler.applying.tools import Tools
from reconciler.cli import connection
from reconciler.cloud.retry import Timing

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
    """The seconds between two calls, and before a call is sent again, pass at once, for the simulator too."""

    def pause(seconds: float, tools: Tools) -> None:
        if seconds:
            later(seconds)

    def timing(clock: Callable[[], float], sleep: object, uniform: Callable[[float, float], float]) -> Timing:
        return Timing(clock, lambda seconds: later(seconds) if seconds > 1 else time.sleep(seconds), uniform)

    monkeypatch.setattr(change_execution, "pause", pause)
    monkeypatch.setattr(connection, "Timing", timing)
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


# What nobody knows


@pytest.mark.parametrize("fate", ["drop-request", "drop-response"])
def test_a_start_without_an_answer_is_sent_again_at_once(kit: Kit, fate: str) -> None:
    kit.write("mix.yaml", MIX)
    kit.faults({"action": CREATE, "kind": fate})
    assert kit.run("apply", "--auto-approve").code == 0
    assert len(mixes(kit)) == 1 and len(actions(kit)) == 2
    kit.assert_settled()


def test_a_start_that_stays_unanswered_is_updated_and_not_ended_first(kit: Kit) -> None:
    kit.write("mix.yaml", MIX)
    kit.faults({"action": CREATE, "kind": "drop-response", "count": 6})
    assert kit.run("apply", "--auto-approve", "--outage-timeout", "0s").code == 1
    assert kit.entry(TOWN)["status"] == "uncertain"
    (change,) = kit.changes()
    assert [call["action"] for call in change["calls"]] == [CREATE] and change["impact"] == "start"
    assert "which this start would update" in change["reason"]
    kit.faults()
    kit.apply()
    assert len(mixes(kit)) == 1


def late(action: str, seconds: float) -> list[dict[str, Any]]:
    """Every attempt is lost, and the first arrives after all."""
    first = {"action": action, "kind": "late", "seconds": seconds}
    return [first, {"action": action, "kind": "drop-request", "nth": 2, "count": 9}]


@pytest.mark.slow
def test_a_start_that_arrives_after_the_stop_is_ended_once_it_can_come_no_more(
    kit: Kit, later: Later
) -> None:
    kit.write("mix.yaml", MIX)
    kit.faults(*late(CREATE, 120))
    assert kit.run("apply", "--auto-approve").code == 1
    kit.faults()
    kit.edit("mix.yaml", "spec:\n", "spec:\n  state: stopped\n")
    assert kit.run("apply", "--auto-approve").code == 0
    later(150)
    assert len(mixes(kit)) == 1
    later(200)
    assert kit.verbs() == {TOWN: "stop"}
    kit.apply()
    assert mixes(kit) == [] and kit.state()["resources"] == {}


@pytest.mark.slow
def test_an_update_that_arrives_after_the_stop_is_ended_once_it_can_come_no_more(
    applied: Kit, later: Later
) -> None:
    applied.edit("mix.yaml", "type: new", "type: new, bitRate: 2000")
    applied.faults(*late(CREATE, 120))
    assert applied.run("apply", "--auto-approve").code == 1
    assert applied.entry(TOWN)["status"] == "running"
    applied.faults()
    applied.edit("mix.yaml", "spec:\n", "spec:\n  state: stopped\n")
    assert applied.run("apply", "--auto-approve").code == 0
    assert mixes(applied) == []
    later(150)
    assert len(mixes(applied)) == 1
    later(200)
    assert applied.verbs() == {TOWN: "stop"}
    applied.apply()
    assert mixes(applied) == [] and applied.state()["resources"] == {}


@pytest.mark.slow
def test_an_update_that_arrives_after_the_next_is_undone(applied: Kit, later: Later) -> None:
    applied.edit("mix.yaml", "type: new", "type: new, bitRate: 2000")
    applied.faults(*late(CREATE, 120))
    assert applied.run("apply", "--auto-approve").code == 1
    applied.faults()
    applied.edit("mix.yaml", "bitRate: 2000", "bitRate: 3000")
    assert applied.run("apply", "--auto-approve").code == 0
    later(150)
    assert mixes(applied)[0]["OutputParams"]["OutputStreamBitRate"] == 2000
    later(200)
    assert applied.verbs() == {TOWN: "update"}
    applied.apply()
    assert mixes(applied)[0]["OutputParams"]["OutputStreamBitRate"] == 3000


def test_a_stop_that_arrives_after_the_next_start_is_undone(applied: Kit, later: Later) -> None:
    applied.edit("mix.yaml", "spec:\n", "spec:\n  state: stopped\n")
    applied.faults(*late(CANCEL, 120))
    assert applied.run("apply", "--auto-approve").code == 1
    applied.faults()
    applied.edit("mix.yaml", "  state: stopped\n", "")
    assert applied.run("apply", "--auto-approve").code == 0
    assert len(mixes(applied)) == 1
    later(150)
    assert mixes(applied) == []
    later(200)
    assert applied.run("apply", "--auto-approve").code == 0
    assert len(mixes(applied)) == 1
    applied.assert_settled()


# What else is there

RELAY = """
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: hall}
spec:
  room: 295066
  user: {userId: anna}
  publish: [{url: rtmp://1.livepush.myqcloud.com/live/hall_1}]
"""
OF_THE_HALL = MIX.replace("{stream: host, slot: left}", "{from: RelayStream/hall, slot: left}").replace(
    ", domainName: 1.livepush.myqcloud.com", ""
)


def test_what_it_mixes_is_started_first_and_stopped_last(kit: Kit, later: Later) -> None:
    kit.post("variants", {"mix-young-input": "accept"})
    kit.write("relay.yaml", RELAY)
    kit.write("mix.yaml", OF_THE_HALL)
    kit.apply()
    assert actions(kit) == ["StartPublishCdnStream", CREATE]
    # Where the relay pushes is where the mix is asked after.
    assert kit.entry(TOWN)["spec"]["output"]["domainName"] == "1.livepush.myqcloud.com"
    later(60)
    assert kit.run("destroy", "--auto-approve").code == 0
    assert actions(kit)[2:] == [CANCEL, "StopPublishCdnStream"]
    assert kit.running() == []


@pytest.mark.parametrize("answer", ["InvalidParameter.OtherError", "FailedOperation.StreamNotExist"])
def test_an_input_that_is_not_there_yet_is_waited_for(kit: Kit, answer: str) -> None:
    kit.post("variants", {"mix-young-input": answer})
    kit.write("relay.yaml", RELAY)
    kit.write("mix.yaml", OF_THE_HALL)
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert len(mixes(kit)) == 1
    kit.assert_settled()


YOUNG = {"kind": "error", "code": "FailedOperation.StreamNotExist"}
ATTEMPTS: dict[str, tuple[list[dict[str, str]], int]] = {
    "refused": ([YOUNG], 0),
    "refused twice": ([YOUNG, YOUNG], 0),
    "lost": ([UNANSWERED], 1),
    "lost, then refused": ([UNANSWERED, YOUNG], 1),
    "refused, then lost": ([YOUNG, UNANSWERED], 1),
}


@pytest.mark.parametrize(("faults", "late"), ATTEMPTS.values(), ids=ATTEMPTS)
def test_only_an_attempt_without_an_answer_may_still_take_effect(
    kit: Kit, faults: list[dict[str, str]], late: int
) -> None:
    kit.write("mix.yaml", MIX)
    kit.faults(*({"action": CREATE, "nth": nth, **fault} for nth, fault in enumerate(faults, 1)))
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert actions(kit) == [CREATE] * (len(faults) + 1) and len(mixes(kit)) == 1
    warnings = [one for one in kit.plan()["warnings"] if "may still take effect" in one]
    assert len(warnings) == late == len(kit.entry(TOWN).get("probation", []))


def test_an_output_that_another_session_has_is_told_and_nothing_is_doubted(kit: Kit) -> None:
    kit.write("mix.yaml", MIX)
    kit.faults({"action": CREATE, "kind": "error", "code": "InvalidParameter.InvalidOutputStreamID"})
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 1 and "end what has this output's name" in ran.err
    kit.apply()


NUMBERS = {
    -505: "wait until what the message names is there",
    -300: "end what has this output's name",
    -41: "quota",
    -2: "correct what the message names in the manifest",
    -508: "the session runs with another output",
}


@pytest.mark.parametrize("spelled", ["InnerErrCode : [ {} ]", "InnerErrCode:[ {} ]", "err_code [ {} ]"])
@pytest.mark.parametrize("number", NUMBERS)
def test_the_number_in_a_message_tells_what_to_do(kit: Kit, number: int, spelled: str) -> None:
    kit.write("mix.yaml", MIX)
    message = f"invalid parameter, {spelled.format(number)}"
    fault = {"kind": "error", "code": "InvalidParameter.OtherError", "message": message, "count": 9}
    kit.faults({"action": CREATE, **fault})
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 1 and NUMBERS[number] in ran.err, ran.err


def test_renamed_it_keeps_its_session(applied: Kit) -> None:
    (before,) = mixes(applied)
    applied.edit("mix.yaml", "{name: town-hall}", "{name: plenary, renamedFrom: [town-hall]}")
    assert applied.verbs() == {"LiveMix/plenary": "update"}
    applied.apply()
    assert mixes(applied) == [before] and actions(applied) == [CREATE]
    applied.edit("mix.yaml", ", renamedFrom: [town-hall]", "")
    applied.write("again.yaml", MIX.replace("town_hall", "another"))
    assert applied.verbs() == {TOWN: "start"}
    applied.apply()
    assert len({one["MixStreamSessionId"] for one in mixes(applied)}) == 2


def test_lost_state_is_no_second_session(applied: Kit) -> None:
    applied.forget_all()
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("start", "start")
    applied.apply()
    assert len(mixes(applied)) == 1
