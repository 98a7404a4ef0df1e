"""What commands take as the number of streams grows: whole processes, beside others that do as much.

    python -m benchmarks.scale [--streams 1000 10000] [--rounds 5] [--layout one|hundred|each] [--octodns BIN]
        [--apply] [--only CASE ...] [--write] [--check]

Mixed streams of about 60 lines lie in one file, in files of a hundred, or in a file each. In alternating
order PyYAML's CSafeLoader reads them, `validate` checks them, and `plan` plans them: all of them new; nothing
changed since they were applied, without and with an index; one document changed. `drift` asks a server of the
benchmark's own, `state list` lists them, and with `--apply` they are started there, 100 a second. Beside them
stand the vendor's SDK, which makes a call of each in a loop; `--octodns`, which names an `octodns-sync` that
plans as many records; and `tofu` or `terraform`, where one is on PATH. `--only` measures the cases whose
names hold one of these texts. All times are the processor's, and medians; memory is what a process and
those that it starts hold together. It tells how much each case grows, too. `--write` writes
docs/performance.md with a plot of each; `--check` ends with 1 where a ratio to CSafeLoader is above its
bound, which no busy machine changes much, or where 100,000 streams in which nothing has changed take more
than 12 times what 10,000 take.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.plan import HERE, STREAM
from benchmarks.scale_page import BOUNDS, LOADER, WARM, Figure, growth, outgrown, table, write
from benchmarks.scale_works import LAYOUTS, Around, Work, prepared, served

PAGE, PICTURES = HERE / "docs" / "performance.md", HERE / "docs" / "pictures"
LAUNCHER = HERE / "benchmarks" / "launched.py"


def main() -> int:
    chosen = _options()
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(HERE / "reconciler")], check=True)
    figures = {count: measured(count, chosen) for count in chosen.streams}
    lines = len(STREAM.splitlines())
    title = f"streams of {lines} lines, files: {chosen.layout}, {chosen.rounds} rounds"
    grown = ["", *growth(figures)] if len(figures) > 1 else []
    print(title, *table(figures), *grown, sep="\n")
    if chosen.write:
        write(figures, title, PAGE, PICTURES)
    return 1 if chosen.check and not within(figures) else 0


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--streams", type=int, nargs="+", default=[1000, 10_000])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--layout", choices=("one", *LAYOUTS), default="hundred")
    options.add_argument("--octodns", type=Path, metavar="BIN")
    options.add_argument("--apply", action="store_true")
    options.add_argument("--only", nargs="+", default=[""], metavar="CASE")
    options.add_argument("--write", action="store_true")
    options.add_argument("--check", action="store_true")
    return options.parse_args()


def measured(count: int, chosen: argparse.Namespace) -> Mapping[str, Figure]:
    """Medians by case, of so many streams."""
    with tempfile.TemporaryDirectory() as temporary, served(count) as port:
        root = Path(temporary)
        every = dict(prepared(root, Around(count, chosen.layout, port, chosen.octodns, chosen.apply)))
        for case in (WARM, "drift"):
            if any(text in case for text in chosen.only) or case == WARM:
                run(every[case], root)  # keeps an index
        works = {case: work for case, work in every.items() if any(text in case for text in chosen.only)}
        found: dict[str, list[Figure]] = {case: [] for case in works}
        for number in range(chosen.rounds):
            ordered = list(works) if number % 2 == 0 else list(reversed(works))
            for case in ordered:
                found[case].append(run(works[case], root))
    return {
        case: Figure(statistics.median(one.cpu for one in runs), max(one.memory for one in runs))
        for case, runs in found.items()
    }


def run(work: Work, root: Path) -> Figure:
    """CPU seconds and the most memory (MiB) of a process; raises RuntimeError for another exit code."""
    program = [] if work.arguments[0].startswith("/") else [sys.executable]
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "COLUMNS": "100",
        "XDG_CACHE_HOME": str(root / "cache"),
        "XDG_STATE_HOME": str(root / "home"),
        **work.environment,
    }
    with work.around():
        ran = subprocess.run(
            [sys.executable, "-I", "-S", str(LAUNCHER), *program, *work.arguments],
            cwd=work.cwd,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    cpu, memory, code = map(float, ran.stdout.split())
    if code != work.code:
        raise RuntimeError(f"{work.arguments}: exit code {code:.0f}: {ran.stderr[-2000:]}")
    return Figure(cpu, memory)


def within(figures: Mapping[int, Mapping[str, Figure]]) -> bool:
    """Whether each ratio is within its bound; tells those that are not."""
    told = [outgrown(figures)]
    for count, found in figures.items():
        for case, bound in BOUNDS.items():
            if case in found and LOADER in found and found[case].cpu > bound * found[LOADER].cpu:
                ratio = found[case].cpu / found[LOADER].cpu
                told.append(f"{count} streams: {case} takes {ratio:.2f} x {LOADER}; the bound is {bound}")
    print(*filter(None, told), sep="\n", end="\n" if any(told) else "")
    return not any(told)


if __name__ == "__main__":
    sys.exit(main())
