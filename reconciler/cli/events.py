"""The callbacks that were received for a workspace, read from beside its state."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from reconciler.backends.parts import Events
from reconciler.backends.protocol import StateLocation
from reconciler.cli.world import backend_for
from reconciler.kinds.callback_bodies import happening
from reconciler.kinds.callbacks import Happening, Received

_PAGE = 1000
"""Events that are read at a time."""


def received_events(location: StateLocation) -> list[Happening]:
    """What callbacks say of tasks, their robots and live streams; what this version cannot read says nothing.

    None of a store that keeps none. Raises StateError where they cannot be read.
    """
    return list(received_after(backend_for(location).parts.events, "").events)


def received_after(events: Events | None, place: str) -> Received:
    """The same of those behind a place, "" for all, in the order of arrival."""
    found: list[Happening] = []
    for body, end in _bodies(events, place):
        place = end
        with suppress(ValueError):  # of a kind or version that is not known here: no evidence, and kept
            event = happening(body)
            found += [] if event is None else [event]
    return Received(tuple(found), place)


@contextmanager
def received_again(location: StateLocation) -> Iterator[Callable[[str], Received]]:
    """Reads those behind a place as often as is asked within the block; see received_after."""
    events = backend_for(location).parts.events
    if events is None:
        yield lambda place: Received(place=place)
        return
    with events.kept_open() as kept:
        yield partial(received_after, kept)


def _bodies(events: Events | None, place: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """(its body, a place that is not before it) of each."""
    while events is not None:
        found, place = events.after(place, _PAGE)
        yield from ((one.body, place) for one in found)
        if len(found) < _PAGE:
            return


@dataclass(slots=True)
class ReceivedOnce:
    """The callbacks of a workspace, each read once for all that is planned of them."""

    location: StateLocation
    _all: list[Happening] | None = field(default=None, init=False)

    def since(self, place: str) -> Received:
        """Those behind a place, "" for all; see received_after."""
        found = received_after(backend_for(self.location).parts.events, place)
        if not place:
            self._all = list(found.events)
        return found

    def all(self) -> list[Happening]:
        """All of them."""
        if self._all is None:
            self._all = received_events(self.location)
        return self._all
