"""Applies that are told to stop while every call takes a second: by signals, and by readers that go away.

The first signal begins nothing new, lets what is in flight come home, and writes the state. A
second one ends the process where it stands. In no case may a task run of which neither the state
nor its journal knows.
"""

import fcntl
import os
import pty
import select
import signal
import termios
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from reconciler.backends.local.location import file_location
from reconciler.cli.holding import look_at
from reconciler.model import Status
from tests.chaos.processes_children import Child, Hook, Ran, Streams, import_commands
from tests.chaos.processes_judge import judge, name_of, unrecorded
from tests.chaos.processes_races import STARTS
from tests.chaos.processes_wishes import Wishes, changed, first
from tests.chaos.processes_world import APPLY, STATE, World, world

OF_EACH = {"MixStream": 8, "RelayStream": 6, "IngestStream": 6, "RenderStream": 5, "LiveStream": 5}
ROUNDS_A_WORLD = 20
CHANGED = 0.8
LATENCY = 1.0
WITHIN = 20.0
"""Seconds from the signal to the end, at that latency."""
GRACE = 0.9
"""Seconds from the signal after which no start may arrive; the next would come by the latency."""
BEFORE = (1, -signal.SIGHUP)
"""How a run may end as well that was told to stop while it still planned: nothing can be lost then."""
SLOW = [{"action": "*", "kind": "delay", "nth": 1, "count": 10**6, "seconds": LATENCY}]


@dataclass
class Interrupts:
    """What came of the interrupts of one job; `waits` are the seconds from a signal to the end."""

    rounds: int = 0
    seconds: float = 0.0
    ends: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    in_flight: int = 0
    wrongs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Told:
    """What was done to a child: when it was told to stop (unix seconds), and how it ended.

    `codes` are the exit codes that are right once a call was sent that changes something. One that
    is to stop in `orderly` fashion leaves no journal.
    """

    way: str
    at: float
    seconds: float
    ran: Ran
    codes: tuple[int, ...]
    orderly: bool


def run_interrupts(count: int, seed: int, job: int, spoil: Hook) -> Interrupts:
    """So many rounds in one simulator's worlds; `spoil` is done to each run that is interrupted."""
    import_commands()
    done = Interrupts()
    began = time.monotonic()
    with world() as cloud:
        round_ = _Round(cloud, done, spoil, Random(f"{seed} {job}"))
        while done.rounds < count and not done.wrongs:
            round_.run(job)
        done.seconds = time.monotonic() - began
        cloud.keep = bool(done.wrongs)
    return done


