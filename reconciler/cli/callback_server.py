"""Takes callbacks over HTTP: each is kept before it is answered, within the cloud's five seconds."""

import asyncio
import math
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from reconciler.backends.parts import Event, Events
from reconciler.errors import StateError
from reconciler.moments import rfc3339
from reconciler.observing.receiving import MAX_CALLBACK_BYTES, Keys, Verdict, judge

ANSWER_SECONDS = 4.0
"""What takes longer to be kept is answered with an error, and the cloud sends it again."""
SWEEP_SECONDS = 3600.0
MOST_CONNECTIONS = 200
"""So many callers are served at a time, and others told to come again."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LATE = 503
_OK = 200


@dataclass(slots=True)
class Receiver:
    """Keeps callbacks; `keys` are asked for each, `clock` gives unix seconds, `tell` is for people.

    Events are removed that were received more than `keep` seconds ago.
    """

    events: Events
    keys: Keys
    clock: Callable[[], float]
    keep: float
    tell: Callable[[str], None]
    counts: dict[str, int] = field(default_factory=lambda: {"kept": 0, "again": 0, "other": 0, "refused": 0})

    async def receive(self, request: Request) -> JSONResponse:
        """Answers one callback: 200 once it is kept, so that the cloud sends again what is not."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                body = await _body(request)
                verdict = judge(body, request.headers.get("sign"), self.keys, self.clock())
                new = verdict.event is not None and await run_in_threadpool(self._put, verdict.event)
        except TimeoutError:
            self.tell("a callback was not kept in time; the cloud sends it again")
            return JSONResponse({"code": _LATE}, _LATE)
        except StateError as error:
            self.tell(f"a callback was not kept: {error.message}")
            return JSONResponse({"code": _LATE}, _LATE)
        self._count(verdict, new=new)
        return JSONResponse({"code": 0 if verdict.status == _OK else verdict.status}, verdict.status)

    async def health(self, request: Request) -> JSONResponse:
        """Counts since the start."""
        return JSONResponse({"status": "ok", **self.counts})

    def sweep(self) -> None:
        """Removes what is old."""
        try:
            gone = self.events.sweep(rfc3339(self.clock() - self.keep))
        except StateError as error:
            self.tell(f"old callbacks were not removed: {error.message}")
            return
        if gone:
            self.tell(f"removed {gone} callbacks that were received more than {self.keep:g} s ago")

    def _put(self, event: Event) -> bool:
        return self.events.put(event)

    def _count(self, verdict: Verdict, *, new: bool) -> None:
        if verdict.status != _OK:
            self.counts["refused"] += 1
            self.tell(f"refused a callback: {verdict.words}")
        elif verdict.event is None:
            self.counts["other"] += 1
        else:
            self.counts["kept" if new else "again"] += 1


async def _body(request: Request) -> bytes:
    """The body, of which no more is read than is looked at."""
    parts, length = [], 0
    async for part in request.stream():
        parts.append(part)
        length += len(part)
        if length > MAX_CALLBACK_BYTES:
            break
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Address:
    """Where callbacks are taken: host and port, and the certificate's files where it is over TLS."""

    host: str
    port: int
    certificate: str | None = None
    key: str | None = None

    @property
    def scheme(self) -> str:
        """As in the URL that the cloud is given."""
        return "https" if self.certificate else "http"


class _Server(uvicorn.Server):
    """Tells when it listens, and ends in order at SIGINT and SIGTERM: what has arrived is answered."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def main_loop(self) -> None:
        """Serves until it is told to stop."""
        self._ready()
        await super().main_loop()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Takes the signals as the wish to stop, and does not raise them again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)


def application(receiver: Receiver) -> Starlette:
    """What answers: callbacks at any path, since the console's URL may have one, and `/healthz`."""
    return Starlette(
        routes=[
            Route("/healthz", receiver.health, methods=["GET"]),
            Route("/{path:path}", receiver.receive, methods=["POST"]),
        ]
    )


def serve(receiver: Receiver, address: Address, ready: Callable[[str], None]) -> None:
    """Takes callbacks until it is told to stop; `ready` gets the URL once it listens.

    Raises OSError where the address or a file of the certificate cannot be used.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.create_server((address.host, address.port), family=family) as listener:
        host = f"[{address.host}]" if ":" in address.host else address.host
        url = f"{address.scheme}://{host}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            application(receiver),
            lifespan="off",
            log_config=None,
            access_log=False,
            ssl_certfile=address.certificate,
            ssl_keyfile=address.key,
            timeout_graceful_shutdown=math.ceil(ANSWER_SECONDS) + 1,
            limit_concurrency=MOST_CONNECTIONS,
        )
        server = _Server(config, lambda: ready(url))
        asyncio.run(_serving(server, receiver, listener))


async def _serving(server: _Server, receiver: Receiver, listener: socket.socket) -> None:
    sweeping = asyncio.create_task(_sweeping(receiver))
    try:
        await server.serve([listener])
    finally:
        sweeping.cancel()


async def _sweeping(receiver: Receiver) -> None:
    while True:
        await run_in_threadpool(receiver.sweep)
        await asyncio.sleep(SWEEP_SECONDS)
