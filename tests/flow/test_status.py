"""What runs, as `status` tells it of a simulator's world: after an apply, behind its back, and watched."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from reconciler.cli import status_watch
from reconciler.cli.environment import Environment, current_environment
from reconciler.errors import CredentialsRefused, NotSent, ReconcilerError

from .kit import Kit, wait_until
from .test_drift_and_destroy import DOCUMENTS, FILM, GAME, HALL, OTHER, RELAY, SOLO, forbid_behind_its_back


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("all.yaml", DOCUMENTS)
    kit.apply()
    return kit


def status(kit: Kit, *arguments: str, code: int = 0) -> dict[str, Any]:
    ran = kit.run("status", "--format", "json", *arguments)
    assert ran.code == code, ran.err
    return dict(json.loads(ran.out))


def standing(data: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    return {one["address"]: (one["status"], one["health"], one["source"]) for one in data["resources"]}


WELL = {
    FILM: ("running", "ok", "describe"),
    HALL: ("running", "ok", "live-stream-state"),
    RELAY: ("running", "ok", "live-stream-state"),
    GAME: ("running", "ok", "state"),
    SOLO: ("allowed", "ok", "live-stream-state"),
    OTHER: ("allowed", "ok", "live-stream-state"),
}


def test_it_follows_the_world_and_changes_nothing(kit: Kit) -> None:
    kit.write("all.yaml", DOCUMENTS)
    before = status(kit, "--detailed-exitcode", code=2)
    assert {one["status"] for one in before["resources"]} == {"absent"}
    kit.apply()
    state, calls = kit.state_path.read_bytes(), len(kit.calls())
    well = status(kit, "--detailed-exitcode")
    assert standing(well) == WELL
    assert all(one["since"] and one["goesTo"] and one["evidence"] for one in well["resources"])
    kit.end_task(kit.entry(FILM)["taskId"])
    kit.end_task(kit.entry(RELAY)["taskId"])
    forbid_behind_its_back(kit, "other")
    calls_after = len(kit.calls())
    found = status(kit, "--detailed-exitcode", code=2)
    assert standing(found) == {
        **WELL,
        FILM: ("ended", "down", "describe"),
        RELAY: ("silent", "doubt", "live-stream-state"),
        OTHER: ("forbidden", "down", "live-stream-state"),
    }
    assert found["summary"]["down"] == 2 and found["summary"]["doubt"] == 1
    assert found["summary"]["unobservable"] == 1
    assert {one["address"]: one["verb"] for one in found["resources"]}[FILM] == "start"
    assert status(kit, code=0)["summary"] == found["summary"], "without the option it exits 0"
    assert kit.state_path.read_bytes() == state and len(kit.calls()) == calls_after >= calls


def test_what_is_chosen_and_what_left_the_manifests(applied: Kit) -> None:
    assert standing(status(applied, "--select", "part=relay")).keys() == {SOLO, RELAY}
    assert standing(status(applied, "--target", FILM)) == {FILM: WELL[FILM]}
    data = status(applied, "--exclude", FILM)
    assert FILM not in standing(data) and data["selection"]["leftOut"] == 1
    assert applied.run("status", "--target", "MixStream/nobody").code == 64
    (applied.root / "manifests" / "all.yaml").unlink()
    gone = status(applied, "--detailed-exitcode")
    assert {one["wanted"] for one in gone["resources"]} == {None}
    assert {one["health"] for one in gone["resources"]} == {"differs"}


def test_a_call_in_doubt_is_missed(kit: Kit) -> None:
    kit.write("all.yaml", DOCUMENTS)
    kit.faults({"action": "StartStreamIngest", "kind": "drop-response"})
    assert kit.run("apply", "--auto-approve").code == 1
    data = status(kit, "--target", FILM, "--detailed-exitcode", code=2)
    assert standing(data) == {FILM: ("uncertain", "doubt", "state")}
    assert "the outcome of StartStreamIngest is unknown" in data["resources"][0]["evidence"]


def test_what_is_not_answered_is_told_and_not_guessed(applied: Kit) -> None:
    applied.faults(
        {"action": "DescribeStreamIngest", "kind": "error", "code": "InvalidParameter", "count": 99}
    )
    data = status(applied, "--target", FILM)
    [film] = data["resources"]
    assert (film["status"], film["evidence"]) == ("running", "recorded; asked, but not answered")
    assert any("not observed" in warning for warning in data["warnings"])


def test_every_form_on_standard_output_and_in_a_file(applied: Kit) -> None:
    text = applied.run("status").out
    assert text.splitlines()[0].startswith("Status of workspace demo on ")
    assert text.endswith("All as the manifests want, as far as is known.\n")
    page = applied.root / "status.html"
    ran = applied.run("status", "--report", "status.html")
    assert (ran.code, ran.out) == (0, "") and "Report written to status.html" in ran.err
    assert page.read_text().count('class="change card') == len(WELL)
    assert applied.run("status", "--format", "markdown").code == 64
    assert applied.run("status", "--report", "status.md").code == 64


# Watching


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--interval", "4.9s"), "use 5s or more"),
        (("--interval", "soon"), "is not a duration"),
        (("--format", "html"), "--report"),
    ],
)
def test_what_cannot_be_watched_is_refused(kit: Kit, arguments: tuple[str, ...], words: str) -> None:
    ran = kit.run("status", "--watch", *arguments)
    assert ran.code == 64 and words in ran.err


Round = Callable[[], None]


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What happens between two rounds, one after the other; then it is interrupted."""

    def begin(*happens: Round) -> None:
        waiting = [*happens]

        def sleep(seconds: float) -> None:
            assert seconds == 15
            if not waiting:
                raise KeyboardInterrupt
            waiting.pop(0)()

        monkeypatch.setattr(status_watch.time, "sleep", sleep)

    return begin


