"""Runs the command line over and over, each time in a process of its own that is limited and measured.

    python -m tests.hostile.runner

reads jobs from standard input and writes what became of each to standard output, one JSON a line (see
`Job` and `Ran` in measure.py). The interpreter and the command are loaded once and every job is a fork
of that, so that a thousand take seconds; a fork's memory counts what it shares with its parent, so
that it is what a process of its own would have had.
"""

import gc
import io
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reconciler.cli import main

from .expectations import WORKSPACE

# Nets below which nothing is judged: a run that meets one of them is killed, and so fails its test.
CPU_SECONDS = 60
WALL_SECONDS = 120
ADDRESS_SPACE_BEYOND = 512 * 2**20

CRASHED = 99
"""The exit code of a job that ended in another way than the command's own."""


def serve() -> None:
    """Answers jobs until there are no more."""
    with redirect_stdout(io.StringIO()):  # loads what is loaded only when it is used
        _run(["validate", str(WORKSPACE)])
    gc.collect()
    gc.freeze()  # a fork's collector would otherwise touch, and so copy, all that it shares
    with TemporaryDirectory() as directory:
        for line in sys.stdin:
            answer = _measured(json.loads(line), Path(directory))
            print(json.dumps(answer), flush=True)


def _measured(job: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    out, err = directory / "out", directory / "err"
    child = os.fork()
    if child == 0:
        _redirect(job["stdin"], out, err)
        os.chdir(job["directory"])
        _limit()
        os._exit(_run(job["arguments"]))
    _, status, usage = os.wait4(child, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * 1024,
        "out": _text(out),
        "err": _text(err),
    }


def _redirect(stdin: str, out: Path, err: Path) -> None:
    os.dup2(os.open(stdin, os.O_RDONLY), 0)
    for descriptor, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)


def _limit() -> None:
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + ADDRESS_SPACE_BEYOND,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(WALL_SECONDS)


def _run(arguments: Sequence[str]) -> int:
    try:
        main(list(arguments))
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else CRASHED
    except BaseException:
        traceback.print_exc()
        code = CRASHED
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _text(path: Path) -> str:
    # What is no UTF-8 becomes lone surrogates, which no test takes for something that can be shown.
    return path.read_bytes().decode(errors="surrogateescape")


if __name__ == "__main__":
    serve()
