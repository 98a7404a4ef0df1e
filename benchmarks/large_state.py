"""How long a large state in PostgreSQL takes to be read for a plan, and one answer to be recorded in it.

    python -m benchmarks.large_state [--entries 100000] [--rounds 5]

Starts a database, fills a workspace with entries of about 1 kB, and prints medians: reading all, which a plan
does first; understanding each entry as well, which a plan does of those that it looks at; and
one outcome, from asking until it is durable. Needs PostgreSQL and pgbouncer, as the tests do.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import psycopg

from reconciler.model import Address, Status, canonical_json
from reconciler.state.codec import entry_to_json
from reconciler.state.journal import Outcome
from reconciler.state.model import Entry, Owner
from tests.backends.conformance import holder
from tests.backends.postgres_store import PostgresStore
from tests.backends.servers import started
from tests.support import LINEAGE, LONG_AGO

DEMO = Owner("demo")
SLOTS = 6


def entry(number: int) -> Entry:
    """What is recorded of one mixed stream."""
    slot = {"x": 0, "y": 20, "width": 320, "height": 180, "zOrder": 1}
    spec = {
        "room": {"id": number, "type": "string"},
        "layout": {
            "canvas": {"width": 1280, "height": 720, "color": "#000000"},
            "slots": [{"user": f"user-{number}-{place}", **slot} for place in range(SLOTS)],
        },
        "publish": [{"url": f"rtmp://3891.livepush.myqcloud.com/live/stream-{number}"}],
        "video": {"codec": "h264", "bitrate": 1500, "fps": 15, "gop": 2},
        "audio": {"sampleRate": 48000, "channels": 2, "bitrate": 64},
    }
    digest = f"sha256:{number:064x}"
    return Entry("MixStream", 1, digest, Status.RUNNING, spec, task_id=f"task-{number:040}")


def fill(store: PostgresStore, count: int) -> None:
    """So many entries, as if they had been recorded one by one."""
    with store.backend().hold(DEMO, holder("first")) as session:
        session.finish(replace(session.state, lineage=LINEAGE, digest_key="key"))
    [(workspace,)] = store.run("SELECT id FROM {schema}.workspace WHERE id = {workspace}")
    columns = f"{store.schema_name}.entry (workspace, address, seq, body)"
    with psycopg.connect(store.server.direct, autocommit=True) as connection:
        with connection.cursor().copy(f"COPY {columns} FROM STDIN".encode()) as copy:
            for number in range(count):
                body = canonical_json(entry_to_json(entry(number)))
                copy.write_row((workspace, f"MixStream/s{number}", 1, body))
        connection.execute("ANALYZE")


def median(act: Callable[[int], object], rounds: int) -> float:
    """Seconds that it takes."""
    taken = []
    for number in range(rounds):
        began = time.perf_counter()
        act(number)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_state")
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    servers = started()
    try:
        store = PostgresStore(server=servers)
        fill(store, chosen.entries)
        backend = store.backend()
        read = median(lambda _: backend.snapshot(DEMO), chosen.rounds)
        understood = median(lambda _: dict(backend.snapshot(DEMO).state.entries), 1)
        with backend.hold(DEMO, holder("second")) as session:
            session.begin("second", LONG_AGO, LINEAGE)

            def record(number: int) -> None:
                address = Address("MixStream", f"s{number}")
                session.append(Outcome(address, f"{address}#1", "done", entry(number + 1)))

            outcome = median(record, 20 * chosen.rounds)
    finally:
        servers.stop()
    print(f"{chosen.entries} entries: read {read:.2f} s, with each understood {understood:.2f} s")
    print(f"one outcome: {outcome * 1000:.1f} ms")


if __name__ == "__main__":
    main()
