"""The command line in processes of its own, forked from one that has everything imported already.

A fresh interpreter takes longer to import than an apply takes to run. The parent must have no
threads. What a child does before the command line begins, such as arranging its own death, is
given as a hook, which changes that child alone.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path

from reconciler.cli.main import COMMANDS, main

FORK = get_context("fork")
PATIENCE = 60.0
"""Seconds after which a child that has not ended counts as hanging."""

Hook = Callable[[], None]
Streams = tuple[int | None, int | None]
"""Descriptors for standard output and standard error; None for a file."""


@dataclass(frozen=True)
class Ran:
    """How a child ended: its exit code, or minus the signal that it died of, and what it said."""

    code: int
    out: str
    err: str


def import_commands() -> None:
    """Imports what the children would, so that they need not; the simulator's server is left out."""
    for name in COMMANDS:
        import_module(f"reconciler.cli.commands.{name}")


class Child:
    """One running command; its streams go to files, or to the descriptors given."""

    def __init__(
        self,
        arguments: tuple[str, ...],
        folder: Path,
        environ: Mapping[str, str],
        hook: Hook,
        streams: Streams,
    ) -> None:
        self.paths = folder / "out", folder / "err"
        descriptors = [
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) if given is None else given
            for path, given in zip(self.paths, streams, strict=True)
        ]
        self.process: ForkProcess = FORK.Process(
            target=_run, args=[arguments, folder.parent, environ, hook, *descriptors]
        )
        self.process.start()
        for descriptor, given in zip(descriptors, streams, strict=True):
            if given is None:
                os.close(descriptor)

    @property
    def pid(self) -> int:
        pid = self.process.pid
        assert pid is not None
        return pid

    def ended(self, seconds: float) -> bool:
        """Whether it ends within so many seconds."""
        self.process.join(seconds)
        return self.process.exitcode is not None

    def signal(self, number: int) -> bool:
        """Sends a signal, unless it has ended."""
        if self.process.exitcode is not None:
            return False
        os.kill(self.pid, number)
        return True

    def ran(self, seconds: float = PATIENCE) -> Ran:
        """Waits for its end; one that hangs is killed, and that is an error."""
        if not self.ended(seconds):
            self.process.kill()
            self.process.join()
            raise TimeoutError(f"a command hung for {seconds} s:\n{self.said(1)}")
        code = self.process.exitcode
        assert code is not None
        self.process.close()
        return Ran(code, self.said(0), self.said(1))

    def said(self, stream: int) -> str:
        """What it has written so far: 0 is standard output, 1 standard error."""
        path = self.paths[stream]
        return path.read_text(errors="replace") if path.exists() else ""


def _run(
    arguments: tuple[str, ...], root: Path, environ: Mapping[str, str], hook: Hook, out: int, err: int
) -> None:
    os.chdir(root)
    for name in list(os.environ):
        if name.startswith(("TENCENTCLOUD_", "TRTC_", "STREAM_", "RECONCILER_", "XDG_")):
            del os.environ[name]
    os.environ.pop("CI", None)
    os.environ.update(environ)
    # What a shell started in the background ignores an interrupt, and so would its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(out, 1)
    os.dup2(err, 2)
    for descriptor in {out, err} - {1, 2}:
        os.close(descriptor)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    hook()
    try:
        main(list(arguments))
    finally:
        _end_streams()


def _end_streams() -> None:
    """As the interpreter ends them: 120 if standard output fails, and nothing if standard error does."""
    out, err = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")  # for later flushes
    with suppress(OSError):
        err.flush()
    try:
        out.flush()
    except OSError:
        sys.exit(120)
