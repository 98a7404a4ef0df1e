"""Where a report goes and in which form, and what a run says as records."""

import io
import json
import sys
from pathlib import Path

import pytest

from reconciler.cli.json_log import JsonLines

from .kit import Kit
from .test_mix_stream import HALL, LAYOUT, STREAMS


@pytest.fixture
def ready(kit: Kit) -> Kit:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    return kit


FORMS = {
    "plan.txt": "text",
    "plan.json": "json",
    "plan.md": "markdown",
    "PLAN.HTML": "html",
    "plan": "text",
    "plan.log": "text",
}


@pytest.mark.parametrize("name", FORMS)
def test_a_report_is_what_would_be_printed_in_the_form_that_its_name_asks_for(ready: Kit, name: str) -> None:
    printed = ready.run("plan", "--format", FORMS[name])
    ran = ready.run("plan", "--report", name)
    assert (ran.code, ran.out, ran.err) == (0, "", f"Report written to {name}.\n")
    assert Path(name).read_text() == printed.out


def test_a_form_that_is_named_wins_over_the_name_of_the_file(ready: Kit) -> None:
    ready.run("plan", "--report", "plan.html", "--format", "json")
    assert json.loads(Path("plan.html").read_text())["workspace"] == "demo"


@pytest.mark.parametrize("command", [("drift",), ("diff", "manifests", "manifests"), ("history",)])
def test_other_reports_have_files_as_well(ready: Kit, command: tuple[str, ...]) -> None:
    assert ready.run("apply", "--auto-approve", "--new-state").code == 0
    ran = ready.run(*command, "--report", "out/told.json")
    assert ran.code == 1 and "out/told.json: cannot write the report: No such file or directory" in ran.err
    Path("out").mkdir()
    assert (ready.run(*command, "--report", "out/told.json").code, ran.out) == (0, "")
    assert json.loads(Path("out/told.json").read_text())["formatVersion"] == 1


def test_a_form_that_a_command_lacks_is_refused_with_those_it_has(ready: Kit) -> None:
    ran = ready.run("history", "--report", "runs.html")
    assert ran.code == 64 and "use --format text or json" in ran.err
    assert not Path("runs.html").exists()


def test_detailed_exit_codes_are_the_same(ready: Kit) -> None:
    assert ready.run("plan", "--report", "plan.md", "--detailed-exitcode").code == 2


@pytest.mark.parametrize("name", ["plan.html", "plan.md", "plan.txt", "PLAN.HTM"])
def test_a_plan_is_not_saved_under_a_name_of_a_report(ready: Kit, name: str) -> None:
    ran = ready.run("plan", "--out", name)
    assert ran.code == 64 and f"--report {name}" in ran.err and not Path(name).exists()


# Records


def records(err: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in err.splitlines()]


def test_each_change_is_a_record(ready: Kit) -> None:
    ran = ready.run("apply", "--auto-approve", "--new-state", "--log-format", "json")
    assert ran.code == 0 and "Apply: 2 done" in ran.out
    said = records(ran.err)
    assert {(one["address"], one["verb"], one["result"]) for one in said} >= {(HALL, "start", "done")}
    running = {task["taskId"] for task in ready.running()}
    assert {one["taskId"] for one in said} == running
    assert [(one["done"], one["total"]) for one in said] == [(1, 2), (2, 2)]
    assert all(str(one["time"]).endswith("Z") and one["level"] == "info" for one in said)


def test_whatever_else_is_said_is_a_record(ready: Kit) -> None:
    ready.faults({"action": "StartPublishCdnStream", "kind": "error", "code": "FailedOperation", "count": 9})
    ran = ready.run("apply", "--auto-approve", "--new-state", "--log-format", "json")
    assert ran.code == 1
    assert {"error", "hint"} <= {str(one["level"]) for one in records(ran.err)}
    assert all({"time", "level", "message"} <= one.keys() for one in records(ran.err))


def test_an_error_before_the_run_is_a_record_and_the_next_command_speaks_text(ready: Kit) -> None:
    before = sys.stderr
    ran = ready.run("apply", "nowhere", "--auto-approve", "--log-format", "json")
    assert ran.code == 1 and records(ran.err)[0]["level"] == "error" and sys.stderr is before
    assert ready.run("apply", "nowhere", "--auto-approve").err.startswith("error: ")


SAID = {
    "one\ntwo\n": [("info", "one"), ("info", "two")],
    "error: it is so\n  hint: do that\n": [("error", "it is so"), ("hint", "do that")],
    "warning: a: b\n": [("warning", "a: b")],
    "note: of it\n\n": [("info", "of it")],
    "error of another sort\n": [("info", "error of another sort")],
    'quotes " and \\ and é\n': [("info", 'quotes " and \\ and é')],
}


@pytest.mark.parametrize("text", SAID)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_lines_become_records_in_whatever_pieces_they_come(text: str, size: int) -> None:
    behind = io.StringIO()
    stream = JsonLines(behind, lambda: 0.0)
    for start in range(0, len(text), size):
        stream.write(text[start : start + size])
    found = [(one["level"], one["message"]) for one in records(behind.getvalue())]
    assert found == SAID[text]
    assert all(one["time"] == "1970-01-01T00:00:00Z" for one in records(behind.getvalue()))


def test_a_question_is_told_before_it_is_answered() -> None:
    behind = io.StringIO()
    stream = JsonLines(behind, lambda: 0.0)
    stream.write("Apply? ")
    assert not behind.getvalue()
    stream.flush()
    assert [one["message"] for one in records(behind.getvalue())] == ["Apply?"]
