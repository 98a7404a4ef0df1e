"""A large fleet on a virtual clock: what workers decide, on machines that die, stand still and are cut off.

    python -m tests.chaos.fleet_virtual [--rounds 200] [--seed 1] [--accounts 20] [--workspaces 2000]

What decides is the product's: `watching.member`, `backends.lease`, `pacing.slots`, and a queue that is held
to the same promises as the database's (tests/backends/test_work.py). The cloud, the journals and what a round
calls are models: each start has a slot, an intent, a send, an answer and an outcome, and whoever takes a
workspace over asks the cloud about intents without an outcome. Ends with 1 if a stream was started twice,
runs unrecorded, or a limit was passed.
"""

import argparse
import sys
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, cast

from reconciler.backends.lease import Lease
from reconciler.backends.work import Assignment, RoundEnd, Work
from reconciler.errors import StateError
from reconciler.pacing.slots import Limit, Ticket, give_back, take
from reconciler.watching.loop import BUSY
from reconciler.watching.member import POLL, Member, Tick
from tests.backends.memory_work import MemoryWork
from tests.chaos.fleet_model import Account, Workspace
from tests.chaos.virtual import Engine, Machine, Process

PER_SECOND, THREADS, ROUNDS, INTERVAL, TTL = 20, 8, 8, 30.0, 20.0
TRIP = (0.06, 0.12)
"""Seconds from sending a call to its answer."""
STORED, LOOKED = 0.003, 0.3
"""Seconds that the database takes for a record, and a round for its look at the cloud."""
KINDS = ("kill", "stop", "cut")


@dataclass
class Way:
    """A machine's way to the queue, which fails while the machine is cut off."""

    machine: Machine
    work: MemoryWork

    @property
    def ttl(self) -> float:
        return self.work.ttl

    def __getattr__(self, name: str) -> Any:
        self.machine.reach()
        return getattr(self.work, name)


@dataclass
class Fleet:
    """All of it; `lost` has the rounds of machines that fell out, and when that was."""

    accounts: int
    workspaces: int
    chance: Random
    engine: Engine = field(default_factory=Engine)
    machines: list[Machine] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    lost: dict[str, float] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        limits = [Limit(f"account{number}", PER_SECOND) for number in range(self.accounts)]
        self.books = [Account(limit) for limit in limits]
        self.spaces = {
            f"w{number:05}": Workspace(self.books[number % self.accounts])
            for number in range(self.workspaces)
        }
        self.work = MemoryWork(self.engine.clock, TTL)
        self.work.schedule(list(self.spaces))
        for name, row in self.work.rows.items():
            row.account = self.spaces[name].account.limit.key

    def begin(self) -> None:
        """One more worker on a machine of its own."""
        machine = Machine(f"m{next(self._numbers)}")
        self.machines.append(machine)
        member = Member(
            cast(Work, Way(machine, self.work)), machine.name, {}, ROUNDS, self.engine.clock, self._token
        )
        self.engine.spawn(machine, self._loop(machine, member))

    def _token(self) -> str:
        return str(next(self._numbers))

    def declare(self, name: str, streams: int) -> None:
        """So many more streams of a workspace, of which its files tell at once."""
        space = self.spaces[name]
        have = len(space.declared)
        space.declared |= {f"{name}/{have + number}" for number in range(streams)}
        self.work.wake(name, "the manifests changed")

    def _loop(self, machine: Machine, member: Member) -> Process:
        while True:
            try:
                tick = member.tick()
            except StateError:
                tick = Tick()
            for one in tick.given:
                if began := self.lost.pop(one.workspace, 0.0):
                    self.taken.append(self.engine.now - began)
                self.engine.spawn(machine, self._round(machine, member, one))
            yield POLL

    def _round(self, machine: Machine, member: Member, one: Assignment) -> Process:
        yield LOOKED
        space, run = self.spaces[one.workspace], Run(self, machine, self.spaces[one.workspace], self._token())
        end = RoundEnd(INTERVAL, "ok")
        try:
            if space.declared - space.recorded or space.open:
                machine.reach()
                if not (member.sure() and space.take(run.token, self.engine.now, TTL)):
                    end = RoundEnd(BUSY, "busy")
                else:
                    yield from run.all()
        except StateError:
            run.over = True
        with suppress(StateError):  # it is due again once this worker's time is over
            member.end(one, end)


