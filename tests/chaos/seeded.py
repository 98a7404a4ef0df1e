"""Runs from seeds: edits, deaths and a bad network, then fair weather, and a judge.

In the end nothing may run that the state does not hold, nothing may be held that does not run, and
the plan is empty. What is drawn, and so every failure, comes from the seed alone.

    python -m tests.chaos.seeded --runs 100000 --seed 1 --jobs 2
    python -m tests.chaos.seeded --only 4711
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from .behind import BEHIND_A_PROXY, IN_A_TUNNEL
from .fates import DOUBLED, FATES, LATE
from .scenarios import Figures, Options, run_seeds, told
from .wire import OUTAGE

CHUNK = 500
SHOWN = 20
SORTS = ("orphan", "double", "dead", "sequence", "record", "content", "plan", "state")


def _chunks(first: int, runs: int) -> Iterator[range]:
    for begin in range(first, first + runs, CHUNK):
        yield range(begin, min(begin + CHUNK, first + runs))


def run_all(first: int, runs: int, jobs: int, options: Options) -> Figures:
    """So many seeds from the first on, by several processes."""
    if jobs == 1:
        return run_seeds(range(first, first + runs), options)
    total = Figures()
    with ProcessPoolExecutor(jobs) as pool:
        for figures in pool.map(run_seeds, _chunks(first, runs), iter(lambda: options, None)):
            total.add(figures)
    return total


def summary(figures: Figures, seconds: float) -> str:
    counts = figures.counts
    found = Counter(sort for findings in figures.failures.values() for sort in {one.sort for one in findings})
    words = [
        f"{counts['runs']} runs, {counts['applies']} applies, {counts['re-runs']} of them re-runs",
        f"{counts['deaths']} deaths, {counts['failed applies']} failed applies",
        ", ".join(f"{counts[name]} {name}" for name in (*FATES, OUTAGE) if name),
        f"of these {counts[IN_A_TUNNEL]} {IN_A_TUNNEL}, {counts[BEHIND_A_PROXY]} {BEHIND_A_PROXY}",
        ", ".join(f"{number} {name}" for name, number in sorted(counts.items()) if "verification" in name),
        "found in so many runs: " + ", ".join(f"{found[sort]} {sort}" for sort in SORTS),
        f"{len(figures.failures)} failures; {seconds:.1f} s, {counts['runs'] / seconds:.0f} runs a second",
    ]
    return "\n".join(words)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", type=int, help="tell this seed's scenario, drawn with the same options")
    parser.add_argument("--no-late", action="store_true", help="no request takes effect late")
    parser.add_argument("--no-doubled", action="store_true", help="no request takes effect twice")
    parser.add_argument("--no-deaths", action="store_true", help="no process dies at its disk")
    parser.add_argument("--no-outages", action="store_true", help="the cloud is never away for some time")
    parser.add_argument("--without", action="append", default=[], choices=[name for name in FATES if name])
    parser.add_argument("--kind", action="append", choices=Options().kinds)
    given = parser.parse_args()
    left_out = {*given.without, *(LATE if given.no_late else ()), *(DOUBLED if given.no_doubled else ())}
    options = Options(
        tuple(name for name in FATES if name and name not in left_out),
        tuple(given.kind or Options().kinds),
        not given.no_deaths,
        not given.no_outages,
    )
    if given.only is not None:
        print(told(given.only, options))
        return 0
    begun_at = time.monotonic()
    figures = run_all(given.seed, given.runs, given.jobs, options)
    print(summary(figures, time.monotonic() - begun_at))
    for seed, findings in sorted(figures.failures.items())[:SHOWN]:
        print(f"--only {seed}: {'; '.join(f'{one.sort}: {one.what}' for one in findings)[:300]}")
    return 1 if figures.failures else 0


if __name__ == "__main__":
    sys.exit(main())
