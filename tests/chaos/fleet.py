"""A fleet of workers on a real database, of which one is killed, stopped, cut off or drained in each round.

    python -m tests.chaos.fleet rounds --rounds 200 --seed 1 [--workspaces 200] [--accounts 4]
    python -m tests.chaos.fleet pace [--workspaces 200] [--accounts 4] [--streams 8]

In a round the manifests of some workspaces change while something happens to a worker; the others have to
take over what it had. Then every simulated account, the states and the manifests must be one: nothing runs
twice, nothing runs unrecorded. `pace` has all workspaces start their streams at once, and shows how many
calls a second each account got. Prints figures, and ends with 1 if anything was wrong.
"""

import argparse
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from reconciler.watching.files import contents
from tests.backends.relay import PASS, REFUSE, SWALLOW_ALL, SWALLOW_ANSWERS
from tests.backends.servers import started
from tests.chaos.fleet_world import FleetWorld, Worker, calls_by_second, fleet_world, wishes_of
from tests.chaos.processes_children import import_commands
from tests.chaos.processes_judge import judge
from tests.chaos.processes_wishes import changed
from tests.chaos.shared_world import TTL

OF_EACH = {"MixStream": 2, "RelayStream": 1, "IngestStream": 1}
WORKERS = 4
ROUNDS_A_WORLD = 20
CHANGED = 0.5
LONGEST = 2.5
"""Seconds after the manifests changed in which something happens: they are seen after about one."""
PATIENCE = 180.0
"""Seconds after which what is not as declared counts as never becoming so."""


@dataclass
class Done:
    """What came of the rounds; `taken` has the seconds after which another worker had what one had."""

    rounds: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    taken: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrongs: list[str] = field(default_factory=list)


@dataclass
class Round:
    """One round: what happens to which worker."""

    world: FleetWorld
    chance: Random
    done: Done

    def run(self, how: str) -> None:
        """Changes manifests, lets it happen, and waits until all is as declared."""
        count = self._change()
        time.sleep(self.chance.uniform(0, LONGEST))
        victim = self._victim()
        HOWS[how](self, victim)
        self.done.ends[how] += 1
        self._settle(f"round {self.done.rounds + 1}, {how}, {count} workspaces changed")
        self.done.rounds += 1
        print(f"{self.done.rounds} rounds, {len(self.done.wrongs)} wrong", file=sys.stderr, flush=True)

    def settle_first(self) -> None:
        """Waits until what was declared first is so."""
        self._settle("at first")

    def kill(self, victim: Worker) -> None:
        had, began = self.world.has(victim.name), time.monotonic()
        victim.kill()
        self._taken_over("kill", victim.name, had, began)
        self._replaced(victim, -9)

    def stop(self, victim: Worker) -> None:
        """It stands still until another one has what it had, and then goes on."""
        had, began = self.world.has(victim.name), time.monotonic()
        victim.child.signal(signal.SIGSTOP)
        self._taken_over("stop", victim.name, had, began)
        time.sleep(self.chance.uniform(0, 1))
        victim.child.signal(signal.SIGCONT)

    def partition(self, victim: Worker) -> None:
        """Its way to the database fails until another one has what it had."""
        had, began = self.world.has(victim.name), time.monotonic()
        victim.relay.mode = mode = self.chance.choice((SWALLOW_ALL, SWALLOW_ANSWERS, REFUSE))
        if mode == REFUSE:
            victim.relay.cut()
        self._taken_over("partition", victim.name, had, began)
        victim.relay.mode = PASS
        victim.relay.cut()

    def cut(self, victim: Worker) -> None:
        """Its connections break, and can be made anew at once."""
        victim.relay.cut()

    def drain(self, victim: Worker) -> None:
        self.world.store.ask(f"SELECT {{schema}}.drain_1('{victim.name}')")
        self._replaced(victim, 0)

    def term(self, victim: Worker) -> None:
        victim.child.signal(signal.SIGTERM)
        self._replaced(victim, 0)

    def _change(self) -> int:
        """A few workspaces, or up to all, are declared anew."""
        names = [(one, name) for one in self.world.accounts for name in one.wishes]
        count = self.chance.randint(1, min(len(names), 12))
        for account, name in self.chance.sample(names, count):
            everything = wishes_of(name, OF_EACH)
            account.declare(name, changed(account.wishes[name], everything, self.chance, CHANGED))
        return count

    def _victim(self) -> Worker:
        """One that has something, where any does soon."""
        end = time.monotonic() + 3.0
        while time.monotonic() < end:
            busy = sorted({worker for _, worker, _, _ in self.world.standing() if worker})
            if busy:
                return self.world.workers[self.chance.choice(busy)]
            time.sleep(0.02)
        return self.world.workers[self.chance.choice(sorted(self.world.workers))]

    def _taken_over(self, how: str, name: str, had: dict[str, int], began: float) -> None:
        """Waits until each round that it had is another worker's, or had ended before."""
        left = list(had)
        while left or time.monotonic() - began < TTL:
            if time.monotonic() > began + PATIENCE:
                break
            now = {workspace: (who, fence) for workspace, who, fence, _ in self.world.standing()}
            still = [one for one in left if now[one] == (name, had[one])]
            if left and not still:
                self.done.taken[how].append(time.monotonic() - began)
            left = still
            time.sleep(0.1)
        else:
            return
        self.done.wrongs.append(f"{how}: nobody took over {left}")

    def _replaced(self, victim: Worker, code: int) -> None:
        ended = victim.gone()
        del self.world.workers[victim.name]
        if ended != code:
            self.done.wrongs.append(f"{victim.name} ended with {ended}, not {code}: {victim.child.said(1)}")
        self.world.start()

    def _settle(self, what: str) -> None:
        """Waits until everything is as declared."""
        end = time.monotonic() + PATIENCE
        words: list[str] = ["nothing was looked at"]
        while words and time.monotonic() < end and not self.done.wrongs:
            time.sleep(0.3)
            words = self._unfinished() or self._judged()
        dead = [one.name for one in self.world.workers.values() if one.child.ended(0)]
        words += [f"{name} has ended" for name in dead]
        self.done.wrongs += [f"{self.world.root}, {what}: {one}" for one in words]

    def _unfinished(self) -> list[str]:
        """The workspaces whose manifests are not in force yet."""
        rows = self.world.store.ask(
            "SELECT s.name, w.kept -> 'manifests' ->> 'version', w.outcome FROM {schema}.work w "
            "JOIN {schema}.workspace s ON s.id = w.workspace"
        )
        stands = {name: (version, outcome) for name, version, outcome in rows}
        folder = self.world.root / "workspaces"
        return [
            f"{name} stands as {stands.get(name)}"
            for account in self.world.accounts
            for name in account.wishes
            if stands.get(name) != (contents([str(folder / name)]), "ok")
        ]

    def _judged(self) -> list[str]:
        return [
            f"{account.name}: {word}"
            for account in self.world.accounts
            for word in judge(account, account.everything()).words()
        ]


