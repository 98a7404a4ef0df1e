"""The store itself: made, brought to a newer version, looked at. Its owner asks for this, and no run does."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.database import Rejected
from reconciler.backends.postgres.failures import told, uninitialised
from reconciler.backends.postgres.location import Place
from reconciler.backends.postgres.migrations import script
from reconciler.backends.postgres.versions import VERSION, check_version

_THERE = frozenset({"42P06", "42P07", "42723", "23505"})
"""SQLSTATEs of what is there already: somebody else has made it meanwhile."""

_CHECK = """
SELECT current_setting('synchronous_commit'), current_setting('fsync'), pg_is_in_recovery(),
  current_setting('transaction_read_only'), current_setting('server_version_num')::integer
"""
_OLDEST = 130000


@dataclass(frozen=True, slots=True)
class PostgresAdmin:
    """One schema of a database (a parts.Admin); `connected` gives a client for a block."""

    place: Place
    connected: Callable[[], AbstractContextManager[Client]]

    def init(self) -> None:
        """See parts.Admin.init."""
        with self.connected() as client:
            if self._version(client) == 0:
                self._migrate(client, 0)

    def upgrade(self) -> Sequence[str]:
        """See parts.Admin.upgrade."""
        with self.connected() as client:
            version = self._version(client)
            if version == 0:
                raise uninitialised(self.place)
            check_version(self.place, VERSION, *self._least(client))
            if version >= VERSION:
                return []
            self._migrate(client, version)
            return [f"upgraded from version {version} to version {VERSION}"]

    def check(self) -> Sequence[str]:
        """See parts.Admin.check."""
        with self.connected() as client:
            version = self._version(client)
            if version == 0:
                raise uninitialised(self.place)
            check_version(self.place, version, *self._least(client))
            with told(self.place):
                [(commit, fsync, standby, read_only, release)] = client.ask(_CHECK)
        return [
            words
            for wrong, words in (
                (
                    commit not in ("on", "remote_apply", "remote_write"),
                    f"synchronous_commit is {commit}: acknowledged writes are lost if the server crashes; "
                    "set it to on",
                ),
                (
                    fsync != "on",
                    "fsync is off: acknowledged writes are lost if the machine crashes; set it to on",
                ),
                (
                    standby or read_only != "off",
                    "the server is a standby or read-only: apply cannot write to it",
                ),
                (
                    release < _OLDEST,
                    f"the server is older than PostgreSQL {_OLDEST // 10000}, the oldest supported version",
                ),
            )
            if wrong
        ]

    def workspaces(self) -> Sequence[str]:
        """See parts.Admin.workspaces."""
        statement = f"SELECT name FROM {self.place.schema}.workspace WHERE head <> '{{}}' ORDER BY name"
        with self.connected() as client, told(self.place):
            return [row[0] for row in client.ask(statement)]

    def _version(self, client: Client) -> int:
        """The store's version; 0 where there is none."""
        with told(self.place):
            there = client.ask("SELECT to_regclass(%s) IS NOT NULL", (f"{self.place.schema}.store",))[0][0]
            if not there:
                return 0
            rows = client.ask(f"SELECT version FROM {self.place.schema}.store")
        return int(rows[0][0]) if rows else 0

    def _least(self, client: Client) -> tuple[int, str]:
        with told(self.place):
            rows = client.ask(f"SELECT min_writer, needs FROM {self.place.schema}.store")
        return int(rows[0][0]), str(rows[0][1])

    def _migrate(self, client: Client, version: int) -> None:
        with told(self.place):
            try:
                client.script(script(version, self.place.schema))
            except Rejected as error:
                if error.code not in _THERE or self._version(client) != VERSION:
                    raise
