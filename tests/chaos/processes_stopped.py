"""A holder that stands still: others are told of it, and once its lock was broken it writes nothing.

Half of the rounds only stop it and let it go on. In the other half its lock file is replaced
meanwhile, as `reconciler state unlock` does for a holder on another machine, another run does
the work, and it is woken when the cloud's clock is past all that its requests were signed for.
"""

import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from tests.chaos.processes_children import Child, Hook, import_commands
from tests.chaos.processes_interrupts import SLOW
from tests.chaos.processes_judge import bytes_of_state, judge
from tests.chaos.processes_races import LOSER
from tests.chaos.processes_wishes import Wishes, changed, first
from tests.chaos.processes_world import APPLY, STATE, World, world

OF_EACH = {"MixStream": 4, "RelayStream": 3, "IngestStream": 3, "RenderStream": 3, "LiveStream": 3}
ROUNDS_A_WORLD = 10
CHANGED = 0.8
AT_MOST = 0.7
"""Seconds after its first call in which a holder is stopped: all of its first calls are unanswered then."""
EXPIRED, SIGNED_FOR = "AuthFailure.SignatureExpire", 330
"""What a request is refused with that comes later than so many seconds."""
LOCK = STATE.with_suffix(".lock")


@dataclass
class Stopped:
    """What came of the stopped holders of one job; `strays` are calls served after the lock was lost."""

    rounds: int = 0
    seconds: float = 0.0
    ends: Counter[str] = field(default_factory=Counter)
    strays: int = 0
    wrongs: list[str] = field(default_factory=list)


def run_stopped(count: int, seed: int, job: int, spoil: Hook) -> Stopped:
    """So many rounds in one simulator's worlds; `spoil` is done to each holder."""
    import_commands()
    done, chance = Stopped(), Random(f"{seed} {job}")
    began = time.monotonic()
    with world() as cloud:
        wishes: Wishes = {}
        everything = first(OF_EACH)
        while done.rounds < count and not done.wrongs:
            if done.rounds % ROUNDS_A_WORLD == 0:
                cloud.afresh()
                wishes = {}
            wishes = changed(wishes, everything, chance, CHANGED)
            cloud.write(wishes)
            holder = _Holder(cloud, done, chance, spoil)
            wrongs = holder.run(broken=(done.rounds + job) % 2 == 1)
            done.rounds += 1
            done.strays += holder.strays
            ran = cloud.apply()
            wrongs += [f"the run after it ended with {ran.code}: {ran.err}"] if ran.code else []
            wrongs += judge(cloud, wishes).words()
            done.wrongs += [f"{cloud.root}, round {done.rounds}: {wrong}" for wrong in wrongs]
        done.seconds = time.monotonic() - began
        cloud.keep = bool(done.wrongs)
    return done


class _Holder:
    """One apply that is stopped while its first calls are unanswered."""

    def __init__(self, cloud: World, done: Stopped, chance: Random, spoil: Hook) -> None:
        self.world = cloud
        self.done = done
        self.before = self._calls()
        self.strays = 0
        cloud.post("faults", SLOW)
        self.child = cloud.start(*APPLY, hook=spoil)
        while self._calls() == self.before and not self.child.ended(0.02):
            pass
        self.child.ended(chance.uniform(0, AT_MOST))
        self.child.signal(signal.SIGSTOP)
        cloud.post("faults", [])

    def _calls(self) -> int:
        """How many calls have arrived that change something, without those whose signature had expired."""
        return sum(
            call["errorCode"] != EXPIRED and not call["action"].startswith("Describe")
            for call in self.world.calls()
        )

    def run(self, *, broken: bool) -> list[str]:
        if self.child.ended(0):
            self.child.ran()
            self.done.ends["had ended before"] += 1
            return []
        return self._broken() if broken else self._waited_for()

    def _waited_for(self) -> list[str]:
        """What is wrong where nobody touches the lock."""
        refused = self.world.apply()
        told = LOSER.search(refused.err)
        wrongs = []
        if refused.code != 1 or told is None or int(told[1]) != self.child.pid:
            wrongs.append(f"not told of the stopped holder: {refused.code} {refused.err}")
        waiting = self.world.start(*APPLY, "--lock-timeout", "50s")
        if waiting.ended(0.3):
            wrongs.append(f"did not wait for the stopped holder: {waiting.said(1)}")
        return wrongs + self._goes_on() + _wrong_end(waiting, 0)

    def _goes_on(self) -> list[str]:
        self.child.signal(signal.SIGCONT)
        self.done.ends["went on"] += 1
        return _wrong_end(self.child, 0)

    def _broken(self) -> list[str]:
        """What is wrong where another run has its lock and has done the work meanwhile."""
        path = self.world.root / LOCK
        new = path.with_suffix(".new")
        new.touch(0o600)
        os.rename(new, path)
        other = self.world.apply()
        wrongs = [f"the other run ended with {other.code}: {other.err}"] if other.code else []
        state, beside, calls = bytes_of_state(self.world), self.world.beside_the_state(), self._calls()
        self.world.post("clock", {"serverAheadSeconds": SIGNED_FOR})
        self.child.signal(signal.SIGCONT)
        wrongs += _wrong_end(self.child, 1)
        self.world.post("clock", {"serverAheadSeconds": 0})
        self.strays = self._calls() - calls
        if self.strays:
            wrongs.append(f"{self.strays} calls were served after the lock was lost")
        self.done.ends["found its lock replaced"] += 1
        if bytes_of_state(self.world) != state:
            wrongs.append("the old holder has written the state")
        if self.world.beside_the_state() != beside:
            wrongs.append(f"the old holder has left {self.world.beside_the_state() - beside}")
        return wrongs


def _wrong_end(child: Child, code: int) -> list[str]:
    ran = child.ran()
    return [] if ran.code == code else [f"ended with {ran.code}, not {code}: {ran.out} {ran.err}"]
