"""Callbacks received, as rows of one workspace: who plans reads them, and the receiver's role writes."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace

from reconciler.backends.parts import Event
from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.database import Parameters, Row
from reconciler.backends.postgres.failures import told
from reconciler.backends.postgres.location import Place
from reconciler.moments import rfc3339

_PUT = "SELECT {schema}.put_event_1(%s, %s, %s::timestamptz, %s)"
_SWEEP = "SELECT {schema}.sweep_events_1(%s, %s::timestamptz)"
_AFTER = """
SELECT e.seq, e.key, extract(epoch FROM e.received)::float8, e.body
FROM {schema}.event e JOIN {schema}.workspace w ON w.id = e.workspace
WHERE w.name = %s AND e.seq > CASE
  WHEN EXISTS (SELECT 1 FROM {schema}.event l WHERE l.workspace = w.id AND l.seq >= %s) THEN %s ELSE 0 END
ORDER BY e.seq LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class PostgresEvents:
    """The events of one workspace (a parts.Events); `connected` gives a client for a block."""

    place: Place
    connected: Callable[[], AbstractContextManager[Client]]

    def put(self, event: Event) -> bool:
        """See parts.Events.put."""
        body = json.dumps(event.body, separators=(",", ":"))
        [(new,)] = self._ask(_PUT, (self.place.workspace, event.key, event.received, body))
        return bool(new)

    def after(self, start: str, most: int) -> tuple[Sequence[Event], str]:
        """See parts.Events.after."""
        place = int(start or 0)
        rows = self._ask(_AFTER, (self.place.workspace, place, place, most))
        events = [Event(key, rfc3339(received), json.loads(body)) for _, key, received, body in rows]
        return events, str(rows[-1][0]) if rows else start

    def sweep(self, before: str) -> int:
        """See parts.Events.sweep."""
        [(count,)] = self._ask(_SWEEP, (self.place.workspace, before))
        return int(count)

    @contextmanager
    def kept_open(self) -> Iterator["PostgresEvents"]:
        """See parts.Events.kept_open."""
        with self.connected() as client:
            yield replace(self, connected=lambda: nullcontext(client))

    def _ask(self, statement: str, parameters: Parameters) -> list[Row]:
        with self.connected() as client, told(self.place):
            return client.ask(statement.format(schema=self.place.schema), parameters)
