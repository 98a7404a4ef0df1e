"""HTTP connections on which an answer has so long to arrive as a whole, however it drips in.

The HTTP libraries count a read timeout from one piece to the next, so that a server which sends a
byte now and then could hold a call for ever, and with it the lock of the state. The same connections
tell an Attempt when a request leaves.
"""

import io
import socket
import time
from collections.abc import Callable, Mapping
from http.client import HTTPResponse
from typing import Any, ClassVar, cast

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager

from reconciler.cloud.attempt import Attempt, Tracked


class _Until(io.RawIOBase):
    """The bytes of a connection until a moment of the steady clock; raises TimeoutError from then on.

    `hears` is told of whatever arrives.
    """

    def __init__(
        self, raw: io.RawIOBase, connection: socket.socket, end: float, hears: Callable[[bytes], None]
    ) -> None:
        self._raw = raw
        self._connection = connection
        self._end = end
        self._hears = hears

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """As much as there is, within the time that is left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the response took too long")
        self._connection.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        self._hears(bytes(buffer[: count or 0]))
        return count

    def close(self) -> None:
        """Closes what it reads from."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer whose time runs from the moment at which it is waited for: head and body together."""

    attempt: ClassVar[Attempt]

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        seconds = sock.gettimeout()
        if seconds is not None:
            raw = self.fp.detach()
            end = time.monotonic() + seconds
            self.fp = io.BufferedReader(_Until(raw, sock, end, self.attempt.hears))


class BoundedAdapter(HTTPAdapter):
    """An adapter whose read timeout is for the whole answer; it never tries again.

    Its connections, direct or through whichever proxy, tell `attempt` what they do.
    """

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """Makes the manager of the connections."""
        super().init_poolmanager(*arguments, **named)
        self._bound(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        """The manager of the connections through a proxy, which is kept."""
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **named)
        if not known:
            self._bound(manager)
        return manager

    def _bound(self, manager: PoolManager) -> None:
        pools: Mapping[str, type[HTTPConnectionPool]] = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = {
            scheme: _tracked(pool, self._attempt) for scheme, pool in pools.items()
        }


def _tracked(pool: type[HTTPConnectionPool], attempt: Attempt) -> type[HTTPConnectionPool]:
    """The same pool, plain, with TLS or through SOCKS, with our connections in the place of its own."""
    response = type("Response", (_Response,), {"attempt": attempt})
    connection = type(
        "Connection", (Tracked, pool.ConnectionCls), {"attempt": attempt, "response_class": response}
    )
    return cast(type[HTTPConnectionPool], type("Pool", (pool,), {"ConnectionCls": connection}))
