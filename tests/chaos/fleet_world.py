"""Accounts, each a simulated cloud of its own, workspaces in one database, and workers that share them."""

import contextlib
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reconciler.backends.postgres.backend import PostgresBackend
from reconciler.backends.postgres.client import Tools
from reconciler.backends.postgres.location import Place, place_of
from reconciler.state.codec import state_to_json
from tests.backends.postgres_store import connecting, fresh_token, made
from tests.backends.relay import Relay, relaying
from tests.backends.servers import Servers
from tests.chaos.processes_children import Child
from tests.chaos.processes_wishes import Wishes, first, manifest
from tests.chaos.processes_world import ENVIRON, World, simulator
from tests.chaos.shared_world import in_a_hurry

SCHEMA = "fleet_chaos"
ROUNDS = "6"


class Account(World):
    """One simulated cloud, and the workspaces that are applied to it, all in the same directory of all."""

    def __init__(self, url: str, root: Path, number: int, store: "Store") -> None:
        super().__init__(url, root)
        self.name = f"account{number}"
        self.store = store
        self.wishes: dict[str, Wishes] = {}

    def everything(self) -> Wishes:
        return {address: wish for wishes in self.wishes.values() for address, wish in wishes.items()}

    def declare(self, workspace: str, wishes: Wishes) -> None:
        """Writes the manifests of a workspace, at once as a checkout does."""
        self.wishes[workspace] = wishes
        folder = self.root / workspace
        folder.mkdir(exist_ok=True)
        head = f"metadata: {{name: {workspace}, labels: {{account: {self.name}}}}}\nspec:"
        text = manifest(wishes.values()).replace("metadata: {name: demo}\nspec:", head)
        text = text.replace("spec:", f"spec:\n  endpoint: {self.url}", 1)
        new = folder / ".new"
        new.write_text(text)
        new.rename(folder / "all.yaml")

    def state(self) -> dict[str, Any]:
        """What is recorded of all workspaces."""
        found: dict[str, Any] = {}
        for workspace in self.wishes:
            found |= self.store.state(workspace)["resources"]
        return {"resources": found}

    def beside_the_state(self) -> set[str]:
        return set()


@dataclass
class Store:
    """The database, as the judge reads it."""

    servers: Servers

    def place(self, port: int, workspace: str = "") -> Place:
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres?connect_timeout=2"
        return replace(place_of(url, "a test"), schema=SCHEMA, workspace=workspace)

    def state(self, workspace: str) -> Mapping[str, Any]:
        place = self.place(self.servers.port, workspace)
        tools = Tools(float, float, fresh_token, lambda run: None)
        found = PostgresBackend(place, connecting(place.server), tools).snapshot(None)
        return state_to_json(workspace, found.state)

    def ask(self, statement: str) -> list[Any]:
        return self.servers.run(statement.replace("{schema}", SCHEMA))


@dataclass
class Worker:
    """A worker that runs; its way to the database is its own."""

    name: str
    child: Child
    relay: Relay
    stack: ExitStack
    lines: int = 0

    def kill(self) -> None:
        self.child.signal(signal.SIGCONT)
        self.child.signal(signal.SIGKILL)

    def gone(self) -> int:
        """Waits for its end, closes its way; its exit code."""
        with self.stack:
            return self.child.ran().code


@dataclass
class FleetWorld:
    """All of it. `interval` is how long after a round the next one of the same workspace is due."""

    root: Path
    accounts: list[Account]
    store: Store
    interval: int
    workers: dict[str, Worker] = field(default_factory=dict)
    keep: bool = False
    _count: int = 0

    def start(self) -> Worker:
        """One more worker."""
        self._count += 1
        name = f"worker{self._count}"
        stack = ExitStack()
        relay = stack.enter_context(relaying(self.store.servers.port))
        folder = self.root / name
        folder.mkdir()
        arguments = ("watch", "--fleet", str(self.root / "workspaces"), "--worker", name, "--rounds", ROUNDS)
        more = ("--interval", f"{self.interval}s", "--listen", "none", "--new-state")
        environ = {
            **ENVIRON,
            "RECONCILER_STATE": self.store.place(relay.port).location.text,
            "XDG_STATE_HOME": str(folder / "home"),
        }
        child = Child((*arguments, *more), folder, environ, in_a_hurry, (None, None))
        self.workers[name] = Worker(name, child, relay, stack)
        return self.workers[name]

    def standing(self) -> list[tuple[str, str, int, str]]:
        """(workspace, worker, fence, outcome of the last round) of each."""
        return self.store.ask(
            "SELECT s.name, coalesce(k.name, ''), w.fence, w.outcome FROM {schema}.work w "
            "JOIN {schema}.workspace s ON s.id = w.workspace LEFT JOIN {schema}.worker k ON k.id = w.worker "
            "ORDER BY s.name"
        )

    def has(self, worker: str) -> dict[str, int]:
        """The workspaces whose rounds a worker has now, with their fences."""
        return {name: fence for name, who, fence, _ in self.standing() if who == worker}

    def said(self) -> str:
        """What went wrong as the workers tell it, for whoever looks for a reason."""
        found = []
        for one in self.workers.values():
            lines = one.child.said(1).splitlines()
            found += [f"{one.name}: {line}" for line in lines[-12:]]
        return "\n".join(found)


def wishes_of(workspace: str, of_each: Mapping[str, int]) -> Wishes:
    """So many of each kind, under names that no other workspace has."""
    found = {}
    for number, wish in enumerate(first(dict(of_each)).values()):
        own = replace(wish, name=f"{workspace}-{wish.name}", room=100 * int(workspace[1:]) + number + 1)
        found[own.address] = own
    return found


@contextmanager
def fleet_world(servers: Servers, accounts: int, workspaces: int, interval: int) -> Iterator[FleetWorld]:
    """A world with workspaces that have no manifests yet, `w0` and so on, spread over accounts in turn."""
    made(servers, SCHEMA)
    servers.run(f"TRUNCATE {SCHEMA}.workspace, {SCHEMA}.worker CASCADE")
    root = Path(tempfile.mkdtemp(prefix="fleet-"))
    folder = root / "workspaces"
    folder.mkdir()
    (root / "state").mkdir()  # that it is there makes the directory a project's root
    with ExitStack() as stack:
        store, found = Store(servers), []
        for number in range(accounts):
            url = stack.enter_context(simulator())
            found.append(stack.enter_context(contextlib.closing(Account(url, folder, number, store))))
        for number in range(workspaces):
            found[number % accounts].wishes[f"w{number}"] = {}
        world = FleetWorld(root, found, store, interval)
        try:
            yield world
        finally:
            for one in world.workers.values():
                one.kill()
                one.gone()
    if not world.keep:
        shutil.rmtree(root)


def calls_by_second(calls: list[dict[str, Any]], action: str) -> tuple[int, float]:
    """(the most calls of an action in any second, calls a second from the first to the last)."""
    at = sorted(call["at"] for call in calls if call["action"] == action)
    if len(at) < 2:
        return len(at), 0.0
    most, start = 0, 0
    for end, moment in enumerate(at):
        while at[start] <= moment - 1:
            start += 1
        most = max(most, end - start + 1)
    return most, (len(at) - 1) / (at[-1] - at[0])
