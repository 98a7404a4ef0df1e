"""A primary and its standby, which can be cut off and promoted: what a failover does to a database."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .relay import PASS, SWALLOW_ALL, Relay, relaying
from .servers import USER, Servers, program, reachable, started, wait_for

_STANDBY = """
port = {port}
unix_socket_directories = '{directory}'
synchronous_standby_names = ''
"""


class Standby(Servers):
    """A server that follows another one, which it reaches at a port."""

    def follow(self, port: int) -> None:
        """Copies the primary and starts."""
        self.directory.chmod(0o755)
        self.own(self.directory)
        data = self.directory / "data"
        copy = [*program("pg_basebackup"), "-h", "127.0.0.1", "-p", str(port), "-U", USER, "-D", str(data)]
        subprocess.run([*copy, "-R", "-X", "stream", "-c", "fast"], check=True, cwd=self.directory)
        with (data / "postgresql.conf").open("a") as file:
            file.write(_STANDBY.format(port=self.port, directory=self.directory))
        self.start()


@dataclass
class Pair:
    """A primary, and a standby behind a relay."""

    primary: Servers
    standby: Standby
    relay: Relay

    @property
    def url(self) -> str:
        """Both, as a client names them that finds out which is the primary."""
        hosts = ",".join(f"127.0.0.1:{one.port}" for one in (self.primary, self.standby))
        return f"postgresql://{USER}@{hosts}/{USER}?connect_timeout=2"

    def catch_up(self) -> None:
        """Waits until the standby has all that the primary wrote."""
        statement = "SELECT 1 FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()"
        wait_for(lambda: bool(self.primary.run(statement)), "the standby does not catch up")

    def fall_behind(self) -> None:
        """From here on nothing arrives at the standby."""
        self.relay.mode = SWALLOW_ALL

    def fail_over(self) -> None:
        """The primary dies, and its standby takes its place with what it has."""
        self.primary.kill()
        self.relay.mode = PASS
        self.relay.cut()
        self.standby.run("SELECT pg_promote()")

    def stop(self) -> None:
        self.standby.stop()
        self.primary.stop()


@contextmanager
def paired(*, synchronous: bool) -> Iterator[Pair]:
    """A pair for a block; where it is synchronous, a commit waits until the standby has it."""
    settings = "wal_sender_timeout = 0\n"
    primary = started(settings)
    standby = Standby(Path(tempfile.mkdtemp(prefix="reconciler-standby-", dir=reachable())))
    try:
        with relaying(primary.port) as relay:
            pair = Pair(primary, standby, relay)
            standby.follow(relay.port)
            if synchronous:
                primary.run("ALTER SYSTEM SET synchronous_standby_names = '*'")
                primary.run("SELECT pg_reload_conf()")
            pair.catch_up()
            yield pair
    finally:
        standby.stop()
        primary.stop()