@dataclass
class Run:
    """The run of one round, which holds a workspace by `token`."""

    fleet: Fleet
    machine: Machine
    space: Workspace
    token: str
    over: bool = False
    _left: list[str] = field(default_factory=list)
    _active: int = 0

    def all(self) -> Process:
        """Settles what a run before left, starts what is missing, ends."""
        engine, space = self.fleet.engine, self.space
        self.lease = Lease(engine.clock, TTL, engine.now)
        yield LOOKED  # the cloud is asked which of the intents without an outcome took effect
        self._reach()
        space.recorded |= {stream for stream in space.open if space.account.running[stream]}
        space.open.clear()
        self._left = sorted(space.declared - space.recorded, reverse=True)
        for _ in range(min(THREADS, len(self._left))):
            self._active += 1
            engine.spawn(self.machine, self._thread())
        beat = engine.now
        while self._active:
            yield 0.1
            if engine.now - beat >= TTL / 4:
                beat = engine.now
                self._reach()
        self._reach()
        space.free(self.token)

    def _reach(self) -> None:
        """A write to the database: the way there, the fence, and the lease that it proves."""
        asked = self.fleet.engine.now
        try:
            self.machine.reach()
            self.space.write(self.token, asked)
        except StateError:
            self.over = True
            raise
        self.lease.prove(asked)

    def _thread(self) -> Process:
        try:
            while self._left and not self.over:
                stream = self._left.pop()
                yield from self._start(stream)
        except StateError:
            self.over = True
        finally:
            self._active -= 1

    def _start(self, stream: str) -> Process:
        ticket = yield from self._slot(self.space.account)
        if ticket is None:
            return
        trip = None
        try:
            yield STORED
            self._reach()
            self.space.open.add(stream)
            yield STORED  # the answer comes, the request is signed
            if not self.lease.sure():
                return
            seconds = self.fleet.chance.uniform(*TRIP)
            self.fleet.engine.later(seconds / 2, lambda: self._arrives(stream))
            yield seconds
            trip = seconds
        except GeneratorExit:
            ticket = None  # of a process that was killed nobody gives a slot back: it ends by its time
            raise
        finally:
            if ticket is not None:
                self._give_back(ticket, trip)
        yield STORED
        self._reach()
        self.space.open.discard(stream)
        self.space.recorded.add(stream)

    def _give_back(self, ticket: Ticket, trip: float | None) -> None:
        account = self.space.account
        account.window = give_back(account.window, ticket, self.fleet.engine.now, trip=trip, throttled=False)

    def _slot(self, account: Account) -> Generator[float, None, Ticket | None]:
        engine = self.fleet.engine
        account.waits(1, engine.now)
        try:
            while not self.over and self.lease.sure():
                self.machine.reach()
                account.window, found = take(account.window, account.limit, engine.now)
                if isinstance(found, Ticket):
                    return found
                yield found
        finally:
            account.waits(-1, engine.now)
        return None

    def _arrives(self, stream: str) -> None:
        self.space.account.arrive(stream, self.fleet.engine.now)
        if self.space.account.running[stream] > 1:
            self.fleet.doubled.append(stream)


@dataclass
class Figures:
    """What came of it: calls a second of the slowest and fastest account, the most in any second, …"""

    slowest: float = 0.0
    fastest: float = 0.0
    fullest: int = 0
    starts: int = 0
    happened: int = 0
    taken: list[float] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)


