"""Writes the made inputs for whoever measures processes, and so must not be large itself.

    python -m tests.hostile.lay FILE

writes one input after another to the file and tells of each in a line of JSON (see `Laid`); it goes on
to the next when a line has come back. On Linux a process counts as its own the memory that its parent
had when it was started, which is why the inputs are not made in the process that starts the others.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from .measure import ROOT


@dataclass(frozen=True, slots=True)
class Laid:
    """The input that stands in the file now: what it is called, its size and what must become of it."""

    name: str
    size: int
    code: int
    says: str
    alone: bool


def laid(path: Path) -> Iterator[Laid]:
    """Each made input in turn; it stands in the file until the next is asked for."""
    command = [sys.executable, "-m", "tests.hostile.lay", str(path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for line in process.stdout:
            yield Laid(**json.loads(line))
            process.stdin.write("\n")
            process.stdin.flush()
    assert process.returncode == 0, "not all inputs could be made"


def told(one: Laid) -> str:
    """The line that tells of an input."""
    return json.dumps(asdict(one))
