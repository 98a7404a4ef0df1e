"""What a command is run in: variables, clock, terminal, working directory and standard input.

All of it is read here, once for each command line, and nowhere else; a test holds the other modules to that.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from importlib import import_module
from pathlib import Path
from typing import Literal, TextIO

import click

from reconciler.errors import UsageError

Stream = Literal["stdin", "stdout", "stderr"]


@dataclass(frozen=True, slots=True)
class Environment:
    """What a command is run in.

    `clock` gives seconds since 1970, `size` the terminal's columns and rows (0: none), `directory`
    is the working directory unless it was removed, `is_terminal` tells of a standard stream whether it is
    one, and `read_stdin` gives at most so many bytes.
    """

    variables: Mapping[str, str]
    clock: Callable[[], float]
    directory: Path | None
    size: Callable[[], tuple[int, int]]
    is_terminal: Callable[[Stream], bool]
    read_stdin: Callable[[int], bytes]

    def get(self, name: str) -> str:
        """A variable; one that is not set is empty."""
        return self.variables.get(name, "")

    @property
    def columns(self) -> int | None:
        """The terminal's width; None where there is none."""
        return self.size()[0] or None

    @property
    def rows(self) -> int | None:
        """The terminal's height; None where there is none."""
        return self.size()[1] or None

    @property
    def secret_names(self) -> frozenset[str]:
        """The variables that manifests may name beside those with our prefixes (RECONCILER_SECRETS)."""
        names = self.get("RECONCILER_SECRETS").split(",")
        return frozenset(name.strip() for name in names if name.strip())

    @property
    def zone(self) -> tzinfo | None:
        """The zone that TZ names; None where it names none that is known."""
        name = self.get("TZ").removeprefix(":")
        try:
            found: tzinfo | None = import_module("zoneinfo").ZoneInfo(name) if name else None
            return found
        except (ValueError, OSError, KeyError):  # a zone that is not found is a KeyError
            return None

    def working_directory(self) -> Path:
        """The working directory; raises UsageError if it is gone."""
        if self.directory is None:
            raise UsageError("the working directory no longer exists", "change to an existing directory")
        return self.directory

    @property
    def colored(self) -> bool:
        """Whether what is written to standard output may be coloured (NO_COLOR, TERM)."""
        return self.is_terminal("stdout") and not self.get("NO_COLOR") and not self.is_dumb

    @property
    def is_dumb(self) -> bool:
        """Whether the terminal can neither colour nor move its cursor (TERM=dumb)."""
        return self.get("TERM") == "dumb"


def read_environment() -> Environment:
    """The environment as it is now."""
    return Environment(
        variables=dict(os.environ),
        clock=time.time,
        directory=_directory(),
        size=_terminal_size,
        is_terminal=_is_terminal,
        read_stdin=_read_stdin,
    )


def current_environment() -> Environment:
    """The environment of the command that runs, as `main` read it; where none runs, as it is now."""
    context = click.get_current_context(silent=True)
    found = context.find_root().obj if context is not None else None
    return found if isinstance(found, Environment) else read_environment()


def _terminal_size() -> tuple[int, int]:
    # Imported when a size is asked for: `--version` and completion never do.
    columns, rows = import_module("shutil").get_terminal_size((0, 0))
    return columns, rows


def _read_stdin(most: int) -> bytes:
    return sys.stdin.buffer.read(most)


def _directory() -> Path | None:
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def _is_terminal(name: Stream) -> bool:
    stream: TextIO = getattr(sys, name)
    return stream.isatty()
