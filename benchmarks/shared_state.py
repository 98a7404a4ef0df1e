"""How many calls a second an apply makes whose state is in PostgreSQL, or in a bucket, near and far.

    python -m benchmarks.shared_state [--store postgres|seaweedfs|moto] [--round-trip 0 0.03] [--streams 120]

Starts the store, a simulator at a latency of 80 ms and a relay that makes the store as far away as is said
(seconds for a round trip), and applies so many streams. Needs what the tests of that store do.
"""

import argparse
import contextlib
import queue
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.backends import object_servers
from tests.backends.postgres_store import made
from tests.backends.servers import started
from tests.chaos.processes_children import import_commands
from tests.chaos.processes_wishes import first
from tests.chaos.processes_world import APPLY, simulator
from tests.chaos.shared_objects import BucketWorld
from tests.chaos.shared_world import SCHEMA, SharedWorld


def relay(upstream: int, seconds: float) -> int:
    """The port of a relay that holds every byte back for so long, each way."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            near, _ = listener.accept()
            far = socket.create_connection(("127.0.0.1", upstream))
            for one, other in ((near, far), (far, near)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_pass, args=(one, other, seconds), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1])


def _pass(source: socket.socket, sink: socket.socket, seconds: float) -> None:
    late: queue.Queue[tuple[float, bytes]] = queue.Queue()

    def deliver() -> None:
        with contextlib.suppress(OSError):
            while True:
                moment, data = late.get()
                time.sleep(max(0.0, moment - time.monotonic()))
                sink.sendall(data)

    threading.Thread(target=deliver, daemon=True).start()
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            late.put((time.monotonic() + seconds, data))


def measured(world: SharedWorld | BucketWorld, round_trip: float, streams: int) -> str:
    """One apply of so many streams."""
    world.afresh()
    port = world.servers.port
    world.via(relay(port, round_trip / 2) if round_trip else port)
    world.write(first({"MixStream": streams}))
    ran = world.run(*APPLY, seconds=300.0)
    calls = [call for call in world.calls() if call["action"].startswith("Start")]
    at = sorted(call["at"] for call in calls)
    refused = sum(call["errorCode"] == "RequestLimitExceeded" for call in calls)
    rate = (len(at) - 1) / (at[-1] - at[0])
    return f"{round_trip * 1000:5.0f} ms: exit {ran.code}, {rate:.1f} calls a second, {refused} refused"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shared_state")
    parser.add_argument("--round-trip", type=float, nargs="+", default=[0.0, 0.03])
    parser.add_argument("--streams", type=int, default=120)
    parser.add_argument("--store", choices=("postgres", "seaweedfs", "moto"), default="postgres")
    chosen = parser.parse_args()
    import_commands()
    root = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with simulator("80ms") as url, _world(chosen.store, url, root) as world:
            for round_trip in chosen.round_trip:
                print(measured(world, round_trip, chosen.streams), flush=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def _world(store: str, url: str, root: Path) -> Iterator[SharedWorld | BucketWorld]:
    if store == "postgres":
        servers = started()
        try:
            made(servers, SCHEMA)
            with contextlib.closing(SharedWorld(url, root, servers)) as world:
                yield world
        finally:
            servers.stop()
        return
    found = object_servers.started(store)
    try:
        with contextlib.closing(BucketWorld(url, root, found)) as bucket:
            yield bucket
    finally:
        found.stop()


if __name__ == "__main__":
    main()
