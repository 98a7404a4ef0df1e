"""A world whose state is in a database: each epoch has a workspace of its own there."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from reconciler.backends.postgres.backend import PostgresBackend
from reconciler.backends.postgres.client import Tools
from reconciler.backends.postgres.driver import PsycopgDatabase
from reconciler.backends.postgres.location import Place, place_of
from reconciler.cli import shared_store
from reconciler.state.codec import state_to_json
from tests.backends.postgres_store import connecting, fresh_token, made
from tests.backends.servers import Servers
from tests.chaos.processes_children import Child, Hook, Streams
from tests.chaos.processes_steps import Steps, put
from tests.chaos.processes_world import World, simulator

SCHEMA = "chaos"
TTL, PATIENCE, DEADLINE = 4.0, 3.0, 1.0
"""Seconds of children in a hurry: of a hold, for which a connection is repaired, for a statement."""
_NUMBERS = count()


def nothing() -> None:
    """Nothing is done to a child."""


class SharedWorld(World):
    """A cloud, a directory, and a database that is reached `via` a port of its own."""

    def __init__(self, url: str, root: Path, servers: Servers) -> None:
        super().__init__(url, root)
        self.servers = servers
        self.workspace = ""

    def afresh(self) -> None:
        super().afresh()
        # What ran in the cloud that is empty now: a start would be refused for a state that records it.
        self.servers.run(f"TRUNCATE {SCHEMA}.workspace CASCADE")
        self.workspace = f"w{next(_NUMBERS)}"

    def place(self, port: int) -> Place:
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres?connect_timeout=2"
        return replace(place_of(url, "a test"), schema=SCHEMA, workspace=self.workspace)

    def via(self, port: int) -> None:
        """Where the next children reach the database."""
        self.variables["RECONCILER_STATE"] = self.place(port).location.text

    def start(self, *arguments: str, hook: Hook = nothing, streams: Streams = (None, None)) -> Child:
        def hurried() -> None:
            in_a_hurry()
            hook()

        self.forget_slots()
        return super().start(*arguments, hook=hurried, streams=streams)

    def forget_slots(self) -> None:
        """Not to wait for those that a killed process keeps for a minute; see World.start."""
        for table in ("pace", "pace_known"):
            self.servers.run(f"DELETE FROM {SCHEMA}.{table}")

    def state(self) -> dict[str, Any]:
        place = self.place(self.servers.port)
        tools = Tools(float, float, fresh_token, lambda run: None)
        found = PostgresBackend(place, connecting(place.server), tools).snapshot(None)
        return state_to_json("demo", found.state)

    def beside_the_state(self) -> set[str]:
        folder = self.root / "state"
        return {path.name for path in folder.iterdir()} if folder.exists() else set()

    def dying(self, steps: Steps) -> None:
        """See `dying`."""
        dying(steps)

    def silence(self) -> None:
        """Whoever has the state was not heard of for its time."""
        where = f"workspace = (SELECT id FROM {SCHEMA}.workspace WHERE name = '{self.workspace}')"
        self.servers.run(f"UPDATE {SCHEMA}.hold SET beat = beat - ttl WHERE token IS NOT NULL AND {where}")

    def holder(self) -> bool:
        """Whether anybody has it."""
        where = f"workspace = (SELECT id FROM {SCHEMA}.workspace WHERE name = '{self.workspace}')"
        return bool(self.servers.run(f"SELECT 1 FROM {SCHEMA}.hold WHERE token IS NOT NULL AND {where}"))


def in_a_hurry() -> None:
    """In a child: shorter times, so that a round need not wait for what users do."""
    hurried: Callable[..., Tools] = partial(Tools, ttl=TTL, patience=PATIENCE, deadline=DEADLINE)
    vars(shared_store)["Tools"] = hurried


def dying(steps: Steps) -> None:
    """In a child: dies at a point of the steps, statements of the database among them."""
    steps.install()
    ask = PsycopgDatabase.ask

    def asked(database: PsycopgDatabase, *arguments: Any) -> Any:
        steps.reach("database: before")
        rows = ask(database, *arguments)
        steps.reach("database: after")
        return rows

    put(PsycopgDatabase, "ask", asked)


@contextmanager
def shared_world(servers: Servers) -> Iterator[SharedWorld]:
    """A world for a block; its directory goes at the end, unless it is to be kept."""
    made(servers, SCHEMA)
    root = Path(tempfile.mkdtemp(prefix="chaos-"))
    with simulator() as url, contextlib.closing(SharedWorld(url, root, servers)) as world:
        world.afresh()
        world.via(servers.port)
        yield world
    if not world.keep:
        shutil.rmtree(root)
