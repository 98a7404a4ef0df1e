"""States in PostgreSQL while runs, the way to the database and the database itself fail, in real processes.

    python -m tests.chaos.shared kills      [--rounds 200] [--seed 1]
    python -m tests.chaos.shared partitions [--rounds 100] [--seed 1]
    python -m tests.chaos.shared database   [--rounds 50] [--seed 1]
    python -m tests.chaos.shared stopped    [--rounds 50] [--seed 1]
    python -m tests.chaos.shared failover|synchronous|over [--rounds 50] [--seed 1]

The last three are those of failovers.py.

Every other round goes through pgbouncer in transaction mode. Each ends with a plain run, after which the
simulated cloud, the state and the manifests must be one. Prints its figures, and ends with 1 if anything was
lost, doubled or recorded wrongly, or was sent by a run that others had followed.
"""

import argparse
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.backends.relay import PASS, REFUSE, SWALLOW_ALL, SWALLOW_ANSWERS, Relay, relaying
from tests.backends.servers import started
from tests.chaos.failovers import one_round
from tests.chaos.processes_children import Child, Ran, import_commands
from tests.chaos.processes_interrupts import SLOW
from tests.chaos.processes_judge import judge
from tests.chaos.processes_steps import CALLS, Steps
from tests.chaos.processes_wishes import Wishes, changed, first
from tests.chaos.processes_world import APPLY
from tests.chaos.shared_world import TTL, SharedWorld, shared_world

OF_EACH = {"MixStream": 3, "RelayStream": 2, "IngestStream": 2, "RenderStream": 2, "LiveStream": 2}
ROUNDS_A_WORLD = 10
CHANGED = 0.6
EXPIRED, SIGNED_FOR = "AuthFailure.SignatureExpire", 330
"""What a request is refused with that comes later than so many seconds."""
CUT = "cut"
MODES = (CUT, SWALLOW_ALL, SWALLOW_ANSWERS, REFUSE)
AT_MOST = 1.0
"""Seconds after its first call in which something happens to a run."""


@dataclass
class Done:
    """What came of the rounds; `ends` counts how the run ended that something was done to."""

    ends: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)


class Round:
    """One change of the manifests, and the run that carries it out while something happens to it."""

    def __init__(self, world: SharedWorld, chance: Random, pooled: bool) -> None:
        self.world = world
        self.chance = chance
        self.port = world.servers.pooler_port if pooled else world.servers.port
        self.wrongs: list[str] = []
        world.via(self.port)

    def kills(self) -> str:
        """It is killed, at a point by its number, around a call, or at a moment; half of them twice."""
        ended = [self._killed() for _ in range(self.chance.randint(1, 2))]
        self.world.silence()
        return ended[0]

    def partitions(self) -> str:
        """The way to the database fails for less than a hold lasts, or for so long that others come."""
        mode = self.chance.choice(MODES)
        long = mode != CUT and self.chance.random() < 0.4
        with relaying(self.port) as relay:
            self.world.via(relay.port)
            child = self._slow()
            _fail(relay, mode)
            self.world.via(self.port)
            if long:
                self._followed()
            else:
                time.sleep(self.chance.uniform(0, 0.6 * TTL))
            relay.mode = PASS
            ran = child.ran()
        self._quick()
        self._ended_well(ran, (1,) if long else (0, 1))
        self.world.silence()
        return f"{mode}, followed: {ran.code}" if long else f"{mode}: {ran.code}"

    def database(self) -> str:
        """All its processes are killed; it is back at once, or after a while."""
        child, away = self._slow(), self.chance.choice((0.0, 1.0, TTL))
        self.world.servers.kill()
        time.sleep(away)
        self.world.servers.start()
        ran = child.ran()
        self._quick()
        self._ended_well(ran, (0, 1))
        self.world.silence()
        return f"away for {away:.0f} s: {ran.code}"

    def stopped(self) -> str:
        """It stands still for longer than its hold; another run does the work, and then it goes on.

        Half of them wake up while what they sign is still served: only the database and the clock hold them.
        """
        child, soon = self._slow(), self.chance.random() < 0.5
        child.signal(signal.SIGSTOP)
        if child.process.exitcode is not None:
            child.ran()
            return "had ended before"
        self._followed()
        calls = self._calls()
        self.world.post("clock", {"serverAheadSeconds": 0 if soon else SIGNED_FOR})
        child.signal(signal.SIGCONT)
        ran = child.ran()
        self.world.post("clock", {"serverAheadSeconds": 0})
        self._ended_well(ran, (1,))
        strays = self._calls() - calls
        if strays:
            self.wrongs.append(f"{strays} calls were served after others had followed it")
        return f"went on {'soon' if soon else 'late'}: {ran.code}"

    def settled(self, wishes: Wishes) -> list[str]:
        """What is wrong after a plain run."""
        ran = self.world.apply("--lock-timeout", f"{2 * TTL:.0f}s")
        again = self.world.run("plan", "--detailed-exitcode")
        wrongs = [*self.wrongs, *judge(self.world, wishes).words()]
        wrongs += [f"the run after it ended with {ran.code}: {ran.out} {ran.err}"] if ran.code else []
        wrongs += [f"the next plan is not empty: {again.out} {again.err}"] if again.code else []
        wrongs += ["the state is held by nobody who lives"] if self.world.holder() else []
        return wrongs

    def _killed(self) -> str:
        turn = self.chance.random()
        if turn < 0.3:
            child = self.world.start(*APPLY)
            if not child.ended(self.chance.uniform(0, 1.0)):
                child.process.kill()
            ran, where = child.ran(), "at a moment"
        else:
            name = self.chance.choice(("database: before", "database: after")) if turn < 0.7 else ""
            name = name or self.chance.choice(CALLS)
            grave = self.world.root / "grave"
            steps = Steps(self.chance.randint(1, 25 if name.startswith("data") else 8), grave, name)
            ran, where = self.world.start(*APPLY, hook=lambda: self.world.dying(steps)).ran(), name
        self.world.silence()
        if ran.code not in (0, -9):
            self.wrongs.append(f"a run that was to die ended with {ran.code}: {ran.err}")
        return where if ran.code else "outlived"

    def _slow(self) -> Child:
        """A run whose first calls are not answered yet."""
        self.world.post("faults", SLOW)
        before = self._calls()
        child = self.world.start(*APPLY)
        while self._calls() == before and not child.ended(0.02):
            pass
        child.ended(self.chance.uniform(0, AT_MOST))
        return child

    def _quick(self) -> None:
        self.world.post("faults", [])

    def _followed(self) -> None:
        """Another run takes the state, once its time is over, and does the work."""
        self._quick()
        other = self.world.apply("--lock-timeout", f"{4 * TTL:.0f}s")
        self._ended_well(other, (0,))

    def _calls(self) -> int:
        """How many calls have arrived that change something, without those whose signature had expired."""
        return sum(
            call["errorCode"] != EXPIRED and not call["action"].startswith("Describe")
            for call in self.world.calls()
        )

    def _ended_well(self, ran: Ran, codes: tuple[int, ...]) -> None:
        if ran.code not in codes or "bug in reconciler" in ran.err:
            self.wrongs.append(f"ended with {ran.code}, not {codes}: {ran.out} {ran.err}")


