"""`reconciler watch --fleet`, put together: a worker with its queue, files, server and messages."""

import os
import socket
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Thread

from reconciler import __version__
from reconciler.backends.work import Work
from reconciler.cli.background import boot_time
from reconciler.cli.environment import current_environment
from reconciler.cli.fleet_crew import FleetCrew
from reconciler.cli.fleet_places import fleet_store, queue_of
from reconciler.cli.fleet_watches import FleetWatches
from reconciler.cli.holding import say
from reconciler.cli.json_log import of_several
from reconciler.cli.main import DONE, INTERRUPTED
from reconciler.cli.watch_desk import Watched
from reconciler.cli.watch_signals import signals_heeded
from reconciler.cli.watch_tracing import traced
from reconciler.cli.watching import Listening, check_listening, posting, serving
from reconciler.cli.world import holder
from reconciler.errors import StateError, UsageError
from reconciler.reports.fleet import fleet_text
from reconciler.watching.fleet_files import FleetFiles
from reconciler.watching.fleet_loop import FleetLoop
from reconciler.watching.fleet_metrics import FleetMetrics
from reconciler.watching.fleet_serving import FleetBoard, FleetSite
from reconciler.watching.member import Member
from reconciler.watching.waking import Waker


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """A worker as the command line says it: its workspaces, its name ("" for the usual), rounds at a time."""

    directory: str
    worker: str
    rounds: int
    interval: float


def work_in_fleet(options: FleetOptions, watched: Watched, listening: Listening) -> int:
    """Makes rounds for the fleet until it is drained, or a signal comes; the exit code."""
    check_listening(listening)
    if not os.path.isdir(options.directory):
        raise UsageError(
            f"--fleet {options.directory}: no such directory", "pass one with a directory for each workspace"
        )
    store, environment = fleet_store(watched.state_file), current_environment()
    name = options.worker or f"{socket.gethostname()}-{os.getpid()}"
    waker, clock = Waker(), environment.clock
    with ExitStack() as stack:
        stack.enter_context(of_several())
        by_hand = stack.enter_context(signals_heeded(waker.stop))
        work = stack.enter_context(queue_of(store))
        board, metrics = FleetBoard(clock), FleetMetrics(name, __version__)
        site = FleetSite(board, lambda: _page(work), metrics, listening.access)
        stack.enter_context(serving(listening, site))
        postman = stack.enter_context(posting(metrics.messages, waker))
        trace = stack.enter_context(traced(environment.variables, ""))
        files = FleetFiles(options.directory, watched.paths, work, boot_time)
        watches = FleetWatches(watched, store, options.interval, clock, trace)
        crew = FleetCrew(work, files, watches, board, metrics, postman, options.interval, clock)
        member = Member(work, name, holder("watch"), options.rounds, boot_time, lambda: str(uuid.uuid4()))
        _in_thread("files", lambda: files.run(waker.stopping))
        say(
            f"worker {name}: up to {options.rounds} rounds at a time, each workspace every "
            f"{options.interval:g} s"
        )
        FleetLoop(member, crew, waker, lambda run: _in_thread("round", run), boot_time).run()
        say("stopped in order" if waker.stopping.is_set() else "drained")
        return INTERRUPTED if by_hand() else DONE


def _in_thread(name: str, run: Callable[[], None]) -> None:
    Thread(target=run, name=name, daemon=True).start()


def _page(work: Work) -> str:
    """The fleet as text, for those who look; or why it cannot be seen."""
    try:
        return fleet_text(work.workers(), work.standing())
    except StateError as error:
        return f"{error.message}\n"
