"""The callbacks that were received for a workspace, read from beside its state."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from reconciler.backends.protocol import StateLocation
from reconciler.cli.world import backend_for
from reconciler.kinds.callbacks import RemovedUser, TaskEvent, removed_user, reported_tasks, task_event
from reconciler.model import Address, Standing
from reconciler.state.model import State

_PAGE = 1000
"""Events that are read at a time."""


def received_bodies(location: StateLocation) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(its key, its body) of each, in the order of arrival; none of a store that keeps none.

    Raises StateError where they cannot be read.
    """
    events = backend_for(location).parts.events
    place = ""
    while events is not None:
        found, place = events.after(place, _PAGE)
        yield from ((one.key, one.body) for one in found)
        if len(found) < _PAGE:
            return


def told_otherwise(location: StateLocation, state: State) -> frozenset[Address]:
    """The recorded tasks of which callbacks say anything else than that they run: their plans may change."""
    events = received_events(location)
    tasks = reported_tasks(one for one in events if isinstance(one, TaskEvent))
    troubled = {one.task_id for one in tasks if one.seen().standing is not Standing.RUNNING}
    if not troubled:
        return frozenset()
    return frozenset(address for address, entry in state.entries.items() if entry.task_id in troubled)


def received_events(location: StateLocation) -> list[TaskEvent | RemovedUser]:
    """What they say of tasks and their robots; what this version cannot read says nothing."""
    found: list[TaskEvent | RemovedUser] = []
    for _, body in received_bodies(location):
        with suppress(ValueError):
            event = task_event(body) or removed_user(body)
            found += [] if event is None else [event]
    return found
