"""What a run says on standard error as JSON, a record a line, for machines that collect logs.

A stream in the place of standard error makes records of whatever is written there, so that no message, by
whichever module, is missed.
"""

import io
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from threading import Lock
from typing import TextIO

import click

from reconciler.cli.environment import current_environment
from reconciler.moments import rfc3339

_ABOUT: ContextVar[str] = ContextVar("about", default="")
_LEVELS = {"note": "info", "what to do": "hint"}
_SAID = re.compile(r"(error|warning|note|debug|hint|what to do): +(.*)", re.DOTALL)


class JsonLines(io.TextIOBase):
    """Writes each line that it is given as `{"time", "level", "message"}` to another stream.

    Levels are error, warning, info, debug and hint: what to do about the error before. `time` is in UTC.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        super().__init__()
        self.stream = stream
        self._clock = clock
        self._unfinished = ""
        self._lock = Lock()  # several threads may have something to say

    def write(self, text: str, /) -> int:
        """Makes a record of each line that is finished."""
        with self._lock:
            *lines, self._unfinished = (self._unfinished + text).split("\n")
        for line in lines:
            self._say(line)
        return len(text)

    def flush(self) -> None:
        """Makes a record of a line that is not finished, as that of a question."""
        with self._lock:
            line, self._unfinished = self._unfinished, ""
        self._say(line)
        self.stream.flush()

    def fileno(self) -> int:
        """That of the stream behind."""
        return self.stream.fileno()

    def record(self, level: str, message: str, **fields: object) -> None:
        """A record with further fields."""
        self.stream.write(self.line(level, message, **fields))

    def line(self, level: str, message: str, **fields: object) -> str:
        """The text of a record, with its line end."""
        about = {"workspace": _ABOUT.get()} if _ABOUT.get() else {}
        said = {"time": rfc3339(self._clock()), "level": level, "message": message, **about, **fields}
        text: str = import_module("json").dumps(said, ensure_ascii=False)
        return f"{text}\n"

    def _say(self, line: str) -> None:
        if not (text := line.strip()):
            return
        found = _SAID.fullmatch(text)
        word, message = found.groups() if found else ("info", text)
        self.record(_LEVELS.get(word, word), message)


class AboutLines(io.TextIOBase):
    """Writes each line to another stream behind the workspace that it is about; see `about`."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.stream = stream

    def write(self, text: str, /) -> int:
        """Writes whole lines, as what is said comes in."""
        name = _ABOUT.get()
        lines = text.splitlines(keepends=True)
        self.stream.write(
            "".join(f"{name}: {line}" if line.strip() else line for line in lines) if name else text
        )
        return len(text)

    def flush(self) -> None:
        """That of the stream behind."""
        self.stream.flush()

    def fileno(self) -> int:
        """That of the stream behind."""
        return self.stream.fileno()

    def isatty(self) -> bool:
        """That of the stream behind."""
        return self.stream.isatty()


@contextmanager
def of_several() -> Iterator[None]:
    """What is said meanwhile may be about one of several workspaces, and says so."""
    if isinstance(sys.stderr, JsonLines):
        yield
        return
    before = sys.stderr
    sys.stderr = AboutLines(before)
    try:
        yield
    finally:
        sys.stderr = before


@contextmanager
def about(workspace: str) -> Iterator[None]:
    """What this thread says meanwhile is about a workspace."""
    token = _ABOUT.set(workspace)
    try:
        yield
    finally:
        _ABOUT.reset(token)


def say_fields(message: str, **fields: object) -> None:
    """One message; `fields` are what it tells, for a machine that reads records."""
    if isinstance(sys.stderr, JsonLines):
        sys.stderr.record("info", message, **fields)
    else:
        click.echo(message, err=True)


def raw(message: str) -> bytes:
    """What is written past the stream, as by a signal's handler that must not wait for a lock."""
    if isinstance(sys.stderr, JsonLines):
        return sys.stderr.line("info", message).encode()
    return f"{message}\n".encode()


def end() -> None:
    """Gives standard error back as it was."""
    if isinstance(sys.stderr, JsonLines):
        sys.stderr.flush()
        sys.stderr = sys.stderr.stream


def _begin(ctx: click.Context, parameter: click.Parameter, value: str) -> None:
    if value == "json" and not ctx.resilient_parsing:
        sys.stderr = JsonLines(sys.stderr, current_environment().clock)


log_format_option = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    is_eager=True,
    expose_value=False,
    callback=_begin,
    help="Format of messages and progress on standard error.",
)
