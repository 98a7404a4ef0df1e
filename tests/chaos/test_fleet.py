"""The short forms of what `python -m tests.chaos.fleet` and `fleet_virtual` do at length."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.backends.lease import Lease
from tests.backends.memory_work import MemoryWork
from tests.backends.servers import needs_postgres
from tests.chaos.fleet_virtual import TTL, run_virtual

TREE = Path(__file__).parents[2]


@needs_postgres
@pytest.mark.slow
def test_workers_that_fall_out_lose_and_double_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.chaos.fleet", "rounds", "--rounds", "2"]
    command += ["--workspaces", "8", "--accounts", "2"]
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=TREE, env=environ, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("2 rounds in ")


def test_a_large_fleet_keeps_each_accounts_pace_and_is_taken_over_in_time() -> None:
    found = run_virtual(accounts=5, workspaces=200, workers=4, rounds=6, seed=1)
    assert found.wrongs == [] and found.happened == 6
    assert found.slowest >= 18.0 and found.fullest <= 20
    assert found.taken and found.taken[-1] <= TTL + 1.0


def no_beats(work: MemoryWork) -> None:
    """Whoever was not heard of keeps its rounds for ever."""


@pytest.mark.parametrize(
    ("place", "name", "bug"),
    [
        pytest.param(Lease, "sure", lambda lease: True, id="a call is sent without a look at the lease"),
        pytest.param(MemoryWork, "_bury", no_beats, id="nobody's rounds are taken over"),
    ],
)
def test_a_bug_is_seen(monkeypatch: pytest.MonkeyPatch, place: type, name: str, bug: object) -> None:
    monkeypatch.setattr(place, name, bug)
    assert run_virtual(accounts=3, workspaces=60, workers=3, rounds=30, seed=1).wrongs
