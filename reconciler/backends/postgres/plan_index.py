"""What a plan knows of unchanged manifests, as a row of a workspace; who applies writes it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.failures import told
from reconciler.backends.postgres.location import Place

_READ = """
SELECT i.body FROM {schema}.plan_index i JOIN {schema}.workspace w ON w.id = i.workspace WHERE w.name = %s
"""
_WRITE = "SELECT {schema}.put_plan_index_1(%s, %s)"


@dataclass(frozen=True, slots=True)
class PostgresPlanIndex:
    """The index of one workspace (a parts.PlanIndex); `connected` gives a client for a block."""

    place: Place
    connected: Callable[[], AbstractContextManager[Client]]

    def read(self) -> bytes | None:
        """See PlanIndex.read."""
        with self.connected() as client, told(self.place):
            rows = client.ask(_READ.format(schema=self.place.schema), (self.place.workspace,))
        return str(rows[0][0]).encode() if rows else None

    def write(self, data: bytes) -> None:
        """See PlanIndex.write."""
        with self.connected() as client, told(self.place):
            client.ask(_WRITE.format(schema=self.place.schema), (self.place.workspace, data.decode("ascii")))
