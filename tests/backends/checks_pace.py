"""What the slots owe that a database keeps: the arithmetic of the pure ones, and no second too full."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import psycopg

from reconciler.backends.postgres.client import Client, Tools
from reconciler.backends.postgres.database import Connect, Database, Parameters, Row, Unanswered
from reconciler.backends.postgres.pace import PostgresPace
from reconciler.pacing.slots import COOLING, HOLD, Limit, RateWindow, Ticket, Trips, give_back, share, take

from .postgres_store import PostgresStore, connecting, fresh_token
from .relay import relaying

Make = Callable[..., PostgresStore]

START = 1_800_000_000.0


def spawn(run: Callable[[], None]) -> None:
    threading.Thread(target=run, daemon=True).start()


@contextmanager
def pace_of(store: PostgresStore, connect: Connect | None = None) -> Iterator[PostgresPace]:
    """The slots as one process has them."""
    tools = Tools(time.monotonic, time.sleep, fresh_token, spawn)
    pace = PostgresPace(store.place, lambda: Client(connect or connecting(store.url), tools, []))
    try:
        yield pace
    finally:
        pace.close()


def _row(slots: RateWindow, limit: Limit) -> list[Any]:
    trips = slots.trips
    learnt = [trips.count, trips.quickest, trips.total, trips.since, trips.before]
    return [limit.key, limit.per_second, list(slots.held), slots.turn, slots.low, slots.lowered, *learnt]


def _slots(row: Any) -> RateWindow:
    return RateWindow(tuple(row[2]), row[3], row[4], row[5], Trips(*row[6:]))


ROW = "ROW(%s, %s, %s::float8[], %s, %s, %s, %s, %s, %s, %s, %s)::{schema}.pace"
FIELDS = "key, (q).per_second, (q).held, (q).turn, (q).low, (q).lowered, (q).trips, (q).quickest, (q).total"


def the_arithmetic_is_that_of_the_pure_slots(make: Make) -> None:
    store, chance = make(), random.Random(3)
    fields = f"(q).{FIELDS}, (q).since, (q).before"
    give = f"SELECT {fields} FROM {{schema}}.pace_give_1({ROW}, %s, %s, %s, %s) q"
    taking = f"SELECT p AS q, a_slot, a_at FROM {{schema}}.pace_take_1({ROW}, %s)"
    grant = f"SELECT {fields}, a_slot, a_at FROM ({taking}) t"
    with psycopg.connect(store.server.direct) as connection:

        def ask(statement: str, *parameters: Any) -> Any:
            text = statement.format(schema=store.schema_name).encode()
            return connection.execute(text, parameters).fetchone()

        for per_second in (1, 2, 5, 20):
            limit, now, slots = Limit("k", per_second), START, RateWindow()
            taken: list[Ticket] = []
            for _ in range(150):
                now += chance.choice((0.0, 0.01, 0.05, 0.3, 0.9, 70.0 if chance.random() < 0.05 else 0.1))
                if taken and chance.random() < 0.5:
                    ticket = taken.pop(chance.randrange(len(taken)))
                    trip = chance.choice((None, 0.02, 0.1, chance.random()))
                    throttled = trip is not None and chance.random() < 0.1
                    wanted = give_back(slots, ticket, now, trip=trip, throttled=throttled)
                    slots = _slots(ask(give, *_row(slots, limit), ticket.until, trip, throttled, now))
                    _same(slots, wanted)
                    continue
                *row, slot, at = ask(grant, *_row(slots, limit), now)
                after, turn = take(slots, limit, now)
                wait = 0.0 if isinstance(turn, Ticket) else turn
                if slot is None:
                    assert wait > 0 and (abs(at - now - wait) < 1e-5 or wait > 2), (at - now, wait)
                else:
                    assert abs(at - now - wait) < 1e-5, "a slot is had at another moment"
                    after, turn = take(slots, limit, at)
                    assert isinstance(turn, Ticket) and turn.until == slot == at + HOLD
                    ended = [until for until in slots.held if now < until <= at]
                    if share(slots, now) == share(
                        slots, at
                    ):  # what is reserved keeps the share of its asking
                        _same(_slots(row), replace(after, held=(*after.held, *ended)))
                    taken.append(turn)
                slots = _slots(row)


def _same(slots: RateWindow, wanted: RateWindow) -> None:
    """Equal, but for the last bits and the order of what is held."""

    def rounded(one: RateWindow) -> list[object]:
        numbers = (one.turn, one.low, one.lowered, one.trips.quickest, one.trips.total, one.trips.since)
        return [
            sorted(round(until, 4) for until in one.held),
            [value if abs(value) == inf else round(value, 4) for value in (*numbers, one.trips.before)],
            one.trips.count,
        ]

    assert rounded(slots) == rounded(wanted), (slots, wanted)


def no_second_is_too_full(make: Make) -> None:
    """Three processes, one of them far away from the database; each call is counted at some moment of it."""
    store, limit, chance = make(), Limit(fresh_token(), 20), random.Random(1)
    counted, end = list[float](), time.monotonic() + 5

    def calls(pace: PostgresPace, journal: float) -> None:
        while time.monotonic() < end:
            turn = pace.take(limit)
            time.sleep(turn.wait)
            if turn.ticket is None:
                continue
            time.sleep(journal)
            sent = time.monotonic()
            time.sleep(0.02 + chance.uniform(0, 0.05))
            counted.append(time.monotonic())
            time.sleep(0.02)
            pace.give_back(turn.ticket, trip=time.monotonic() - sent, throttled=False)

    with relaying(store.server.port) as relay:
        relay.delay = lambda: chance.uniform(0, 0.1)
        far = connecting(store.url.replace(f":{store.server.port}/", f":{relay.port}/"))
        with (
            pace_of(store) as one,
            pace_of(store) as other,
            pace_of(store, far) as third,
            ThreadPoolExecutor(18) as pool,
        ):
            for pace, journal in ((one, 0.0), (other, 0.05), (third, 0.0)):
                for _ in range(6):
                    pool.submit(calls, pace, journal)
    assert len(counted) > 20, "next to nothing was called"
    times = sorted(counted)
    closest = min(later - earlier for earlier, later in zip(times, times[20:], strict=False))
    assert closest >= 1.0, f"21 calls within {closest:.3f} s"


def what_a_crash_loses_counts_as_just_used(make: Make) -> None:
    store, limit = make(), Limit(fresh_token(), 20)
    with pace_of(store) as pace:
        pace.take(limit)
        store.run(f"DELETE FROM {{schema}}.pace WHERE key = '{limit.key}'")
        turn = pace.take(limit)
        assert COOLING - 0.1 < turn.wait < 1.3, turn
        [(low, held)] = store.run(
            f"SELECT low, cardinality(held) FROM {{schema}}.pace WHERE key = '{limit.key}'"
        )
        assert (low, held) == (0.5, 21), "others may still be on their way"


def many_threads_ask_together(make: Make) -> None:
    store, limit, statements = make(), Limit(fresh_token(), 20), list[str]()

    @dataclass
    class Slow:
        inner: Database

        def ask(self, statement: str, parameters: Parameters) -> list[Row]:
            statements.append(statement)
            time.sleep(0.05)
            return self.inner.ask(statement, parameters)

        def script(self, text: str) -> None:
            self.inner.script(text)

        def shut(self) -> None:
            self.inner.shut()

        def close(self) -> None:
            self.inner.close()

    connect = connecting(store.url)
    with pace_of(store, lambda: Slow(connect())) as pace, ThreadPoolExecutor(16) as pool:
        turns = list(pool.map(lambda _: pace.take(limit), range(16)))
        tickets = [turn.ticket for turn in turns if turn.ticket is not None]
        assert len({ticket.until for ticket in tickets}) == len(tickets) > 10, "one slot was had by two"
        list(pool.map(lambda ticket: pace.give_back(ticket, trip=0.1, throttled=False), tickets))
        pace.take(limit)
        [(held,)] = store.run(f"SELECT held FROM {{schema}}.pace WHERE key = '{limit.key}'")
        assert isinstance(held, list) and sum(until > time.time() + 30 for until in held) == 1
    assert len(statements) <= 8, f"{len(statements)} round trips for 33 steps"


def a_slot_whose_answer_was_lost_ends_by_its_time(make: Make) -> None:
    store, limit, lost = make(), Limit(fresh_token(), 20), [True]
    connect = connecting(store.url)

    @dataclass
    class Losing:
        inner: Database

        def ask(self, statement: str, parameters: Parameters) -> list[Row]:
            rows = self.inner.ask(statement, parameters)
            if lost.pop():
                lost.append(False)
                raise Unanswered("the answer was lost")
            lost.append(False)
            return rows

        def script(self, text: str) -> None:
            self.inner.script(text)

        def shut(self) -> None:
            self.inner.shut()

        def close(self) -> None:
            self.inner.close()

    with pace_of(store, lambda: Losing(connect())) as pace:
        ticket = pace.take(limit).ticket
        assert ticket is not None
        [(held,)] = store.run(f"SELECT held FROM {{schema}}.pace WHERE key = '{limit.key}'")
        assert isinstance(held, list)
        ours = [until for until in held if until > time.time() + 30]
        assert len(ours) == 2 and ticket.until in ours and max(ours) < time.time() + HOLD + 5


PACE_CHECKS: dict[str, Callable[[Make], None]] = {
    check.__name__.replace("_", " "): check
    for check in (
        the_arithmetic_is_that_of_the_pure_slots,
        no_second_is_too_full,
        what_a_crash_loses_counts_as_just_used,
        many_threads_ask_together,
        a_slot_whose_answer_was_lost_ends_by_its_time,
    )
}
