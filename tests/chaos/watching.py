"""Watches that are killed at random moments, one or two of them on one state; then one plain run.

    python -m tests.chaos.watching --rounds 500 --seed 1

Each round changes the manifests while a watch runs, kills it (SIGKILL, sometimes SIGTERM) at some moment,
and lets another one, or an apply by hand, finish. The world is judged as tests.chaos.processes does. Prints
its figures, and ends with 1 if anything was lost, doubled or recorded wrongly.
"""

import argparse
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from reconciler.cli.preloading import preload
from tests.chaos.processes_children import Child, Ran, import_commands
from tests.chaos.processes_judge import judge
from tests.chaos.processes_wishes import Wishes, changed, first
from tests.chaos.processes_world import World, world

OF_EACH = {"MixStream": 3, "RelayStream": 2, "IngestStream": 3, "RenderStream": 2, "LiveStream": 2}
ROUNDS_A_WORLD = 20
CHANGED = 0.4
TWO, ORDERLY = 0.3, 0.2
"""The share of rounds with two watches, and of kills that are a SIGTERM."""
LONGEST = 1.2
"""Seconds after the manifests changed in which a watch is killed: it sees them after half a second or one."""
WATCH = ("watch", "--listen", "none", "--interval", "5s", "--new-state")
BESIDE = {"demo.watch.lock"}


@dataclass
class Watched:
    """What came of it; `wrongs` tells each way in which a world was wrong."""

    rounds: int = 0
    kills: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)


def run_watched(rounds: int, seed: int) -> Watched:
    """So many rounds in one simulator's worlds."""
    import_commands()
    preload()
    done, chance = Watched(), Random(seed)
    with world() as cloud:
        wishes: Wishes = {}
        while done.rounds < rounds and not done.wrongs:
            if done.rounds % ROUNDS_A_WORLD == 0:
                cloud.afresh()
                wishes = changed({}, first(OF_EACH), chance, 1.0)
                cloud.write(wishes)
            wishes = _round(cloud, wishes, chance, done)
        cloud.keep = bool(done.wrongs)
    return done


def _round(cloud: World, wishes: Wishes, chance: Random, done: Watched) -> Wishes:
    """Watches, a change, a death, and what is wrong once a plain run is over."""
    children = [cloud.start(*WATCH) for _ in range(2 if chance.random() < TWO else 1)]
    _says(children[0], ("watching workspace",))
    after = changed(wishes, first(OF_EACH), chance, CHANGED)
    cloud.write(after)
    time.sleep(chance.uniform(0, LONGEST))
    victim = chance.choice(children)
    orderly = chance.random() < ORDERLY
    victim.signal(signal.SIGTERM if orderly else signal.SIGKILL)
    ends = [victim.ran()]
    for other in children:
        if other is not victim:
            time.sleep(chance.uniform(0, LONGEST))
            other.signal(signal.SIGTERM)
            ends.append(other.ran())
    done.kills += 1
    done.ends["SIGTERM" if orderly else "SIGKILL"] += 1
    ran = cloud.apply()
    again = cloud.run("plan", "--detailed-exitcode")
    done.rounds += 1
    wrongs = [one for one in judge(cloud, after).words() if not any(name in one for name in BESIDE)]
    wrongs += [f"a watch ended with {one.code}: {one.err}" for one in ends if not _is_in_order(one)]
    if ran.code:
        wrongs.append(f"the run after it ended with {ran.code}: {ran.out} {ran.err}")
    if again.code:
        wrongs.append(f"the next plan is not empty: {again.out} {again.err}")
    done.wrongs += [f"{cloud.root}, round {done.rounds}: {wrong}" for wrong in wrongs]
    return after


def _is_in_order(ended: Ran) -> bool:
    """Whether it was killed or ended in order; one that begins while manifests are written has none."""
    found_none = "in the manifests" in ended.err and "watching workspace" not in ended.err
    return ended.code in (0, -9) or (ended.code == 1 and found_none)


def _says(child: Child, words: tuple[str, ...], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not any(word in child.said(1) for word in words):
        assert time.monotonic() < end, f"a watch did not begin: {child.said(1)}"
        time.sleep(0.02)


def main() -> None:
    form = argparse.RawDescriptionHelpFormatter
    options = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    options.add_argument("--rounds", type=int, default=500)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    began = time.monotonic()
    done = run_watched(chosen.rounds, chosen.seed)
    print(
        f"{done.kills} kills in {done.rounds} rounds and {time.monotonic() - began:.0f} s: {dict(done.ends)}"
    )
    for wrong in done.wrongs:
        print(f"WRONG: {wrong}")
    print(f"{len(done.wrongs)} wrong")
    sys.exit(bool(done.wrongs))


if __name__ == "__main__":
    main()