def run_virtual(accounts: int, workspaces: int, workers: int, rounds: int, seed: int) -> Figures:
    """Everything starts at once, then manifests change in each round while something happens to a worker."""
    fleet, figures = Fleet(accounts, workspaces, Random(seed)), Figures()
    for name in fleet.spaces:
        fleet.declare(name, 10)
    for _ in range(workers):
        fleet.begin()
    _settle(fleet, figures)
    rates = [book.served / book.busy for book in fleet.books]
    figures.slowest, figures.fastest = min(rates), max(rates)
    for number in range(rounds):
        if figures.wrongs:
            break
        for name in fleet.chance.sample(sorted(fleet.spaces), max(1, workspaces // 20)):
            fleet.declare(name, fleet.chance.randint(1, 5))
        fleet.engine.run(fleet.chance.uniform(0, 5))
        fall_out(fleet, KINDS[number % len(KINDS)])
        figures.happened += 1
        _settle(fleet, figures)
    figures.fullest = max(book.fullest for book in fleet.books)
    figures.starts = sum(sum(book.running.values()) for book in fleet.books)
    figures.taken = sorted(fleet.taken)
    if figures.fullest > PER_SECOND:
        figures.wrongs.append(f"{figures.fullest} calls of an account in a second")
    return figures


def fall_out(fleet: Fleet, kind: str) -> None:
    """One machine dies, stands still or is cut off, for longer than its rounds are its own."""
    has = {machine.name: 0 for machine in fleet.machines}
    rows = [row for row in fleet.work.rows.values() if row.worker]
    for row in rows:
        has[row.last] += 1
    able = [one for one in fleet.machines if one.alive and not one.stopped and not one.cut]
    machine = max(able, key=lambda one: has[one.name])
    fleet.lost |= {row.name: fleet.engine.now for row in rows if row.last == machine.name}
    back = TTL + fleet.chance.uniform(1, 20)
    if kind == "kill":
        machine.alive = False
        fleet.engine.later(back, fleet.begin)
    elif kind == "stop":
        machine.stopped = True
        fleet.engine.later(back, lambda: fleet.engine.resume(machine))
    else:
        machine.cut = True
        fleet.engine.later(back, lambda: setattr(machine, "cut", False))


def _settle(fleet: Fleet, figures: Figures) -> None:
    """Goes on until all is as declared; what does not become so within an hour is wrong."""

    def settled() -> bool:
        return all(space.recorded >= space.declared and not space.open for space in fleet.spaces.values())

    end = fleet.engine.now + 3600.0
    while not settled() and fleet.engine.now < end:
        fleet.engine.run(5.0)
    fleet.engine.run(2 * TTL)
    for name, space in fleet.spaces.items():
        running = {stream for stream in space.declared if space.account.running[stream]}
        if running != space.recorded or running != space.declared:
            figures.wrongs.append(f"{name}: {len(running ^ space.recorded)} differ from what is recorded")
    figures.wrongs += [f"{stream} was started twice" for stream in fleet.doubled]


def main(arguments: list[str]) -> int:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m tests.chaos.fleet_virtual", formatter_class=form)
    for name, usual in (("accounts", 20), ("workspaces", 2000), ("workers", 8), ("rounds", 200), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    found = run_virtual(chosen.accounts, chosen.workspaces, chosen.workers, chosen.rounds, chosen.seed)
    print(f"{found.starts} starts, {found.happened} workers fell out, {time.monotonic() - began:.0f} s")
    print(f"calls/s of an account with work: {found.slowest:.1f} to {found.fastest:.1f}")
    print(f"most calls of an account in a second: {found.fullest}")
    if found.taken:
        middle, last = found.taken[len(found.taken) // 2], found.taken[-1]
        print(f"{len(found.taken)} rounds taken over, half within {middle:.1f} s, all within {last:.1f} s")
    for wrong in found.wrongs:
        print(f"WRONG: {wrong}")
    print(f"{len(found.wrongs)} wrong")
    return 1 if found.wrongs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
