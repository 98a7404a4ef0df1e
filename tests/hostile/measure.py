"""Starts the runner, gives it jobs and takes back what became of them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Nobody's own settings; the texts are what no output may hold, should a manifest name the variables.
ENVIRONMENT = {"TRTC_SECRET_KEY": "PLANTED-in-the-environment", "STREAM_KEY": "PLANTED-in-the-environment"}
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "PYTHONUTF8")


@dataclass(frozen=True, slots=True)
class Job:
    """A command line, the directory it is typed in, and the file that is its standard input."""

    arguments: tuple[str, ...]
    directory: str
    stdin: str = "/dev/null"


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a job: `code` is negative for a signal, `seconds` CPU time, `peak` bytes of memory."""

    code: int
    seconds: float
    peak: int
    out: str
    err: str


class Runner:
    """The other end of runner.py."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, job: Job) -> Ran:
        """Runs one job to its end."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(asdict(job)) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, "the runner itself has died"
        return Ran(**json.loads(answer))

    def validate(self, paths: Sequence[str | Path], directory: Path | None = None) -> Ran:
        """Runs `reconciler validate`."""
        return self.run(Job(("validate", *map(str, paths)), str(directory or ROOT)))


@contextmanager
def running() -> Iterator[Runner]:
    """A runner for as long as the block lasts."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.hostile.runner"],
        cwd=ROOT,
        env={**environment, **ENVIRONMENT},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Runner(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
