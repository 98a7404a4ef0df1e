"""The other workspaces of a bucket: for one that looks for its records under another name."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.backends.objects.admin import workspaces
from reconciler.backends.objects.client import Client
from reconciler.backends.objects.reader import Reader
from reconciler.backends.parts import Neighbour
from reconciler.errors import StateError

MOST_NEIGHBOURS = 100
"""Workspaces that are looked into: each takes some requests."""


@dataclass(frozen=True, slots=True)
class ObjectsNeighbours:
    """The other workspaces below one prefix (a parts.Neighbours)."""

    reader: Reader
    client: Callable[[], Client]

    def states(self) -> Sequence[Neighbour]:
        """See parts.Neighbours.states."""
        return list(self._states())

    def _states(self) -> Iterator[Neighbour]:
        place, client = self.reader.place, self.client()
        others = [name for name in workspaces(place, client) if name != place.workspace]
        for name in others[:MOST_NEIGHBOURS]:
            reader = self.reader.of(name)
            try:
                found = reader.snapshot(client, None)
            except StateError:
                continue  # none that can be trusted to say what runs
            if found.state.lineage:
                yield Neighbour(str(reader.place.location), found.owner, found.state)
