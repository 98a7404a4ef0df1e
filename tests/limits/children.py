"""Runs the command line in forks of one process, each with a limit of its own that is set before it begins.

    python -m tests.limits.children

reads jobs from standard input and writes what became of each to standard output, one JSON a line. All
modules are loaded once, so that a limit meets what a command does, and not how Python begins.
"""

import json
import os
import resource
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from reconciler.calls import Call
from reconciler.cli import main
from reconciler.cli.main import COMMANDS
from reconciler.cloud.client import Client

ROOT = Path(__file__).parents[2]
CRASHED = 99
"""The exit code of a child that ended in another way than the command's own."""

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Job:
    """A command line and where it is typed; a limit's name and how much there is left of it."""

    arguments: Sequence[str]
    directory: str
    environ: Mapping[str, str]
    limit: str
    amount: int


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a job: `code` is negative for a signal."""

    code: int
    out: str
    err: str


def files(amount: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (amount, amount))


def memory(amount: int) -> None:
    """So many MiB more than there are now."""
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + amount * MIB,) * 2)


def threads(amount: int) -> None:
    """So many threads; root is not bound by RLIMIT_NPROC, so what the system would say is said for it."""
    start, left = threading.Thread.start, [amount]

    def limited(thread: threading.Thread) -> None:
        if left[0] == 0:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(thread)

    mock.patch.object(threading.Thread, "start", limited).start()


def later(limit: Callable[[], None]) -> Callable[[int], None]:
    """A limit that begins when the call of a number is to be sent: in the middle of a run."""

    def begin(amount: int) -> None:
        send, sent, lock = Client.send, [0], threading.Lock()

        def counted(client: Client, call: Call, body: dict[str, Any], moment: float | None) -> dict[str, Any]:
            with lock:
                sent[0] += 1
                if sent[0] == amount:
                    limit()
            return send(client, call, body, moment)

        mock.patch.object(Client, "send", counted).start()

    return begin


def use_up_files() -> None:
    """Opens files until there can be no more, as something that never closes them does."""
    while True:
        try:
            os.dup(0)
        except OSError:
            return


LIMITS: Mapping[str, Callable[[int], None]] = {
    "files": files,
    "memory": memory,
    "threads": threads,
    "files later": later(use_up_files),
    "memory later": later(lambda: memory(0)),
}


def serve() -> None:
    for name in COMMANDS:
        import_module(f"reconciler.cli.commands.{name}")
    with TemporaryDirectory() as directory:
        for line in sys.stdin:
            print(json.dumps(_done(json.loads(line), Path(directory))), flush=True)


def _done(job: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    out, err = directory / "out", directory / "err"
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for descriptor, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
        os.closerange(3, 256)
        os.environ.clear()
        os.environ.update(job["environ"])
        os.chdir(job["directory"])
        os._exit(_run(job))
    _, status = os.waitpid(child, 0)
    return {"code": os.waitstatus_to_exitcode(status), "out": out.read_text(), "err": err.read_text()}


def _run(job: Mapping[str, Any]) -> int:
    try:
        LIMITS[job["limit"]](job["amount"])
        main(list(job["arguments"]))
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else CRASHED
    except BaseException:
        traceback.print_exc()
        code = CRASHED
    sys.stdout.flush()
    sys.stderr.flush()
    return code


class Children:
    """The other end of `serve`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, job: Job) -> Ran:
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(asdict(job)) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, "the parent of the children has died"
        return Ran(**json.loads(answer))


@contextmanager
def children() -> Iterator[Children]:
    """For as long as the block lasts."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.limits.children"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Children(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


if __name__ == "__main__":
    serve()
