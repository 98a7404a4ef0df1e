"""The form of a report and where it goes: standard output, or a file that is named."""

from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import click

from reconciler.cli.holding import say
from reconciler.errors import ReconcilerError, UsageError
from reconciler.reports.formats import FORMS

ENDINGS = {
    ".txt": "text",
    ".json": "json",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
}
"""The form that a file's name asks for."""
_AT_ONCE = 2**16
"""So many characters of a report are given to a stream at once."""


def report_options(*forms: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """--format, of these forms, and --report; the command gets `form` and `report`.

    Where --format is not given the name of the file says the form. Raises UsageError for a file whose name
    asks for a form that the command does not have.
    """

    def with_options(command: Callable[..., int]) -> Callable[..., int]:
        @wraps(command)
        def called(*, form: str | None, report: Path | None, **rest: Any) -> int:
            return command(form=form or _form(report, forms), report=report, **rest)

        for option in (
            click.option(
                "--report",
                type=click.Path(path_type=Path, dir_okay=False),
                help="Write the report to this file instead of standard output.",
            ),
            click.option(
                "--format",
                "form",
                type=click.Choice(forms),
                help="Format of the report (default: from the file name of --report, otherwise text).",
            ),
        ):
            called = option(called)
        return called

    return with_options


report_option = report_options(*FORMS)


def _form(report: Path | None, forms: tuple[str, ...]) -> str:
    form = "text" if report is None else ENDINGS.get(report.suffix.lower(), "text")
    if form not in forms:
        raise UsageError(f"{report}: this command has no {form} report", f"use --format {' or '.join(forms)}")
    return form


def is_report_name(path: Path) -> bool:
    """Whether a file is called as a report for people is, rather than a saved plan."""
    return ENDINGS.get(path.suffix.lower(), "json") != "json"


def deliver(text: str, report: Path | None, *, color: bool | None = None) -> None:
    """Prints a report, or writes it to its file; raises ReconcilerError where that cannot be written."""
    if report is None:
        for piece in whole_lines(text):
            click.echo(piece, nl=False, color=color)
        return
    try:
        report.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritten(report, error) from error
    say(f"Report written to {report}.")


def whole_lines(text: str, most: int = _AT_ONCE) -> Iterator[str]:
    """The text in pieces of whole lines, each of at most so many characters unless one line has more.

    A stream makes copies of what it is given at once, and colours are told by codes within a line.
    """
    start = 0
    while start < len(text):
        end = text.rfind("\n", start, start + most) + 1 or text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def replace_report(text: str, report: Path) -> None:
    """Writes a report anew in place of the one that is there, so that nobody reads half of one.

    Raises ReconcilerError where it cannot be written.
    """
    fresh = report.with_name(f".{report.name}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(report)
    except OSError as error:
        raise _unwritten(report, error) from error


def _unwritten(report: Path, error: OSError) -> ReconcilerError:
    return ReconcilerError(
        f"{report}: cannot write the report: {error.strerror}", "choose another file with --report"
    )
