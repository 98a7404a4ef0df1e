"""Drives several processes, near and far from one PostgreSQL, at one rate limit; counts what the cloud saw.

    python -m benchmarks.shared_pace [--seconds 20] [--processes 4] [--jitter 0.1] [--far 0.1] [--distance 0]

The processes share nothing but the database. Each call is delayed at random on its way to the simulator
(`--jitter`, seconds), and the last process's way to the database, there and back each, too (`--far`).
`--distance` is added to the round trip of all of them. Needs PostgreSQL and pgbouncer, as the tests do.
"""

import argparse
import random
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import requests

from benchmarks.pace import THREADS, WARM_UP, Jittery, calls, choose_window, report
from reconciler.backends.postgres.client import Client as Database
from reconciler.backends.postgres.client import Tools
from reconciler.backends.postgres.location import place_of
from reconciler.backends.postgres.pace import PostgresPace
from reconciler.cloud.client import Client
from reconciler.cloud.endpoint import Endpoint
from reconciler.cloud.pace import MemorySlotStore, SlotPace
from reconciler.cloud.reserved_pace import ReservedPace
from reconciler.cloud.retry import Caller, Timing
from reconciler.cloud.signing import Credentials
from reconciler.pacing.store import account_of
from reconciler.simulator import running
from tests.backends.postgres_store import PostgresStore, connecting
from tests.backends.relay import relaying
from tests.backends.servers import started


@contextmanager
def pace_at(url: str, schema: str) -> Iterator[PostgresPace]:
    """The slots of a database, for one process."""
    place = replace(place_of(url, "a benchmark"), schema=schema)
    tools = Tools(time.monotonic, time.sleep, lambda: str(uuid.uuid4()), spawn)
    pace = PostgresPace(place, lambda: Database(connecting(url), tools, []))
    try:
        yield pace
    finally:
        pace.close()


def spawn(run: Any) -> None:
    threading.Thread(target=run, daemon=True).start()


def worker(database: str, schema: str, url: str, end: str, there: str) -> None:
    """One process: calls until the moment `end` of the machine's steady clock, and tells how many."""
    stop = threading.Event()
    threading.Timer(float(end) - time.monotonic(), stop.set).start()
    keys = Credentials("AKIDexample", "secretexample")
    account = account_of(keys.secret_id, url)
    with (
        pace_at(database, schema) as shared,
        Jittery(float(there), 0.0) as transport,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        client = Client(transport, keys, Endpoint.parse(url), time.time, str)
        alone = SlotPace(MemorySlotStore(time.monotonic), account, stop.wait, stop.is_set)
        pace = ReservedPace(shared, account, time.monotonic, stop.wait, stop.is_set, alone, sys.exit)
        caller = Caller(client, pace, Timing(time.monotonic, stop.wait, random.uniform))
        print(sum(pool.map(lambda _: calls(caller, stop), range(THREADS))))


def drive(chosen: argparse.Namespace) -> tuple[list[int], list[dict[str, Any]]]:
    """(answers of each process, the calls as the server saw them)."""
    servers = started()
    try:
        store = PostgresStore(server=servers)
        with running(latency=chosen.latency) as url, ExitStack() as stack:
            choose_window(chosen, url)
            ways = [chosen.distance / 2] * chosen.processes
            processes, end = [], str(time.monotonic() + WARM_UP + 10 + chosen.seconds)
            for number, way in enumerate(ways):
                relay = stack.enter_context(relaying(servers.port))
                far = chosen.far if number == len(ways) - 1 else 0.0
                relay.delay = partial(random.uniform, way, way + far)
                database = servers.direct.replace(f":{servers.port}/", f":{relay.port}/")
                command = [sys.executable, "-m", "benchmarks.shared_pace", "--worker", database]
                command += [store.schema_name, url, end, str(chosen.jitter)]
                processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            made = [int(process.communicate()[0]) for process in processes]
            return made, requests.get(f"{url}/_admin/calls", timeout=10).json()["calls"]
    finally:
        servers.stop()


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.shared_pace")
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--processes", type=int, default=4)
    options.add_argument("--jitter", type=float, default=0.1, help="of a call, at most, on the way there")
    options.add_argument("--far", type=float, default=0.1, help="of the last one's database, each way")
    options.add_argument("--distance", type=float, default=0.0, help="of the database, there and back")
    options.add_argument("--latency", type=float, default=0.0, help="of each answer, always the same")
    options.add_argument("--window", choices=["sliding", "calendar"], default="sliding")
    options.set_defaults(applies=0, back=0.0)
    chosen = options.parse_args()
    report(chosen, *drive(chosen))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(*sys.argv[2:])
    else:
        main()
