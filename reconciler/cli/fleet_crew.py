"""The rounds of a worker: each is that of a watch, and what the next one needs goes back to the queue."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Lock

import click
from click.globals import pop_context, push_context

from reconciler.backends.work import Assignment, RoundEnd, Work
from reconciler.cli.fleet_watches import FleetWatch, FleetWatches, outcome
from reconciler.cli.holding import say
from reconciler.cli.json_log import about
from reconciler.cli.watch_audience import log_event, send_events
from reconciler.errors import StateError
from reconciler.watching.events import EventKind
from reconciler.watching.fleet_files import FleetFiles
from reconciler.watching.fleet_metrics import FleetMetrics
from reconciler.watching.fleet_serving import FleetBoard
from reconciler.watching.loop import pause_after
from reconciler.watching.model import Round
from reconciler.watching.notifying import Postman
from reconciler.watching.versions import Standing, standing

WAITED = 120.0
"""Seconds for which a worker waits for others to have its manifests, where nobody knows whose are newer."""
LEFT = 30.0
"""Seconds for which a workspace is left to others whose manifests this worker has not, or has older."""


@dataclass
class FleetCrew:
    """Makes rounds, each in the thread that asks for it (a fleet_loop.Crew). `clock` gives unix seconds."""

    work: Work
    files: FleetFiles
    watches: FleetWatches
    board: FleetBoard
    metrics: FleetMetrics
    postman: Postman
    interval: float
    clock: Callable[[], float]
    _left: dict[str, tuple[float, Sequence[str]]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _said: tuple[str, bool] = ("", False)

    def skips(self) -> Sequence[str]:
        """See Crew.skips."""
        now = self.clock()
        with self._lock:
            self._left = {
                name: (until, versions)
                for name, (until, versions) in self._left.items()
                if until > now and versions == self.files.versions(name)
            }
            return sorted(self._left)

    def make(self, assignment: Assignment, ending: Event, sure: Callable[[], bool]) -> RoundEnd:
        """See Crew.make."""
        name = assignment.workspace
        paths = self.files.paths(name)
        self.board.begins(name)
        try:
            if paths is None:
                return self._leave(name)
            watch = self.watches.of(name, paths)
            with about(name), within(watch.context):
                return self._made(assignment, watch, ending, sure)
        finally:
            self.board.ends(name)
            self.watches.shrink()

    def stands(self, trouble: str, draining: bool, under_way: int) -> None:
        """See Crew.stands."""
        self.board.reaches(trouble)
        self.metrics.under_way.set(under_way)
        self.metrics.draining.set(1 if draining else 0)
        self.metrics.left.set(len(self._left))
        was_trouble, was_draining = self._said
        self._said = trouble, draining
        if trouble and trouble != was_trouble:
            say(f"warning: {trouble}")
        elif was_trouble and not trouble:
            say("back in the fleet")
        if draining and not was_draining:
            say(f"draining: takes nothing new, {under_way} round{'' if under_way == 1 else 's'} to end")

    def sees_all(self) -> None:
        """See Crew.sees_all."""
        with suppress(StateError):  # the next turn of the loop meets the same, and tells it
            self.metrics.sees(self.work.standing())

    def loses(self, assignment: Assignment) -> None:
        """See Crew.loses."""
        say(f"{assignment.workspace}: its round was taken over by another worker")

    def _made(
        self,
        assignment: Assignment,
        watch: FleetWatch,
        ending: Event,
        sure: Callable[[], bool],
    ) -> RoundEnd:
        watch.recall(assignment.kept)
        if not self._may(assignment.workspace, watch):
            return self._leave(assignment.workspace)
        self._say_why(assignment)
        watch.desk.desk.stop = ending
        made = watch.rounds.make(acts=sure() and not ending.is_set())
        self.metrics.hears(made)
        if ending.is_set() and not made.results:
            return RoundEnd(0.0, "")  # what was cut off is no news, and is due again
        if sure():
            self._tell(watch, made)
        wait = pause_after(made, self.interval, self.clock())
        return RoundEnd(wait, outcome(made), watch.desk.account, watch.kept(made))

    def _may(self, name: str, watch: FleetWatch) -> bool:
        """Whether its manifests are to be in force; where nobody knows, others are waited for."""
        versions = self.files.versions(name)
        stands = standing(versions, watch.step, watch.force)
        if stands is Standing.UNKNOWN:
            first = watch.unknown.setdefault(versions[-1], self.clock())
            return self.clock() - first > WAITED or len(self.work.workers()) < 2
        return stands is not Standing.OLDER

    def _tell(self, watch: FleetWatch, made: Round) -> None:
        """What is new, to the log and to whom the workspace names."""
        events = watch.news(made)
        for event in events:
            if event.kind is not EventKind.APPLIED:  # each change was a line when it was made
                log_event(event)
        reading = watch.desk.desk.last
        if reading is not None:
            send_events(self.postman, self.metrics.messages, reading.workspace, events)

    def _say_why(self, assignment: Assignment) -> None:
        if assignment.lost:
            self.metrics.taken_over.inc()
            say(f"taken over from worker {assignment.lost}, which was out of contact")
        if assignment.why:
            say(f"looking at once: {assignment.why}")

    def _leave(self, name: str) -> RoundEnd:
        """Leaves it to workers that have its manifests, or newer ones."""
        with self._lock:
            self._left[name] = self.clock() + LEFT, self.files.versions(name)
        return RoundEnd(0.0, "")


@contextmanager
def within(context: click.Context) -> Iterator[None]:
    """Has this thread run with the variables of a context of the command line."""
    push_context(context)
    try:
        yield
    finally:
        pop_context()
        sys.stderr.flush()
