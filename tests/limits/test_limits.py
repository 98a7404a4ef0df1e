"""Threads, memory and files that end, in real processes: a sentence, and no task that nobody knows."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..flow.conftest import SECRETS
from ..flow.kit import Kit
from ..flow.test_outages import streams
from ..support import text_in
from .children import Children, Job, Ran, children

STREAMS = 6
ASKING = ("apply", "destroy")
COMMANDS = ("validate", "plan", "apply", "drift", "destroy")
PLENTY = 1024
AMOUNTS = {
    "threads": (0, 1, 5),
    "files": (3, 4, 5, 6, 7, 9, 12, 20, 40),
    "memory": (0, 1, 2, 4, 8, 12, 16, 24, 40, 64, 96, 160, 240),
}
"""How many there are; MiB of memory beyond those that the command's modules take."""

RETRIED = (5, 6, 7, 9)
"""With so many files no connection can be made, and what only asks tries again for seconds each time."""

WORDS = {
    "threads": r"cannot start more threads",
    "files": r"[Tt]oo many open files",
    "memory": r"out of memory|cannot start more threads",
}


@pytest.fixture(scope="module")
def limited() -> Iterator[Children]:
    with children() as found:
        yield found


@pytest.fixture
def many(kit: Kit) -> Kit:
    kit.write("streams.yaml", streams(STREAMS))
    return kit


def run(many: Kit, limited: Children, command: str, limit: str, amount: int) -> Ran:
    environ = {
        **SECRETS,
        "RECONCILER_ENDPOINT": many.url,
        "XDG_STATE_HOME": str(many.root / "pace"),
        "PATH": os.environ["PATH"],
    }
    approved = ("--auto-approve",) if command in ASKING else ()
    return limited.run(Job((command, *approved), str(many.root), environ, limit, amount))


def written(many: Kit) -> str:
    """All that stands in the state, its journal and their copies."""
    return "".join(text_in(path) for path in Path(many.root / "state").rglob("*") if path.is_file())


def judged(many: Kit, ran: Ran, limit: str) -> None:
    """The command did it, or says what has run out and what to do; what runs is written down, or told."""
    assert ran.code in (0, 1), ran
    for never in ("Traceback", "a bug in reconciler"):
        assert never not in ran.err
    if ran.code == 1:
        assert re.search(WORDS[limit], ran.err) and "hint: " in ran.err, ran.err
    known = written(many) + ran.err
    assert [task["taskId"] for task in many.running() if task["taskId"] not in known] == []


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("limit", AMOUNTS)
def test_what_runs_out_is_told_and_nothing_is_lost(
    many: Kit, limited: Children, limit: str, command: str
) -> None:
    ended = 0
    if command != "apply":
        assert many.run("apply", "--auto-approve").code == 0
    for amount in AMOUNTS[limit]:
        if (limit, command) == ("files", "drift") and amount in RETRIED:
            continue
        ran = run(many, limited, command, limit, amount)
        judged(many, ran, limit)
        ended += ran.code
        if ran.code == 0 and command in ASKING:
            break
    starts_none = limit == "threads" and command in ("validate", "plan")
    assert ended > 0 or starts_none
    assert many.run("apply", "--auto-approve").code == 0
    recorded = sorted(entry["taskId"] for entry in many.state()["resources"].values())
    assert recorded == sorted(task["taskId"] for task in many.running())
    assert len(recorded) == STREAMS
    many.assert_settled()


@pytest.mark.slow
@pytest.mark.parametrize("nth", [1, 3, STREAMS])
@pytest.mark.parametrize("limit", ["memory later", "files later"])
def test_what_runs_out_in_the_middle_leaves_nothing_unknown(
    many: Kit, limited: Children, limit: str, nth: int
) -> None:
    ran = run(many, limited, "apply", limit, nth)
    assert ran.code in (0, 1) and "Traceback" not in ran.err and "a bug in reconciler" not in ran.err, ran
    recorded = many.state()["resources"].values()
    known = {entry.get("taskId") for entry in recorded} | set(re.findall(r"TaskId (\S+?)\)?\n", ran.err))
    doubtful = {str(entry["spec"]["room"]) for entry in recorded if entry["status"] == "uncertain"}
    for task in many.running():
        assert task["taskId"] in known or task["request"]["RoomId"] in doubtful
    assert many.run("apply", "--auto-approve").code == 0
    assert {entry["taskId"] for entry in many.state()["resources"].values()} == {
        task["taskId"] for task in many.running()
    }


@pytest.mark.slow
def test_with_fewer_threads_it_goes_on_and_says_so(many: Kit, limited: Children) -> None:
    ran = run(many, limited, "apply", "threads", 2)
    assert ran.code == 0
    assert "warning: running 2 calls at a time instead of 16: cannot start more threads" in ran.err


@pytest.mark.slow
def test_without_a_thread_nothing_is_sent(many: Kit, limited: Children) -> None:
    ran = run(many, limited, "apply", "threads", 0)
    assert ran.code == 1 and many.calls() == []
    assert "error: cannot start more threads\n  hint: raise the process limit" in ran.err
