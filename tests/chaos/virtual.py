"""Machines on a clock of their own making: what runs on them are generators that say how long they wait.

A machine that was killed never goes on, one that stands still goes on once it may, later than it meant to;
one that is cut off reaches no database. A day takes a moment, and is the same each time.
"""

import heapq
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from itertools import count

from reconciler.errors import StateError

Process = Generator[float, None, None]


@dataclass(eq=False)
class Machine:
    """Where processes run; `waiting` are those that would go on while it stands still."""

    name: str
    alive: bool = True
    stopped: bool = False
    cut: bool = False
    waiting: list[Process] = field(default_factory=list)

    def reach(self) -> None:
        """The database, unless the machine is cut off from it."""
        if self.cut:
            raise StateError("the database does not respond")


@dataclass
class Engine:
    """The clock, and what goes on when."""

    now: float = 1000.0
    _queue: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)

    def clock(self) -> float:
        return self.now

    def later(self, seconds: float, run: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (self.now + seconds, next(self._numbers), run))

    def spawn(self, machine: Machine, process: Process) -> None:
        self.later(0.0, lambda: self._go_on(machine, process))

    def resume(self, machine: Machine) -> None:
        """What a machine that stood still was at goes on."""
        machine.stopped = False
        waiting, machine.waiting = machine.waiting, []
        for process in waiting:
            self.spawn(machine, process)

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """So many seconds, or until something is so."""
        end = self.now + seconds
        while self._queue and self._queue[0][0] <= end:
            moment, _, run = heapq.heappop(self._queue)
            if moment > self.now:
                self.now = moment
                if until():
                    heapq.heappush(self._queue, (moment, next(self._numbers), run))
                    return
            run()
        self.now = max(self.now, end)

    def _go_on(self, machine: Machine, process: Process) -> None:
        if not machine.alive:
            process.close()
            return
        if machine.stopped:
            machine.waiting.append(process)
            return
        try:
            seconds = next(process)
        except StopIteration:
            return
        self.later(seconds, lambda: self._go_on(machine, process))
