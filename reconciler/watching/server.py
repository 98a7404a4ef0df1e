"""Serves in a thread beside the loop, on a socket that was bound before."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Protocol

import uvicorn
from starlette.applications import Starlette

_GRACE = 2
"""Seconds that requests have to end when the watch stops."""
_BACKLOG = 128


class Served(Protocol):
    """What is served: an application, what is done ahead beside it, and what ends both."""

    closing: Event

    def app(self) -> Starlette:
        """The application."""
        ...

    def keep_warm(self) -> None:
        """Does what can be done ahead, until `closing` is set."""
        ...


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens on an address and a port, 0 for any free one; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)  # from here on who connects waits, and is not refused
    except OSError:
        listener.close()
        raise
    return listener


@contextmanager
def served(site: Served, listener: socket.socket) -> Iterator[None]:
    """Serves until the block is left."""
    config = uvicorn.Config(
        site.app(),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, args=([listener],), name="http", daemon=True)
    thread.start()
    pages = Thread(target=site.keep_warm, name="pages", daemon=True)
    pages.start()
    try:
        yield
    finally:
        site.closing.set()
        server.should_exit = True
        thread.join(2 * _GRACE)
        pages.join(2 * _GRACE)
        listener.close()
