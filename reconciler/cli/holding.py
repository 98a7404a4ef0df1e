"""The state as a command gets it: read as it is, or held for this run alone, and what is to be told of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from reconciler.backends.protocol import Session, StateLocation
from reconciler.backends.receipts import Receipt
from reconciler.backends.snapshots import Snapshot
from reconciler.backends.waiting import Wait
from reconciler.cli.durations import seconds
from reconciler.cli.unfinished_moves import as_if_ended, end_moves
from reconciler.cli.world import backend_for, holder, runs_kept
from reconciler.reports.escape import safe
from reconciler.running.migrating import moved_away
from reconciler.running.moving import departures
from reconciler.state.model import Owner

if TYPE_CHECKING:
    from reconciler.manifests.revisions.standing import Revision

lock_timeout_option = click.option(
    "--lock-timeout",
    "patience",
    default="0s",
    show_default=True,
    metavar="TIME",
    callback=seconds,
    help="How long to wait for another run to end, such as 30s.",
)


def look_at(location: StateLocation, owner: Owner | None) -> Snapshot:
    """What is recorded, read without the lock; without an owner, of whichever it is.

    Raises StateError, also for a state that has moved away.
    """
    backend = backend_for(location)
    snapshot = backend.snapshot(owner)
    warn(backend.notices)
    if snapshot.state.moved:
        raise moved_away(str(location), snapshot.state)
    return snapshot


def look_ahead(location: StateLocation, owner: Owner | None) -> Snapshot:
    """The same as an apply would find it: once the moves that a run did not finish are ended."""
    return as_if_ended(look_at(location, owner), lambda text: say(f"note: {text}"))


@contextmanager
def held_state(
    location: StateLocation,
    owner: Owner | None,
    command: str,
    run: str,
    patience: float,
    revision: Revision | None = None,
    acknowledged: Callable[[Receipt], None] | None = None,
) -> Iterator[Session]:
    """The state for this run alone, as soon as it can be had within `patience` seconds.

    `revision` is that of the manifests which are carried out; `acknowledged` gets the receipt of a store
    that gives any. Moves of records that a run did not finish
    are ended first. Raises LockedError if another run keeps it, StateError if it cannot be read, is another
    owner's, or such a move cannot be ended.
    """
    with held_as_it_is(location, owner, command, run, patience, revision, acknowledged) as held:
        if not departures(held.state):
            yield held
            return
        end_moves(held, said(command, run), lambda text: say(f"note: {text}"))
    with held_as_it_is(location, owner, command, run, patience, revision, acknowledged) as held:
        yield held


@contextmanager
def held_as_it_is(
    location: StateLocation,
    owner: Owner | None,
    command: str,
    run: str,
    patience: float,
    revision: Revision | None = None,
    acknowledged: Callable[[Receipt], None] | None = None,
    *,
    even_moved: bool = False,
) -> Iterator[Session]:
    """The same, with the moves that a run did not finish as it left them.

    With `even_moved` also a state that has moved away as a whole, which is refused otherwise.
    """
    backend = backend_for(location, runs_kept())
    with backend.hold(owner, said(command, run, revision), waiting(patience)) as held:
        warn(backend.notices)
        if held.state.moved and not even_moved:
            raise moved_away(str(location), held.state)
        told = len(held.notices)
        try:
            yield held
        finally:
            warn(held.notices[told:])
            if acknowledged is not None and backend.parts.receipts is not None:
                newest = backend.parts.receipts.newest()
                if newest is not None:
                    acknowledged(newest)


def said(command: str, run: str, revision: Revision | None = None) -> dict[str, Any]:
    """What others are told of this run while it holds a lock, and what is kept of it."""
    of = {"revision": revision.commit, "clean": revision.clean} if revision else {}
    return {**holder(command), "run": run, **of}


def waiting(patience: float) -> Wait:
    """So many seconds, in which each run that is waited for is told."""
    return Wait(patience, time.monotonic, time.sleep, lambda error: say(f"waiting: {error.message}"))


def warn(notices: list[str]) -> None:
    """Each notice as a warning on standard error."""
    for notice in notices:
        say(f"warning: {notice}")


def say(line: str, *, err: bool = True) -> None:
    """One line of what was done, which a reader that has gone misses, and which fails nothing."""
    with suppress(OSError):
        click.echo(safe(line), err=err)
