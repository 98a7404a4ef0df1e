"""The hold of one workspace while it lasts: taken, proven, written under, freed."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any

from reconciler.backends.holders import said_of
from reconciler.backends.lease import Lease
from reconciler.backends.parts import Claimed, Keeping
from reconciler.backends.postgres import statements
from reconciler.backends.postgres.chain import NO_JOURNAL, Batch, End
from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.database import Parameters
from reconciler.backends.postgres.failures import healed, moved, overtaken, told
from reconciler.backends.postgres.location import Place
from reconciler.backends.postgres.tail import Tail, Written
from reconciler.backends.protocol import Holder
from reconciler.errors import LockedError, StateError
from reconciler.model import Address, canonical_json

_FREEING = 2.0
"""Seconds for which freeing is tried; what is not freed frees itself."""
_MOST_DAYS = 100_000
"""Days that a database can count back from now; so many keep everything."""
_SWEPT = 30_000_000
"""Bytes that sweeping is given time for."""


_HEALINGS, _PAUSE = 3, 0.5
"""How often a statement is asked again after the database has lost something; seconds between two takes."""

_Others = Sequence[Mapping[str, Any]] | None
"""What other workspaces have of what was asked for, if so."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of asking for a hold; `other` has it, or had it, `silent` for so many seconds."""

    held: bool
    workspace: int
    fence: int
    other: Mapping[str, Any] | None
    silent: float


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
        taken: Taken,
        asked: float,
        holder: Holder,
        notices: list[str],
    ) -> None:
        self.place = place
        self.holder = holder
        self.client = client
        self.token = token
        self.fence = taken.fence
        self.lease = Lease(client.tools.clock, client.tools.ttl, asked)
        self._workspace = taken.workspace
        self._notices = notices
        self._tail = Tail()
        self._mutex = Lock()
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
        self._tell(statements.BEGIN, parameters, batch)

    def append(self, batch: Batch, claims: Sequence[tuple[str, str]] = ()) -> list[Claimed]:
        """Records, durable on return. To be asked again with the very same batch after a failure.

        `claims` are resources' addresses with digests of what they will occupy. Where other workspaces have
        some of that, nothing is written, and it is listed.
        """
        parameters: Parameters = (batch.after, *batch.columns)
        if not claims:
            self._tell(statements.APPEND, parameters, batch)
            return []
        columns = ([row[0] for row in claims], [row[1] for row in claims])
        return _claimed(self._tell(statements.APPEND_CLAIMING, (*parameters, *columns), batch))

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
        return _claimed(self._tell(statements.FINISH, parameters, batch))

    def stale(self, keeping: Keeping) -> list[tuple[int, list[str]]]:
        """The runs that are too many or too old, and what they started.

        None where this user may remove none.
        """
        own, days = str(self.holder.get("run", "")), min(keeping.days, _MOST_DAYS)
        with told(self.place):
            statement = statements.STALE.format(schema=self.place.schema)
            rows = self.client.ask(statement, (self._workspace, own, days, keeping.runs))
        return [(row[0], row[1]) for row in rows]

    def prune(self, runs: Sequence[int], sweeps: bool) -> None:
        """Removes runs, and where it `sweeps`, all records that nobody can ask for any more."""
        self._write(statements.PRUNE, (list(runs), sweeps), _SWEPT if sweeps else 0)

    def beat(self) -> None:
        """Proves the hold."""
        self._write(statements.BEAT, (), 0)

    def keep(self, heart: Client) -> None:
        """Proves it from time to time, beside the caller, until it is freed.

        By a client of its own, as a statement that takes long, such as the reading of a large state, keeps
        the connection for itself.
        """
        self.client.tools.spawn(lambda: self._keep(heart))

    def free(self) -> None:
        """Gives it back, as far as the database can be told; otherwise it frees itself."""
        self._ended.set()
        statement = statements.FREE.format(schema=self.place.schema)
        with suppress(StateError), told(self.place):
            self.client.ask(statement, (self._workspace, self.token), patience=_FREEING)

    def _keep(self, heart: Client) -> None:
        often = self.client.tools.ttl / 4
        while self.lease.lost is None and not self._ended.wait(often / 2):
            if self.lease.age >= often:
                with suppress(StateError):  # what is lost is kept as such; what is away may come back
                    self._write(statements.BEAT, (), 0, heart, 0.0)

    def _tell(self, statement: str, parameters: Parameters, batch: Batch) -> _Others:
        """Writes records, and keeps them to be told again."""
        others, claimed = self._write(statement, parameters, batch.size)
        if not claimed:
            self._tail.add(Written(statement, parameters, batch.size, batch.before, batch.end))
        return others

    def _write(
        self,
        statement: str,
        parameters: Parameters,
        size: int,
        client: Client | None = None,
        patience: float | None = None,
    ) -> tuple[_Others, bool]:
        """What other workspaces have of what was asked for; and whether nothing was written therefore."""
        for _ in range(_HEALINGS):
            asked = self.client.tools.clock()
            outcome, holder = self._once(statement, parameters, size, client, patience)
            if outcome not in ("lost", "moved"):
                if outcome != "claimed":  # which undoes what it had written of its asking
                    self.lease.prove(asked)
                return holder, outcome == "claimed"
            if not self._heal(client or self.client, lost=outcome == "lost"):
                break
        error = moved(self.place) if outcome == "moved" else overtaken(self.place, holder)
        self.lease.lose(error)
        raise error

    def _once(
        self,
        statement: str,
        parameters: Parameters,
        size: int,
        client: Client | None = None,
        patience: float | None = None,
    ) -> tuple[str, Any]:
        then = ": all answers so far are recorded"
        with told(self.place, then):
            [(outcome, holder)] = (client or self.client).ask(
                statement.format(schema=self.place.schema),
                (self._workspace, self.token, *parameters),
                size=size,
                patience=patience,
            )
        return outcome, holder

    def _heal(self, client: Client, *, lost: bool) -> bool:
        """Tells the database again what it has lost of this hold; whether it has it all now, and we have it.

        Only what it has of our own chain can be gone on from, and a hold that went to another run since is
        that run's: its fence is higher, where one that went back is lower.
        """
        with self._mutex:
            head, fence = self._head(client)
            behind = self._tail.behind(head)
            if behind is None or (lost and not (fence < self.fence and self._take_anew(client))):
                return False
            for written in behind:
                if not self._told_again(written, client):
                    return False
            if behind:
                records = sum(one.records for one in behind)
                self._notices.append(healed(records))
            return bool(behind) or lost

    def _told_again(self, written: Written, client: Client) -> bool:
        outcome, _ = self._once(written.statement, written.parameters, written.size, client)
        if outcome == "claimed":  # another workspace came first: it runs all the same
            columns = written.parameters[: len(written.parameters) - 2]
            outcome, _ = self._once(statements.APPEND, columns, written.size, client)
        return outcome in ("done", "again")

    def _head(self, client: Client) -> tuple[End, int]:
        """The journal's end and the fence, as they stand there."""
        with told(self.place):
            statement = statements.HEAD.format(schema=self.place.schema)
            rows = client.ask(statement, (self.place.workspace,))
        return (End(rows[0][0], bytes(rows[0][1])), rows[0][2]) if rows else (NO_JOURNAL, 0)

    def _take_anew(self, client: Client) -> bool:
        """Takes the hold under a higher fence, once whoever has it there was silent for its time."""
        tools = client.tools
        end = tools.clock() + tools.ttl + _FREEING
        while True:
            asked = tools.clock()
            taken = _taken(self.place, client, self.token, self.holder, self.fence)
            if taken.held:
                self._workspace, self.fence = taken.workspace, taken.fence
                self.lease.prove(asked)
                return True
            if asked >= end:
                return False
            tools.sleep(_PAUSE)


