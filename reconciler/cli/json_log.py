"""What a run says on standard error as JSON, a record a line, for machines that collect logs.

A stream in the place of standard error makes records of whatever is written there, so that no message, by
whichever module, is missed.
"""

import io
import re
import sys
from collections.abc import Callable
from importlib import import_module
from threading import Lock
from typing import TextIO

import click

from reconciler.cli.environment import current_environment
from reconciler.moments import rfc3339

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
        said = {"time": rfc3339(self._clock()), "level": level, "message": message, **fields}
        text: str = import_module("json").dumps(said, ensure_ascii=False)
        return f"{text}\n"

    def _say(self, line: str) -> None:
        if not (text := line.strip()):
            return
        found = _SAID.fullmatch(text)
        word, message = found.groups() if found else ("info", text)
        self.record(_LEVELS.get(word, word), message)


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
