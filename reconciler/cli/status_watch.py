"""`status --watch`: a round of questions, what is shown of it, a pause, and again until it is interrupted.

A terminal is redrawn on a screen of its own; elsewhere each round adds lines, and a file is written anew.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

import click

from reconciler.cli.environment import current_environment, read_environment
from reconciler.cli.holding import say
from reconciler.cli.reporting import replace_report
from reconciler.cli.standing import Found, Looked, looked_status, text_of
from reconciler.errors import CloudError, CredentialsRefused, ManifestError, ReconcilerError, StateError
from reconciler.reports.escape import safe
from reconciler.reports.status import changed_lines, status_line

_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
"""A screen of its own without a cursor, and back to the one before."""
_HOME, _REST_OF_LINE, _BELOW = "\x1b[H", "\x1b[K", "\x1b[J"
_LAST = 4
"""So many lines of the end of a report stay where it is cut to the terminal's height: its sums."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How it is watched: the form and the file of the report, and the seconds between two rounds."""

    form: str
    report: Path | None
    interval: float


class Outlet(Protocol):
    """Where rounds are shown."""

    def show(self, found: Found) -> None:
        """What a round has found."""
        ...

    def miss(self, error: ReconcilerError) -> None:
        """That a round has found nothing; what was shown before is not up to date any more."""
        ...


def watch_status(look: Looked, watch: Watch) -> NoReturn:
    """Asks until it is interrupted; ends by KeyboardInterrupt, or by what the first round raises.

    Later rounds outlive an outage, a manifest that somebody is at work in and a state that cannot be read;
    refused credentials end it.
    """
    with _outlet(watch) as outlet:
        outlet.show(looked_status(look))
        while True:
            time.sleep(watch.interval)
            try:
                outlet.show(looked_status(look))
            except CredentialsRefused:
                raise
            except (CloudError, ManifestError, StateError) as error:
                outlet.miss(error)


@contextmanager
def _outlet(watch: Watch) -> Iterator[Outlet]:
    environment = current_environment()
    if watch.report is not None:
        yield _File(watch.report, watch)
    elif watch.form == "json":
        yield _Lines(lambda before, found: [text_of(found, "json", lines=True)])
    elif environment.is_terminal("stdout") and not environment.is_dumb:
        with _screen(watch.interval) as screen:
            yield screen
    else:
        yield _Lines(_told)


def _words(error: ReconcilerError) -> str:
    """What went wrong; of several problems the first as well."""
    problems = error.problems if isinstance(error, ManifestError) else ()
    return f"{error.message}: {problems[0]}" if problems else error.message


class _File:
    """The report in a file, written anew each time."""

    def __init__(self, path: Path, watch: Watch) -> None:
        self._path, self._watch = path, watch
        self._is_told = False

    def show(self, found: Found) -> None:
        """Replaces the file."""
        interval = self._watch.interval
        replace_report(text_of(found, self._watch.form, interval=round(interval)), self._path)
        if not self._is_told:
            say(f"Report written to {self._path}, and again every {interval:g} s until interrupted.")
            self._is_told = True

    def miss(self, error: ReconcilerError) -> None:
        """The file stays as it is, and tells of when."""
        say(f"warning: {self._path} is not up to date: {_words(error)}")


class _Lines:
    """Each round as lines that follow those of the one before."""

    def __init__(self, lines_of: Callable[[Found | None, Found], list[str]]) -> None:
        self._lines_of = lines_of
        self._before: Found | None = None

    def show(self, found: Found) -> None:
        """The lines of the round."""
        for line in self._lines_of(self._before, found):
            click.echo(line, nl=not line.endswith("\n"))
        self._before = found

    def miss(self, error: ReconcilerError) -> None:
        """Told on standard error."""
        say(f"warning: nothing is known of this round: {_words(error)}")


def _told(before: Found | None, found: Found) -> list[str]:
    """The whole report at first; then what has changed, and how all stands, in a line each."""
    if before is None:
        return [text_of(found, "text")]
    changes = changed_lines(before.report, found.report)
    return [safe(f"{found.report.at}  {line}") for line in (*changes, status_line(found.report))]


class _Screen:
    """The report as the whole of a terminal."""

    def __init__(self, write: Callable[[str], None], interval: float) -> None:
        self._write = write
        self._how = f"Asked again every {interval:g} s; Ctrl-C ends."
        self.shown = ""

    def show(self, found: Found) -> None:
        """Draws the report."""
        self.shown = text_of(found, "text", color=current_environment().colored)
        self._draw(self._how)

    def miss(self, error: ReconcilerError) -> None:
        """Draws the one before again, and why there is no other."""
        self._draw(safe(f"warning: not up to date: {_words(error)}"))

    def _draw(self, last: str) -> None:
        lines = [*self.shown.splitlines(), last]
        rows = read_environment().rows or len(lines) + 1
        shown = fitted(lines, rows - 1)
        self._write(_HOME + "".join(f"{line}{_REST_OF_LINE}\n" for line in shown) + _BELOW)


def fitted(lines: list[str], rows: int) -> list[str]:
    """As many lines as fit, with the last ones, which sum up, and how many are left out between them."""
    if len(lines) <= rows:
        return lines
    first = max(rows - _LAST - 1, 0)
    left_out = len(lines) - first - _LAST
    return [*lines[:first], f"… {left_out} more lines; --select or --target show fewer", *lines[-_LAST:]]


@contextmanager
def _screen(interval: float) -> Iterator[_Screen]:
    """A screen of its own; what was shown last stays on the terminal when it is left."""

    def write(text: str) -> None:
        click.echo(text, nl=False, color=True)

    screen = _Screen(write, interval)
    write(_ENTER)
    try:
        yield screen
    finally:
        write(_LEAVE + screen.shown)
