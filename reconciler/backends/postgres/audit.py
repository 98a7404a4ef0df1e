"""The runs of one workspace: how each began and ended stands in its row, what it did in the journal."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import NamedTuple

from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.database import Parameters, Row
from reconciler.backends.postgres.failures import told
from reconciler.backends.postgres.reader import Reader
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.moments import rfc3339
from reconciler.state.ending import End
from reconciler.state.journal import Begin, Moved, Outcome, Record, replayed
from reconciler.state.runs import KeptRun, RunRecord, former_name, kept_records, life

_LAST = 2**63 - 1

_RUN = """
r.seq, r.first::text, r.ending::text, extract(epoch FROM r.ended)::float8,
  h.who IS NOT NULL AND h.fence = r.fence AND h.beat + h.ttl > clock_timestamp()
"""
_OF_WORKSPACE = """
FROM {schema}.run r JOIN {schema}.workspace w ON w.id = r.workspace
  JOIN {schema}.hold h ON h.workspace = w.id
"""
_RUNS = f"SELECT {_RUN} {_OF_WORKSPACE} WHERE w.name = %s ORDER BY r.seq DESC LIMIT %s"
_RECORDS = """
WITH r AS (
  SELECT r.workspace, r.after, coalesce(r.last, 9223372036854775807) AS last
  FROM {schema}.run r JOIN {schema}.workspace w ON w.id = r.workspace
  WHERE w.name = %s AND r.id = %s ORDER BY r.seq DESC LIMIT 1
), own AS (
  SELECT j.seq, j.address, j.body FROM {schema}.journal j JOIN r ON j.workspace = r.workspace
  WHERE j.seq > r.after AND j.seq <= r.last AND j.kind IN ('i', 'o')
)
SELECT 'run', 0::bigint, NULL FROM r
UNION ALL SELECT 'own', own.seq, own.body FROM own
UNION ALL (
  SELECT DISTINCT ON (j.address) 'before', j.seq, j.body
  FROM {schema}.journal j JOIN r ON j.workspace = r.workspace
  WHERE j.kind = 'o' AND j.seq <= r.after AND j.address IN (SELECT own.address FROM own)
  ORDER BY j.address, j.seq DESC
) ORDER BY 2
"""
_LIFE = f"""
SELECT {_RUN}, j.seq, j.body {_OF_WORKSPACE} JOIN {{schema}}.journal j ON j.workspace = r.workspace
  AND j.seq > r.after AND j.seq <= coalesce(r.last, 9223372036854775807)
WHERE w.name = %s AND j.address = %s AND j.seq < %s AND j.kind IN ('i', 'o') ORDER BY j.seq DESC LIMIT %s
"""


class _Row(NamedTuple):
    """A row of what is recorded of one resource."""

    run: RunRecord
    seq: int
    record: Record


@dataclass(frozen=True, slots=True)
class PostgresAudit:
    """The runs of one workspace (a parts.Audit); `connected` gives a client for a block."""

    reader: Reader
    connected: Callable[[], AbstractContextManager[Client]]

    def runs(self, most: int) -> Sequence[RunRecord]:
        """See parts.Audit.runs."""
        with self.connected() as client:
            rows = self._ask(client, _RUNS, (self.reader.place.workspace, most))
            return [self._run(row) for row in rows]

    def records(self, run: str) -> Sequence[Record]:
        """See parts.Audit.records."""
        with self.connected() as client:
            rows = self._ask(client, _RECORDS, (self.reader.place.workspace, run))
        if not rows:
            raise StateError(
                f"{self.reader.place.location}: no run {run} in the history",
                "list the runs with `reconciler history`",
            )
        own = [self.reader.record(body) for part, _, body in rows if part == "own"]
        before = [self.reader.record(body) for part, _, body in rows if part == "before"]
        return kept_records(_without_twins(own), replayed({}, before), {})

    def life_of(self, address: Address, most: int) -> Sequence[tuple[RunRecord, Record]]:
        """See parts.Audit.life_of."""
        found: list[tuple[RunRecord, Record]] = []
        name, before = address, _LAST
        with self.connected() as client:
            while len(found) < most:
                rows = self._rows(client, name, before, most - len(found))
                found += life(name, _by_run(rows))
                former = former_name(name, found)
                if former == name:
                    break
                name, before = former, next(row.seq for row in rows if _renames(row.record))
        return found[:most]

    def _rows(self, client: Client, address: Address, before: int, most: int) -> list[_Row]:
        """The last of what was recorded under an address, the newest first: enough to tell so many."""
        parameters = (self.reader.place.workspace, str(address), before, min(2 * most + 2, _LAST))
        rows = self._ask(client, _LIFE, parameters)
        return [_Row(self._run(row), row[5], self.reader.record(row[6])) for row in rows]

    def _run(self, row: Row) -> RunRecord:
        _, first, ending, ended, held = row[:5]
        begin = self.reader.record(first)
        if not isinstance(begin, Begin):
            raise self.reader.strange(TypeError("the record of a run's beginning is invalid"))
        if ending is None:
            return RunRecord(begin, held=held)
        end = self.reader.record(json.dumps({"type": "end", **json.loads(ending)}))
        return RunRecord(begin, replace(end, at=rfc3339(ended)) if isinstance(end, End) else None)

    def _ask(self, client: Client, statement: str, parameters: Parameters) -> list[Row]:
        place = self.reader.place
        with told(place):
            return client.ask(statement.format(schema=place.schema), parameters)


def _without_twins(records: Sequence[Record]) -> list[Record]:
    """The records without the second of a rename, which ends what stood under the former address."""
    twins = {
        number
        for number, (one, other) in enumerate(pairwise(records), 1)
        if isinstance(one, Moved) and isinstance(other, Outcome) and other.address == one.former
    }
    return [one for number, one in enumerate(records) if number not in twins]


def _by_run(rows: Sequence[_Row]) -> Iterator[KeptRun]:
    for run, group in groupby(rows, lambda row: row.run):
        yield run, kept_records([row.record for row in reversed(list(group))], {}, {})


def _renames(record: Record) -> bool:
    return isinstance(record, Moved) or (isinstance(record, Outcome) and record.renamed_from is not None)
