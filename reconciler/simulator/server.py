"""Runs the simulator on a local port: in the foreground for people, in a thread for tests and demos."""

import asyncio
import contextlib
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Coroutine, Generator, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from . import admin
from .callers import Callers
from .cloud import Cloud
from .gateway import Gateway
from .store import Store

DEFAULT_CREDENTIALS: Mapping[str, str] = {"AKIDexample": "secretexample"}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
SIGNALS = (signal.SIGINT, signal.SIGTERM)
KEEP_ALIVE_SECONDS = 75
BACKLOG = 2048


class Protocol(H11Protocol):
    """HTTP over a connection that the application can cut."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand the transport to the application along with each request."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("HTTP needs a stream")
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class LocalServer(uvicorn.Server):
    """A server that tells when it is ready and stops at once when told to."""

    def __init__(
        self,
        app: ASGIApp,
        announce: Callable[[], None],
        context: ssl.SSLContext | None = None,
        beside: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        """Serve an application, with a context over TLS; call `announce` when connections are accepted.

        What is done `beside` goes on until the server stops.
        """
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        config.load()
        config.ssl = context  # it would be made from files, and the key is in none
        super().__init__(config)
        self._announce = announce
        self._beside = beside
        self._stopped = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Wait to be stopped, instead of looking ten times a second whether that is so."""
        self._loop = asyncio.get_running_loop()
        self._announce()
        beside = None if self._beside is None else asyncio.create_task(self._beside())
        if not self.should_exit:
            await self._stopped.wait()
        if beside is not None:
            beside.cancel()
            await asyncio.gather(beside, return_exceptions=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drop what is under way: a simulated cloud owes nobody a graceful end."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        unfinished = list(self.server_state.tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    def stop(self) -> None:
        """Stop, from any thread or from a signal."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stopped.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal as the wish to stop."""
        self.stop()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take signals while serving and give them back afterwards, without raising them again."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {sig: signal.signal(sig, self.handle_exit) for sig in SIGNALS}
        try:
            yield
        finally:
            for sig, handler in former.items():
                signal.signal(sig, handler)


def listening(host: str, port: int) -> socket.socket:
    """Bind the port. The protocol is named, for only then does asyncio send small answers without delay."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class Opened(NamedTuple):
    """What is served, where, by which base URL, and what is done beside it."""

    app: ASGIApp
    listener: socket.socket
    url: str
    beside: Callable[[], Coroutine[Any, Any, None]]


@contextmanager
def opened(
    host: str,
    port: int,
    data: Path | None,
    latency: float,
    credentials: Mapping[str, str],
    host_names: Collection[str] = (),
    scheme: str = "http",
) -> Iterator[Opened]:
    """Open the database and the port, so that what is wrong with either shows before anything runs.

    Raises DataError for what is no database, and OSError for a port that cannot be had.
    """
    with (
        contextlib.closing(Store(data)) as store,
        listening(host, port) as listener,
    ):
        cloud = Cloud(store, credentials)
        gateway = Route("/", Gateway(cloud, latency).handle, methods=METHODS)
        app = Starlette(routes=[gateway, *admin.routes(cloud)])
        url = f"{scheme}://{host}:{listener.getsockname()[1]}"
        yield Opened(Callers(app, {host, *host_names}), listener, url, cloud.callbacks.deliver)


def serve(
    host: str,
    port: int,
    data: Path | None,
    latency: float,
    credentials: Mapping[str, str],
    on_ready: Callable[[str], None],
    host_names: Collection[str] = (),
    context: ssl.SSLContext | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; `on_ready` gets the base URL once connections are accepted.

    A request whose Host is neither this machine nor one of `host_names` is refused. With a context it
    is served over TLS.
    """
    scheme = "http" if context is None else "https"
    with opened(host, port, data, latency, credentials, host_names, scheme) as (app, listener, url, beside):
        LocalServer(app, lambda: on_ready(url), context, beside).run([listener])


@contextmanager
def running(
    data: Path | None = None,
    *,
    port: int = 0,
    latency: float = 0.0,
    credentials: Mapping[str, str] | None = None,
    host_names: Collection[str] = (),
) -> Iterator[str]:
    """Run a simulator in a thread for as long as the block lasts; the value is its base URL."""
    keys = DEFAULT_CREDENTIALS if credentials is None else credentials
    with opened("127.0.0.1", port, data, latency, keys, host_names) as (app, listener, url, beside):
        ready: Future[None] = Future()
        server = LocalServer(app, lambda: ready.set_result(None), beside=beside)
        thread = threading.Thread(target=_run, args=(server, listener, ready), daemon=True, name="simulator")
        thread.start()
        try:
            ready.result()
            yield url
        finally:
            server.stop()
            thread.join()


def _run(server: LocalServer, listener: socket.socket, ready: "Future[None]") -> None:
    try:
        server.run([listener])
    except BaseException as problem:
        if ready.done():
            raise
        ready.set_exception(problem)