def _claimed(others: Sequence[Mapping[str, Any]] | None) -> list[Claimed]:
    return [Claimed(one["digest"], one["workspace"], Address.parse(one["address"])) for one in others or ()]


def take(place: Place, client: Client, holder: Holder, notices: list[str]) -> Hold:
    """The hold of a workspace; a notice tells of a run that it is taken from.

    Raises LockedError, which says who has it, and StateError.
    """
    token, asked = client.tools.token(), client.tools.clock()
    found = _taken(place, client, token, holder, 0)
    if not found.held:
        raise LockedError(
            f"the state is in use by {said_of(found.other or {})}",
            f"wait for it with --lock-timeout; if it died, the state is released {round(client.tools.ttl)} "
            "s after it was last in contact",
        )
    if found.other is not None:
        who = said_of(found.other)
        notices.append(f"taken over from {who}, which was out of contact for {round(found.silent)} s")
    return Hold(place, client, token, found, asked, holder, notices)


def _taken(place: Place, client: Client, token: str, holder: Holder, least: int) -> Taken:
    """What became of asking for a hold under a fence above `least`."""
    with told(place):
        [(outcome, workspace, fence, other, silent)] = client.ask(
            statements.TAKE.format(schema=place.schema),
            (place.workspace, token, json.dumps(dict(holder)), client.tools.ttl, least),
        )
    return Taken(outcome == "held", workspace, fence, other, silent or 0.0)
