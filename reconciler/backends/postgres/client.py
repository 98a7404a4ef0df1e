"""One connection for a run, made anew when it breaks; its statements are repeated until they are answered.

So each statement that goes through it must be one that may be asked twice.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

from reconciler.backends.postgres.database import Connect, Database, Parameters, Rejected, Row, Unanswered
from reconciler.backends.postgres.watchdog import Spawn, Watchdog

TTL, PATIENCE, DEADLINE = 20.0, 15.0, 6.0
"""Seconds: see Tools. A hold is trusted for less than its time, and repairing takes less than that."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_BYTES_A_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Tools:
    """What a client is run with: `clock` goes on while the machine sleeps, `token` fresh UUIDs.

    A hold lasts `ttl` seconds after its holder was heard of last; a broken connection is repaired for
    `patience` seconds; a statement is given up after `deadline` seconds, and what its size adds.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], object]
    token: Callable[[], str]
    spawn: Spawn
    ttl: float = TTL
    patience: float = PATIENCE
    deadline: float = DEADLINE


class Client:
    """The connection of one process, for any of its threads; one statement is under way at a time.

    `notices` is told how long the database was away, each time that it came back.
    """

    def __init__(self, connect: Connect, tools: Tools, notices: list[str]) -> None:
        self.tools = tools
        self._notices = notices
        self._connect = connect
        self._watchdog = Watchdog(tools.clock, tools.spawn)
        self._mutex = Lock()
        self._database: Database | None = None
        self._was_connected = self._closed = False

    def ask(
        self, statement: str, parameters: Parameters = (), *, size: int = 0, patience: float | None = None
    ) -> list[Row]:
        """The rows of a statement that may be asked twice; `size` is how many bytes it may carry, or bring.

        Raises Unanswered where there is no answer within `patience` seconds, or no first connection at all,
        and Rejected.
        """
        begun = self.tools.clock()
        until = begun + (self.tools.patience if patience is None else patience)
        with self._mutex:
            pause = _FIRST_PAUSE
            while True:
                try:
                    rows = self._once(statement, parameters, size)
                    break
                except Unanswered:
                    self._drop()
                    if self._closed or not self._was_connected or self.tools.clock() + pause > until:
                        raise
                self.tools.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            if pause > _FIRST_PAUSE:
                away = round(self.tools.clock() - begun)
                self._notices.append(f"the database was unreachable for {away or 'less than 1'} s")
            return rows

    def script(self, text: str) -> None:
        """Many statements as one transaction, once; raises Unanswered or Rejected."""
        with self._mutex:
            try:
                self._connected().script(text)
            except (Unanswered, Rejected):
                self._drop()  # a transaction that failed half way is still open there
                raise

    def close(self) -> None:
        """Gives the connection back; what is asked afterwards is not answered."""
        with self._mutex:
            self._closed = True
            self._drop()
        self._watchdog.end()

    def _once(self, statement: str, parameters: Parameters, size: int) -> list[Row]:
        database = self._connected()
        deadline = self.tools.deadline + size / _BYTES_A_SECOND
        with self._watchdog.watching(deadline, database.shut):
            return database.ask(statement, parameters)

    def _connected(self) -> Database:
        if self._closed:
            raise Unanswered("the connection is already closed")
        if self._database is None:
            self._database = self._connect()
            self._was_connected = True
        return self._database

    def _drop(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            with suppress(Unanswered):
                database.close()
