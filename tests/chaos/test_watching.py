"""The short form of what `python -m tests.chaos.watching` does at length."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def test_watches_that_are_killed_lose_and_double_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.chaos.watching", "--rounds", "6"]
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=TREE, env=environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("6 kills in 6 rounds")
