"""Servers of the benchmarks, each in a process of its own: what is measured shares none with them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.plan import HERE


@contextmanager
def serving(module: str, *words: str) -> Iterator[int]:
    """The port of a server that `python -m MODULE WORDS` starts, and that prints it."""
    command = [sys.executable, "-m", module, *words]
    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()
