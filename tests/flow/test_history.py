"""Who did what, told by `history` after runs of every sort, and the warning of manifests that are older.

The long form, with processes that are killed and interrupted: `python -m tests.chaos.history`.
"""

import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..manifests.revisions.repositories import git
from ..support import text_in
from .conftest import SECRETS
from .kit import Kit, wait_until
from .test_mix_stream import HALL, LAYOUT, SIDE, STREAMS

START = "StartPublishCdnStream"
OLDER = "which is older than"


@pytest.fixture
def ready(kit: Kit) -> Kit:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    return kit


def asked(kit: Kit, *question: str) -> dict[str, Any]:
    ran = kit.run("history", "--format", "json", *question)
    assert ran.code == 0, ran.err
    return dict(json.loads(ran.out))


def runs(kit: Kit) -> list[dict[str, Any]]:
    return list(asked(kit)["runs"])


def calls(kit: Kit, run: dict[str, Any]) -> list[dict[str, Any]]:
    return list(asked(kit, "--run", run["run"])["calls"])


def change(kit: Kit, number: int) -> None:
    kit.edit("layouts.yaml", f"locationX: {640 - number + 1}", f"locationX: {640 - number}")


def test_without_any_run_that_is_said(ready: Kit) -> None:
    ran = ready.run("history")
    assert (ran.code, ran.out) == (0, "") and "no history of any run" in ran.err
    assert runs(ready) == []


def test_a_run_is_told_with_who_what_and_how_it_ended(ready: Kit) -> None:
    saved = ready.apply()
    (run,) = runs(ready)
    assert (run["command"], run["result"], run["savedPlan"]) == ("apply", "done", True)
    assert (run["changes"], run["results"]) == ({"start": 2}, {"done": 2})
    assert (run["serialBefore"], run["serial"], run["recoveredBy"]) == (0, 1, None)
    assert run["who"]["host"] == socket.gethostname() and run["who"]["user"] and run["who"]["pid"]
    assert run["planDigest"].startswith("sha256:") and run["manifests"] is None
    told = {(call["address"], call["action"], call["result"], call["taskId"]) for call in calls(ready, run)}
    assert told == {(address, START, "done", ready.entry(address)["taskId"]) for address in (HALL, SIDE)}
    text = ready.run("history").out.splitlines()
    assert len(text) == 2 and text[1].startswith(run["run"][:8]) and "apply: 2 start" in text[1]
    assert saved["changes"] and ready.run("apply", "--auto-approve").code == 0
    assert len(runs(ready)) == 1, "nothing was done, and that is no run"


def test_what_is_refused_is_told_with_its_code_and_request(ready: Kit) -> None:
    ready.faults({"action": START, "nth": 1, "kind": "error", "code": "InvalidParameterValue"})
    assert ready.run("apply", "--auto-approve").code == 1
    (run,) = runs(ready)
    assert (run["result"], run["results"]) == ("failed", {"done": 1, "failed": 1})
    (refused,) = [call for call in calls(ready, run) if call["result"] == "refused"]
    (arrived,) = [call for call in ready.calls() if call["errorCode"]]
    assert (refused["code"], refused["requestId"]) == (
        "InvalidParameterValue",
        arrived["response"]["RequestId"],
    )
    assert "refused: InvalidParameterValue (request " in ready.run("history", "--run", run["run"]).out


def test_a_doubt_is_told_with_what_settled_it(ready: Kit) -> None:
    ready.faults({"action": START, "nth": 1, "kind": "drop-response"})
    assert ready.run("apply", "--auto-approve").code == 1
    (run,) = runs(ready)
    (doubt,) = [call for call in calls(ready, run) if call["result"] == "unknown"]
    assert doubt["settledBy"] is None
    assert "never answered" in (text := ready.run("history", "--run", run["run"]).out)
    assert "not resolved yet" in text
    ready.faults()
    assert ready.run("apply", "--auto-approve").code == 0
    later, first = runs(ready)
    (doubt,) = [call for call in calls(ready, first) if call["result"] == "unknown"]
    assert doubt["settledBy"] == {"run": later["run"], "action": START, "result": "done"}
    assert f"resolved by {later['run'][:8]}: {START} done" in ready.run("history", "--run", run["run"]).out
    life = asked(ready, "--address", doubt["address"])["calls"]
    assert [(one["run"], one["result"]) for one in life] == [
        (later["run"], "done"),
        (first["run"], "unknown"),
    ]


