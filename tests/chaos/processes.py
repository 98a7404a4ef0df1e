"""Real processes, real signals, a real network to the simulator: what no test in one process shows.

    python -m tests.chaos.processes kills [--count 2000] [--seed 1] [--jobs 2]
    python -m tests.chaos.processes races [--rounds 500] [--seed 1] [--jobs 2]
    python -m tests.chaos.processes interrupts [--count 500] [--seed 1] [--jobs 6]
    python -m tests.chaos.processes stopped [--rounds 60] [--seed 1] [--jobs 4]

Prints its figures, and ends with 1 if anything was lost, doubled or recorded wrongly. `--spoil`
breaks what is tested, to see that it shows.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

from tests.chaos.processes_children import Hook
from tests.chaos.processes_interrupts import Interrupts, run_interrupts
from tests.chaos.processes_kills import EDITED, Kills, run_kills
from tests.chaos.processes_races import Races, run_races
from tests.chaos.processes_steps import deaf, locked_by_the_state, unfenced, unlocked, without_intents
from tests.chaos.processes_stopped import Stopped, run_stopped

T = TypeVar("T")

SPOILS: dict[str, Hook] = {
    "intents": without_intents,
    "lock": unlocked,
    "state-lock": locked_by_the_state,
    "interrupts": deaf,
    "fence": unfenced,
}


def nothing() -> None:
    """Spoils nothing."""


def shared(chosen: argparse.Namespace, run: Callable[[int, int, int, Hook], T]) -> list[T]:
    """The work of all jobs, each in a process of its own."""
    spoil = SPOILS.get(chosen.spoil, nothing)
    shares = [chosen.count // chosen.jobs + (job < chosen.count % chosen.jobs) for job in range(chosen.jobs)]
    with ProcessPoolExecutor(chosen.jobs, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(run, share, chosen.seed, job, spoil) for job, share in enumerate(shares)]
        return [future.result() for future in futures]


def kills(chosen: argparse.Namespace) -> list[str]:
    done: list[Kills] = shared(chosen, partial(run_kills, edited=chosen.edited))
    total, seconds = sum(one.kills for one in done), max(one.seconds for one in done)
    rounds = sum(one.rounds for one in done)
    print(f"{total} kills in {rounds} rounds and {seconds:.0f} s: {total / seconds:.1f} a second")
    table(sum((one.where for one in done), Counter()))
    sweeps, longest = sum(one.sweeps for one in done), max(one.longest for one in done)
    print(f"{sweeps} whole sweeps, the longest through {longest} points")
    print(f"{sum(one.outlived for one in done)} runs had ended before they were to die")
    return [wrong for one in done for wrong in one.wrongs]


def races(chosen: argparse.Namespace) -> list[str]:
    done: list[Races] = shared(chosen, run_races)
    seconds, runs = max(one.seconds for one in done), sum(one.runs for one in done)
    print(f"{sum(one.rounds for one in done)} races of {runs} applies in {seconds:.0f} s")
    table(sum((one.ends for one in done), Counter()))
    print(f"{sum(one.starts for one in done)} starts; {sum(one.killed for one in done)} runs killed")
    return [wrong for one in done for wrong in one.wrongs]


def interrupts(chosen: argparse.Namespace) -> list[str]:
    done: list[Interrupts] = shared(chosen, run_interrupts)
    waits = sorted(wait for one in done for wait in one.waits)
    rounds, seconds = sum(one.rounds for one in done), max(one.seconds for one in done)
    flying = sum(one.in_flight for one in done)
    print(f"{rounds} interrupts in {seconds:.0f} s")
    table(sum((one.ends for one in done), Counter()))
    if waits:
        middle = waits[len(waits) // 2]
        print(f"{len(waits)} ended with 130, {flying} of them with calls in flight:")
        print(f"{middle:.2f} s after the signal as a rule, {waits[-1]:.2f} s at most")
    return [wrong for one in done for wrong in one.wrongs]


def stopped(chosen: argparse.Namespace) -> list[str]:
    done: list[Stopped] = shared(chosen, run_stopped)
    rounds, seconds = sum(one.rounds for one in done), max(one.seconds for one in done)
    print(f"{rounds} stopped holders in {seconds:.0f} s")
    table(sum((one.ends for one in done), Counter()))
    print(f"{sum(one.strays for one in done)} calls served after a lock was lost")
    return [wrong for one in done for wrong in one.wrongs]


def table(counts: "Counter[str]") -> None:
    for name, count in sorted(counts.items()):
        print(f"  {count:5} {name}")


def main() -> None:
    form = argparse.RawDescriptionHelpFormatter
    options = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    commands = options.add_subparsers(required=True)
    for run, flag, count, jobs in (
        (kills, "--count", 2000, 2),
        (races, "--rounds", 500, 2),
        (interrupts, "--count", 500, 6),
        (stopped, "--rounds", 60, 4),
    ):
        command = commands.add_parser(run.__name__)
        command.add_argument(flag, dest="count", type=int, default=count)
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--jobs", type=int, default=jobs)
        command.add_argument("--spoil", choices=sorted(SPOILS), default="")
        command.set_defaults(run=run)
        if run is kills:
            command.add_argument("--edited", type=float, default=EDITED, metavar="SHARE")
    chosen = options.parse_args()
    wrongs = chosen.run(chosen)
    for wrong in wrongs:
        print(f"WRONG: {wrong}")
    print(f"{len(wrongs)} wrong")
    sys.exit(bool(wrongs))


if __name__ == "__main__":
    main()
