"""HTTP connections on which an answer has so long to arrive as a whole, however it drips in.

The HTTP libraries count a read timeout from one piece to the next, so that a server which sends a
byte now and then could hold a call for ever, and with it the lock of the state.
"""

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class _Until(io.RawIOBase):
    """The bytes of a connection until a moment of the steady clock; raises TimeoutError from then on."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket, end: float) -> None:
        self._raw = raw
        self._connection = connection
        self._end = end

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """As much as there is, within the time that is left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._connection.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        """Closes what it reads from."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer whose time runs from the moment at which it is waited for: head and body together."""

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        seconds = sock.gettimeout()
        if seconds is not None:
            raw = self.fp.detach()
            self.fp = io.BufferedReader(_Until(raw, sock, time.monotonic() + seconds))


class _Plain(HTTPConnection):
    response_class = _Response


class _Secure(HTTPSConnection):
    response_class = _Response


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class BoundedAdapter(HTTPAdapter):
    """An adapter whose read timeout is for the whole answer; it never tries again."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """Makes the manager of the connections."""
        super().init_poolmanager(*arguments, **named)
        _bound(self.poolmanager)

    def proxy_manager_for(self, *arguments: Any, **named: Any) -> Any:
        """The manager of the connections through a proxy."""
        manager = super().proxy_manager_for(*arguments, **named)
        _bound(manager)
        return manager


def _bound(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
