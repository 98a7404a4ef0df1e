"""The hold of one workspace while it lasts: taken, proven, written under, freed."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Event
from typing import Any

from reconciler.backends.holders import said_of
from reconciler.backends.parts import Claimed, Keeping
from reconciler.backends.postgres.chain import Batch
from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.database import Parameters
from reconciler.backends.postgres.failures import moved, overtaken, told
from reconciler.backends.postgres.lease import Lease
from reconciler.backends.postgres.location import Place
from reconciler.backends.protocol import Holder
from reconciler.errors import LockedError, StateError
from reconciler.model import Address, canonical_json

_TAKE = (
    "SELECT outcome, workspace, fence, who, silent FROM "
    "{schema}.take_1(%s, %s::uuid, %s::jsonb, %s * interval '1 s', 0)"
)
_FREE = "SELECT {schema}.free_1(%s, %s::uuid)"
_BEAT = "SELECT outcome, who FROM {schema}.beat_1(%s, %s::uuid)"
_APPEND = (
    "SELECT outcome, who FROM "
    "{schema}.append_1(%s, %s::uuid, %s, %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[])"
)
_BEGIN = (
    "SELECT outcome, who FROM "
    "{schema}.begin_1(%s, %s::uuid, %s, %s::text, %s::bytea, %s::jsonb, %s::text, %s::text, %s::jsonb)"
)
_FINISH = (
    "SELECT outcome, who FROM {schema}.finish_1("
    "%s, %s::uuid, %s, %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[], "
    "%s::jsonb, %s::bigint, %s::bigint, %s::text[], %s::text[], %s::text[], "
    "%s::integer[], %s::jsonb, %s::jsonb, %s::jsonb)"
)
_APPEND_CLAIMING = (
    "SELECT outcome, who FROM {schema}.append_claiming_1("
    "%s, %s::uuid, %s, %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::text[])"
)
_PRUNE = "SELECT outcome, who FROM {schema}.prune_1(%s, %s::uuid, %s::bigint[], %s)"
_STALE = """
SELECT r.seq, r.starts FROM {schema}.run r WHERE r.workspace = %s AND r.ended IS NOT NULL AND r.id <> %s
AND has_function_privilege('{schema}.prune_1(bigint, uuid, bigint[], boolean)', 'execute')
AND (r.began < clock_timestamp() - %s * interval '1 day' OR r.seq < (SELECT min(k.seq) FROM (
  SELECT n.seq FROM {schema}.run n WHERE n.workspace = r.workspace ORDER BY n.seq DESC LIMIT %s) k))
