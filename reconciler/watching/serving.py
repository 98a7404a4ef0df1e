"""The wall, its events, the probes and the metrics over HTTP: read-only, from this process alone."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from threading import Event, Lock

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from reconciler.watching.access import Access
from reconciler.watching.answers import HEADERS, denied, probe
from reconciler.watching.board import Board, Shown
from reconciler.watching.metrics import CONTENT_TYPE, Metrics

MOST_STREAMS = 200
"""Pages that are kept up to date at a time; another one is asked to come back later."""
_LOOKS = 0.25
"""Seconds between two looks of a stream at the board."""
_ALIVE = 15.0
"""Seconds after which a stream says that it is alive, so that no proxy ends it."""
_OLD, _SHARE = 60.0, 30.0
"""Seconds after which a page is rendered anew, and at least so many times as long as that takes."""


@dataclass
class Pages:
    """The page of what is shown, rendered before anybody asks, and anew now and then."""

    render: Callable[[Shown], str]
    _lock: Lock = field(default_factory=Lock)
    _page: tuple[int, str] = (-1, "")
    _due: float = 0.0

    def of(self, shown: Shown) -> str:
        """The page; those who ask while a new version is rendered wait for that."""
        with self._lock:
            if self._page[0] != shown.version:
                self._page = shown.version, self.render(shown)
            return self._page[1]

    @property
    def rendered(self) -> int:
        """The version that was rendered last."""
        return self._page[0]

    def refresh(self, shown: Shown, clock: Callable[[], float]) -> None:
        """Renders what has changed, or is old by now; the longer that takes, the more seldom."""
        now = clock()
        if self._page[0] != shown.version:
            self.of(shown)
        elif now >= self._due:
            page = self.render(shown)
            with self._lock:
                if self._page[0] == shown.version:
                    self._page = shown.version, page
        else:
            return
        self._due = now + max(_OLD, _SHARE * (clock() - now))


@dataclass
class Site:
    """What is served, and to whom. `clock` gives unix seconds; `closing` ends every stream of events."""

    board: Board
    pages: Pages
    metrics: Metrics
    access: Access
    clock: Callable[[], float]
    closing: Event = field(default_factory=Event)
    streams: int = 0

    def app(self) -> Starlette:
        """The application; every path but the probes asks for the right to look."""
        routes = [
            Route("/", self.guarded(self.wall)),
            Route("/events", self.events),
            Route("/metrics", self.guarded(self.measured)),
            Route("/healthz", self.healthy),
            Route("/readyz", self.ready),
        ]
        return Starlette(routes=routes, middleware=[Middleware(GZipMiddleware, minimum_size=1024)])

    def keep_warm(self) -> None:
        """Renders pages ahead, until everything ends."""
        while not self.closing.wait(_LOOKS):
            shown = self.board.shown
            if shown.seen is not None:
                self.pages.refresh(shown, self.clock)

    def guarded(self, answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        """The same for those who may look."""

        def answered(request: Request) -> Response:
            return answer(request) if self._admits(request) else denied(self.access)

        return answered

    def _admits(self, request: Request) -> bool:
        peer = request.client.host if request.client is not None else ""
        return self.access.admits(peer, request.headers)

    def wall(self, request: Request) -> Response:
        """The page with what runs."""
        shown = self.board.shown
        if shown.seen is None:
            why = self.board.unready()
            return PlainTextResponse(f"{why}\n", 503, {**HEADERS, "retry-after": "2", "refresh": "2"})
        return Response(self.pages.of(shown), 200, HEADERS, "text/html; charset=utf-8")

    def measured(self, request: Request) -> Response:
        """The metrics."""
        return Response(self.metrics.text(), 200, HEADERS, CONTENT_TYPE)

    def healthy(self, request: Request) -> Response:
        """Whether the loop goes on."""
        return probe(self.board.stuck(self.clock()))

    def ready(self, request: Request) -> Response:
        """Whether a round has seen how all stands."""
        return probe(self.board.unready())

    async def events(self, request: Request) -> Response:
        """Server-sent events: the version that is shown, whenever that or its moment changes."""
        if not self._admits(request):
            return denied(self.access)
        if self.streams >= MOST_STREAMS:
            return PlainTextResponse("too many pages are open\n", 503, {**HEADERS, "retry-after": "30"})
        return StreamingResponse(self._told(), 200, HEADERS, "text/event-stream")

    async def _told(self) -> AsyncIterator[str]:
        self.streams += 1
        try:
            said, silent = "", 0.0
            while not self.closing.is_set():
                shown = self.board.shown
                data = json.dumps({"version": shown.version, "at": shown.at})
                silent += _LOOKS
                if data != said:
                    said, silent = data, 0.0
                    yield f"event: shown\ndata: {data}\n\n"
                elif silent >= _ALIVE:
                    silent = 0.0
                    yield ": alive\n\n"
                await asyncio.sleep(_LOOKS)
        finally:
            self.streams -= 1
