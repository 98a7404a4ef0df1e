"""What a failover of a database can lose, by what its server says of its standbys."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from reconciler.backends.parts import Failover
from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.failures import told
from reconciler.backends.postgres.location import Place

_REPLICATION = """
SELECT current_setting('synchronous_standby_names'), current_setting('synchronous_commit'),
  (SELECT count(*) FROM pg_stat_replication)
"""
_WAITS = ("on", "remote_apply")


@dataclass(frozen=True, slots=True)
class PostgresReplication:
    """The replication of one server (a parts.Replication); `connected` gives a client for a block."""

    place: Place
    connected: Callable[[], AbstractContextManager[Client]]

    def at_failover(self) -> Failover:
        """See parts.Replication.at_failover."""
        with self.connected() as client, told(self.place):
            [(names, commit, standbys)] = client.ask(_REPLICATION)
        return failover(names, commit, standbys)


def failover(names: str, commit: str, standbys: int) -> Failover:
    """What these settings, and so many standbys that follow now, mean."""
    if names and commit in _WAITS:
        return Failover(
            "a failover loses nothing: a standby has each record before it is acknowledged", False
        )
    if names:
        return Failover(
            f"a failover can lose records that were acknowledged: synchronous_commit is {commit}, which does "
            "not wait until a standby has them on its disk; set it to on",
            True,
        )
    if standbys:
        return Failover(
            f"a failover can lose the last records that were acknowledged: of its standbys ({standbys}) none "
            "confirms them; set synchronous_standby_names, as in ALTER SYSTEM SET "
            "synchronous_standby_names = 'ANY 1 (*)'",
            True,
        )
    return Failover(
        "no standby follows the server now: if its disk fails, everything written after the last backup is "
        "lost; have two standbys follow it, and set synchronous_standby_names",
        False,
    )
