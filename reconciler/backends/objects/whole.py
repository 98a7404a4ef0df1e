"""HTTP connections that hand out a request's head and the beginning of its body at once.

Some stores take a request that ends behind its head for one with nothing in it, and keep an empty object
(SeaweedFS 4.48): so a process that dies between the two must not have sent the head.
"""

from http.client import HTTPConnection
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager


class Whole(HTTPConnection):
    """Mixed into a connection of urllib3: keeps a head back until the body comes, or the answer is read."""

    _head: bytes | None = None
    _keeps = False

    def endheaders(self, *arguments: Any, **named: Any) -> None:
        """Ends the head, which is not sent yet."""
        self._keeps = True
        try:
            super().endheaders(*arguments, **named)
        finally:
            self._keeps = False

    def send(self, data: Any) -> None:
        """Sends what was kept back together with data."""
        if self._keeps:
            self._head = (self._head or b"") + data
            return
        head, self._head = self._head, None
        super().send(data if head is None else head + data)

    def getresponse(self) -> Any:
        """The answer, to a request that is sent by now."""
        if self._head is not None:
            self.send(b"")
        return super().getresponse()

    def close(self) -> None:
        """Closes it; what was kept back is never sent."""
        self._head = None
        super().close()


class WholeAdapter(HTTPAdapter):
    """An adapter of `requests` with such connections, direct or through a proxy; it never tries again."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """Makes the manager of the connections."""
        super().init_poolmanager(*arguments, **named)
        _made_whole(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: Any) -> PoolManager:
        """The manager of the connections through a proxy."""
        known = proxy in self.proxy_manager
        manager: PoolManager = super().proxy_manager_for(proxy, **named)
        if not known:
            _made_whole(manager)
        return manager


def _made_whole(manager: PoolManager) -> None:
    pools: dict[str, type[HTTPConnectionPool]] = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _whole(pool) for scheme, pool in pools.items()}


def _whole(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    connection = type("WholeConnection", (Whole, pool.ConnectionCls), {})
    return type("WholePool", (pool,), {"ConnectionCls": connection})
