"""States in a bucket while runs and the way to the store fail, in real processes and on a real store.

    python -m tests.chaos.shared_objects kills      [--rounds 200] [--seed 1] [--store seaweedfs]
    python -m tests.chaos.shared_objects partitions [--rounds 100] [--seed 1]
    python -m tests.chaos.shared_objects stopped    [--rounds 50] [--seed 1]

The rounds are those of `python -m tests.chaos.shared`, and so is what is judged.
"""

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from reconciler.backends.objects.backend import ObjectsBackend
from reconciler.backends.objects.client import Client, Tools
from reconciler.backends.objects.hold import lock_key, lock_of
from reconciler.backends.objects.location import S3, ObjectPlace
from reconciler.backends.objects.s3 import S3Bucket, Server
from reconciler.backends.objects.store import make_store, note_probed
from reconciler.backends.objects.web import Answer, RequestsWeb
from reconciler.cli import shared_objects
from reconciler.state.codec import state_to_json
from tests.backends.bucket import BUCKET, KEYS, REGION
from tests.backends.object_servers import ObjectServer, direct, started
from tests.chaos.processes_children import Child, Hook, Streams, import_commands
from tests.chaos.processes_steps import Steps, put
from tests.chaos.processes_wishes import Wishes, changed, first
from tests.chaos.processes_world import World, simulator
from tests.chaos.shared import CHANGED, OF_EACH, ROUNDS_A_WORLD, Done, Round
from tests.chaos.shared_world import DEADLINE, PATIENCE, TTL, nothing

_NUMBERS = count()


@dataclass(frozen=True)
class Ways:
    """The one way to the store, as rounds ask for it."""

    port: int

    @property
    def pooler_port(self) -> int:
        return self.port


class BucketWorld(World):
    """A cloud, a directory, and a bucket that is reached `via` a port of its own."""

    def __init__(self, url: str, root: Path, found: ObjectServer) -> None:
        super().__init__(url, root)
        self.servers = Ways(found.port)
        self.workspace = ""
        keys = {"AWS_ACCESS_KEY_ID": KEYS.key_id, "AWS_SECRET_ACCESS_KEY": KEYS.secret}
        self.variables.update(keys)

    def afresh(self) -> None:
        super().afresh()
        self.workspace = f"w{next(_NUMBERS)}"
        port = self.servers.port
        make_store(self.place(port), self.client(), f"http://127.0.0.1:{port}")
        self.via(port)

    def place(self, port: int) -> ObjectPlace:
        prefix = f"chaos/{self.workspace}"  # of its own, as what ran in the cloud before is gone
        return ObjectPlace(S3, BUCKET, prefix, f"http://127.0.0.1:{port}", REGION, workspace=self.workspace)

    def via(self, port: int) -> None:
        """Where the next children reach the store; the probe is tried elsewhere."""
        place = self.place(port)
        note_probed(place, self.client(), place.endpoint)
        self.variables["RECONCILER_STATE"] = place.location.text

    def start(self, *arguments: str, hook: Hook = nothing, streams: Streams = (None, None)) -> Child:
        def hurried() -> None:
            in_a_hurry()
            hook()

        return super().start(*arguments, hook=hurried, streams=streams)

    def dying(self, steps: Steps) -> None:
        """In a child: dies at a point of the steps, requests to the store among them."""
        steps.install()
        send = RequestsWeb.send

        def sent(web: RequestsWeb, *arguments: Any) -> Answer:
            steps.reach("database: before")
            answer = send(web, *arguments)
            steps.reach("database: after")
            return answer

        put(RequestsWeb, "send", sent)

    def bucket(self) -> S3Bucket:
        server = Server(f"http://127.0.0.1:{self.servers.port}", BUCKET, KEYS)
        return S3Bucket(server, REGION, RequestsWeb(direct), time.time)

    def client(self) -> Client:
        return Client(self.bucket(), self.tools, [])

    @property
    def tools(self) -> Tools:
        return Tools(time.monotonic, time.sleep, lambda: f"t{next(_NUMBERS)}", lambda run: None, time.time)

    def state(self) -> dict[str, Any]:
        place = self.place(self.servers.port)
        found = ObjectsBackend(place, self.bucket(), place.endpoint, self.tools).snapshot(None)
        return state_to_json("demo", found.state)

    def beside_the_state(self) -> set[str]:
        folder = self.root / "state"
        return {path.name for path in folder.iterdir()} if folder.exists() else set()

    def silence(self) -> None:
        """Whoever has the state was not heard of for its time."""
        place, client = self.place(self.servers.port), self.client()
        lock = lock_of(place, client)
        if not lock.free:
            client.put(lock_key(place), replace(lock, free=True).line(f"silenced {next(_NUMBERS)}"))

    def holder(self) -> bool:
        """Whether anybody has it."""
        return not lock_of(self.place(self.servers.port), self.client()).free


def in_a_hurry() -> None:
    """In a child: shorter times, so that a round need not wait for what users do."""
    vars(shared_objects)["Tools"] = partial(Tools, ttl=TTL, patience=PATIENCE)
    vars(shared_objects)["RequestsWeb"] = partial(RequestsWeb, deadline=DEADLINE)


FORMS: dict[str, Callable[[Round], str]] = {
    "kills": Round.kills,
    "partitions": Round.partitions,
    "stopped": Round.stopped,
}


@contextmanager
def bucket_world(found: ObjectServer) -> Iterator[BucketWorld]:
    """A world for a block; its directory goes at the end, unless it is to be kept."""
    root = Path(tempfile.mkdtemp(prefix="chaos-"))
    with simulator() as url, contextlib.closing(BucketWorld(url, root, found)) as world:
        yield world
    if not world.keep:
        shutil.rmtree(root)


def run(form: str, rounds: int, seed: int, store: str) -> Done:
    """So many rounds of a form."""
    import_commands()
    done, chance, everything = Done(), Random(f"{form} {seed}"), first(OF_EACH)
    found = started(store)
    try:
        with bucket_world(found) as world:
            wishes: Wishes = {}
            for number in range(rounds):
                if number % ROUNDS_A_WORLD == 0:
                    world.afresh()
                    wishes = {}
                wishes = changed(wishes, everything, chance, CHANGED)
                world.write(wishes)
                here: Any = world
                one = Round(here, chance, False)
                how = FORMS[form](one)
                done.ends[how] += 1
                done.wrongs += [f"round {number + 1}, {how}: {wrong}" for wrong in one.settled(wishes)]
                if done.wrongs:
                    break
            world.keep = bool(done.wrongs)
    finally:
        found.stop()
    return done


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.shared_objects")
    parser.add_argument("form", choices=FORMS)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=("seaweedfs", "moto"), default="seaweedfs")
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    done = run(chosen.form, chosen.rounds, chosen.seed, chosen.store)
    seconds = time.monotonic() - began
    print(f"{done.ends.total()} rounds of {chosen.form} in {seconds:.0f} s, seed {chosen.seed}")
    for how, times in sorted(done.ends.items()):
        print(f"{times:6} {how}")
    for wrong in done.wrongs:
        print(f"WRONG: {wrong}")
    print(f"{len(done.wrongs)} wrong")
    return 1 if done.wrongs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