def nothing() -> None:
    """A round in which all stays as it is."""


def test_without_a_terminal_rounds_are_lines(applied: Kit, rounds: Callable[..., None]) -> None:
    rounds(nothing, lambda: applied.end_task(applied.entry(FILM)["taskId"]), nothing)
    ran = applied.run("status", "--watch")
    assert ran.code == 130 and "interrupted" in ran.err
    assert "\x1b" not in ran.out
    first, last = ran.out.split("as far as is known.\n", 1)
    assert first.startswith("Status of workspace demo")
    words = [line.partition("  ")[2] for line in last.splitlines()]
    assert words == [
        "4 running, 2 allowed; all as the manifests want, as far as is known",
        f"{FILM}: running → ended (DescribeStreamIngest reports NotExist)",
        *["3 running, 2 allowed, 1 ended; 1 should run and does not"] * 2,
    ]


def test_json_is_a_line_a_round(applied: Kit, rounds: Callable[..., None]) -> None:
    rounds(nothing)
    ran = applied.run("status", "--watch", "--format", "json")
    assert ran.code == 130
    assert [standing(json.loads(line)) for line in ran.out.splitlines()] == [WELL, WELL]


def test_a_file_is_written_anew_and_whole(applied: Kit, rounds: Callable[..., None]) -> None:
    page = applied.root / "status.html"
    seen: list[str] = []

    def look() -> None:
        seen.append(page.read_text())
        applied.end_task(applied.entry(FILM)["taskId"]) if len(seen) == 1 else None

    rounds(look, look)
    ran = applied.run("status", "--watch", "--report", "status.html")
    assert ran.code == 130 and ran.err.count("Report written") == 1
    assert [text.count('data-status="ended"') for text in seen] == [0, 1]
    assert all('data-interval="15"' in text and text.endswith("</html>\n") for text in seen)
    assert sorted(path.name for path in applied.root.glob("*status*")) == ["status.html"]


def test_a_round_that_fails_does_not_end_it(
    applied: Kit, rounds: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage, and a manifest that somebody is at work in; refused credentials end it."""
    real = status_watch.looked_status

    def failing(error: ReconcilerError) -> Round:
        def fail(look: object) -> None:
            raise error

        return lambda: monkeypatch.setattr(status_watch, "looked_status", fail)

    def broken() -> None:
        monkeypatch.setattr(status_watch, "looked_status", real)
        applied.edit("all.yaml", "room: 295066", "room: [")

    rounds(
        failing(NotSent("the endpoint does not answer", code="no-answer")),
        broken,
        lambda: applied.edit("all.yaml", "room: [", "room: 295066"),
        failing(CredentialsRefused("refused", code="AuthFailure")),
    )
    ran = applied.run("status", "--watch")
    assert ran.code == 1 and ran.err.splitlines()[-1] == "error: refused"
    warnings = [line for line in ran.err.splitlines() if line.startswith("warning: nothing is known")]
    assert len(warnings) == 2 and "does not answer" in warnings[0] and "all.yaml" in warnings[1]
    assert len([line for line in ran.out.splitlines() if "4 running, 2 allowed; all" in line]) == 1


def test_a_terminal_is_redrawn_and_says_when_it_is_not_up_to_date(
    applied: Kit, rounds: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def terminal() -> Environment:
        return replace(current_environment(), is_terminal=lambda stream: True, size=lambda: (0, 12))

    monkeypatch.setattr(status_watch, "current_environment", terminal)
    monkeypatch.setattr(status_watch, "read_environment", terminal)
    monkeypatch.setenv("TERM", "xterm")
    rounds(lambda: applied.edit("all.yaml", "room: 295066", "room: ["))
    ran = applied.run("status", "--watch")
    assert ran.code == 130 and ran.out.startswith("\x1b[?1049h\x1b[?25l\x1b[H")
    pictures, after = ran.out.split("\x1b[?25h\x1b[?1049l")
    first, second = (one.replace("\x1b[K", "").splitlines() for one in pictures.split("\x1b[H")[1:])
    assert len(first) == len(second) == 12, "eleven lines, and what clears the rest"
    assert first[-2] == "Asked again every 15 s; Ctrl-C ends."
    assert second[-2].startswith("warning: not up to date: ") and second[:-3] == first[:-3]
    assert any("more lines" in line for line in first)
    assert "Status of workspace demo" in after and "Ctrl-C" not in after


def test_the_first_round_fails_as_any_command(applied: Kit) -> None:
    applied.edit("all.yaml", "room: 295066", "room: [")
    assert applied.run("status", "--watch").code == 1


@pytest.mark.slow
def test_an_interrupt_ends_a_watch_of_a_terminal_and_leaves_the_last_picture(applied: Kit) -> None:
    """In a process of its own, on a terminal of its own."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "status", "--watch", "--interval", "5s"],
        cwd=applied.root,
        env={**os.environ, "TERM": "xterm", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = bytearray()

    def drawn() -> bool:
        shown.extend(os.read(ours, 65536))
        return b"\x1b[J" in shown

    wait_until(drawn)
    process.send_signal(signal.SIGINT)
    with suppress(OSError):  # the terminal is gone with its last process
        while part := os.read(ours, 65536):
            shown.extend(part)
    os.close(ours)
    assert process.wait() == 130
    text = shown.decode()
    assert text.count("\x1b[?1049h") == text.count("\x1b[?1049l") == text.count("\x1b[?25h") == 1
    after = text.partition("\x1b[?1049l")[2]
    assert "Status of workspace demo" in after and "interrupted" in after
