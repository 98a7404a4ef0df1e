"""Applies that are killed at every point there is, and at random moments; then one plain run again.

Each round changes the manifests, some of them once more before the plain run. A part of the kills
sweeps through the points of an apply one after the other: a run that outlives its point has no such
point, and the sweep begins anew. A part goes through the points by name, and a part comes at random
moments. Some runs are killed again while they recover.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from tests.chaos.processes_children import Hook, import_commands
from tests.chaos.processes_judge import judge
from tests.chaos.processes_steps import CALLS, POINTS, Steps
from tests.chaos.processes_wishes import Wishes, changed, first
from tests.chaos.processes_world import APPLY, World, world

OF_EACH = {"MixStream": 3, "RelayStream": 2, "IngestStream": 3, "RenderStream": 2, "LiveStream": 2}
ROUNDS_A_WORLD = 40
CHANGED = 0.4
BY_MOMENT, BY_NAME = 0.25, 0.45
"""The share of kills at a random moment, and at a point that is chosen by its name."""
MOST = 6
"""The last of the points of one name at which a run is killed, where there are many."""
AGAIN = 0.2
"""The share of killed runs that are followed by one more."""
EDITED = 0.3
"""The usual share of rounds in which the manifests are edited before the plain run."""


@dataclass
class Kills:
    """What came of the kills of one job; `wrongs` tells each way in which a world was wrong."""

    kills: int = 0
    rounds: int = 0
    seconds: float = 0.0
    outlived: int = 0
    sweeps: int = 0
    longest: int = 0
    where: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)


def run_kills(count: int, seed: int, job: int, spoil: Hook, edited: float = EDITED) -> Kills:
    """So many kills in one simulator's worlds; `spoil` is done to each run that is to be killed.

    `edited` is the share of rounds in which the manifests are edited before the plain run.
    """
    import_commands()
    done = Kills()
    began = time.monotonic()
    with world() as cloud:
        killer = _Killer(cloud, done, spoil, Random(f"{seed} {job}"), edited)
        while done.kills < count and not done.wrongs:
            killer.epoch(count)
        done.seconds = time.monotonic() - began
        cloud.keep = bool(done.wrongs)
    return done


class _Killer:
    def __init__(self, cloud: World, done: Kills, spoil: Hook, chance: Random, share: float) -> None:
        self.world = cloud
        self.done = done
        self.spoil = spoil
        self.chance = chance
        self.share = share
        self.point = 0
        self.name = chance.randrange(len(POINTS))
        self.length = 0.2

    def epoch(self, count: int) -> None:
        """One workspace from nothing, through some rounds."""
        self.world.afresh()
        wishes: Wishes = {}
        for number in range(ROUNDS_A_WORLD):
            wishes = self.round(self.edited(wishes, CHANGED if number else 1.0))
            if self.done.wrongs or self.done.kills >= count:
                return

    def edited(self, wishes: Wishes, share: float) -> Wishes:
        after = changed(wishes, first(OF_EACH), self.chance, share)
        self.world.write(after)
        return after

    def round(self, wishes: Wishes) -> Wishes:
        """Kills, one plain run, and what is wrong then; what was asked for in the end."""
        told = [self.kill()]
        while self.chance.random() < AGAIN:
            told.append(self.kill())
        if self.chance.random() < self.share:
            told.append("edited")
            wishes = self.edited(wishes, CHANGED)
        ran = self.world.apply()
        again = self.world.run("plan", "--detailed-exitcode")
        self.done.rounds += 1
        wrongs = judge(self.world, wishes).words()
        if ran.code:
            wrongs.append(f"the run after it ended with {ran.code}: {ran.out} {ran.err}")
        if again.code:
            wrongs.append(f"the next plan is not empty: {again.out} {again.err}")
        where = f"{self.world.root}, round {self.done.rounds}, killed {', then '.join(told)}"
        self.done.wrongs += [f"{where}: {wrong}" for wrong in wrongs]
        return wishes

    def kill(self) -> str:
        """One apply that is killed, or that outlives it; where it was."""
        turn = self.chance.random()
        if turn < BY_MOMENT:
            return self._at_a_moment()
        if turn < BY_MOMENT + BY_NAME:
            self.name = (self.name + 1) % len(POINTS)
            # Every other one is around a call, where most can be lost.
            name = self.chance.choice((POINTS[self.name], self.chance.choice(CALLS)))
            many = name.startswith(("call", "journal: write", "journal: sync", "state: ", "copy: "))
            return self._at_a_point(self.chance.randint(1, MOST if many else 1), name)
        self.point += 1
        self.done.longest = max(self.done.longest, self.point - 1)
        where = self._at_a_point(self.point, "")
        if where == NOWHERE:
            self.point = 0
            self.done.sweeps += 1
        return where

    def _at_a_moment(self) -> str:
        began = time.monotonic()
        child = self.world.start(*APPLY, hook=self.spoil)
        if child.ended(self.chance.uniform(0, self.length)):
            self.length = 0.7 * self.length + 0.3 * 1.2 * (time.monotonic() - began)
        else:
            child.process.kill()
        return self._ended(child.ran().code, "at a moment")

    def _at_a_point(self, number: int, name: str) -> str:
        grave = self.world.root / "grave"
        steps = Steps(number, grave, name)

        def hook() -> None:
            self.spoil()
            steps.install()

        ran = self.world.start(*APPLY, hook=hook).ran()
        assert ran.code in (0, -9), f"an apply that was to die ended with {ran.code}: {ran.out} {ran.err}"
        return self._ended(ran.code, grave.read_text() if ran.code else "")

    def _ended(self, code: int, where: str) -> str:
        if code == 0:
            self.done.outlived += 1
            return NOWHERE
        self.done.kills += 1
        self.done.where[where] += 1
        return where


NOWHERE = "nowhere"
