"""The one module that knows psycopg: its connections, and what its errors mean; imported only when used."""

import logging
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import pq
from psycopg.errors import Diagnostic

from reconciler.backends.postgres.database import Database, Parameters, Rejected, Row, Unanswered

logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # what it meets is told in our words

_UNCONFIRMED = "01000"
"""The warning that a commit no longer waits for its standby: it counts as not done."""

_UNSURE = ("08", "25006", "40", "53", "55", "57", "58", "XX")
"""What SQLSTATEs begin with that say nothing of the statement: away, ending, full, read only, locked."""


class _Connection(psycopg.Connection[Row]):
    """A connection that never cancels: a commit that is, while it waits for its standby, looks done."""

    def cancel_safe(self, *, timeout: float = 30.0) -> None:
        shut(self)

    def cancel(self) -> None:
        shut(self)


def shut(connection: psycopg.Connection[Any]) -> None:
    """Ends both directions of its socket; the connection itself is closed by whoever uses it."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as copy:
        copy.shutdown(socket.SHUT_RDWR)


class PsycopgDatabase:
    """A connection by psycopg (a Database)."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._unconfirmed = False
        connection.add_notice_handler(self._note)

    def ask(self, statement: str, parameters: Parameters) -> list[Row]:
        """See Database.ask."""
        self._unconfirmed = False
        try:
            rows = self._connection.execute(statement.encode(), parameters).fetchall()
        except psycopg.Error as error:
            raise _meaning(error) from error
        if self._unconfirmed:
            raise Unanswered("its standby does not confirm writes")
        return rows

    def script(self, text: str) -> None:
        """See Database.script."""
        try:
            self._connection.execute(text.encode())
        except psycopg.Error as error:
            raise _meaning(error) from error

    def shut(self) -> None:
        """See Database.shut."""
        shut(self._connection)

    def close(self) -> None:
        """See Database.close."""
        with suppress(psycopg.Error):
            self._connection.close()

    def _note(self, notice: Diagnostic) -> None:
        if notice.sqlstate == _UNCONFIRMED:
            self._unconfirmed = True


def connected(server: str, parameters: Mapping[str, str]) -> Database:
    """A connection to a server's URL with these parameters of libpq beside it; see Connect."""
    try:
        connection = _Connection.connect(
            server, autocommit=True, prepare_threshold=None, **_keywords(parameters)
        )
    except psycopg.Error as error:
        raise _meaning(error) from error
    return PsycopgDatabase(connection)


def _keywords(parameters: Mapping[str, str]) -> dict[str, Any]:
    return dict(parameters)


def knows_system_roots() -> bool:
    """Whether libpq can check certificates by what the system trusts (since 16)."""
    return pq.version() >= 160000 and Path("/etc/ssl").is_dir()


def _meaning(error: psycopg.Error) -> Unanswered | Rejected:
    """What an error says: that nothing was done, or nothing at all."""
    code = error.sqlstate or ""
    words = " ".join((error.diag.message_primary or str(error)).split())
    unsure = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and not code
    if unsure or code.startswith(_UNSURE):
        return Unanswered(words)
    return Rejected(words, code)
