"""The steps by themselves: what ends them, what they pass on, what they keep from the log and the tool."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ..flow.kit import wait_until
from .conftest import ID, KEY, MANIFESTS, World
from .github import ROOT, machine_variables

RUN = ROOT / "pipelines/run.py"
VARIABLES = f"TENCENTCLOUD_SECRET_ID={ID}\nTENCENTCLOUD_SECRET_KEY={KEY}\nTRTC_SECRET_KEY=x-trtc-0003\n"


def step(where: Path, command: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(RUN), *command.split()],
        cwd=where,
        env=machine_variables(**environ),
        capture_output=True,
        text=True,
    )


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """A command in the tool's place that tells its environment and ends as it is told."""
    file = tmp_path / "tool"
    file.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        "print('<!-- reconciler plan demo -->\\n### Plan')\n"
        "print('::error::not for the runner', file=sys.stderr)\n"
        "json.dump(dict(os.environ), open('environment.json', 'w'))\n"
        "sys.exit(int(os.environ.get('STREAM_CODE', '0')))\n"
    )
    file.chmod(0o755)
    return file


@pytest.mark.slow
def test_a_run_that_is_cancelled_stops_in_order_and_records_what_runs(world: World, tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "job/manifests.yaml").write_text(MANIFESTS)
    # It has its effect at once, and is answered late.
    world.cloud_post("faults", [{"action": "StartStreamIngest", "kind": "delay", "seconds": 3}])
    process = subprocess.Popen(
        [sys.executable, str(RUN), "apply"],
        cwd=tmp_path / "job",
        env=world.machine(
            PIPELINE_PATHS="manifests.yaml",
            PIPELINE_STATE=str(world.state),
            PIPELINE_VARIABLES=VARIABLES,
            PIPELINE_REPORTS="reconciler-reports",
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_until(lambda: bool(world.tasks()))

    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    with process.stdout as log:
        assert any(line.startswith("interrupted: waiting") for line in log)
        process.send_signal(signal.SIGTERM)
        rest = log.read()

    assert process.wait(60) == 130, rest
    recorded = json.loads(world.state.read_text())["resources"]
    running = {task["taskId"] for task in world.tasks()}
    assert running and running == {one["taskId"] for one in recorded.values() if "taskId" in one}
    assert not world.state.with_suffix(".journal").exists()
    assert (tmp_path / "job/reconciler-reports/record-demo.json").is_file()


def test_the_tool_gets_what_it_needs_and_no_token_of_the_forge(tmp_path: Path, tool: Path) -> None:
    given = {"GITHUB_TOKEN": "ghs_token", "RECONCILER_GITLAB_TOKEN": "glpat_token"}
    ran = step(
        tmp_path,
        "drift",
        PIPELINE_TOOL=str(tool),
        PIPELINE_VARIABLES="# all\nTENCENTCLOUD_TOKEN=\nSTREAM_KEY = a=b \n",
        **given,
    )
    assert ran.returncode == 0, ran.stderr
    environment = json.loads((tmp_path / "environment.json").read_text())
    assert environment["STREAM_KEY"] == "a=b"
    assert not {*given, "PIPELINE_VARIABLES", "TENCENTCLOUD_TOKEN"} & environment.keys()


def test_the_runner_hides_values_and_takes_no_commands_from_the_tool(tmp_path: Path, tool: Path) -> None:
    ran = step(
        tmp_path,
        "drift",
        PIPELINE_TOOL=str(tool),
        PIPELINE_VARIABLES="STREAM_KEY=50%off\nSTREAM_CODE=2",
        GITHUB_ACTIONS="true",
    )
    lines = ran.stdout.splitlines()
    assert ran.returncode == 2
    assert lines[0] == "::add-mask::50%25off" and "::add-mask::2" not in lines
    stopped, spoken, resumed = (
        next(place for place, line in enumerate(lines) if line.startswith(start))
        for start in ("::stop-commands::", "::error::", f"::{lines[1].removeprefix('::stop-commands::')}::")
    )
    assert stopped < spoken < resumed


@pytest.mark.parametrize(
    "line",
    [
        "PATH=/tmp",
        "RECONCILER_ENDPOINT=https://evil.example",
        "LD_PRELOAD=x",
        "no equals",
        "trtc_key=x",
        "=x",
    ],
)
def test_a_line_that_is_no_secret_of_a_manifest_is_refused(tmp_path: Path, tool: Path, line: str) -> None:
    ran = step(tmp_path, "plan", PIPELINE_TOOL=str(tool), PIPELINE_VARIABLES=f"\n{line}")
    assert ran.returncode == 1 and "line 2" in ran.stderr
    assert not (tmp_path / "environment.json").exists()


def test_a_name_that_is_listed_is_taken(tmp_path: Path, tool: Path) -> None:
    more = {"PIPELINE_VARIABLES": "CDN_KEY=x", "RECONCILER_SECRETS": "OTHER, CDN_KEY"}
    assert step(tmp_path, "plan", PIPELINE_TOOL=str(tool), **more).returncode == 0
    assert json.loads((tmp_path / "environment.json").read_text())["CDN_KEY"] == "x"


@pytest.mark.parametrize(
    ("command", "environ", "said"),
    [
        ("plan", {"PIPELINE_TOOL": "no-such-tool"}, "no-such-tool is not installed"),
        ("plan", {"PIPELINE_ALLOW": "yes"}, "write true or false"),
        (
            "apply",
            {"PIPELINE_PLAN": "none.json"},
            "plan cannot be taken: none.json: cannot be read",
        ),
        ("comment", {}, "comment.md: cannot be read"),
        ("issue", {"GITHUB_TOKEN": "x"}, "issue.md: cannot be read"),
        ("fork-comment", {"GITHUB_TOKEN": "x"}, "not begun by another run"),
        ("comment", {"GITHUB_EVENT_PATH": "none.json"}, "the event cannot be read"),
    ],
)
def test_what_ends_a_step_is_told_in_one_line(
    tmp_path: Path, command: str, environ: dict[str, str], said: str
) -> None:
    environ = {"GITHUB_API_URL": "http://127.0.0.1:9", **environ}
    if command == "comment":
        (tmp_path / "event.json").write_text('{"pull_request": {"number": 1}}')
        environ = {"GITHUB_TOKEN": "x", "GITHUB_EVENT_PATH": "event.json", **environ}
    ran = step(tmp_path, command, **environ)
    assert ran.returncode == 1
    assert said in ran.stderr and ran.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", ["", "destroy", "plan apply"])
def test_another_command_is_wrong_usage(tmp_path: Path, arguments: str) -> None:
    assert step(tmp_path, arguments).returncode == 64


def test_a_token_is_not_sent_in_the_clear(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text('{"pull_request": {"number": 1}}')
    reports = tmp_path / "reconciler-reports"
    reports.mkdir()
    (reports / "comment.md").write_text("<!-- reconciler 000000 -->\n")
    ran = step(
        tmp_path,
        "comment",
        GITHUB_TOKEN="x",
        GITHUB_EVENT_PATH="event.json",
        GITHUB_API_URL="http://api.example",
    )
    assert ran.returncode == 1 and "no https address" in ran.stderr


def test_a_report_as_long_as_a_comment_can_be_is_posted_whole(tmp_path: Path, tool: Path) -> None:
    long = 65_536
    tool.write_text(
        f"#!{sys.executable}\nline = '<!-- reconciler drift d -->\\n'\n"
        f"print(line + 'x' * ({long} - len(line) - 4) + 'end')\n"
    )
    named = {"PIPELINE_TOOL": str(tool), "PIPELINE_REPORTS": "reconciler-reports"}
    assert step(tmp_path, "drift", **named).returncode == 0
    body = (tmp_path / "reconciler-reports/issue.md").read_text()
    assert len(body) <= long and body.endswith("end\n") and body.startswith("<!-- reconciler ")


def test_the_steps_need_nothing_but_python(tmp_path: Path) -> None:
    """A machine that posts has neither the tool nor its libraries."""
    ran = subprocess.run(
        [sys.executable, "-S", str(RUN), "comment"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1 and ran.stderr == "error: GITHUB_TOKEN is not set\n"


# An apply on a shared state


SHARED_TOOL = """\
import json, os, sys
ran = open(os.environ["RAN"], "a+")
ran.seek(0)
before = ran.read().split()
ran.write(sys.argv[1] + "\\n")
command, more = sys.argv[1], sys.argv[2:]
if command == "plan":
    serial = int(os.environ.get("STREAM_SERIAL", before.count("apply")))
    plan = {"workspace": "demo", "stateSerial": serial, "context": {"state": "postgresql://db/streams"}}
    json.dump(plan, open(more[more.index("--out") + 1], "w"))
    print("a plan")
    sys.exit(2)
if command == "state":
    print(json.dumps({"pulled": more}))
    sys.exit(int(os.environ.get("STREAM_PULL", "0")))
print(open(more[more.index("--receipt") + 1]).read() if os.environ.get("PIPELINE_RECEIPT") else "")
refused = before.count("apply") < int(os.environ["STREAM_REFUSED"])
print("error: the state has moved" if refused else "Apply: 1 done; state serial 9.")
sys.exit(1 if refused else int(os.environ.get("STREAM_CODE", "0")))
"""


def shared_apply(tmp_path: Path, **environ: str) -> tuple["subprocess.CompletedProcess[str]", list[str]]:
    tool, ran = tmp_path / "tool", tmp_path / "ran"
    tool.write_text(f"#!{sys.executable}\n{SHARED_TOOL}")
    tool.chmod(0o755)
    spill = tmp_path / "home/.local/state/reconciler/spill"
    spill.mkdir(parents=True, exist_ok=True)
    (spill / "run-1").write_text("RECOVERY {}\n")
    done = step(
        tmp_path,
        "apply",
        HOME=str(tmp_path / "home"),
        RAN=str(ran),
        PIPELINE_TOOL=str(tool),
        **{"PIPELINE_REPORTS": "reports", **environ},
    )
    return done, ran.read_text().split()


def test_the_record_of_a_shared_state_and_what_it_did_not_take_are_kept(tmp_path: Path) -> None:
    done, ran = shared_apply(tmp_path, STREAM_REFUSED="0")
    assert done.returncode == 0 and ran == ["plan", "apply", "state"]
    reports = tmp_path / "reports"
    assert json.loads((reports / "record-demo.json").read_text()) == {"pulled": ["pull", "--", "manifests"]}
    assert (reports / "spill-run-1").read_text() == "RECOVERY {}\n"


def test_a_receipt_goes_from_one_apply_to_the_next(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("RECEIPT of the run before\n")
    done, ran = shared_apply(tmp_path, STREAM_REFUSED="0", PIPELINE_RECEIPT="old")
    assert done.returncode == 0 and ran[:2] == ["plan", "apply"]
    assert "RECEIPT of the run before" in done.stdout
    lost, _ = shared_apply(tmp_path, STREAM_REFUSED="0", PIPELINE_RECEIPT="gone", PIPELINE_REPORTS="other")
    assert lost.returncode == 1 and "the receipt of an earlier apply cannot be taken: gone" in lost.stderr


def test_an_apply_that_another_overtook_is_planned_again(tmp_path: Path) -> None:
    done, ran = shared_apply(tmp_path, STREAM_REFUSED="2")
    assert done.returncode == 0 and ran == ["plan", "apply"] * 3 + ["state"]


@pytest.mark.parametrize(
    ("what", "ran"),
    [
        pytest.param(
            {"STREAM_REFUSED": "9", "STREAM_SERIAL": "4"}, ["plan", "apply", "plan"], id="nobody did"
        ),
        pytest.param({"STREAM_REFUSED": "0", "STREAM_CODE": "1"}, ["plan", "apply"], id="it began"),
        pytest.param({"STREAM_REFUSED": "9"}, ["plan", "apply"] * 5, id="again and again"),
    ],
)
def test_what_fails_for_another_reason_is_not_tried_again(
    tmp_path: Path, what: dict[str, str], ran: list[str]
) -> None:
    done, found = shared_apply(tmp_path, **what)
    assert done.returncode == 1 and found == [*ran, "state"]


def test_a_record_that_cannot_be_read_fails_no_apply(tmp_path: Path) -> None:
    done, _ = shared_apply(tmp_path, STREAM_REFUSED="0", STREAM_PULL="1")
    assert done.returncode == 0 and "the record is not kept" in done.stdout
    assert not (tmp_path / "reports/record-demo.json").exists()
