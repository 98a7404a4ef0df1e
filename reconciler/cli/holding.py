"""The state as a command gets it: read as it is, or held for this run alone, and what is to be told of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import click

from reconciler.backends.held import Held
from reconciler.backends.place import Known
from reconciler.cli.durations import seconds
from reconciler.cli.world import backend_for, holder
from reconciler.errors import LockedError
from reconciler.reports.escape import safe
from reconciler.state import State

POLL = 0.2
"""Seconds between two attempts to take a lock."""

T = TypeVar("T")


lock_timeout_option = click.option(
    "--lock-timeout",
    "patience",
    default="0s",
    show_default=True,
    metavar="TIME",
    callback=seconds,
    help="How long to wait for another run to end, as in 30s.",
)


def look_at(path: Path, workspace: str | None) -> Known:
    """What is recorded, read without the lock; without a workspace, of whichever it is. Raises StateError."""
    backend = backend_for(path)
    known = backend.look(workspace)
    warn(backend.notices)
    return known


def read_state(path: Path, workspace: str) -> State:
    """The state of a workspace, read without the lock; raises StateError."""
    return look_at(path, workspace).state


@contextmanager
def held_state(path: Path, workspace: str | None, command: str, run: str, patience: float) -> Iterator[Held]:
    """The state for this run alone, as soon as it can be had within `patience` seconds.

    Raises LockedError if another run keeps it, StateError if it cannot be read.
    """
    backend = backend_for(path)
    with patient(lambda: backend.hold(workspace, said(command, run)), patience) as held:
        warn(backend.notices)
        told = len(held.notices)
        try:
            yield held
        finally:
            warn(held.notices[told:])


def said(command: str, run: str) -> dict[str, Any]:
    """What others are told of this run while it holds a lock."""
    return {**holder(command), "run": run}


@contextmanager
def patient(attempt: Callable[[], AbstractContextManager[T]], patience: float) -> Iterator[T]:
    """Enters what the attempt gives, trying again for so many seconds while somebody else has the lock."""
    end, told = time.monotonic() + patience, ""
    with ExitStack() as stack:
        while True:
            try:
                entered = stack.enter_context(attempt())
                break
            except LockedError as error:
                if time.monotonic() >= end:
                    raise
                if error.message != told:
                    say(f"waiting: {error.message}")
                told = error.message
                time.sleep(min(POLL, max(0.0, end - time.monotonic())))
        yield entered


def warn(notices: list[str]) -> None:
    """Each notice as a warning on standard error."""
    for notice in notices:
        say(f"warning: {notice}")


def say(line: str, *, err: bool = True) -> None:
    """One line of what was done, which a reader that has gone misses, and which fails nothing."""
    with suppress(OSError):
        click.echo(safe(line), err=err)
