"""Two to eight applies at once on one state: one holder at a time, and each loser knows who it is."""

import os
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from reconciler.backends.local.lock import FileLock
from tests.chaos.processes_children import Child, Hook, Ran, import_commands
from tests.chaos.processes_judge import judge
from tests.chaos.processes_steps import put
from tests.chaos.processes_wishes import Wishes, changed, first
from tests.chaos.processes_world import APPLY, World, world

OF_EACH = {"MixStream": 2, "RelayStream": 2, "IngestStream": 2, "RenderStream": 1, "LiveStream": 2}
ROUNDS_A_WORLD = 25
MOST = 8
CHANGED = 0.5
KILLED = 0.15
"""The share of rounds in which one of them is killed."""

STARTS = ("StartPublishCdnStream", "StartStreamIngest", "StartPublishStream", "StartPublishStreamWithURL")
LOSER = re.compile(r"the state is in use by process (\d+) on \S+ \(apply, since \S+, run \S+\)")
UNNAMED = "the state is in use by another run (it has not identified itself yet)"
SERIAL = re.compile(r"^Apply: .*; state serial (\d+)\.$", re.MULTILINE)


@dataclass
class Races:
    """What came of the races of one job."""

    rounds: int = 0
    runs: int = 0
    seconds: float = 0.0
    killed: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    at_once: Counter[int] = field(default_factory=Counter)
    starts: int = 0
    wrongs: list[str] = field(default_factory=list)


def run_races(count: int, seed: int, job: int, spoil: Hook) -> Races:
    """So many rounds in one simulator's worlds; `spoil` is done to each contestant."""
    import_commands()
    done = Races()
    chance = Random(f"{seed} {job}")
    began = time.monotonic()
    with world() as cloud:
        wishes: Wishes = {}
        everything = first(OF_EACH)
        while done.rounds < count and not done.wrongs:
            if done.rounds % ROUNDS_A_WORLD == 0:
                cloud.afresh()
                wishes = {}
            wishes = changed(wishes, everything, chance, CHANGED)
            _Race(cloud, done, chance, spoil, wishes).run()
        done.seconds = time.monotonic() - began
        cloud.keep = bool(done.wrongs)
    return done


class _Race:
    """One round: who takes part, what each says, and how the world is afterwards."""

    def __init__(self, cloud: World, done: Races, chance: Random, spoil: Hook, wishes: Wishes) -> None:
        self.world = cloud
        self.done = done
        self.chance = chance
        self.wishes = wishes
        self.log = cloud.root / "holders"
        self.spoil = spoil

    def run(self) -> None:
        self.world.write(self.wishes)
        self.log.write_text("")
        before, calls = self.world.state()["serial"], len(self.world.calls())
        patient = [self.chance.random() < 0.6 for _ in range(self.chance.randint(2, MOST))]
        addresses = sorted({*self.wishes, *self.world.state()["resources"]})
        # One without addresses of its own is there for all, and might forget what another names.
        shared = self.chance.random() < 0.5 or len(addresses) < len(patient)
        children = [
            self._start(wait, () if shared else tuple(addresses[number :: len(patient)]))
            for number, wait in enumerate(patient)
        ]
        victim = self._kill_one(children) if self.chance.random() < KILLED else None
        pids = [child.pid for child in children]
        rans = [child.ran() for child in children]
        self.done.rounds += 1
        self.done.runs += len(rans)
        self.done.at_once[len(rans)] += 1
        wrongs = [wrong for pair in zip(rans, patient, strict=True) for wrong in self._wrongs_of(*pair, pids)]
        wrongs += overlapping(self.log.read_text(), victim)
        if victim is None:
            wrongs += self._gaps(rans, before) + self._started_twice(calls)
        wrongs += self._afterwards()
        where = f"{self.world.root}, round {self.done.rounds} of {len(rans)}"
        self.done.wrongs += [f"{where}: {wrong}" for wrong in wrongs]

    def _start(self, wait: bool, addresses: tuple[str, ...]) -> Child:
        """A contestant for all, or for some of the resources."""
        targets = tuple(word for address in addresses for word in ("--target", address))
        timeout = ("--lock-timeout", "50s") if wait else ()

        def hook() -> None:
            self.spoil()
            note_holders(self.log)

        return self.world.start(*APPLY, *timeout, *targets, hook=hook)

    def _kill_one(self, children: list[Child]) -> int | None:
        time.sleep(self.chance.uniform(0, 0.15))
        victim = self.chance.choice(children)
        if victim.ended(0):
            return None
        victim.process.kill()
        self.done.killed += 1
        return victim.pid

    def _wrongs_of(self, ran: Ran, wait: bool, pids: list[int]) -> list[str]:
        told = LOSER.search(ran.err)
        if ran.code == 0:
            self.done.ends["applied" if SERIAL.search(ran.out) else "found nothing to do"] += 1
        elif ran.code == -9:
            self.done.ends["killed"] += 1
        elif ran.code == 1 and not wait and told and int(told[1]) in pids:
            self.done.ends["told who holds it"] += 1
        elif ran.code == 1 and not wait and UNNAMED in ran.err:
            self.done.ends["told that somebody holds it"] += 1
        else:
            return [f"ended with {ran.code}, waiting {wait}: {ran.out} {ran.err}"]
        return []

    def _gaps(self, rans: list[Ran], before: int) -> list[str]:
        """Serials that were told twice or left out."""
        told = sorted(int(found[1]) for ran in rans if (found := SERIAL.search(ran.out)))
        after = self.world.state()["serial"]
        wanted = list(range(before + 1, after + 1))
        return [] if told == wanted else [f"serials {told} told, from {before} to {after}"]

    def _started_twice(self, since: int) -> list[str]:
        """Robots and sessions that were started twice in this round, or refused as being there."""
        calls = [call for call in self.world.calls()[since:] if call["action"] in STARTS]
        self.done.starts += len(calls)
        robots = Counter(_robot(call["request"]) for call in calls)
        twice = [f"{robot} started {times} times" for robot, times in robots.items() if times > 1]
        return twice + [f"{call['action']}: {call['errorCode']}" for call in calls if call["errorCode"]]

    def _afterwards(self) -> list[str]:
        ran = self.world.apply()
        wrongs = judge(self.world, self.wishes).words()
        return wrongs + ([f"the run after it ended with {ran.code}: {ran.err}"] if ran.code else [])


def _robot(request: dict[str, Any]) -> str:
    agent = request.get("AgentParams", request)
    return f"{request.get('RoomId', 'session')}/{agent['UserId']}"


def note_holders(log: Path) -> None:
    """From now on, each taking and freeing of the lock in this process is a line of the log."""
    take, free = FileLock.take, FileLock.free
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    held = []

    def note(what: str) -> None:
        os.write(descriptor, f"{time.monotonic()} {os.getpid()} {what}\n".encode())

    def taking(lock: FileLock, holder: Any) -> None:
        take(lock, holder)
        held.append(lock)
        note("takes")

    def freeing(lock: FileLock) -> None:
        if lock in held:
            held.remove(lock)
            note("frees")
        free(lock)

    put(FileLock, "take", taking)
    put(FileLock, "free", freeing)


def overlapping(log: str, victim: int | None) -> list[str]:
    """Holders that took the lock while another had it; of one that was killed the end is not known."""
    holder, found = "", []
    for line in sorted(log.splitlines(), key=lambda line: float(line.split()[0])):
        _, pid, what = line.split()
        if what == "takes" and holder not in ("", pid, str(victim)):
            found.append(f"{pid} took the lock while {holder} had it")
        holder = pid if what == "takes" else ""
    return found
