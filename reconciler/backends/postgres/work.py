"""The fleet's queue in a database: rounds are claimed past those that others are at (SKIP LOCKED)."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reconciler.backends.holders import said_of
from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.database import Parameters, Row
from reconciler.backends.postgres.failures import told
from reconciler.backends.postgres.location import Place
from reconciler.backends.work import Assignment, Beat, RoundEnd, WorkerStanding, WorkStanding
from reconciler.errors import LockedError
from reconciler.model import canonical_json

_ENLIST = "SELECT outcome, who FROM {schema}.enlist_1(%s::uuid, %s, %s::jsonb, %s * interval '1 s')"
_BEAT = "SELECT outcome, draining FROM {schema}.worker_beat_1(%s::uuid)"
_DISCHARGE = "SELECT {schema}.discharge_1(%s::uuid)"
_DRAIN = "SELECT {schema}.drain_1(%s)"
_SCHEDULE = "SELECT {schema}.schedule_1(one) FROM unnest(%s::text[]) AS one"
_UNSCHEDULE = "SELECT {schema}.unschedule_1(%s)"
_WAKE = "SELECT {schema}.wake_1(%s, %s)"
_CLAIM = (
    "SELECT workspace, name, fence, why, kept, lost FROM {schema}.claim_1(%s::uuid, %s::uuid, %s, %s::text[])"
)
_END = "SELECT {schema}.end_round_1(%s, %s::uuid, %s, %s * interval '1 s', %s, %s, %s::jsonb)"
_WORKERS = """
SELECT k.name, k.who, extract(epoch FROM clock_timestamp() - k.began)::float8,
  extract(epoch FROM clock_timestamp() - k.beat)::float8,
  (SELECT count(*) FROM {schema}.work w WHERE w.worker = k.id), k.draining
FROM {schema}.worker k WHERE NOT k.gone AND k.beat + k.ttl > clock_timestamp() ORDER BY k.name
"""
_STANDING = """
SELECT s.name, w.account, extract(epoch FROM w.due - clock_timestamp())::float8, w.why,
  coalesce(k.name, ''), w.fence, w.last, extract(epoch FROM clock_timestamp() - w.ended)::float8,
  w.outcome, CASE WHEN %s = '' THEN '{{}}' ELSE w.kept END
FROM {schema}.work w JOIN {schema}.workspace s ON s.id = w.workspace
LEFT JOIN {schema}.worker k ON k.id = w.worker AND NOT k.gone AND k.beat + k.ttl > clock_timestamp()
WHERE %s IN ('', s.name) ORDER BY s.name
"""


class PostgresWork:
    """The queue of one schema (a work.Work), over one connection; `made` gives its client."""

    def __init__(self, place: Place, made: Callable[[], Client], ttl: float) -> None:
        self.ttl = ttl
        self._place = place
        self._client = made()

    def close(self) -> None:
        """Gives the connection back."""
        self._client.close()

    def enlist(self, worker: str, name: str, who: Mapping[str, Any]) -> None:
        """See Work.enlist."""
        [(outcome, other)] = self._ask(_ENLIST, worker, name, json.dumps(dict(who)), self.ttl)
        if outcome != "done":
            raise LockedError(
                f"a worker named {name} is in the fleet already: {said_of(other)}",
                "choose another name with --worker NAME; one that died leaves the fleet "
                f"{round(self.ttl)} s after it was last in contact",
            )

    def beat(self, worker: str) -> Beat:
        """See Work.beat."""
        [(outcome, draining)] = self._ask(_BEAT, worker)
        return Beat.DRAINING if draining else Beat(outcome)

    def discharge(self, worker: str) -> None:
        """See Work.discharge."""
        self._ask(_DISCHARGE, worker)

    def drain(self, name: str) -> bool:
        """See Work.drain."""
        [(found,)] = self._ask(_DRAIN, name)
        return bool(found)

    def schedule(self, workspaces: Sequence[str]) -> None:
        """See Work.schedule."""
        self._ask(_SCHEDULE, list(workspaces))

    def unschedule(self, workspace: str) -> None:
        """See Work.unschedule."""
        self._ask(_UNSCHEDULE, workspace)

    def wake(self, workspace: str, why: str) -> None:
        """See Work.wake."""
        self._ask(_WAKE, workspace, why)

    def claim(self, worker: str, most: int, skips: Sequence[str]) -> Sequence[Assignment]:
        """See Work.claim; a lost answer is asked for again under the same token."""
        turn = self._client.tools.token()
        return [Assignment(*row) for row in self._ask(_CLAIM, worker, turn, most, list(skips))]

    def end(self, worker: str, assignment: Assignment, how: RoundEnd) -> bool:
        """See Work.end."""
        kept = None if how.kept is None else canonical_json(how.kept)
        parameters = (assignment.key, worker, assignment.fence, how.next, how.account, how.outcome, kept)
        [(done,)] = self._ask(_END, *parameters)
        return bool(done)

    def workers(self) -> Sequence[WorkerStanding]:
        """See Work.workers."""
        return [WorkerStanding(*row) for row in self._ask(_WORKERS)]

    def standing(self, workspace: str = "") -> Sequence[WorkStanding]:
        """See Work.standing."""
        return [WorkStanding(*row) for row in self._ask(_STANDING, workspace, workspace)]

    def _ask(self, statement: str, *parameters: Any) -> list[Row]:
        given: Parameters = parameters
        with told(self._place):
            return self._client.ask(statement.format(schema=self._place.schema), given)
