"""PostgreSQL and pgbouncer on loopback for tests, with a data directory of their own that is gone afterwards.

    python -m tests.backends.servers

starts both and shows how to reach them, until it is interrupted. They refuse to run as root, so root starts
them as the user `postgres`. One of each is started for a process that asks for it, and ends with it.
"""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from random import SystemRandom

import psycopg
import pytest

_PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt/postgresql")
USER = "postgres"
"""The superuser, of the machine and of the server."""
READER = "reader"
"""A role that may read, and do nothing else."""

_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = '{directory}'
port = {port}
fsync = off
full_page_writes = off
max_connections = 200
shared_buffers = 32MB
"""
_POOLER = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {directory}/users
pool_mode = transaction
default_pool_size = 20
max_client_conn = 200
server_login_retry = 0.2
logfile = {directory}/pgbouncer.log
"""


def binary(name: str) -> str | None:
    """Where a program of PostgreSQL is; Debian keeps the server's off the PATH."""
    places = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin"]
    for root in map(Path, _PLACES):
        places += [str(one) for one in sorted(root.glob("*/bin"), reverse=True)] + [str(root / "bin")]
    return shutil.which(name, path=os.pathsep.join(places))


def is_there() -> bool:
    """Whether both can be started here."""
    return all(map(binary, ("initdb", "postgres", "pgbouncer")))


needs_postgres = pytest.mark.skipif(
    not is_there() and not os.environ.get("TESTS_RUN_IN_CI"),
    reason="needs PostgreSQL and pgbouncer: apt-get install postgresql pgbouncer",
)
"""For whoever has just come: without a server the other tests give a verdict. In CI they all run, or fail."""


def program(name: str) -> list[str]:
    path = binary(name)
    assert path is not None, f"{name} is not installed: apt-get install postgresql pgbouncer"
    if os.getuid() != 0:
        return [path]
    # It ends with whoever started it, however that ends.
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--pdeathsig=QUIT", path]


_PORTS = range(15_000, 32_000)
"""Below those that the system gives to outgoing connections, which may take one before a server has it."""


@cache
def _ports() -> Iterator[int]:
    """Each port once, from a place that is another in each process."""
    first = SystemRandom().choice(_PORTS)
    return chain(range(first, _PORTS.stop), range(_PORTS.start, first))


def free_port() -> int:
    """A port that nothing listens at, and that is not given a second time."""
    for port in _ports():
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"no port of {_PORTS} is free")


@dataclass
class Servers:
    """Both of them: `direct` and `pooled` are their URLs, without the database's user."""

    directory: Path
    settings: str = ""
    port: int = field(default_factory=free_port)
    pooler_port: int = field(default_factory=free_port)
    _server: "subprocess.Popen[bytes] | None" = None
    _pooler: "subprocess.Popen[bytes] | None" = None

    @property
    def direct(self) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{USER}"

    @property
    def pooled(self) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.pooler_port}/{USER}"

    def make(self) -> None:
        """The data directory, and both programs started."""
        self.directory.chmod(0o755)
        data = self.directory / "data"
        initdb = [
            *program("initdb"),
            "-D",
            str(data),
            "-U",
            USER,
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
        ]
        self.own(self.directory)
        subprocess.run([*initdb, "--no-locale"], check=True, stdout=subprocess.DEVNULL, cwd=self.directory)
        settings = _SETTINGS.format(directory=self.directory, port=self.port) + self.settings
        with (data / "postgresql.conf").open("a") as file:
            file.write(settings)
        (self.directory / "users").write_text("".join(f'"{user}" ""\n' for user in (USER, READER)))
        pooler = _POOLER.format(server=self.port, port=self.pooler_port, directory=self.directory)
        (self.directory / "pgbouncer.ini").write_text(pooler)
        self.own(self.directory / "pgbouncer.ini")
        self.start()
        self._pooler = self._started("pgbouncer", "-q", str(self.directory / "pgbouncer.ini"))
        self._wait(self.pooled)
        self.run(f"CREATE ROLE {READER} LOGIN")

    def start(self) -> None:
        """The server, once it can be asked."""
        self._server = self._started("postgres", "-D", str(self.directory / "data"))
        self._wait(self.direct)

    def kill(self) -> None:
        """All processes of the server at once, as a power cut or the kernel's memory killer has it."""
        assert self._server is not None
        with suppress(OSError):
            os.killpg(self._server.pid, 9)
        self._server.wait()
        for name in ("postmaster.pid",):
            (self.directory / "data" / name).unlink(missing_ok=True)

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """One statement as the superuser; its rows."""
        with psycopg.connect(self.direct, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def stop(self) -> None:
        for process in (self._pooler, self._server):
            if process is not None and process.poll() is None:
                process.send_signal(2)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, 9)
                    process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _started(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        log = (self.directory / f"{name}.out").open("ab")
        with log:
            return subprocess.Popen(
                [*program(name), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                start_new_session=True,
            )

    def own(self, path: Path) -> None:
        if os.getuid() == 0:
            shutil.chown(path, USER, USER)

    def _wait(self, url: str) -> None:
        wait_for(lambda: _answers(url), f"{url} does not respond")


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def wait_for(true: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, otherwise
        time.sleep(0.02)


def reachable() -> str | None:
    """Where another user can look into a directory: pytest's own are closed to all but root."""
    return "/tmp" if os.getuid() == 0 else None


def started(settings: str = "") -> Servers:
    """New ones, to be stopped by whoever asked."""
    servers = Servers(Path(tempfile.mkdtemp(prefix="reconciler-postgres-", dir=reachable())), settings)
    try:
        servers.make()
    except BaseException:
        servers.stop()
        raise
    return servers


@cache
def servers() -> Servers:
    """Those of this process."""
    found = started()
    atexit.register(found.stop)
    return found


def main() -> None:
    found = servers()
    print(f"direct: {found.direct}\npooled: {found.pooled}", flush=True)
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
