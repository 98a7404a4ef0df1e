"""The states that were written, from the journal: a resource's last outcome up to where a run ended."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.database import Parameters, Row
from reconciler.backends.postgres.failures import told
from reconciler.backends.postgres.reader import Reader
from reconciler.errors import StateError
from reconciler.state.journal import replayed
from reconciler.state.model import State

_SERIALS = """
SELECT g.serial FROM {schema}.generation g JOIN {schema}.workspace w ON w.id = g.workspace
WHERE w.name = %s ORDER BY g.serial DESC
"""
_HEAD = """
SELECT g.head, g.seq, w.id FROM {schema}.generation g JOIN {schema}.workspace w ON w.id = g.workspace
WHERE w.name = %s AND g.serial = %s
"""
_ENTRIES = """
SELECT j.body FROM (
  SELECT DISTINCT ON (address) seq, body FROM {schema}.journal
  WHERE workspace = %s AND seq <= %s AND kind = 'o' ORDER BY address, seq DESC
) j ORDER BY j.seq
"""


@dataclass(frozen=True, slots=True)
class Generations:
    """The generations of one workspace (a parts.History); `connected` gives a client for a block."""

    reader: Reader
    connected: Callable[[], AbstractContextManager[Client]]

    def generations(self) -> Sequence[int]:
        """See parts.History.generations."""
        return [row[0] for row in self._ask(_SERIALS, (self.reader.place.workspace,))]

    def generation(self, serial: int) -> State:
        """See parts.History.generation."""
        rows = self._ask(_HEAD, (self.reader.place.workspace, serial))
        if not rows:
            kept = ", ".join(map(str, self.generations())) or "none"
            raise StateError(
                f"{self.reader.place.location}: serial {serial} is not in the history", f"available: {kept}"
            )
        [(head, seq, workspace)] = rows
        state = self.reader.headed(head)[1]
        outcomes = [self.reader.record(row[0]) for row in self._ask(_ENTRIES, (workspace, seq))]
        return replace(state, entries=replayed({}, outcomes))

    def newest(self) -> State:
        """The last state that was written; an empty one where none was."""
        return next(map(self.generation, self.generations()), State())

    def _ask(self, statement: str, parameters: Parameters) -> list[Row]:
        place = self.reader.place
        with self.connected() as client, told(place):
            return client.ask(statement.format(schema=place.schema), parameters)
