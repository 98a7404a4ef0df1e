"""Bugs of the PostgreSQL backend on purpose: of its functions in the database, and of its client.

    python -m tests.backends.mutants_postgres

Each breaks a promise, whose check must catch it.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from itertools import count
from typing import Any, NamedTuple
from unittest.mock import patch

import psycopg

from reconciler.backends import closing
from reconciler.backends.lease import Lease
from reconciler.backends.postgres import audit, backend, driver, keeping, receipts
from reconciler.backends.postgres.chain import End, chained, lines_of
from reconciler.backends.postgres.claiming import Claiming, Kept
from reconciler.backends.postgres.hold import Hold
from reconciler.backends.postgres.migrations import migration
from reconciler.backends.postgres.pace import PostgresPace
from reconciler.backends.postgres.reader import Raw, Reader
from reconciler.backends.postgres.receipts import PostgresReceipts
from reconciler.backends.postgres.session import PostgresSession
from reconciler.backends.postgres.tail import Tail, Written
from reconciler.backends.spilling import Spilling
from reconciler.backends.spills import Spilled
from reconciler.cloud.client import Client
from reconciler.cloud.retry import Caller, Leave
from reconciler.errors import ReconcilerError
from reconciler.pacing.store import Turn
from reconciler.state.journal import Record

from .checks_postgres import ALL_CHECKS
from .postgres_store import PostgresStore, let_read
from .servers import servers

_SCHEMAS = count()


class Mutant(NamedTuple):
    """A bug: the promise that it breaks, and a block in which stores have it; `pooled` shows it."""

    promise: str
    bug: Callable[[], AbstractContextManager[Callable[..., PostgresStore]]]
    pooled: bool = False


def in_sql(*changes: tuple[str, str]) -> Callable[[], AbstractContextManager[Callable[..., PostgresStore]]]:
    """The store's functions with parts of their text replaced, each of which must be there."""

    @contextmanager
    def made() -> Iterator[Callable[..., PostgresStore]]:
        name = f"mutant{next(_SCHEMAS)}"
        text = migration(1, name)
        for old, new in changes:
            assert old in text, f"{old!r} is not in the migration"
            text = text.replace(old, new)
        servers().run(text)
        let_read(servers(), name)
        yield partial(PostgresStore, schema_name=name)

    return made


def in_client(
    owner: Any, **attributes: Any
) -> Callable[[], AbstractContextManager[Callable[..., PostgresStore]]]:
    """Attributes of a class or a module of the client, replaced."""

    @contextmanager
    def made() -> Iterator[Callable[..., PostgresStore]]:
        with patch.multiple(owner, **attributes):
            yield PostgresStore

    return made


def nothing(*_: object, **__: object) -> None:
    """Instead of what was promised."""


def one_for_all(self: PostgresPace, group: Any) -> list[Turn]:
    """What one thread was given is given to all that asked with it."""
    return ASK_FOR(self, group)[:1]


ASK_FOR = PostgresPace._ask


def signed_at_the_send(self: Client, call: Any, body: Any, moment: float | None = None) -> Any:
    return SEND(self, call, body)


def timed_from_its_turn(self: Caller, leave: Leave, call: Any, body: Any, moment: float | None) -> Any:
    """As when the slot was taken, whatever was written since."""
    answer = self.sender.send(call, body, moment)
    trip = self.timing.clock() - leave.ticket.departed
    self.pace.give_back(leave.ticket, trip=trip, throttled=False)
    return answer


SEND = Client.send


def not_healed(self: Hold, client: Any, *, lost: bool) -> bool:
    return False


def taken_back(self: Hold, client: Any, *, lost: bool) -> bool:
    """Whoever has had it meanwhile."""
    self.fence += 1
    return HEAL(self, client, lost=lost)


HEAL = Hold._heal


def behind_by_number(self: Tail, end: End) -> list[Written]:
    """Whatever has another link there is gone on from as well."""
    return [one for one in self._written if one.before.seq >= end.seq]


