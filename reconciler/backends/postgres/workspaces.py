"""The other workspaces of a store: for one that looks for its records under another name."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from reconciler.backends.parts import Neighbour
from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.failures import told
from reconciler.backends.postgres.reader import Reader
from reconciler.errors import StateError

MOST_WORKSPACES = 100
"""Workspaces of a store that are looked into, those first that were written to last."""

_NAMES = """
SELECT w.name FROM {schema}.workspace w JOIN {schema}.hold h ON h.workspace = w.id
WHERE w.name <> %s AND w.head <> '{{}}' ORDER BY h.beat DESC, w.id DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class PostgresNeighbours:
    """The other workspaces of one schema (a parts.Neighbours); `connected` gives a client for a block."""

    reader: Reader
    connected: Callable[[], AbstractContextManager[Client]]

    def states(self) -> Sequence[Neighbour]:
        """See parts.Neighbours.states."""
        return list(self._states())

    def _states(self) -> Iterator[Neighbour]:
        place = self.reader.place
        with self.connected() as client:
            with told(place):
                parameters = (place.workspace, MOST_WORKSPACES)
                rows = client.ask(_NAMES.format(schema=place.schema), parameters)
            for (name,) in rows:
                reader = self.reader.of(name)
                try:
                    found = reader.snapshot(client, None)
                except StateError:
                    continue  # none that can be trusted to say what runs
                yield Neighbour(str(reader.place.location), found.owner, found.state)