"""
_FREEING = 2.0
"""Seconds for which freeing is tried; what is not freed frees itself."""
_MOST_DAYS = 100_000
"""Days that a database can count back from now; so many keep everything."""
_SWEPT = 30_000_000
"""Bytes that sweeping is given time for."""


class Hold:
    """One workspace, held under `fence`: a number that rises with each holder, as `token` is one of a kind.

    Every write is refused by the store once another token has it. Raises StateError then, and where the
    database is away for longer than the client's patience.
    """

    def __init__(
        self,
        place: Place,
        client: Client,
        token: str,
        workspace: int,
        fence: int,
        asked: float,
        holder: Holder,
    ) -> None:
        self.place = place
        self.holder = holder
        self.client = client
        self.token = token
        self.fence = fence
        self.lease = Lease(client.tools.clock, client.tools.ttl, asked)
        self._workspace = workspace
        self._ended = Event()

    def begin(self, batch: Batch, head: Mapping[str, Any], run: str, plan: str | None, first: str) -> None:
        """The first record of a run, alone in its batch, and the state's head from now on.

        `first` is what is kept of it.
        """
        parameters = (
            batch.after,
            batch.lines[0].body,
            batch.links[0],
            canonical_json(head),
            run,
            plan,
            first,
        )
        self._write(_BEGIN, parameters, batch.size)

    def append(self, batch: Batch, claims: Sequence[tuple[str, str]] = ()) -> list[Claimed]:
        """Records, durable on return. To be asked again with the very same batch after a failure.

        `claims` are resources' addresses with digests of what they will occupy. Where other workspaces have
        some of that, nothing is written, and it is listed.
        """
        parameters: Parameters = (batch.after, *batch.columns)
        if not claims:
            self._write(_APPEND, parameters, batch.size)
            return []
        columns = ([row[0] for row in claims], [row[1] for row in claims])
        return _claimed(self._write(_APPEND_CLAIMING, (*parameters, *columns), batch.size))

    def finish(
        self,
        batch: Batch,
        head: Mapping[str, Any],
        serials: tuple[int, int],
        claims: Sequence[list[str]],
        kept: Parameters,
    ) -> list[Claimed]:
        """The last records of a run and the head that it leaves: its serial is the second, over the first.

        `claims` are the resources that were changed, and what they occupy now: their addresses and digests;
        what other workspaces have of that is listed, and stays theirs. `kept` is Closing.columns.
        """
        parameters = (batch.after, *batch.columns, canonical_json(head), *serials, *claims, *kept)
        return _claimed(self._write(_FINISH, parameters, batch.size))

    def stale(self, keeping: Keeping) -> list[tuple[int, list[str]]]:
        """The runs that are too many or too old, and what they started.

        None where this user may remove none.
        """
        own, days = str(self.holder.get("run", "")), min(keeping.days, _MOST_DAYS)
        with told(self.place):
            statement = _STALE.format(schema=self.place.schema)
            rows = self.client.ask(statement, (self._workspace, own, days, keeping.runs))
        return [(row[0], row[1]) for row in rows]

    def prune(self, runs: Sequence[int], sweeps: bool) -> None:
        """Removes runs, and where it `sweeps`, all records that nobody can ask for any more."""
        self._write(_PRUNE, (list(runs), sweeps), _SWEPT if sweeps else 0)

    def beat(self) -> None:
        """Proves the hold."""
        self._write(_BEAT, (), 0)

    def keep(self, heart: Client) -> None:
        """Proves it from time to time, beside the caller, until it is freed.

        By a client of its own, as a statement that takes long, such as the reading of a large state, keeps
        the connection for itself.
        """
        self.client.tools.spawn(lambda: self._keep(heart))

    def free(self) -> None:
        """Gives it back, as far as the database can be told; otherwise it frees itself."""
        self._ended.set()
        statement = _FREE.format(schema=self.place.schema)
        with suppress(StateError), told(self.place):
            self.client.ask(statement, (self._workspace, self.token), patience=_FREEING)

    def _keep(self, heart: Client) -> None:
        often = self.client.tools.ttl / 4
        while self.lease.lost is None and not self._ended.wait(often / 2):
            if self.lease.age >= often:
                with suppress(StateError):  # what is lost is kept as such; what is away may come back
                    self._write(_BEAT, (), 0, heart, 0.0)

    def _write(
        self,
        statement: str,
        parameters: Parameters,
        size: int,
        client: Client | None = None,
        patience: float | None = None,
    ) -> Sequence[Mapping[str, Any]] | None:
        """What other workspaces have that was asked for, if so."""
        asked = self.client.tools.clock()
        then = ": what was answered so far is recorded"
        with told(self.place, then):
            [(outcome, holder)] = (client or self.client).ask(
                statement.format(schema=self.place.schema),
                (self._workspace, self.token, *parameters),
                size=size,
                patience=patience,
            )
        if outcome in ("lost", "moved"):
            error = moved(self.place) if outcome == "moved" else overtaken(self.place, holder)
            self.lease.lose(error)
            raise error
        if outcome != "claimed":  # which undoes what it had written of its asking
            self.lease.prove(asked)
        others: Sequence[Mapping[str, Any]] | None = holder
        return others


def _claimed(others: Sequence[Mapping[str, Any]] | None) -> list[Claimed]:
    return [Claimed(one["digest"], one["workspace"], Address.parse(one["address"])) for one in others or ()]


def take(place: Place, client: Client, holder: Holder, notices: list[str]) -> Hold:
    """The hold of a workspace; a notice tells of a run that it is taken from.

    Raises LockedError, which says who has it, and StateError.
    """
    token, asked = client.tools.token(), client.tools.clock()
    with told(place):
        [(outcome, workspace, fence, other, silent)] = client.ask(
            _TAKE.format(schema=place.schema),
            (place.workspace, token, json.dumps(dict(holder)), client.tools.ttl),
        )
    if outcome == "busy":
        raise LockedError(
            f"the state is in use by {said_of(other or {})}",
            "wait for it, as --lock-timeout does; if it died, the state is free "
            f"{round(client.tools.ttl)} s after it was heard of last",
        )
    if other is not None:
        notices.append(f"taken over from {said_of(other)}, which was not heard of for {round(silent)} s")
    return Hold(place, client, token, workspace, fence, asked, holder)
