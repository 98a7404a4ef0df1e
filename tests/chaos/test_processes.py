"""The short forms of what `python -m tests.chaos.processes` does at length."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def processes(words: list[str], place: Path) -> "subprocess.CompletedProcess[str]":
    """Runs a subcommand; what it leaves of worlds that are wrong is left in the place."""
    command = [sys.executable, "-m", "tests.chaos.processes", *words]
    environ = {**os.environ, "TMPDIR": str(place)}
    return subprocess.run(command, cwd=TREE, env=environ, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    "words",
    [
        ["kills", "--count", "16"],
        ["races", "--rounds", "5"],
        ["interrupts", "--count", "6", "--jobs", "3"],
        ["stopped", "--rounds", "4", "--jobs", "2"],
    ],
    ids=lambda words: words[0],
)
def test_nothing_is_lost_doubled_or_recorded_wrongly(words: list[str], tmp_path: Path) -> None:
    done = processes(words, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[0]) >= int(words[2])


@pytest.mark.share(2)
@pytest.mark.parametrize(
    ("words", "sign"),
    [
        (["kills", "--count", "150", "--jobs", "1", "--edited", "1", "--spoil", "intents"], "killed "),
        (["races", "--rounds", "12", "--jobs", "1", "--spoil", "lock"], "while"),
        (["races", "--rounds", "60", "--jobs", "1", "--spoil", "state-lock"], "while"),
        (["interrupts", "--count", "12", "--jobs", "4", "--spoil", "interrupts"], "after the signal"),
        (["stopped", "--rounds", "4", "--jobs", "1", "--spoil", "fence"], "has written the state"),
    ],
    ids=lambda words: words[-1] if isinstance(words, list) else "",
)
def test_what_is_spoilt_on_purpose_shows(words: list[str], sign: str, tmp_path: Path) -> None:
    done = processes(words, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert sign in done.stdout