def all_behind(self: Tail, end: End) -> list[Written]:
    """Everything that there is, under the number that is next there."""
    found, listed = [], list(self._written)
    for one in listed:
        after = found[-1].end if found else end
        moved = End(after.seq + one.records, one.end.link)
        found.append(Written(one.statement, (after.seq, *one.parameters[1:]), one.size, after, moved))
    return found


def no_list(*_: object) -> list[Any]:
    return []


def no_words(*_: object) -> str:
    return ""


def no_set(*_: object) -> set[Any]:
    return set()


def sure_for_ever(self: Lease) -> bool:
    return self.lost is None


def sure_from_the_answer_on(self: Lease, asked: float) -> None:
    self._asked = self._clock() + 0.3 * self._ttl


def cancelled(connection: psycopg.Connection[Any]) -> None:
    with suppress(psycopg.Error):
        psycopg.Connection.cancel_safe(connection, timeout=1.0)


def forgotten(self: PostgresSession, claims: Sequence[tuple[str, str]] = ()) -> Any:
    """What became of a group is not asked."""
    if self._unsettled is not None and self._broken is not None:
        self._unsettled = None
    return SETTLE(self, claims)


def no_claims(self: Claiming, cloud: str, records: Sequence[Record]) -> dict[int, Exception]:
    return {}


def only_what_this_run_changed(self: Claiming, cloud: str, entries: Any, more: Any) -> Kept:
    """What is in doubt is given back, as if nothing of it ran."""
    kept = KEPT(self, cloud, entries, more)
    return Kept(kept.changed, [], [])


KEPT = Claiming.kept


def kept_by_the_same_connection(self: Hold, heart: Any) -> None:
    KEEP(self, self.client)


KEEP = Hold.keep


def adopted_blindly(hold: Hold, reader: Reader, raw: Raw, given: Iterable[Spilled]) -> list[Spilled]:
    listed = list(given)
    hold.append(chained(raw.end, hold.token, [line for one in listed for line in lines_of(one.outcome)]))
    return listed


def adopted_by_address(hold: Hold, reader: Reader, raw: Raw, given: Iterable[Spilled]) -> list[Spilled]:
    standing = set(map(str, (row[1] for row in raw.intents)))
    return adopted_blindly(hold, reader, raw, [one for one in given if str(one.outcome.address) in standing])


SETTLE = PostgresSession._settle

_LOCKED = """  UPDATE hold x SET seq = a_after + n, link = a_links[n], beat = clock_timestamp()
    WHERE x.workspace = a_workspace AND x.token = a_token AND x.seq = a_after
    RETURNING x.* INTO h;
"""
_LOOKED_AT = """  SELECT * INTO h FROM hold x
    WHERE x.workspace = a_workspace AND x.token = a_token AND x.seq = a_after;
"""
_MAKES_CLAIMS = "    PERFORM add_1(a_workspace, a_claimants, a_digests, false);\n    IF"
_HAS_CLAIMS = "c.workspace = a_workspace AND c.addresses && a_changed"
_BUSY = "h.token <> a_token AND h.beat + h.ttl > moment"

