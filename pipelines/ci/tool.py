"""Runs the tool, and hands on the one signal that lets it stop in order."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ci.errors import StepError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DONE, ERROR, CHANGES = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Ran:
    """How it ended, and what it said beside its result."""

    code: int
    said: str

    @property
    def failed(self) -> bool:
        """Whether it ended otherwise than with "nothing to do" or "there are changes"."""
        return self.code not in (DONE, CHANGES)


class Tool:
    """The command `reconciler` in an environment."""

    def __init__(self, command: str, environ: Mapping[str, str]) -> None:
        self._command = command
        self._environ = environ

    def run(self, arguments: Sequence[str], result: Path | None = None) -> Ran:
        """Runs it; the log gets what it says, line by line.

        Its standard output goes into `result`, or without one to the log. A run that is cancelled
        sends a signal to us alone, soon another and then kills: the tool gets the first, which it
        answers with an orderly stop, and not the second, which would end it at once.
        """
        with _signals() as pass_on:
            try:
                if result is None:
                    return self._streamed(arguments, pass_on)
                with result.open("wb") as file:
                    return self._streamed(arguments, pass_on, file)
            except FileNotFoundError as error:
                raise StepError(f"{self._command} is not installed here; install it first") from error

    def _streamed(self, arguments: Sequence[str], pass_on: "_PassOn", file: IO[bytes] | None = None) -> Ran:
        with subprocess.Popen(
            [self._command, *arguments],
            env=dict(self._environ),
            stdin=subprocess.DEVNULL,
            stdout=file if file is not None else subprocess.PIPE,
            stderr=subprocess.PIPE if file is not None else subprocess.STDOUT,
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            pass_on.to(process)
            stream = process.stdout if file is None else process.stderr
            said = "".join(_told(stream))
        return Ran(process.returncode, said)


def _told(stream: IO[str] | None) -> Iterator[str]:
    for line in stream or ():
        sys.stdout.write(line)
        sys.stdout.flush()
        yield line


class _PassOn:
    """Hands the first signal on, also one that comes before there is a process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._first: int | None = None

    def to(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        if self._first is not None:
            process.send_signal(self._first)

    def __call__(self, number: int, frame: object) -> None:
        if self._first is None and self._process is not None:
            self._process.send_signal(number)
        self._first = self._first or number


@contextmanager
def _signals() -> Iterator[_PassOn]:
    pass_on = _PassOn()
    before = {number: signal.signal(number, pass_on) for number in _SIGNALS}
    try:
        yield pass_on
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
