"""What the command line promises beside the life of a kind: options, exit codes, saved plans, locks."""

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reconciler.state.seal import seal

from ..support import one_in
from .kit import Kit, wait_until
from .test_live_stream import STREAM
from .test_mix_stream import HALL, LAYOUT, SIDE, STREAMS

LIVE = "LiveStream/hall"


@pytest.fixture
def ready(kit: Kit) -> Kit:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.write("live.yaml", STREAM)
    return kit


# Exit codes and streams


USAGE = [
    ("no-such-command",),
    ("plan", "--no-such-option"),
    ("plan", "--format", "yaml"),
    ("plan", "--target", "nonsense"),
    ("plan", "--target", "MixStream/no-such"),
    ("plan", "--select", "label"),
    ("apply", "--replace", "MixStream/no-such", "--auto-approve"),
    ("apply", "--replace", "MixStream/hall", "--target", "MixStream/side", "--auto-approve"),
    ("plan", "--out", "plan.yaml"),
    ("plan", "--state", "."),
    ("state", "show", "MixStream/no-such"),
    ("simulator", "--latency", "long"),
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_usage_errors_exit_64(ready: Kit, arguments: tuple[str, ...]) -> None:
    ran = ready.run(*arguments)
    assert ran.code == 64
    assert ran.err and not ran.out
    assert ready.calls() == []


def test_a_close_address_is_suggested(ready: Kit) -> None:
    assert f"did you mean {HALL}?" in ready.run("plan", "--target", "MixStream/hal").err


def test_detailed_exit_code(ready: Kit) -> None:
    assert ready.run("plan").code == 0
    assert ready.run("plan", "--detailed-exitcode").code == 2
    ready.apply()
    assert ready.run("plan", "--detailed-exitcode").code == 0


def test_bad_manifests_send_nothing_and_touch_nothing(ready: Kit) -> None:
    ready.apply()
    before = ready.state_path.read_bytes(), len(ready.get("calls")["calls"])
    ready.edit("streams.yaml", "fps: 15", "fps: 90")
    for arguments in (("validate",), ("plan",), ("apply", "--auto-approve")):
        ran = ready.run(*arguments)
        assert ran.code == 1 and not ran.out
        places = re.findall(r"manifests/streams\.yaml:(\d+):\d+: spec\.video\.encode\.fps: found 90", ran.err)
        assert len(places) == 2
    assert (ready.state_path.read_bytes(), len(ready.get("calls")["calls"])) == before


def test_without_a_terminal_apply_wants_approval_before_any_call(ready: Kit) -> None:
    ran = ready.run("apply")
    assert ran.code == 1
    assert "--auto-approve" in ran.err
    assert ready.calls() == []
    assert not ready.state_path.exists()


def test_validate_needs_nothing(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "TENCENTCLOUD_SECRET_ID",
        "TENCENTCLOUD_SECRET_KEY",
        "TRTC_SECRET_KEY",
        "RECONCILER_ENDPOINT",
    ):
        monkeypatch.delenv(name)
    ran = ready.run("validate")
    assert (ran.code, ran.out) == (0, "workspace demo: 5 documents, 3 to plan, no problems\n")


def test_missing_secrets_are_all_told_before_the_first_call(
    ready: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRTC_SECRET_KEY")
    monkeypatch.delenv("STREAM_PUSH_KEY")
    ran = ready.run("apply", "--auto-approve")
    assert ran.code == 1
    assert "TRTC_SECRET_KEY" in ran.err and "STREAM_PUSH_KEY" in ran.err
    assert ready.calls() == []


def test_missing_credentials_are_told(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENCENTCLOUD_SECRET_ID")
    ran = ready.run("apply", "--auto-approve")
    assert ran.code == 1 and "TENCENTCLOUD_SECRET_ID" in ran.err


def test_no_refresh_asks_nothing(ready: Kit) -> None:
    ready.apply()
    before = len(ready.get("calls")["calls"])
    assert ready.run("plan", "--no-refresh").code == 0
    assert len(ready.get("calls")["calls"]) == before
    assert ready.run("plan").code == 0
    assert len(ready.get("calls")["calls"]) == before + 1


# Choosing resources


CHOICES = {
    "target": (("--target", HALL), {HALL: "start"}),
    "two targets": (("--target", HALL, "--target", SIDE), {HALL: "start", SIDE: "start"}),
    "exclude": (("--exclude", HALL), {LIVE: "resume", SIDE: "start"}),
    "label": (("--select", "event=autumn"), {HALL: "start"}),
    "label of nothing": (("--select", "event=spring"), {}),
    "label and exclude": (("--select", "event=autumn", "--exclude", HALL), {}),
}


@pytest.mark.parametrize(("options", "expected"), CHOICES.values(), ids=CHOICES)
def test_choosing_resources(ready: Kit, options: tuple[str, ...], expected: dict[str, str]) -> None:
    assert ready.verbs(*options) == expected
    ready.apply(*options)
    assert set(ready.state()["resources"] if expected else []) == set(expected)


def test_labels_of_what_has_left_the_manifests(ready: Kit) -> None:
    ready.apply()
    (ready.root / "manifests" / "streams.yaml").write_text("")
    assert ready.verbs("--select", "event=autumn") == {HALL: "stop"}
    assert ready.verbs("--target", SIDE) == {SIDE: "stop"}


# Plans


def test_the_shape_of_a_plan(ready: Kit) -> None:
    ready.apply()
    ready.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    ready.edit("streams.yaml", "live/side", "live/side-2")
    plan = ready.plan()
    assert plan["formatVersion"] == 1 and plan["workspace"] == "demo"
    assert (plan["stateSerial"], plan["stateLineage"]) == (1, ready.state()["lineage"])
    side = next(change for change in plan["changes"] if change["address"] == SIDE)
    assert (side["verb"], side["impact"], side["visible"]) == ("update", "reconnect", True)
    url = next(field for field in side["fields"] if field["path"] == "spec.publish[0].url")
    assert url == {
        "path": "spec.publish[0].url",
        "before": "rtmp://3891.livepush.myqcloud.com/live/side",
        "after": "rtmp://3891.livepush.myqcloud.com/live/side-2",
        "impact": "reconnect",
        "visible": False,
    }
    assert side["calls"] == [{"service": "trtc", "action": "UpdatePublishCdnStream"}]
    assert plan["summary"] == {
        "start": 0,
        "update": 2,
        "resume": 0,
        "pause": 0,
        "stop": 0,
        "replace": 0,
        "forget": 0,
        "unchanged": 1,
    }
    assert plan["etaSeconds"] == 0.1 and plan["warnings"] == []


def save(kit: Kit, name: str = "plan.json") -> str:
    file = kit.root / name
    assert kit.run("plan", "--out", str(file)).code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    return str(file)


def refused(kit: Kit, file: str, *words: str) -> None:
    before = len(kit.calls())
    ran = kit.run("apply", file, "--auto-approve")
    assert ran.code == 1
    assert all(word in ran.err for word in words), ran.err
    assert len(kit.calls()) == before


def rewritten(file: Path, data: dict[str, Any]) -> None:
    """The file with other content, and the checksum that fits."""
    file.write_bytes(seal({key: value for key, value in data.items() if key != "checksum"}))


def test_a_saved_plan_is_carried_out_once(ready: Kit) -> None:
    file = save(ready)
    assert ready.run("apply", file, "--auto-approve").code == 0
    refused(ready, file, "this plan was already applied", "make a new plan")
    assert len(ready.running()) == 2


def test_a_saved_plan_is_refused_once_the_state_has_moved(ready: Kit) -> None:
    ready.apply()
    ready.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    file = save(ready)
    ready.edit("layouts.yaml", "locationX: 630", "locationX: 620")
    ready.apply()
    refused(ready, file, "serial 1", "serial 2", "make a new plan")


def test_a_saved_plan_is_refused_for_another_lineage(ready: Kit) -> None:
    ready.apply()
    ready.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    file = save(ready)
    state = ready.state()
    rewritten(ready.state_path, {**state, "lineage": "another"})
    shutil.rmtree(ready.state_path.with_name("demo.history"))
    refused(ready, file, "lineage another")


def test_a_saved_plan_is_refused_after_a_killed_apply(ready: Kit) -> None:
    file = save(ready)
    ready.faults({"action": "StartPublishCdnStream", "nth": 1, "kind": "drop-response"})
    assert ready.run("apply", file, "--auto-approve").code == 1
    refused(ready, file, "this plan was already applied")


@pytest.mark.parametrize(
    "change",
    [
        {"toolVersion": "0.0.0"},
        {"formatVersion": 99},
        {"context": {"endpoint": "https://elsewhere.example", "state": "state/demo.json"}},
        {"changes": 5},
        {"stateFingerprint": "sha256:0"},
    ],
    ids=str,
)
def test_an_altered_plan_is_refused(ready: Kit, change: dict[str, Any]) -> None:
    file = Path(save(ready))
    data = {**json.loads(file.read_text()), **change}
    file.write_text(json.dumps(data, indent=2) + "\n")
    refused(ready, str(file), "the plan is damaged")
    rewritten(file, data)
    refused(ready, str(file), "error:")


def test_a_plan_that_calls_something_else_is_refused(ready: Kit) -> None:
    file = Path(save(ready))
    data = json.loads(file.read_text())
    data["changes"][-1]["calls"][0].update({"service": "cvm", "action": "TerminateInstances"})
    rewritten(file, data)
    refused(ready, str(file), "TerminateInstances", "no kind of this version uses")


def test_a_saved_plan_takes_no_options_that_choose(ready: Kit) -> None:
    assert ready.run("apply", save(ready), "--target", HALL, "--auto-approve").code == 64


# State


def test_the_state_is_stable_and_raised_by_one(ready: Kit) -> None:
    ready.apply()
    first = ready.state()
    ready.run("apply", "--auto-approve")
    assert ready.state() == first
    ready.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    ready.apply()
    second = ready.state()
    assert (first["serial"], second["serial"]) == (1, 2)
    assert first["lineage"] == second["lineage"]
    assert list(second["resources"]) == sorted(second["resources"])
    files = sorted(path.name for path in ready.state_path.parent.iterdir())
    assert files == ["demo.history", "demo.json", "demo.lock", "demo.runs"]


def test_another_state_file(ready: Kit) -> None:
    ready.run("apply", "--auto-approve", "--state", "elsewhere/mine.json")
    assert not ready.state_path.exists()
    assert (ready.root / "elsewhere" / "mine.json").exists()
    assert ready.run("plan", "--detailed-exitcode", "--state", "elsewhere/mine.json").code == 0


def test_a_state_of_another_workspace_is_refused(ready: Kit) -> None:
    ready.apply()
    ready.edit("workspace.yaml", "name: demo", "name: other")
    ran = ready.run("plan", "--state", "state/demo.json")
    assert ran.code == 1 and "workspace 'demo', not 'other'" in ran.err


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"formatVersion": 2}', '{"formatVersion": 1}'])
def test_a_damaged_state_is_refused_and_left_alone(ready: Kit, text: str) -> None:
    ready.state_path.parent.mkdir(exist_ok=True)
    ready.state_path.write_text(text)
    for arguments in (("plan",), ("apply", "--auto-approve"), ("state", "list")):
        ran = ready.run(*arguments)
        assert ran.code == 1 and "state" in ran.err
    assert ready.state_path.read_text() == text
    assert ready.calls() == []


def test_state_list_and_show(ready: Kit) -> None:
    ready.apply()
    task_id = ready.entry(HALL)["taskId"]
    listed = ready.run("state", "list").out.splitlines()
    assert [line.split()[0] for line in listed] == [LIVE, HALL, SIDE]
    begin, end = listed[1].split()[-1].split("…")
    assert task_id.startswith(begin) and task_id.endswith(end)
    assert json.loads(ready.run("state", "show", HALL).out) == ready.entry(HALL)
    assert json.loads(ready.run("state", "list", "--format", "json").out) == ready.state()
    alone = ready.run("state", "list", "--state", "state/demo.json")
    assert alone.out.splitlines() == listed


@pytest.mark.slow
def test_a_second_apply_is_told_who_holds_the_state(ready: Kit) -> None:
    ready.faults({"action": "StartPublishCdnStream", "nth": 1, "count": 2, "kind": "delay", "seconds": 3})
    process = ready.spawn("apply", "--auto-approve")
    wait_until(lambda: len(ready.running()) == 2)
    ran = ready.run("apply", "--auto-approve")
    assert ran.code == 1
    assert f"process {process.pid} on " in ran.err and "(apply, since " in ran.err
    assert ready.run("plan", "--no-refresh").code == 0
    _out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    ready.assert_settled()


@pytest.mark.parametrize("name", [pytest.param("SIGINT", marks=pytest.mark.slow), "SIGTERM"])
def test_an_interrupt_begins_nothing_new_and_loses_nothing(ready: Kit, name: str) -> None:
    ready.faults({"action": "ResumeLiveStream", "nth": 1, "kind": "delay", "seconds": 1})
    process = ready.spawn("apply", "--auto-approve")
    wait_until(lambda: bool(ready.calls()))
    process.send_signal(signal.Signals[name])
    _out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "interrupted" in err and "Traceback" not in err
    assert LIVE in ready.state()["resources"]
    assert HALL not in ready.state()["resources"]  # it waits for the live stream
    recorded = ready.state()["resources"].values()
    assert {task["taskId"] for task in ready.running()} == {
        entry["taskId"] for entry in recorded if "taskId" in entry
    }
    ready.apply()


def test_progress_is_told_line_by_line_without_a_terminal(ready: Kit) -> None:
    ran = ready.run("apply", "--auto-approve")
    lines = [line for line in ran.err.splitlines() if line.startswith("[")]
    assert [line.split()[0] for line in lines] == ["[1/3]", "[2/3]", "[3/3]"]
    assert ran.out.splitlines()[-1] == "Apply: 3 done; state serial 1."


@pytest.mark.slow
def test_the_pace_of_the_api_is_kept(kit: Kit) -> None:
    documents = [
        f"""
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: s{number}}}
spec:
  room: {number + 1}
  publish: [{{url: rtmp://3891.livepush.myqcloud.com/live/s{number}}}]
"""
        for number in range(40)
    ]
    kit.write("many.yaml", "---".join(documents))
    assert kit.plan()["etaSeconds"] == pytest.approx(40 / 18, abs=0.1)
    kit.apply()
    assert len(kit.running()) == 40
    refused = [call for call in kit.calls() if call["errorCode"] is not None]
    assert len(refused) <= 4  # none on a quiet machine; a busy one may bunch calls up


CLOSED = {"standard output": ">&-", "standard input": "<&-", "standard error": "2>&-"}


@pytest.mark.slow
@pytest.mark.parametrize("stream", one_in(3, CLOSED))
def test_closed_streams_are_no_trouble(ready: Kit, stream: str) -> None:
    command = f"{sys.executable} -m reconciler apply --auto-approve {CLOSED[stream]}"
    done = subprocess.run(["bash", "-c", command], cwd=ready.root, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    ready.assert_settled()


@pytest.mark.slow
def test_a_reader_that_goes_loses_nothing(ready: Kit) -> None:
    command = f"{sys.executable} -m reconciler apply --auto-approve 2>&1 | head -1"
    subprocess.run(["bash", "-c", command], cwd=ready.root, capture_output=True, timeout=60, check=True)
    assert len(ready.state()["resources"]) == 3
    ready.assert_settled()


def test_a_region_from_outside_is_part_of_what_is_wanted(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    ready.edit("workspace.yaml", "  region: ap-guangzhou\n", "")
    monkeypatch.setenv("TENCENTCLOUD_REGION", "ap-guangzhou")
    ready.apply()
    monkeypatch.setenv("TENCENTCLOUD_REGION", "ap-singapore")
    assert ready.verbs() == {HALL: "replace", SIDE: "replace"}


def test_every_selected_label_is_wanted(ready: Kit) -> None:
    assert ready.verbs("--select", "event=spring", "--select", "event=autumn") == {}


def test_a_state_behind_a_link_is_one_state(ready: Kit) -> None:
    (ready.root / "real").mkdir()
    (ready.root / "real" / "state.json").write_text("")
    (ready.root / "link.json").symlink_to("real/state.json")
    (ready.root / "real" / "state.json").unlink()
    assert ready.run("apply", "--auto-approve", "--state", "link.json").code == 0
    assert (ready.root / "link.json").is_symlink()
    assert ready.run("plan", "--detailed-exitcode", "--state", "real/state.json").code == 0


def test_what_only_one_can_hold_is_declared_once(ready: Kit) -> None:
    ready.edit("streams.yaml", "live/side", "live/hall")
    ran = ready.run("validate")
    assert ran.code == 1
    assert f"pushes to 3891.livepush.myqcloud.com/live/hall, as {HALL} at manifests/streams.yaml:" in ran.err
    ready.edit("streams.yaml", "  room: 295066\n", "  state: stopped\n  room: 295066\n")
    assert ready.run("validate").code == 0


@pytest.mark.slow
def test_a_cloud_that_cannot_be_reached_is_an_error(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    ready.apply()
    monkeypatch.setenv("RECONCILER_ENDPOINT", "http://127.0.0.1:9")
    assert ready.run("state", "rebind", "--auto-approve").code == 0
    ran = ready.run("plan", "--detailed-exitcode")
    assert ran.code == 1 and "--no-refresh" in ran.err
    assert ready.run("plan", "--detailed-exitcode", "--no-refresh").code == 0


def test_taking_what_an_untargeted_stream_holds_is_warned_of(ready: Kit) -> None:
    ready.apply()
    ready.edit("streams.yaml", "live/hall", "live/elsewhere")
    ready.edit("streams.yaml", "live/side", "live/hall")
    (warning,) = ready.plan("--target", SIDE)["warnings"]
    assert warning.startswith(f"{SIDE} takes over what {HALL} still uses")


def test_a_label_of_nothing_is_told(ready: Kit) -> None:
    (warning,) = ready.plan("--select", "event=spring")["warnings"]
    assert warning == "no resource has the label event=spring"


def test_a_wrong_head_hides_no_mistake_below_it(ready: Kit) -> None:
    ready.edit("streams.yaml", "metadata: {name: hall, labels", "metadata: {name: hall, x: 1, labels")
    ready.edit("streams.yaml", "fps: 15", "fps: 90", count=1)
    ready.edit("layouts.yaml", "apiVersion: reconciler/v1", "apiVersion: reconciler/v2")
    ran = ready.run("validate")
    for words in ("metadata.x: unknown field", "spec.video.encode.fps: found 90", "apiVersion: found"):
        assert words in ran.err
    assert "there is no MixLayout" not in ran.err


def test_the_plan_says_which_state_it_is_for(ready: Kit) -> None:
    assert (
        ready.run("plan").out.splitlines()[0]
        == f"Plan for workspace demo on {ready.url}, no state yet ({ready.state_path})"
    )
