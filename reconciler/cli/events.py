"""The callbacks that were received for a workspace, read from beside its state."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from reconciler.backends.protocol import StateLocation
from reconciler.cli.world import backend_for
from reconciler.kinds.callbacks import RemovedUser, TaskEvent, removed_user, task_event

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


def received_events(location: StateLocation) -> list[TaskEvent | RemovedUser]:
    """What they say of tasks and their robots; what this version cannot read says nothing."""
    found: list[TaskEvent | RemovedUser] = []
    for _, body in received_bodies(location):
        with suppress(ValueError):
            event = task_event(body) or removed_user(body)
            found += [] if event is None else [event]
    return found
