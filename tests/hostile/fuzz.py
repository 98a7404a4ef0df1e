"""Mutates sound and hostile inputs at random and reads each, for as many as are asked for.

    python -m tests.hostile.fuzz [--count 20000] [--seed 1] [--first 0]

An input is made from the seed and its number alone, so that `--first NUMBER --count 1` makes one again.
What is asserted of each is fuzz_judge.py's. An input that fails is written to a file in the directory
for temporary files, whose name has its seed and number, and so is one that ends the process or hangs.
"""

import argparse
import mmap
import os
import re
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType

from . import fuzz_secrets, fuzz_text, fuzz_trees
from .fuzz_judge import Input, Judged, judge
from .fuzz_seeds import Seed, seeds

HANGS = 30.0
"""Seconds of the processor after which an input is taken to hang; no other time is judged."""
ADDRESS_SPACE_BEYOND = 512 * 2**20
MOST_FAILURES = 20
MOST_BYTES = 128 * 1024
"""What a well-formed input is cut to, where values were repeated that held repeated ones."""
_PARTICULAR = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|U\+[0-9A-F]+.*|0x[0-9A-F]+|-?\d[\d.e+-]*")


@dataclass
class Figures:
    """What was done, and the worst of it."""

    count: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_number: int = -1
    sound: int = 0
    messages: set[str] = field(default_factory=set)
    failures: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """By the input's number, what was wrong."""

    def add(self, number: int, judged: Judged) -> None:
        self.count += 1
        if judged.seconds > self.slowest:
            self.slowest, self.slowest_number = judged.seconds, number
        self.sound += not judged.told
        self.messages.update(_PARTICULAR.sub("…", problem.message) for problem in judged.told)
        if judged.faults:
            self.failures[number] = judged.faults


def made(seed: int, number: int) -> Input:
    """The input of this number; the same in every run."""
    random = Random(f"{seed}-{number}")
    what = random.randrange(10)
    if what < 5:
        return _of_bytes(random, secret=what == 0)
    return _of_trees(random, secret=what >= 8)


def _of_bytes(random: Random, *, secret: bool) -> Input:
    one, other = _seed(random), _seed(random)
    data = fuzz_text.mutated(random, one.data, other.data)
    if not secret:
        return Input(data, one.alone)
    planted = fuzz_secrets.Secret(random)
    return Input(fuzz_secrets.overwritten(random, data, planted), one.alone, planted)


def _seed(random: Random) -> Seed:
    every = seeds()
    return random.choice(random.choice((every.corpus, every.corpus, every.examples, every.generated)))


def _of_trees(random: Random, *, secret: bool) -> Input:
    sound = seeds().sound
    documents = fuzz_trees.mutated(random, random.choice(sound), random.choice(sound))
    if secret:
        planted = fuzz_secrets.Secret(random)
        data = _encoded(fuzz_secrets.planted(random, documents, planted))
        return Input(data, True, planted, placed=True)
    data = _encoded(fuzz_trees.written(random, documents))
    if random.random() < 0.2:
        data = fuzz_text.mutated(random, data, _seed(random).data)
    return Input(data, True)


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")[:MOST_BYTES]


def run(seed: int, numbers: range, current: mmap.mmap | None = None) -> Figures:
    """Makes and reads the inputs; `current` is told the number of each before it is read."""
    figures, began = Figures(), time.perf_counter()
    for number in numbers:
        if current is not None:
            current[:8] = number.to_bytes(8, "little")
            signal.setitimer(signal.ITIMER_PROF, HANGS)
        figures.add(number, judge(made(seed, number)))
        if len(figures.failures) >= MOST_FAILURES:
            break
    figures.seconds = time.perf_counter() - began
    return figures


def kept(seed: int, number: int) -> Path:
    """The file that an input was written to, for whoever looks into it."""
    path = Path(tempfile.gettempdir()) / f"hostile-seed-{seed}-input-{number}.yaml"
    path.write_bytes(made(seed, number).data)
    return path


def report(seed: int, figures: Figures) -> Iterator[str]:
    """The lines that are printed at the end."""
    yield (
        f"{figures.count} inputs of seed {seed} in {figures.seconds:.1f} s, {figures.sound} of them sound; "
        f"worst {figures.slowest * 1000:.0f} ms (input {figures.slowest_number}); "
        f"{len(figures.messages)} distinct messages; "
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
    )
    for number, faults in figures.failures.items():
        for fault in faults[:3]:
            yield f"input {number} of seed {seed}, kept in {kept(seed, number)}: {fault}"
    yield f"{len(figures.failures)} inputs failed"


def _hangs(number: int, frame: FrameType | None) -> None:
    # Not an exception: whatever is at work may catch that.
    os.abort()


def watched(seed: int, numbers: range) -> int:
    """Runs in a process of its own, so that even one that dies leaves the number of its input."""
    current = mmap.mmap(-1, 8)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGPROF, _hangs)
        now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (now + ADDRESS_SPACE_BEYOND,) * 2)
        figures = run(seed, numbers, current)
        for line in report(seed, figures):
            print(line, flush=True)
        os._exit(1 if figures.failures else 0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0:
        number = int.from_bytes(current[:8], "little")
        print(f"input {number} of seed {seed}, kept in {kept(seed, number)}: ended by signal {-code}")
    return 1 if code else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    given = parser.parse_args()
    seeds()
    return watched(given.seed, range(given.first, given.first + given.count))


if __name__ == "__main__":
    sys.exit(main())
