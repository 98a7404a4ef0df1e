"""The stores that the suite is run on: each can lose its power, be cut off, be meddled with, and wait."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from reconciler.backends.local.backend import LocalBackend
from reconciler.backends.local.keeper import KeepingRuns
from reconciler.backends.parts import KEEPING, Keeping
from reconciler.backends.protocol import Backend
from reconciler.moments import unix_seconds
from reconciler.state.codec import state_to_json
from reconciler.state.model import State
from reconciler.state.seal import seal

from ..disk import Content, Disk
from ..support import LONG_AGO
from .memory import TTL, MemoryBackend, Server
from .objects_store import ObjectsStore, served
from .postgres_store import PostgresStore

PATH = Path("/state/demo.json")
WRITES = frozenset({"make_directory", "create", "write", "truncate", "rename", "remove", "lock"})


class Store(Protocol):
    """One store, which outlives the processes that use it."""

    def backend(self, keeping: Keeping = KEEPING) -> Backend:
        """The store as one more process has it, which keeps so much of runs."""
        ...

    def reading(self) -> Backend:
        """The same with rights to read only."""
        ...

    def lose_power(self) -> None:
        """All processes die, and with them whatever is not durable."""
        ...

    def overtake(self, run: str) -> None:
        """Makes the state free although that run, which holds it, lives on and hears nothing of it."""
        ...

    def meddle(self) -> None:
        """Somebody writes the state, serial one up, without holding it."""
        ...

    def lose_state(self) -> None:
        """The state is gone, and what was kept of earlier ones is not."""
        ...

    def broken(self) -> Any:
        """A block in which the store fails whatever is asked of it."""
        ...

    def pass_time(self, seconds: float) -> None:
        """So many seconds pass."""
        ...

    def moment(self) -> float:
        """Its clock, in unix seconds."""
        ...


class ReadOnlyDisk:
    """A disk on which this user may write nothing."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def __getattr__(self, name: str) -> Any:
        if name in WRITES:
            return self._refuse
        return getattr(self._disk, name)

    def _refuse(self, *_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")


@dataclass
class LocalStore:
    """Files on a disk in memory."""

    disk: Disk = field(default_factory=Disk)
    tokens: Iterator[int] = field(default_factory=count)
    now: float = field(default_factory=lambda: unix_seconds(LONG_AGO))

    def backend(self, keeping: Keeping = KEEPING) -> Backend:
        return LocalBackend(PATH, self.disk, self._token, how=KeepingRuns(keeping, lambda: self.now))

    def reading(self) -> Backend:
        files: Any = ReadOnlyDisk(self.disk)
        return LocalBackend(PATH, files, self._token)

    def lose_power(self) -> None:
        self.disk = self.disk.after_power_cut()

    def overtake(self, run: str) -> None:
        unlock = self.backend().parts.unlock
        assert unlock is not None
        unlock.break_open(run, "another host")

    def meddle(self) -> None:
        found = self.backend().snapshot(None)
        state = replace(found.state, serial=found.state.serial + 1)
        self.disk.names[PATH] = Content.settled(seal(state_to_json(found.workspace, state)))

    def lose_state(self) -> None:
        self.disk.names.pop(PATH, None)

    @contextmanager
    def broken(self) -> Iterator[None]:
        self.disk.armed, self.disk.lasting, self.disk.fail_at = True, True, 1
        try:
            yield
        finally:
            self.disk.armed = False

    def pass_time(self, seconds: float) -> None:
        """The kernel's lock knows no time; what is kept of runs does."""
        self.now += seconds

    def moment(self) -> float:
        return self.now

    def _token(self) -> str:
        return f"token{next(self.tokens)}"


@dataclass
class MemoryStore:
    """The server in memory."""

    server: Server = field(default_factory=Server)

    def backend(self, keeping: Keeping = KEEPING) -> Backend:
        self.server.keeping = keeping
        return MemoryBackend(self.server)

    def reading(self) -> Backend:
        twin = replace(self.server, read_only=True)
        return MemoryBackend(twin)

    def lose_power(self) -> None:
        self.server.epoch += 1

    def overtake(self, run: str) -> None:
        assert self.server.holder is not None and self.server.holder["run"] == run
        self.server.now += TTL

    def meddle(self) -> None:
        self.server.state = replace(self.server.state, serial=self.server.state.serial + 1)
        self.server.version += 1

    def lose_state(self) -> None:
        self.server.state, self.server.workspace = State(), ""
        self.server.version += 1

    @contextmanager
    def broken(self) -> Iterator[None]:
        self.server.broken = True
        try:
            yield
        finally:
            self.server.broken = False

    def pass_time(self, seconds: float) -> None:
        self.server.now += seconds

    def moment(self) -> float:
        return unix_seconds(LONG_AGO) + self.server.now


STORES: dict[str, Callable[[], Store]] = {
    "local": LocalStore,
    "memory": MemoryStore,
    "postgres": PostgresStore,
    "pgbouncer": partial(PostgresStore, pooled=True),
    "objects": ObjectsStore,
    "cos": partial(ObjectsStore, cos=True),
    "seaweedfs": partial(served, "seaweedfs"),
    "moto": partial(served, "moto"),
}
OF_OBJECTS = frozenset({"seaweedfs", "moto"})
"""Those that need servers which speak the API of the stores in memory."""
SERVED = OF_OBJECTS | {"postgres", "pgbouncer"}
"""Those that need real servers."""
