"""Threads for calls: a process whose interrupt came at an unlucky moment ends all the same."""

import subprocess
import sys

import pytest

LEFT = """
from reconciler.cli.workers import Workers
workers = Workers(3)
print(workers.submit(lambda: "done").result(), flush=True)
raise KeyboardInterrupt
"""
IN_BETWEEN = """
from reconciler.cli import workers

class Interrupted(workers.Workers):
    def _start(self):
        if self.count == 2:
            raise KeyboardInterrupt
        super()._start()

try:
    Interrupted(3)
except KeyboardInterrupt:
    print("done", flush=True)
"""
IN_THE_END = """
from reconciler.cli.workers import Workers
workers = Workers(3)
workers._jobs.put(None)  # one was told to end when the interrupt came
print("done", flush=True)
"""


@pytest.mark.parametrize("text", [LEFT, IN_BETWEEN, IN_THE_END], ids=["left", "in between", "in the end"])
def test_threads_that_were_not_told_to_end_keep_no_process(text: str) -> None:
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60)
    assert ran.stdout == "done\n"