@pytest.mark.slow
def test_a_killed_run_is_unfinished_until_the_next_recovers_it(ready: Kit) -> None:
    ready.faults({"action": START, "nth": 2, "kind": "delay", "seconds": 30})
    process = ready.spawn("apply", "--auto-approve")
    wait_until(lambda: (written(ready, "intent"), written(ready, "outcome")) == (2, 1))
    assert [run["result"] for run in runs(ready)] == ["running"]
    assert "running" in ready.run("history").out and "no answer yet" in shown_last(ready)
    process.kill()
    process.communicate()
    (run,) = runs(ready)
    assert (run["result"], run["recoveredBy"], run["who"]["pid"]) == ("unfinished", None, process.pid)
    assert "unfinished; the next apply recovers it" in ready.run("history").out
    ready.faults()
    assert ready.run("apply", "--auto-approve").code == 0
    later, run = runs(ready)
    assert (run["result"], run["recoveredBy"]) == ("unfinished", later["run"])
    assert run["results"] == {"done": 1, "uncertain": 1}
    (doubt,) = [call for call in calls(ready, run) if call["result"] == "unanswered"]
    assert doubt["settledBy"]["run"] == later["run"]


def written(kit: Kit, type_: str) -> int:
    """How many records of a type are whole in the journal."""
    path = kit.state_path.with_name("demo.journal")
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return sum(f'"type":"{type_}"' in line and line.endswith("\n") for line in lines)


def shown_last(kit: Kit) -> str:
    return kit.run("history", "--run", runs(kit)[0]["run"]).out


