"""Runs `reconciler validate` on the hostile corpus, each time in a real process, and prints the worst of it.

    python -m benchmarks.hostile [--batch] [--rounds 1]

Every file is read beside a workspace, by a process of its own; `--batch` gives a process all small files
of a class. Times are wall time and, in brackets, the processor's, which a busy machine does not stretch;
those per MB are without what a process takes for the workspace alone.
The exit code is 1 if any input had a traceback, another exit code than it has to, or too much memory.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.hostile.expectations import CLASSES, SOUND, WORKSPACE, Expected, small_files
from tests.hostile.judge import faults
from tests.hostile.laying import laid
from tests.hostile.measure import ROOT, Ran

PER_MB = 0.5
"""Seconds for each MB that nothing should take longer than, beyond what a process takes at all."""
LARGE = 250_000
"""Bytes from which on a time per MB means anything."""
MB = 1e6
_START_ROUNDS = 5

Took = tuple[float, float]
"""Seconds of wall time, and of the processor's."""


@dataclass(frozen=True, slots=True)
class Target:
    """What one process is given, and what must become of it."""

    name: str
    paths: tuple[Path, ...]
    size: int
    expected: Expected


@dataclass
class Figures:
    """What was measured; `start` is what a process takes for the workspace alone."""

    start: Took
    processes: int = 0
    files: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    longest: tuple[Took, str] = ((0, 0), "")
    per_mb: tuple[Took, str] = ((0, 0), "")
    memory: tuple[int, str] = (0, "")
    slow: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, target: Target, took: Took, ran: Ran) -> None:
        self.processes += 1
        self.files += len(target.paths)
        self.codes[ran.code] += 1
        megabytes = target.size / MB
        beyond = max(0, took[0] - self.start[0]), max(0, took[1] - self.start[1])
        self.longest = max(self.longest, (took, target.name))
        self.memory = max(self.memory, (ran.peak, target.name))
        if target.size >= LARGE:
            per_mb = beyond[0] / megabytes, beyond[1] / megabytes
            self.per_mb = max(self.per_mb, (per_mb, target.name))
        if beyond[1] > PER_MB * max(1, megabytes):
            self.slow.append(f"{target.name}: {_seconds(beyond)} for {megabytes:.2f} MB")
        self.wrong += [f"{target.name}: {fault}" for fault in faults(ran, target.expected)]


def small(batch: bool) -> Iterator[Target]:
    """The committed files, each or a class at a time; those that bring their own workspace always each."""
    classes: dict[str, list[Path]] = {}
    for path in small_files().values():
        classes.setdefault(path.parent.name, []).append(path)
    for name, paths in classes.items():
        expected = CLASSES[name]
        if batch and expected.code and not expected.alone:
            yield Target(name, tuple(paths), sum(path.stat().st_size for path in paths), expected)
            continue
        for path in paths:
            yield Target(f"{name}/{path.name}", (path,), path.stat().st_size, expected)


def made(directory: Path) -> Iterator[Target]:
    """The inputs that are too large to be kept."""
    path = directory / "made.yaml"
    for one in laid(path):
        yield Target(one.name, (path,), one.size, Expected(one.code, one.says, one.alone))


def run(target: Target, directory: Path) -> tuple[Took, Ran]:
    """Runs one process to its end, and measures it."""
    workspace = [] if target.expected.alone else [WORKSPACE]
    paths = [str(path) for path in (*workspace, *target.paths)]
    out, err = directory / "out", directory / "err"
    with out.open("wb") as standard, err.open("wb") as errors:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "validate", *paths],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=standard,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    busy = usage.ru_utime + usage.ru_stime
    return (seconds, busy), Ran(process.returncode, busy, usage.ru_maxrss * 1024, _text(out), _text(err))


def _text(path: Path) -> str:
    return path.read_bytes().decode(errors="surrogateescape")


def measured(targets: Iterator[Target], figures: Figures, directory: Path, rounds: int) -> None:
    """Runs each target as often as asked for, and keeps its fastest round: the others waited for others."""
    for target in targets:
        figures.add(target, *min((run(target, directory) for _ in range(rounds)), key=lambda one: one[0]))


def start_up(directory: Path) -> Took:
    """What a process takes for the workspace alone."""
    times = [run(Target("nothing", (), 0, SOUND), directory)[0] for _ in range(_START_ROUNDS)]
    return statistics.median(wall for wall, _ in times), statistics.median(busy for _, busy in times)


def _seconds(took: Took) -> str:
    return f"{took[0]:.2f} s ({took[1]:.2f} s)"


def report(figures: Figures) -> Iterator[str]:
    codes = ", ".join(f"{count} x {code}" for code, count in sorted(figures.codes.items()))
    yield f"{figures.files} files in {figures.processes} processes; exit codes {codes}"
    yield f"start-up {_seconds(figures.start)}; longest {_seconds(figures.longest[0])}: {figures.longest[1]}"
    worst, name = figures.per_mb
    yield f"worst beyond start-up {_seconds(worst)} a MB, of those of {LARGE} bytes and more: {name}"
    yield f"worst memory {figures.memory[0] / 2**20:.0f} MiB: {figures.memory[1]}"
    yield f"{len(figures.slow)} kept the processor for more than {PER_MB} s and for more than that a MB"
    yield from figures.slow
    yield from figures.wrong
    yield f"{len(figures.wrong)} were not as they have to be"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", action="store_true")
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        figures = Figures(start_up(directory))
        measured(small(given.batch), figures, directory, given.rounds)
        measured(made(directory), figures, directory, given.rounds)
    for line in report(figures):
        print(line)
    return 1 if figures.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
