"""A worker of the fleet over HTTP: the fleet as a page of text, the probes and the metrics; read-only."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from reconciler.watching.access import Access
from reconciler.watching.answers import HEADERS, denied, probe
from reconciler.watching.board import STUCK
from reconciler.watching.fleet_metrics import FleetMetrics
from reconciler.watching.metrics import CONTENT_TYPE


class FleetBoard:
    """What the probes ask, kept by the rounds for the threads of the server. `clock` gives unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._begun: dict[str, float] = {}
        self._trouble = "the store was not reached yet"

    def begins(self, workspace: str) -> None:
        """That a round begins."""
        with self._lock:
            self._begun[workspace] = self._clock()

    def ends(self, workspace: str) -> None:
        """That it is over."""
        with self._lock:
            self._begun.pop(workspace, None)

    def reaches(self, trouble: str) -> None:
        """Why this process is no worker of the fleet now; "" while it is."""
        with self._lock:
            self._trouble = trouble

    def stuck(self) -> str:
        """Which round counts as stuck, for /healthz; "" while none does."""
        with self._lock:
            old = [(begun, name) for name, begun in self._begun.items() if self._clock() - begun > STUCK]
        return "; ".join(f"the round of {name} has been running for {STUCK:g} s" for _, name in sorted(old))

    def unready(self) -> str:
        """Why this process does nothing for the fleet, for /readyz; "" while it does."""
        with self._lock:
            return self._trouble


@dataclass
class FleetSite:
    """What is served, and to whom; `page` makes the text of the fleet, or raises nothing."""

    board: FleetBoard
    page: Callable[[], str]
    metrics: FleetMetrics
    access: Access
    closing: Event = field(default_factory=Event)

    def app(self) -> Starlette:
        """The application; every path but the probes asks for the right to look."""
        return Starlette(
            routes=[
                Route("/", self.shown),
                Route("/metrics", self.measured),
                Route("/healthz", self.healthy),
                Route("/readyz", self.ready),
            ]
        )

    def keep_warm(self) -> None:
        """Nothing is made ahead."""
        self.closing.wait()

    def shown(self, request: Request) -> Response:
        """The fleet, as `reconciler fleet list` shows it."""
        return PlainTextResponse(self.page(), 200, HEADERS) if self._admits(request) else denied(self.access)

    def measured(self, request: Request) -> Response:
        """The metrics."""
        if not self._admits(request):
            return denied(self.access)
        return Response(self.metrics.text(), 200, HEADERS, CONTENT_TYPE)

    def healthy(self, request: Request) -> Response:
        """Whether no round is stuck."""
        return probe(self.board.stuck())

    def ready(self, request: Request) -> Response:
        """Whether this process is a worker."""
        return probe(self.board.unready())

    def _admits(self, request: Request) -> bool:
        peer = request.client.host if request.client is not None else ""
        return self.access.admits(peer, request.headers)
