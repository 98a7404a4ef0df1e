"""`reconciler watch`, put together: the desk, the loop, the server and whoever is told."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from prometheus_client import Counter

from reconciler import __version__
from reconciler.cli.environment import current_environment
from reconciler.cli.events import received_again
from reconciler.cli.holding import say
from reconciler.cli.main import DONE, INTERRUPTED
from reconciler.cli.preloading import preload
from reconciler.cli.unexpected import of_a_round
from reconciler.cli.watch_audience import WatchAudience, remembered, told_result
from reconciler.cli.watch_desk import WatchDesk, Watched
from reconciler.cli.watch_messages import check_installed, send
from reconciler.cli.watch_signals import signals_heeded
from reconciler.cli.watch_tracing import traced
from reconciler.cli.world import state_home, target_of
from reconciler.errors import UsageError
from reconciler.model import digest
from reconciler.reports.calendar import Clock
from reconciler.reports.history import run_rows
from reconciler.reports.status import Live, StatusContext, live_wall
from reconciler.watching.access import Access, is_loopback
from reconciler.watching.board import Board, Shown
from reconciler.watching.files import fingerprint
from reconciler.watching.loop import Loop
from reconciler.watching.metrics import Metrics
from reconciler.watching.notifying import Postman
from reconciler.watching.rounds import Rounds
from reconciler.watching.server import Served, bound, served
from reconciler.watching.serving import Pages, Site
from reconciler.watching.waking import CallbacksSource, FilesSource, Waker

_LAST_MESSAGES = 5.0
"""Seconds that messages have to be sent once the watch ends."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where it is served, to whom; `host` is "" where it is not."""

    host: str
    port: int
    access: Access


def watch(watched: Watched, interval: float, listening: Listening) -> int:
    """Keeps streams as declared until a signal comes; the exit code.

    Raises ManifestError where the manifests do not validate at the beginning: there are no last good ones.
    """
    check_listening(listening)
    preload()
    waker = Waker()
    desk = WatchDesk(watched, waker.stopping)
    with ExitStack() as stack:
        by_hand = stack.enter_context(signals_heeded(waker.stop))
        first = desk.read()
        while first is None and not waker.stopping.wait(1.0):  # git is at work in them
            first = desk.read()
        if first is None:
            return INTERRUPTED if by_hand() else DONE
        workspace = first.workspace
        check_installed(workspace.spec.notify)
        clock = current_environment().clock
        board, metrics = Board(interval), Metrics(workspace.name, __version__)
        stack.enter_context(serving(listening, Site(board, _pages(), metrics, listening.access, clock)))
        postman = stack.enter_context(posting(metrics.messages, waker))
        state = target_of(workspace, watched.state_file).state
        memory = _memory(str(state), workspace.name)
        audience = WatchAudience(desk, board, metrics, postman, memory, remembered(memory))
        trace = stack.enter_context(traced(current_environment().variables, workspace.name))
        FilesSource(lambda: fingerprint(watched.places), waker).begin()
        CallbacksSource(partial(received_again, state), waker, clock).begin()
        rounds = Rounds(desk, clock, interval, trace, of_a_round, confirmed=watched.new_state)
        say(f"watching workspace {workspace.name} every {interval:g} s")
        Loop(rounds, desk.leading, audience, waker, interval, clock).run()
        say("stopped in order")
        return INTERRUPTED if by_hand() else DONE


def check_listening(listening: Listening) -> None:
    """Raises UsageError where strangers could look."""
    access = listening.access
    if listening.host and not is_loopback(listening.host) and not access.token and not access.header:
        raise UsageError(
            f"--listen {listening.host}:{listening.port} is reachable from other machines without a token",
            "set RECONCILER_WATCH_TOKEN or --token-file, or a reverse proxy's header with --proxy-header",
        )


@contextmanager
def serving(listening: Listening, site: Served) -> Iterator[None]:
    """Serves for a block, and says where; raises UsageError for an address that cannot be had."""
    if not listening.host:
        yield
        return
    try:
        listener = bound(listening.host, listening.port)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {listening.host}:{listening.port}: {error.strerror or error}",
            "choose another address with --listen HOST:PORT; port 0 is any free one",
        ) from error
    with served(site, listener):
        host, port = listener.getsockname()[:2]
        say(f"listening on http://{f'[{host}]' if ':' in host else host}:{port}", err=False)
        yield


@contextmanager
def posting(counter: Counter, waker: Waker) -> Iterator[Postman]:
    """What sends messages meanwhile, and counts what came of them."""
    postman = Postman(send, told_result(counter), waker.stopping.wait)
    postman.begin()
    try:
        yield postman
    finally:
        postman.end(_LAST_MESSAGES)


def _pages() -> Pages:
    """Renders the wall; in a thread of the server's, so that what it needs is read before."""
    environment, host = current_environment(), socket.gethostname()
    clock, zone = environment.clock, environment.zone

    def render(shown: Shown) -> str:
        assert shown.seen is not None
        leader = (f"Standing by: {shown.leader}",) if shown.leader else ()
        live = Live(shown.version, (*leader, *shown.told), run_rows(shown.runs, host))
        return live_wall(shown.seen.report, StatusContext(shown.seen.cloud, Clock(clock(), zone)), live)

    return Pages(render)


def _memory(state: str, workspace: str) -> Path:
    """Where it is kept what was told of a workspace on this machine."""
    name = digest(state, workspace).removeprefix("sha256:")
    return state_home(current_environment().variables) / "watch" / f"{name}.json"


def access_of(
    token_file: str | None, header: str, proxies: tuple[str, ...], check: Callable[[str], str]
) -> Access:
    """Who may look, as the options and RECONCILER_WATCH_TOKEN say it; `check` reads a file or raises."""
    token = check(token_file) if token_file else current_environment().get("RECONCILER_WATCH_TOKEN")
    default = Access()
    return Access(token.strip(), header, frozenset(proxies) or default.proxies)
