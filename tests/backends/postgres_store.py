"""A PostgreSQL server as a store of the suite, direct and through pgbouncer in transaction mode."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import count

from reconciler.backends.parts import KEEPING, Keeping
from reconciler.backends.postgres.admin import PostgresAdmin
from reconciler.backends.postgres.backend import PostgresBackend, connected
from reconciler.backends.postgres.claiming import Occupies, occupies_nothing
from reconciler.backends.postgres.client import Tools
from reconciler.backends.postgres.connecting import connector
from reconciler.backends.postgres.database import Connect, Database, Unanswered
from reconciler.backends.postgres.location import Place, place_of
from reconciler.backends.protocol import Backend
from reconciler.moments import unix_seconds

from ..support import LONG_AGO
from .servers import READER, USER, Servers, servers

SCHEMA = "states"
_NUMBERS = count()


def no_file(path: object) -> str:
    raise FileNotFoundError


def connecting(url: str) -> Connect:
    return connector(place_of(url, "a test"), None, {}, no_file)


@cache
def schema() -> str:
    """The usual schema of the usual server."""
    return made(servers(), SCHEMA)


def made(server: Servers, name: str) -> str:
    """A schema of a server, as `state backend init` makes it, that a reader can read; its name."""
    place = replace(place_of(server.direct, "a test"), schema=name)
    tools = Tools(float, float, fresh_token, lambda run: None)
    PostgresAdmin(place, partial(connected, connecting(server.direct), tools, [])).init()
    let_read(server, name)
    return name


def let_read(server: Servers, name: str) -> None:
    """Lets the reader read a schema."""
    server.run(f"GRANT USAGE ON SCHEMA {name} TO {READER}")
    server.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {READER}")


def fresh_token() -> str:
    return str(uuid.uuid4())


@dataclass
class PostgresStore:
    """One workspace of the server's; each store has one of its own, and a clock that stands still."""

    pooled: bool = False
    schema_name: str = ""
    server: Servers = field(default_factory=servers)
    user: str = USER
    occupies: Occupies = occupies_nothing
    workspace: str = field(default_factory=lambda: f"place{next(_NUMBERS)}")
    now: float = 0.0
    epoch: int = 0
    away: bool = False
    _databases: list[Database] = field(default_factory=list)

    def __post_init__(self) -> None:
        usual = self.server is servers()
        self.schema_name = self.schema_name or (schema() if usual else made(self.server, SCHEMA))

    @property
    def url(self) -> str:
        url = self.server.pooled if self.pooled else self.server.direct
        return url.replace(f"//{USER}@", f"//{self.user}@")

    @property
    def place(self) -> Place:
        return replace(place_of(self.url, "a test"), schema=self.schema_name, workspace=self.workspace)

    @property
    def tools(self) -> Tools:
        return Tools(lambda: self.now, self._sleep, fresh_token, lambda run: None)

    def connect(self) -> Connect:
        """Connects as one more process does, until the power is lost."""
        return self._connect(self.url)

    def backend(self, keeping: Keeping = KEEPING) -> Backend:
        return PostgresBackend(
            self.place, self.connect(), self.tools, occupies=self.occupies, keeping=keeping
        )

    def reading(self) -> Backend:
        url = self.url.replace(f"//{self.user}@", f"//{READER}@")
        return PostgresBackend(self.place, self._connect(url), self.tools)

    def lose_power(self) -> None:
        self.epoch += 1
        self._shut()

    def overtake(self, run: str) -> None:
        [(holder,)] = self.run("SELECT who ->> 'run' FROM {schema}.hold WHERE workspace = {workspace}")
        assert holder == run
        self.pass_time(self.tools.ttl)

    def meddle(self) -> None:
        self.run("UPDATE {schema}.workspace SET serial = serial + 1 WHERE id = {workspace}")

    def lose_state(self) -> None:
        self.run("DELETE FROM {schema}.entry WHERE workspace = {workspace}")
        self.run("UPDATE {schema}.workspace SET serial = 0, head = '{{}}' WHERE id = {workspace}")

    @contextmanager
    def broken(self) -> Iterator[None]:
        self.away = True
        self._shut()
        try:
            yield
        finally:
            self.away = False

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.run(
            f"UPDATE {{schema}}.hold SET beat = beat - interval '{seconds} s' WHERE workspace = {{workspace}}"
        )

        past = f"began = began - interval '{seconds} s'"
        self.run(f"UPDATE {{schema}}.run SET {past} WHERE workspace = {{workspace}}")

    def moment(self) -> float:
        return unix_seconds(LONG_AGO) + self.now

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def _connect(self, url: str) -> Connect:
        epoch, connect = self.epoch, connecting(url)

        def made() -> Database:
            if self.away or epoch != self.epoch:
                raise Unanswered("it is away")
            self._databases.append(connect())
            return self._databases[-1]

        return made

    def _shut(self) -> None:
        for database in self._databases:
            database.shut()
        self._databases.clear()

    def run(self, statement: str) -> list[tuple[object, ...]]:
        workspace = f"(SELECT id FROM {self.schema_name}.workspace WHERE name = '{self.workspace}')"
        return self.server.run(statement.format(schema=self.schema_name, workspace=workspace))
