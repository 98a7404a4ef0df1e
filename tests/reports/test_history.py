"""How a history looks, pinned by golden files; UPDATE_GOLDEN=1 rewrites them, to be read as a user would."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import Address, Effect, Status
from reconciler.reports.escape import json_text
from reconciler.reports.history import (
    ToldCall,
    call_to_json,
    life_text,
    result_of,
    run_text,
    run_to_json,
    runs_text,
)
from reconciler.state.ending import End, Ended, Ending, Intended
from reconciler.state.journal import Begin, Intent, Outcome
from reconciler.state.model import Entry, Pending
from reconciler.state.run_calls import Settlement, calls_of
from reconciler.state.runs import RunRecord

from ..support import LINEAGE, TESTS

GOLDEN = TESTS / "golden" / "history"
HALL, SIDE = Address("MixStream", "hall"), Address("MixStream", "side")
COMMIT = "9f1c2d3e4a5b60718293a4b5c6d7e8f901234567"
DIGEST = "sha256:3e1f0c6d0e8a4f7bb2d16f0a5c9e8d7b6a5f4e3d2c1b0a99887766554433221100"
PIPELINE = {
    "service": "GitHub Actions",
    "run": "77.1",
    "url": "https://github.com/o/r/actions/runs/77",
    "user": "ana",
    "commit": COMMIT,
}


def moment(minute: int) -> str:
    return f"2026-11-30T08:{minute:02}:16Z"


def run(number: int, command: str = "apply", **more: Any) -> RunRecord:
    holder = {
        "pid": 4700 + number,
        "host": "build-7",
        "user": "ana",
        "command": command,
        "since": moment(number),
        **more.pop("holder", {}),
    }
    end = more.pop("end", None)
    name = f"{number}{number}{number}c2a1b-0000-4000-8000-00000000000{number}"
    return RunRecord(Begin(LINEAGE, number, name, moment(number), holder=holder, **more), end)


def ended(number: int, ending: Ending = Ending.DONE, by: str = "", **results: int) -> End:
    return End(moment(number + 1), Ended(ending, results), number + 1, by)


PLANNED = Intended({"update": 1, "start": 3}, DIGEST)
REVISION = {"revision": COMMIT, "clean": True}
WORKING = replace(run(9, intended=PLANNED, holder={**REVISION, "clean": False}), held=True)
RUNS = [
    WORKING,
    run(8, "state push", end=ended(8, recorded=2)),
    run(7, "state mv", end=ended(7, renamed=1)),
    run(6, intended=PLANNED, holder={**REVISION, "pipeline": PIPELINE}, plan="nonce", end=ended(6, done=4)),
    run(5, intended=PLANNED, end=ended(5, Ending.UNFINISHED, "666c2a1b-0000", done=2, uncertain=1)),
    run(
        4,
        "destroy",
        intended=Intended({"stop": 4}, DIGEST),
        end=ended(4, Ending.INTERRUPTED, done=1, interrupted=3),
    ),
    run(3, intended=PLANNED, end=ended(3, Ending.FAILED, failed=1, done=2, skipped=1)),
    RunRecord(Begin(LINEAGE, 2, "222c2a1b-0000", moment(2)), ended(2)),
]
STARTED = Entry("MixStream", 1, "sha256:1", Status.RUNNING, {"room": 1}, task_id="task-1")
NEW, OLD = Address("MixStream", "new"), Address("MixStream", "old")


def pending(action: str, minute: int, effect: Effect) -> Pending:
    return Pending(f"{action}PublishCdnStream", moment(minute), effect=effect)


CALLS = calls_of(
    [
        Intent(HALL, "0", pending("Start", 6, Effect.START), True, None),
        Outcome(HALL, "0", "done", STARTED, moment(6)),
        Intent(SIDE, "0", pending("Stop", 6, Effect.STOP), False, None),
        Outcome(SIDE, "0", "refused", STARTED, moment(6), "FailedOperation.Busy", "4f1c"),
        Intent(SIDE, "1", pending("Start", 7, Effect.START), True, None),
        Outcome(SIDE, "1", "unknown", None, moment(7), "no-answer"),
        Intent(HALL, "1", pending("Update", 7, Effect.UPDATE), False, None),
        Outcome(HALL, "1", "refused", STARTED, moment(7), "interrupted"),
        Outcome(Address("LiveStream", "live"), "0", "recorded", None, moment(7)),
        Outcome(NEW, "0", "renamed", STARTED, renamed_from=OLD),
        Outcome(OLD, "0", "dropped", None),
    ]
)
SETTLED = Settlement(RUNS[0].run, CALLS[0])
TOLD = [ToldCall(RUNS[3], call, SETTLED if call.in_doubt else None) for call in CALLS]
UNSETTLED = [
    ToldCall(RUNS[4], replace(call, result="unanswered") if call.in_doubt else call) for call in CALLS
]

TEXTS: dict[str, Callable[[], str]] = {
    "runs.txt": lambda: runs_text(RUNS, "build-7"),
    "runs.json": lambda: json_text([run_to_json(one, "build-7") for one in RUNS]),
    "run.txt": lambda: run_text(RUNS[3], TOLD, "build-7"),
    "run-killed.txt": lambda: run_text(RUNS[4], UNSETTLED, "build-7"),
    "run-at-work.txt": lambda: run_text(WORKING, [ToldCall(WORKING, UNSETTLED[2].call)], "build-7"),
    "run-without-calls.txt": lambda: run_text(RUNS[-1], [], "build-7"),
    "calls.json": lambda: json_text([call_to_json(one) for one in TOLD]),
    "life.txt": lambda: life_text([one for one in reversed(TOLD) if one.call.address == SIDE]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_it_looks_as_before(name: str) -> None:
    text, path = TEXTS[name](), GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert path.read_text() == text, f"{path} differs; look, then run with UPDATE_GOLDEN=1"


@pytest.mark.parametrize(
    ("held", "host", "wanted"),
    [
        (True, "build-7", "running"),
        (True, "other", "running"),
        (False, "build-7", "unfinished"),
        (False, "other", "unknown"),
        (None, "build-7", "unknown"),
    ],
)
def test_of_a_run_that_is_not_over_only_what_is_known_is_said(
    held: bool | None, host: str, wanted: str
) -> None:
    assert result_of(replace(WORKING, held=held), host) == wanted


def test_what_comes_from_outside_does_no_harm() -> None:
    evil = run(1, holder={"user": "\x1b[2J\u202eana\n::error::x", "pipeline": {"service": "##[error]x"}})
    for text in (runs_text([evil], "h"), run_text(evil, [], "h")):
        assert not {"\x1b", "\u202e"} & set(text) and "\n::" not in text and "##[" not in text
    assert json.loads(json_text(run_to_json(evil, "h")))["who"]["user"].startswith("\x1b")