def _fail(relay: Relay, mode: str) -> None:
    if mode != CUT:
        relay.mode = mode
    if mode in (CUT, REFUSE):
        relay.cut()


FAILOVERS = ("failover", "synchronous", "over")
FORMS: dict[str, Callable[[Round], str]] = {
    "kills": Round.kills,
    "partitions": Round.partitions,
    "database": Round.database,
    "stopped": Round.stopped,
}


def run_failovers(form: str, rounds: int, seed: int) -> Done:
    """So many rounds in each of which a standby takes the place of its primary."""
    done, chance, everything = Done(), Random(f"{form} {seed}"), first(OF_EACH)
    servers = started()
    try:
        with shared_world(servers) as world:
            for number in range(rounds):
                how, wrongs = one_round(form, world, chance, everything)
                done.ends[how] += 1
                done.wrongs += [f"round {number + 1}, {how}: {wrong}" for wrong in wrongs]
                if done.wrongs:
                    break
            world.keep = bool(done.wrongs)
    finally:
        servers.stop()
    return done


def run(form: str, rounds: int, seed: int) -> Done:
    """So many rounds of a form."""
    import_commands()
    if form in FAILOVERS:
        return run_failovers(form, rounds, seed)
    done, chance, everything = Done(), Random(f"{form} {seed}"), first(OF_EACH)
    servers = started()
    try:
        with shared_world(servers) as world:
            wishes: Wishes = {}
            for number in range(rounds):
                if number % ROUNDS_A_WORLD == 0:
                    world.afresh()
                    wishes = {}
                wishes = changed(wishes, everything, chance, CHANGED)
                world.write(wishes)
                one = Round(world, chance, number % 2 == 1)
                how = FORMS[form](one)
                way = "pgbouncer" if number % 2 else "direct"
                done.ends[f"{way}, {how}"] += 1
                done.wrongs += [f"{way}, round {number + 1}, {how}: {wrong}" for wrong in one.settled(wishes)]
                if done.wrongs:
                    break
            world.keep = bool(done.wrongs)
    finally:
        servers.stop()
    return done


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.shared")
    parser.add_argument("form", choices=(*FORMS, *FAILOVERS))
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    done = run(chosen.form, chosen.rounds, chosen.seed)
    seconds = time.monotonic() - began
    print(f"{done.ends.total()} rounds of {chosen.form} in {seconds:.0f} s, seed {chosen.seed}")
    for how, times in sorted(done.ends.items()):
        print(f"{times:6} {how}")
    for wrong in done.wrongs:
        print(f"WRONG: {wrong}")
    print(f"{len(done.wrongs)} wrong")
    return 1 if done.wrongs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