MUTANTS: dict[str, Mutant] = {
    "fenced by a plain look": Mutant("the fence is a lock", in_sql((_LOCKED, _LOOKED_AT))),
    "not fenced": Mutant(
        "who was followed is fenced before the follower writes",
        in_sql(("x.token = a_token AND x.seq = a_after", "x.seq = a_after")),
    ),
    "the transaction's clock": Mutant(
        "the clock moves within a transaction", in_sql(("clock_timestamp()", "now()"))
    ),
    "the number is not checked": Mutant(
        "a lost answer changes nothing",
        in_sql(("AND x.token = a_token AND x.seq = a_after", "AND x.token = a_token")),
    ),
    "a repeat is not known": Mutant(
        "a lost answer changes nothing",
        in_sql(("THEN 'again' ELSE 'moved' END", "THEN 'moved' ELSE 'moved' END")),
    ),
    "an advisory lock": Mutant(
        "one holds it", in_sql((_BUSY, "NOT pg_try_advisory_lock(w.id)")), pooled=True
    ),
    "a hold that never ends": Mutant("death frees", in_sql((_BUSY, "h.token <> a_token"))),
    "held by two": Mutant("one holds it", in_sql((_BUSY, "false"))),
    "a write is no sign of life": Mutant(
        "alive ends before another can come",
        in_sql(("link = a_links[n], beat = clock_timestamp()", "link = a_links[n]")),
    ),
    "written over": Mutant(
        "finish compares and swaps", in_sql(("IF w.serial <> a_before THEN", "IF false THEN"))
    ),
    "an intent stays open": Mutant(
        "whatever happens is read back", in_sql(("x.address = last.address AND last.kind = 'o'", "false"))
    ),
    "no generation": Mutant(
        "a generation has what its end wrote",
        in_sql(("a_after + n, h.link, a_head);", "a_after, h.link, a_head);")),
    ),
    "no look at the lease": Mutant(
        "alive ends before another can come", in_client(Lease, sure=sure_for_ever)
    ),
    "cut off and sure": Mutant(
        "a holder without a database stops in time", in_client(Lease, sure=sure_for_ever)
    ),
    "proven by the answer": Mutant(
        "alive ends before another can come", in_client(Lease, prove=sure_from_the_answer_on)
    ),
    "a heartbeat that waits": Mutant(
        "a holder is heard of while it reads", in_client(Hold, keep=kept_by_the_same_connection)
    ),
    "no heartbeat": Mutant("a holder is heard of while it waits", in_client(Hold, keep=nothing)),
    "cancelled and not shut": Mutant("what a box swallows is given up", in_client(driver, shut=cancelled)),
    "never given up": Mutant("what a box swallows is given up", in_client(driver, shut=nothing)),
    "an unconfirmed commit counts": Mutant(
        "an unconfirmed commit is not durable", in_client(driver.PsycopgDatabase, _note=nothing)
    ),
    "gone on without what failed": Mutant(
        "what was done and not told is known at the end", in_client(PostgresSession, _settle=forgotten)
    ),
}
MUTANTS |= {
    "claims not looked at": Mutant(
        "what one workspace has no other can start", in_client(Claiming, wanted=no_claims)
    ),
    "claims looked at and not made": Mutant(
        "one of many has it",
        in_sql((_MAKES_CLAIMS, "    IF")),
    ),
    "claims kept for ever": Mutant(
        "what has ended is given back",
        in_sql((_HAS_CLAIMS, "false")),
    ),
    "claims of the dead forgotten": Mutant(
        "what a dead run may have started stays its own",
        in_client(Claiming, kept=only_what_this_run_changed),
    ),
    "claims left where a state was": Mutant(
        "what is moved is had where it is",
        in_sql(("w.head ->> 'lineage' = v.head ->> 'lineage'", "false")),
    ),
    "answers adopted blindly": Mutant(
        "an answer comes too late once its call was made sure of", in_client(backend, adopt=adopted_blindly)
    ),
    "answers not kept": Mutant(
        "the next run of a machine takes its answers", in_client(Spilling, keep=nothing)
    ),
    "answers kept for ever": Mutant(
        "the next run of a machine takes its answers", in_client(Spilling, end=nothing)
    ),
    "any run's answers": Mutant(
        "an answer is recovered while its call stands open", in_client(backend, adopt=adopted_by_address)
    ),
}
MUTANTS |= {
    "what is needed is swept away": Mutant(
        "what is kept is whole whatever is removed", in_sql(("s.next IS NULL OR s.asked < s.next", "false"))
    ),
    "records of kept runs are swept away": Mutant(
        "what is kept is whole whatever is removed", in_sql(("coalesce(x.seq <= k.last, false)", "false"))
    ),
    "nothing is swept away": Mutant(
        "what is kept is whole whatever is removed", in_sql(("PERFORM sweep_1(a_workspace);", "NULL;"))
    ),
    "plans are forgotten with their runs": Mutant(
        "a plan is used once though its run is forgotten",
        in_sql(
            ("SELECT a_workspace, a_plan WHERE a_plan IS NOT NULL", "SELECT a_workspace, a_plan WHERE false")
        ),
    ),
    "a rename is told twice": Mutant(
        "a rename within a run is told once", in_client(audit, _without_twins=list)
    ),
    "a killed run is not told of": Mutant(
        "a killed run is told and who took it over", in_client(closing, _unanswered=no_list)
    ),
    "removed though its task runs": Mutant(
        "runs are pruned but for those whose tasks run", in_client(keeping, running_starts=no_set)
    ),
    "never removed": Mutant("runs are pruned but for those whose tasks run", in_client(Hold, stale=no_list)),
}
MUTANTS |= {
    "a slot is free at once": Mutant(
        "no second is too full", in_sql(("(a_ended + 1.002 - least_trip)", "a_ended"))
    ),
    "slots are free after a crash": Mutant(
        "what a crash loses counts as just used",
        in_sql(("array_fill(moment + 1.002, ARRAY[a_per_second]), moment,", "'{}', moment,")),
    ),
    "a moment of its own for each": Mutant(
        "the arithmetic is that of the pure slots",
        in_sql(("p.turn := a_at - CASE", "p.turn := a_now - CASE")),
    ),
    "more saved than a round trip": Mutant(
        "the arithmetic is that of the pure slots", in_sql(("least(p.before, pace_seen_1(p))", "p.quickest"))
    ),
    "one slot for all": Mutant("many threads ask together", in_client(PostgresPace, _ask=one_for_all)),
}
MUTANTS |= {
    "what was lost is not told again": Mutant(
        "a live run tells its tail again", in_client(Hold, _heal=not_healed)
    ),
    "told again by number alone": Mutant(
        "what another run wrote meanwhile is not written over", in_client(Tail, behind=behind_by_number)
    ),
    "told again above a hole": Mutant("nobody goes on above a hole", in_client(Tail, behind=all_behind)),
    "a hold that is taken back": Mutant(
        "a hold that was lost by time is not taken back", in_client(Hold, _heal=taken_back)
    ),
}
MUTANTS |= {
    "signed at the send": Mutant(
        "a call is signed with the moment of its intent", in_client(Client, send=signed_at_the_send)
    ),
    "a receipt that is not compared": Mutant(
        "a receipt names the run whose records are gone", in_client(PostgresReceipts, missing=no_words)
    ),
    "a receipt without its link": Mutant(
        "a receipt names the run whose records are gone",
        in_client(receipts, _HELD=receipts._HELD.replace("SELECT g.link", "SELECT NULL::bytea")),
    ),
    "timed from its turn": Mutant(
        "a round trip is the sending alone", in_client(Caller, _attempt=timed_from_its_turn)
    ),
}


def is_caught(mutant: Mutant) -> bool:
    """Whether the check of the promise that it breaks fails of it."""
    with mutant.bug() as make:
        try:
            ALL_CHECKS[mutant.promise](partial(make, pooled=mutant.pooled))
        except (AssertionError, ReconcilerError):
            return True
    return False


def main() -> int:
    caught = 0
    for name, mutant in MUTANTS.items():
        found = is_caught(mutant)
        caught += found
        print(f"{name:32} {mutant.promise if found else 'NOT CAUGHT'}", flush=True)
    print(f"{caught} of {len(MUTANTS)} caught")
    return 0 if caught == len(MUTANTS) else 1


if __name__ == "__main__":
    sys.exit(main())