HOWS: dict[str, Callable[[Round, Worker], None]] = {
    "kill": Round.kill,
    "stop": Round.stop,
    "partition": Round.partition,
    "cut": Round.cut,
    "drain": Round.drain,
    "term": Round.term,
}
ORDER = ("kill", "stop", "partition", "kill", "stop", "partition", "cut", "drain", "term")
"""What happens in turn, so that a short form has the hard ones."""


def run_rounds(rounds: int, seed: int, workspaces: int, accounts: int) -> Done:
    """So many rounds, each world for some of them."""
    import_commands()
    done, chance = Done(), Random(seed)
    servers = started()
    try:
        while done.rounds < rounds and not done.wrongs:
            interval = max(5, workspaces // 4)
            with fleet_world(servers, accounts, workspaces, interval) as world:
                _world(world, chance, done, min(ROUNDS_A_WORLD, rounds - done.rounds))
                world.keep = bool(done.wrongs)
                if done.wrongs:
                    print(world.said(), file=sys.stderr)
    finally:
        servers.stop()
    return done


def _world(world: FleetWorld, chance: Random, done: Done, rounds: int) -> None:
    for account in world.accounts:
        for name in account.wishes:
            account.declare(name, changed({}, wishes_of(name, OF_EACH), chance, 1.0))
    for _ in range(WORKERS):
        world.start()
    one = Round(world, chance, done)
    one.settle_first()
    for _ in range(rounds):
        if done.wrongs:
            return
        one.run(ORDER[done.rounds % len(ORDER)])


@dataclass
class Paced:
    """Calls a second of each account, from its first start to its last, and the most in any second."""

    accounts: dict[str, tuple[int, float, int]] = field(default_factory=dict)
    wrongs: list[str] = field(default_factory=list)


def run_pace(workspaces: int, accounts: int, streams: int) -> Paced:
    """All workspaces start their streams at once."""
    import_commands()
    paced, servers = Paced(), started()
    try:
        with fleet_world(servers, accounts, workspaces, 600) as world:
            for account in world.accounts:
                for name in account.wishes:
                    account.declare(name, wishes_of(name, {"RelayStream": streams}))
            for _ in range(WORKERS):
                world.start()
            done = Done()
            Round(world, Random(1), done).settle_first()
            paced.wrongs += done.wrongs
            for account in world.accounts:
                calls = account.calls()
                most, rate = calls_by_second(calls, "StartPublishCdnStream")
                refused = sum(call["errorCode"] == "RequestLimitExceeded" for call in calls)
                paced.accounts[account.name] = most, rate, refused
    finally:
        servers.stop()
    return paced


def _rounds(chosen: argparse.Namespace) -> int:
    began = time.monotonic()
    done = run_rounds(chosen.rounds, chosen.seed, chosen.workspaces, chosen.accounts)
    seconds = time.monotonic() - began
    print(f"{done.rounds} rounds in {seconds:.0f} s, {chosen.workspaces} workspaces, seed {chosen.seed}")
    for how, times in sorted(done.ends.items()):
        taken = sorted(done.taken.get(how, []))
        words = f", taken over after {taken[0]:.1f} to {taken[-1]:.1f} s" if taken else ""
        print(f"{times:6} {how}{words}")
    for wrong in done.wrongs:
        print(f"WRONG: {wrong}")
    print(f"{len(done.wrongs)} wrong")
    return 1 if done.wrongs else 0


def _pace(chosen: argparse.Namespace) -> int:
    paced = run_pace(chosen.workspaces, chosen.accounts, chosen.streams)
    for name, (most, rate, refused) in paced.accounts.items():
        print(f"{name}: {rate:.1f} calls/s, {most} in the fullest second, {refused} refused")
        if most > 20 or refused:
            paced.wrongs.append(f"{name}: {most} calls in a second, {refused} refused")
    for wrong in paced.wrongs:
        print(f"WRONG: {wrong}")
    return 1 if paced.wrongs else 0


def main(arguments: list[str]) -> int:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m tests.chaos.fleet", description=__doc__, formatter_class=form)
    parser.add_argument("form", choices=("rounds", "pace"))
    parser.add_argument("--rounds", type=int, default=18)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workspaces", type=int, default=200)
    parser.add_argument("--accounts", type=int, default=4)
    parser.add_argument("--streams", type=int, default=8)
    chosen = parser.parse_args(arguments)
    return _rounds(chosen) if chosen.form == "rounds" else _pace(chosen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
