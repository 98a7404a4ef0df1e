"""Work in a second process beside this one, where the machine has a processor for it.

The process is a fork, so that it has everything at hand without being told, and gives back its result alone.
A fork copies the thread that makes it and no other, and with it whatever lock another one holds: so there is
none where there are threads. Whatever goes wrong with it, the work is done here, as if there were none.
"""

import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from reconciler.manifests.loading.helping import Result


class SecondProcess:
    """A helper that forks, if this process may use more than one processor."""

    @contextmanager
    def beside(self, work: Callable[[], Any]) -> Iterator[Result]:
        """Has work done in a second process; the result is None where there is none, or it failed."""
        fork = _forked(work) if can_fork() else None
        if fork is None:
            yield lambda: None
            return
        try:
            yield fork.result
        finally:
            fork.end()


def can_fork() -> bool:
    """Whether a second process can be made safely, and has a processor of its own."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


class _Fork:
    """A second process, and where its result comes from."""

    def __init__(self, pid: int, source: int) -> None:
        self._pid = pid
        self._pipe = os.fdopen(source, "rb")
        self._runs = True

    def result(self) -> Any:
        """What it gives back; None where it ended before it had all of that."""
        data = self._pipe.read()
        return pickle.loads(data) if self._ended() == 0 else None

    def end(self) -> None:
        """Ends it, unless it has ended: what is done here failed before its result was wanted."""
        self._pipe.close()
        if self._runs:
            os.kill(self._pid, signal.SIGKILL)
            self._ended()

    def _ended(self) -> int:
        """Its exit code, once it has ended."""
        _, status = os.waitpid(self._pid, 0)
        self._runs = False
        return os.waitstatus_to_exitcode(status)


def _forked(work: Callable[[], Any]) -> _Fork | None:
    """A second process that does the work; None where the machine has none to spare."""
    ends: tuple[int, ...] = ()
    try:
        ends = source, sink = os.pipe()
        pid = os.fork()
    except OSError:
        for end in ends:
            os.close(end)
        return None
    if pid == 0:
        _do(work, sink)
    os.close(sink)
    return _Fork(pid, source)


def _do(work: Callable[[], Any], sink: int) -> NoReturn:
    """Does the work and ends the process, which is not to clean up or write what belongs to the first.

    What is raised is raised once more by the first, which does the work itself then.
    """
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        gc.disable()
        data = pickle.dumps(work(), pickle.HIGHEST_PROTOCOL)
        with os.fdopen(sink, "wb") as pipe:
            pipe.write(data)
        code = 0
    finally:
        os._exit(code)
