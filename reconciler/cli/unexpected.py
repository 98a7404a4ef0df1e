"""Errors that nobody foresaw, in words: what the operating system refused, a broken installation, bugs."""

import os
import sys
from types import TracebackType

import click

from reconciler.cli.streams import AGAIN
from reconciler.errors import ReconcilerError, exhausted


def raised(error: Exception) -> tuple[type[Exception], Exception, TracebackType | None]:
    """An error as the interpreter's own hook takes it, which costs no import where nothing fails."""
    return type(error), error, error.__traceback__


def refused_by_system(error: Exception) -> ReconcilerError | None:
    """What the operating system refused, in words; None of any other error."""
    if not isinstance(error, OSError):
        return None
    reason = error.strerror or str(error)
    if error.filename is None:
        return ReconcilerError(f"the operating system refused: {reason}", f"fix the cause, then {AGAIN}")
    return ReconcilerError(f"{os.fsdecode(error.filename)}: {reason}", f"check that file, then {AGAIN}")


def of_a_round(error: Exception) -> ReconcilerError:
    """What a watch tells of an error that ended a round; with --debug its traceback is shown, too.

    The text of an error that is not ours is left out: it may quote a secret.
    """
    if click.get_current_context().find_root().params.get("debug"):
        sys.excepthook(*raised(error))
    if isinstance(error, ImportError | SyntaxError):
        return ReconcilerError(
            f"the installation is broken: {type(error).__name__} of {_module(error)}",
            "repair the installation, then restart the watch",
        )
    return (
        exhausted(error)
        or refused_by_system(error)
        or ReconcilerError(
            f"{type(error).__name__}: this is a bug in reconciler; everything done so far is kept",
            "restart the watch with `reconciler --debug watch` and report its output",
        )
    )


def _module(error: ImportError | SyntaxError) -> str:
    return (error.name if isinstance(error, ImportError) else error.filename) or "a module"
