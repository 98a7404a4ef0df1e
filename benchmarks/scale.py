"""What commands take as the number of streams grows: whole processes, beside PyYAML and octoDNS.

    python -m benchmarks.scale [--streams 1000 10000] [--rounds 5] [--layout one|hundred|each] [--octodns BIN]
        [--write] [--check]

Mixed streams of about 60 lines lie in one file, in files of a hundred, or in a file each. In alternating
order PyYAML's CSafeLoader reads them, `validate` checks them, and `plan` plans them: all of them new; nothing
changed since they were applied; one document changed. `state list` lists them. `--octodns` names an
`octodns-sync` that plans as many records with nothing to do. All times are the processor's, and medians;
memory is that of the largest process. `--write` writes docs/performance.md with a plot of it; `--check` ends
with 1 where a ratio to CSafeLoader is above its bound, which no busy machine changes much.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from benchmarks.plan import CSAFE, HERE, STREAM, laid
from benchmarks.scale_page import BOUNDS, Figure, page, plot, table

PAGE, PICTURE = HERE / "docs" / "performance.md", HERE / "docs" / "pictures" / "performance.svg"
CHANGED = ("bitRate: 2500", "bitRate: 2600")
LAUNCHER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss, os.waitstatus_to_exitcode(status))
"""
"""A small process between, as the memory of the one that starts another counts as that one's."""
ZONE = "example.com."
SYNC = """\
providers:
  source: {class: octodns.provider.yaml.YamlProvider, directory: source}
  target: {class: octodns.provider.yaml.YamlProvider, directory: target, supports_root_ns: false}
zones:
  example.com.: {sources: [source], targets: [target]}
"""


@dataclass(frozen=True, slots=True)
class Work:
    """A process of a round: its arguments, where it runs, and the exit code that it ends with.

    `around` puts the world as it has to be, and back.
    """

    arguments: Sequence[str]
    cwd: Path
    code: int = 0
    around: Callable[[], AbstractContextManager[None]] = nullcontext


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--streams", type=int, nargs="+", default=[1000, 10_000])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--layout", choices=("one", "hundred", "each"), default="hundred")
    options.add_argument("--octodns", type=Path, metavar="BIN")
    options.add_argument("--write", action="store_true")
    options.add_argument("--check", action="store_true")
    chosen = options.parse_args()
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(HERE / "reconciler")], check=True)
    figures = {count: measured(count, chosen) for count in chosen.streams}
    lines = len(STREAM.splitlines())
    title = f"streams of {lines} lines, files: {chosen.layout}, {chosen.rounds} rounds"
    print(title, *table(figures), sep="\n")
    if chosen.write:
        PAGE.write_text(page(figures, title))
        PICTURE.write_text(plot(figures))
    return 1 if chosen.check and not within(figures) else 0


def measured(count: int, chosen: argparse.Namespace) -> Mapping[str, Figure]:
    """Medians by case, of so many streams."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        works = dict(prepared(root, count, chosen))
        found: dict[str, list[Figure]] = {case: [] for case in works}
        for number in range(chosen.rounds):
            ordered = list(works) if number % 2 == 0 else list(reversed(works))
            for case in ordered:
                found[case].append(run(works[case], root))
    return {
        case: Figure(statistics.median(one.cpu for one in runs), max(one.memory for one in runs))
        for case, runs in found.items()
    }


def prepared(root: Path, count: int, chosen: argparse.Namespace) -> Iterator[tuple[str, Work]]:
    """The processes of a round, with an index kept by a plan before."""
    scene = laid(root, count, {"one": count, "hundred": 100, "each": 1}[chosen.layout])
    files = sorted(map(str, scene.manifests.iterdir()))
    plan = ["-m", "reconciler", "plan", str(scene.manifests), "--no-refresh", "--detailed-exitcode"]
    applied, none = ["--state", str(scene.applied)], ["--state", str(scene.none)]
    warm = Work([*plan, *applied], root)
    run(warm, root)
    yield "CSafeLoader", Work(["-c", CSAFE, *files], root)
    yield "validate", Work(["-m", "reconciler", "validate", str(scene.manifests)], root)
    yield "plan, all new", Work([*plan, *none, "--no-cache"], root, 2)
    yield "plan, nothing changed", warm
    yield "plan, one changed", Work(warm.arguments, root, 2, lambda: changed(Path(files[-2]), root))
    yield "state list", Work(["-m", "reconciler", "state", "list", *applied], root)
    if chosen.octodns is not None:
        yield "octoDNS, nothing changed", octodns(root, count, chosen.octodns)


@contextmanager
def changed(file: Path, root: Path) -> Iterator[None]:
    """One document is another for a block; what is kept of it meanwhile is thrown away."""
    text, cache, before = file.read_text(), root / "cache", root / "cache-before"
    shutil.copytree(cache, before)
    file.write_text(text.replace(*CHANGED, 1))
    try:
        yield
    finally:
        file.write_text(text)
        shutil.rmtree(cache)
        before.rename(cache)


def octodns(root: Path, count: int, program: Path) -> Work:
    """A plan of as many records, of which none has changed."""
    directory = root / "octodns"
    records = "".join(
        f"host-{number:06}: {{ttl: 300, type: A, value: 192.0.2.1}}\n" for number in range(count)
    )
    for side in ("source", "target"):
        (directory / side).mkdir(parents=True)
        (directory / side / f"{ZONE}yaml").write_text(f"---\n{records}")
    (directory / "sync.yaml").write_text(SYNC)
    return Work([str(program.resolve()), "--config-file", "sync.yaml", "--quiet"], directory)


def run(work: Work, root: Path) -> Figure:
    """CPU seconds and the most memory (MiB) of a process; raises RuntimeError for another exit code."""
    program = [] if work.arguments[0].startswith("/") else [sys.executable]
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "COLUMNS": "100",
        "XDG_CACHE_HOME": str(root / "cache"),
    }
    with work.around():
        ran = subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, *program, *work.arguments],
            cwd=work.cwd,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    cpu, memory, code = map(float, ran.stdout.split())
    if code != work.code:
        raise RuntimeError(f"{work.arguments}: exit code {code}: {ran.stderr[-2000:]}")
    return Figure(cpu, memory / 1024)


def within(figures: Mapping[int, Mapping[str, Figure]]) -> bool:
    """Whether each ratio to CSafeLoader is within its bound; tells those that are not."""
    sound = True
    for count, found in figures.items():
        for case, bound in BOUNDS.items():
            ratio = found[case].cpu / found["CSafeLoader"].cpu
            if ratio > bound:
                print(f"{count} streams: {case} takes {ratio:.2f} x CSafeLoader; the bound is {bound}")
                sound = False
    return sound


if __name__ == "__main__":
    sys.exit(main())