def test_each_edit_by_hand_is_a_run(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    ready.apply()
    pulled = ready.run("state", "pull").out
    edited = ready.root / "edited.json"
    data = json.loads(pulled)
    del data["checksum"]
    data["resources"][HALL]["labels"] = {"by": "hand"}
    edited.write_text(json.dumps(data))
    renamed = f"{HALL}-2"
    commands = {
        "state mv": ("state", "mv", HALL, renamed),
        "state rm": ("state", "rm", SIDE),
        "state push": ("state", "push", "--force", str(edited)),
        "state rebind": ("state", "rebind", "--auto-approve"),
    }
    for name, arguments in commands.items():
        if name == "state rebind":
            monkeypatch.setenv("RECONCILER_ENDPOINT", ready.url.replace("127.0.0.1", "localhost"))
        ran = ready.run(*arguments)
        assert ran.code == 0, (name, ran.err)
    told = runs(ready)
    assert [run["command"] for run in reversed(told)] == ["apply", *commands]
    assert {run["result"] for run in told} == {"done"}
    done = {run["command"]: run["results"] for run in told}
    assert (done["state mv"], done["state rm"]) == ({"renamed": 1}, {"dropped": 1})
    assert done["state push"] == {"recorded": 1, "renamed": 1} and done["state rebind"] == {}
    life = asked(ready, "--address", renamed)["calls"]
    assert [(one["result"], one.get("renamedFrom")) for one in life if one["result"] != "dropped"] == [
        ("renamed", HALL),
        ("done", None),
    ]


def test_what_was_recorded_then_is_shown(ready: Kit) -> None:
    ready.apply()
    recorded = [ready.entry(HALL)]
    for number in (1, 2):
        change(ready, number)
        ready.apply()
        recorded.append(ready.entry(HALL))
    told = list(reversed(runs(ready)))
    for run, entry in zip(told, recorded, strict=True):
        for text in (run["run"], run["run"][:8]):
            assert json.loads(ready.run("state", "show", HALL, "--at", text).out) == entry
    shutil.rmtree(ready.state_path.with_name("demo.history"))
    for run, entry in zip(told, recorded, strict=True):
        assert json.loads(ready.run("state", "show", HALL, "--at", run["run"]).out) == entry, "from its runs"
    absent = next(
        digit for digit in "0123456789abcdef" if not any(run["run"].startswith(digit) for run in told)
    )
    for address, run, code, words in (
        ("MixStream/none", told[0]["run"], 64, "was not in the state after run"),
        (HALL, absent * 8, 64, f"no run '{absent * 8}' in the history"),
        (HALL, absent, 64, f"no run '{absent}' in the history"),
    ):
        ran = ready.run("state", "show", address, "--at", run)
        assert ran.code == code and words in ran.err and "hint:" in ran.err


@pytest.mark.parametrize(
    ("variable", "value"),
    [("RUNS", "0"), ("RUNS", "many"), ("DAYS", "-1"), ("DAYS", "1.5"), ("RUNS", "9" * 9)],
)
def test_how_much_is_kept_is_a_number(
    ready: Kit, variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"RECONCILER_HISTORY_{variable}", value)
    ran = ready.run("apply", "--auto-approve")
    assert ran.code == 64 and f"RECONCILER_HISTORY_{variable} is" in ran.err and ready.calls() == []


def test_runs_are_pruned_but_for_those_whose_tasks_run(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_HISTORY_RUNS", "2")
    ready.apply()
    first = runs(ready)[0]["run"]
    for number in range(1, 5):
        change(ready, number)
        assert ready.run("apply", "--auto-approve").code == 0
    kept = [run["run"] for run in runs(ready)]
    assert len(kept) == 3 and kept[-1] == first
    assert ready.run("destroy", "--auto-approve").code == 0
    assert first not in [run["run"] for run in runs(ready)] and len(runs(ready)) == 2


def test_a_run_that_cannot_be_kept_is_told_and_fails_nothing(ready: Kit) -> None:
    folder = ready.state_path.with_name("demo.runs")
    folder.write_text("in the way")
    ran = ready.run("apply", "--auto-approve")
    assert ran.code == 0 and "the changes are recorded in the state, but not in the history" in ran.err
    assert len(ready.running()) == 2
    ready.assert_settled()
    folder.unlink()
    change(ready, 1)
    assert ready.run("apply", "--auto-approve").code == 0
    assert len(runs(ready)) == 1
    damaged = next(folder.iterdir())
    damaged.write_bytes(damaged.read_bytes()[:-9] + b"X" * 9)
    ran = ready.run("history", "--run", runs(ready)[0]["run"])
    assert ran.code == 1 and "in the history" in ran.err
    damaged.write_bytes(b"x")
    assert f"{damaged}: skipped: it was altered or is damaged" in ready.run("history").err
    assert runs(ready) == []


def test_a_history_that_cannot_be_read_keeps_nothing_from_being_applied(ready: Kit) -> None:
    git(ready.root, "init", "--quiet")
    committed(ready, "first")
    ready.state_path.with_name("demo.runs").write_text("in the way")
    ran = ready.run("apply", "--auto-approve")
    assert ran.code == 0 and len(ready.running()) == 2
    assert "it is unknown whether newer manifests than these were already applied" in " ".join(
        ran.out.split()
    )
    ran = ready.run("history")
    assert ran.code == 1 and "cannot read" in ran.err and "hint:" in ran.err


def test_the_pipeline_is_told_and_no_secret(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "GITHUB_RUN_ID": "77",
        "GITHUB_SERVER_URL": f"https://ana:{SECRETS['TENCENTCLOUD_SECRET_KEY']}@github.example",
        "GITHUB_REPOSITORY": f"o/r/{SECRETS['TRTC_SECRET_KEY']}",
        "GITHUB_ACTOR": "ana",
    }.items():
        monkeypatch.setenv(name, value)
    ready.apply()
    (run,) = runs(ready)
    assert run["who"]["pipeline"] == {
        "service": "GitHub Actions",
        "run": "77",
        "url": "https://github.example/o/r/***/actions/runs/77",
        "user": "ana",
    }
    assert "ana in GitHub Actions 77" in ready.run("history").out
    for path in ready.state_path.parent.rglob("*"):
        text = text_in(path) if path.is_file() else ""
        assert not any(secret in text for secret in SECRETS.values()), path
    assert {path.stat().st_mode & 0o777 for path in ready.state_path.with_name("demo.runs").iterdir()} == {
        0o600
    }


def committed(kit: Kit, message: str) -> str:
    git(kit.root, "add", "manifests")
    git(kit.root, "commit", "--quiet", "--message", message)
    return git(kit.root, "rev-parse", "HEAD")


def test_manifests_that_are_older_than_what_was_applied_are_warned_of(ready: Kit) -> None:
    git(ready.root, "init", "--quiet")
    first = committed(ready, "first")
    ready.apply()
    change(ready, 1)
    dirty = ready.run("apply", "--auto-approve")
    assert dirty.code == 0 and OLDER not in dirty.out + dirty.err
    second = committed(ready, "second")
    change(ready, 2)
    third = committed(ready, "third")
    ready.apply()
    told = [(run["manifests"]["revision"], run["manifests"]["clean"]) for run in runs(ready)]
    assert told == [(third, True), (first, False), (first, True)]
    git(ready.root, "checkout", "--quiet", second)
    (warning,) = [one for one in ready.plan()["warnings"] if OLDER in one]
    assert second[:12] in warning and third[:12] in warning and runs(ready)[0]["run"][:8] in warning
    assert OLDER in " ".join(ready.run("plan").out.split())
    for place in ("elsewhere", "untrusted"):
        extra = ("--untrusted", "--state", str(ready.state_path)) if place == "untrusted" else ()
        if place == "elsewhere":
            shutil.move(ready.root / ".git", ready.root / "kept")
        assert not [one for one in ready.plan(*extra)["warnings"] if OLDER in one], place
        if place == "elsewhere":
            shutil.move(ready.root / "kept", ready.root / ".git")
    git(ready.root, "checkout", "--quiet", third)
    assert not [one for one in ready.plan()["warnings"] if OLDER in one]


def test_a_run_that_cannot_be_read_is_told_where_older_manifests_would_be(ready: Kit) -> None:
    ready.apply()
    (kept,) = ready.state_path.with_name("demo.runs").glob("*")
    kept.write_bytes(b"x" * 20 + kept.read_bytes()[20:])
    (warning,) = [one for one in ready.plan()["warnings"] if str(kept.name) in one]
    assert "skipped: it was altered or is damaged" in warning
    assert kept.name in "".join(ready.run("plan").out.split())


@pytest.mark.slow
def test_who_waits_is_told_who_holds_the_state(ready: Kit) -> None:
    ready.faults({"action": START, "nth": 1, "kind": "delay", "seconds": 30})
    process = ready.spawn("apply", "--auto-approve")
    wait_until(lambda: ready.state_path.with_name("demo.journal").exists())
    ran = ready.run("apply", "--auto-approve")
    assert ran.code == 1 and f"in use by process {process.pid} on" in ran.err and ", user " in ran.err
    process.kill()
    process.communicate()


def test_a_history_needs_no_right_to_write(ready: Kit, tmp_path: Path) -> None:
    ready.apply()
    subprocess.run(["chmod", "-R", "a-w", str(ready.state_path.parent)], check=True)
    try:
        assert len(runs(ready)) == 1
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(ready.state_path.parent)], check=True)


def test_two_questions_at_once_are_refused(ready: Kit) -> None:
    ran = ready.run("history", "--run", "abcd", "--address", HALL)
    assert ran.code == 64 and "use one of them" in ran.err
    assert ready.run("history", "--address", "hall").code == 64
    assert "no history of MixStream/nope" in ready.run("history", "--address", "MixStream/nope").err
