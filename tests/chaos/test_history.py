"""The short forms of what `python -m tests.chaos.history` does at length."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def history(place: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.chaos.history", *words]
    environ = {**os.environ, "TMPDIR": str(place)}
    return subprocess.run(command, cwd=TREE, env=environ, capture_output=True, text=True, timeout=300)


def test_what_became_of_each_run_is_told(tmp_path: Path) -> None:
    done = history(tmp_path, "--runs", "15", "--seed", "5")
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[0]) >= 15


@pytest.mark.share(1)
@pytest.mark.parametrize(
    ("spoil", "sign"),
    [
        ("unkept", "no run is kept"),
        ("always-done", "it was killed, and is said to be done"),
        ("edits", "an edit is not kept"),
    ],
)
def test_what_is_spoilt_on_purpose_shows(spoil: str, sign: str, tmp_path: Path) -> None:
    done = history(tmp_path, "--runs", "15", "--seed", "5", "--spoil", spoil)
    assert done.returncode == 1, done.stdout + done.stderr
    assert sign in done.stdout, done.stdout + done.stderr