class _Round:
    def __init__(self, cloud: World, done: Interrupts, spoil: Hook, chance: Random) -> None:
        self.world = cloud
        self.done = done
        self.spoil = spoil
        self.chance = chance
        self.everything = first(OF_EACH)
        self.wishes: Wishes = {}
        self.before = 0

    def run(self, job: int) -> None:
        """One apply that is interrupted, and a plain one after it."""
        if self.done.rounds % ROUNDS_A_WORLD == 0:
            self.world.afresh()
            self.wishes = {}
        self.wishes = changed(self.wishes, self.everything, self.chance, CHANGED)
        self.world.write(self.wishes)
        self.world.post("faults", SLOW)
        way = WAYS[(self.done.rounds + 3 * job) % len(WAYS)]
        before, self.before = len(self.world.calls()), self.calls_so_far()
        told = way(self)
        calls = self.world.calls()[before:]
        self.done.rounds += 1
        self.done.ends[f"{told.way}: {told.ran.code}"] += 1
        wrongs = self._wrongs_of(told, calls)
        self.world.post("faults", [])
        again = self.world.apply()
        wrongs += judge(self.world, self.wishes).words()
        if again.code:
            wrongs.append(f"the run after it ended with {again.code}: {again.out} {again.err}")
        where = f"{self.world.root}, round {self.done.rounds}, {told.way}"
        self.done.wrongs += [f"{where}: {wrong}" for wrong in wrongs]

    def _wrongs_of(self, told: Told, calls: list[dict[str, Any]]) -> list[str]:
        wrongs = []
        began = any(not call["action"].startswith("Describe") for call in calls)
        codes = told.codes if began else (*told.codes, *BEFORE)
        if told.ran.code not in codes or "Traceback" in told.ran.err or "bug" in told.ran.err:
            wrongs.append(f"ended with {told.ran.code}: {told.ran.out} {told.ran.err}")
        if told.ran.code == 130:
            self.done.waits.append(told.seconds)
            self.done.in_flight += any(told.at - LATENCY < call["at"] < told.at for call in calls)
        if told.seconds > WITHIN and told.ran.code != 0:
            wrongs.append(f"took {told.seconds:.1f} s to end")
        late = [call["at"] - told.at for call in calls if call["action"] in STARTS]
        if any(moment > GRACE for moment in late):
            wrongs.append(f"a start arrived {max(late):.2f} s after the signal")
        return wrongs + self._unknown(orderly=told.orderly and told.ran.code in (0, 130))

    def _unknown(self, *, orderly: bool) -> list[str]:
        """Tasks that run and of which nothing is known, and after an orderly end whatever is not exact."""
        tasks = self.world.tasks()
        path = self.world.root / STATE
        known = look_at(file_location(path), None).state.entries
        doubt = {address.name for address, entry in known.items() if entry.status is Status.UNCERTAIN}
        ids = {entry.task_id for entry in known.values()} | {None}
        renders = {address.name for address in known if address.kind == "RenderStream"}
        found = [
            f"nothing is known of {task['taskId']}, {name_of(task)}"
            for task in tasks
            if task["taskId"] not in ids and name_of(task) not in doubt | renders
        ]
        if orderly:
            orphans, dead = unrecorded(tasks, self.world.state()["resources"])
            found += [f"{one} runs unrecorded" for one in orphans] + [f"{one} is recorded" for one in dead]
            found += ["the journal was left"] if path.with_suffix(".journal").exists() else []
        return found

    # The ways

    def start(self, hook: Hook = lambda: None, streams: Streams = (None, None)) -> Child:
        def both() -> None:
            self.spoil()
            hook()

        return self.world.start(*APPLY, hook=both, streams=streams)

    def pause(self, child: Child, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Until somewhere in the apply: mostly once its calls have begun, else from its beginning on."""
        if self.chance.random() < 0.75:
            while self.calls_so_far() == self.before and not child.ended(0.02):
                meanwhile()
        end = time.monotonic() + self.chance.uniform(0.03, 2.2 * LATENCY)
        while (left := end - time.monotonic()) > 0 and not child.ended(min(left, 0.05)):
            meanwhile()

    def calls_so_far(self) -> int:
        """How many calls have arrived that change something."""
        return sum(not call["action"].startswith("Describe") for call in self.world.calls())

    def end(self, child: Child, way: str, at: float, codes: tuple[int, ...], orderly: bool = True) -> Told:
        ran = child.ran()
        return Told(way, at, time.time() - at, ran, codes, orderly)


def one_signal(number: signal.Signals) -> Callable[[_Round], Told]:
    """An orderly stop."""

    def way(on: _Round) -> Told:
        child = on.start()
        on.pause(child)
        at = time.time()
        child.signal(number)
        return on.end(child, number.name, at, (0, 130))

    return way


def two_signals(on: _Round) -> Told:
    """The second comes while the calls in flight come home, and ends the process where it stands."""
    child = on.start()
    on.pause(child)
    child.signal(signal.SIGINT)
    child.ended(on.chance.uniform(0.02, LATENCY))
    number = on.chance.choice((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    at = time.time()
    child.signal(number)
    return on.end(child, f"SIGINT, then {number.name}", at, (0, 130, -number), orderly=False)


def reader_gone(stream: int, number: signal.Signals | None) -> Callable[[_Round], Told]:
    """Whoever reads standard output or standard error goes away; after that, a signal may come."""

    def way(on: _Round) -> Told:
        read, write = os.pipe()
        streams = (write, None) if stream == 1 else (None, write)
        child = on.start(hook=lambda: os.close(read), streams=streams)
        os.close(write)
        on.pause(child)
        os.close(read)
        if number is None:
            # It has to go on to its end, or not to begin if it could not show the plan.
            return on.end(child, f"reader of {stream} gone", time.time() + 10, (0,))
        child.ended(on.chance.uniform(0, LATENCY))
        at = time.time()
        child.signal(number)
        return on.end(child, f"reader of {stream} gone, {number.name}", at, (0, 130))

    return way


def terminal_gone(on: _Round) -> Told:
    """The window is closed: a hangup from the kernel, and each word to the terminal fails."""
    master, slave = pty.openpty()

    def on_terminal() -> None:
        os.close(master)
        os.setsid()
        fcntl.ioctl(1, termios.TIOCSCTTY, 0)

    child = on.start(hook=on_terminal, streams=(slave, slave))
    os.close(slave)
    on.pause(child, lambda: _read_what_there_is(master))
    at = time.time()
    os.close(master)
    return on.end(child, "terminal gone", at, (0, 130))


def _read_what_there_is(terminal: int) -> None:
    while select.select([terminal], [], [], 0)[0]:
        try:
            os.read(terminal, 65536)
        except OSError:  # the other end is closed: the child has ended
            return


WAYS: tuple[Callable[[_Round], Told], ...] = (
    one_signal(signal.SIGINT),
    one_signal(signal.SIGTERM),
    one_signal(signal.SIGHUP),
    two_signals,
    one_signal(signal.SIGINT),
    one_signal(signal.SIGTERM),
    reader_gone(1, None),
    reader_gone(1, signal.SIGTERM),
    reader_gone(2, signal.SIGINT),
    terminal_gone,
)
