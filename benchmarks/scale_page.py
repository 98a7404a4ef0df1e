"""The page of benchmarks/scale.py: a plot for each case, a table of all, and how each grows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.scale_plot import Series, plot, slug

LOADER, JSON = "CSafeLoader", "json.load"
SDK_ASKS, SDK_STARTS = "SDK loop, asking", "SDK loop, starting"
OCTODNS, TERRAFORM = "octoDNS", "Terraform"
NEW, UNCHANGED, CHANGED = "all new", "nothing changed", "one changed"
WARM = f"plan, {UNCHANGED}"
BOUNDS = {"validate": 4.0, f"plan, {NEW}": 8.0, WARM: 0.8, f"plan, {CHANGED}": 2.5}
"""The most that a case may take, as a multiple of CSafeLoader on the same files, from 2,000 streams on."""
BESIDE: Mapping[str, Sequence[str]] = {
    "validate": (LOADER,),
    f"plan, {NEW}": (LOADER, f"{OCTODNS}, {NEW}", f"{TERRAFORM}, {NEW}"),
    WARM: (LOADER, f"{OCTODNS}, {UNCHANGED}"),
    f"plan, {CHANGED}": (LOADER, f"{OCTODNS}, {UNCHANGED}"),
    "drift": (LOADER, SDK_ASKS),
    "state list": (JSON,),
    "apply": (SDK_STARTS,),
}
"""Each case of ours with what stands beside it in its plot, where that was measured."""
GROWN = (10_000, 100_000)
MOST_GROWN = 12.0
"""So many times what the first of these takes may the second take, where nothing has changed."""

HEAD = f"""\
# Performance

Written by `python -m benchmarks.scale --write`. Whole processes in alternating order, CPU seconds
as medians, memory as the most that a process and those it starts held together. The machine has two cores
and does other work beside: read the figures as ratios to PyYAML's CSafeLoader on the same files in the same
run.

- **{NEW}** reads, checks and compares every document, and prints a plan of each.
- **{UNCHANGED}** and **{CHANGED}** go by the index that the plan or apply before has kept
  (`XDG_CACHE_HOME`); `--no-cache` reads everything anew.
- **drift** asks a server of the benchmark's own how all of them stand, page by page; **{SDK_ASKS}** asks it
  of each.
- **apply** starts all of them there, as **{SDK_STARTS}** does, one after the other.
- **{OCTODNS}** plans as many records of one line, and **{TERRAFORM}** as many of these documents, each the
  input of a `terraform_data`, where they are there. **{JSON}** reads the state file.

"""


@dataclass(frozen=True, slots=True)
class Figure:
    """CPU seconds, and the most memory in MiB."""

    cpu: float
    memory: float


Figures = Mapping[int, Mapping[str, Figure]]


def table(figures: Figures) -> Iterator[str]:
    """A table in Markdown: a row for each case, columns for each number of streams."""
    counts = sorted(figures)
    yield "| | " + " | ".join(f"{count:,} | of {LOADER} | MiB" for count in counts) + " |"
    yield "| --- |" + " ---: | ---: | ---: |" * len(counts)
    for case in _cases(figures):
        yield f"| {case} | " + " | ".join(_cell(figures[count], case) for count in counts) + " |"


def _cases(figures: Figures) -> list[str]:
    return list(dict.fromkeys(case for found in figures.values() for case in found))


def _cell(found: Mapping[str, Figure], case: str) -> str:
    one = found.get(case)
    if one is None:
        return "| |"
    loader = found.get(LOADER)
    ratio = "" if loader is None else f"{one.cpu / loader.cpu:.2f}"
    return f"{one.cpu:.2f} s | {ratio} | {one.memory:.0f}"


def growth(figures: Figures) -> Iterator[str]:
    """A table in Markdown of how many times as long each case takes with more streams."""
    steps = list(pairwise(sorted(figures)))
    yield "| | " + " | ".join(f"{more:,} of {fewer:,}" for fewer, more in steps) + " |"
    yield "| --- |" + " ---: |" * len(steps)
    for case in _cases(figures):
        pairs = ((figures[fewer].get(case), figures[more].get(case)) for fewer, more in steps)
        times = (f"{more.cpu / fewer.cpu:.1f} x" if fewer and more else "" for fewer, more in pairs)
        yield f"| {case} | " + " | ".join(times) + " |"


def outgrown(figures: Figures) -> str:
    """What to tell where a plan in which nothing has changed grows faster than it may; "" where not."""
    if not all(WARM in figures.get(count, {}) for count in GROWN):
        return ""
    few, many = (figures[count][WARM].cpu for count in GROWN)
    if many <= MOST_GROWN * few:
        return ""
    return f"{WARM}: {GROWN[1]:,} streams take {many / few:.1f} x {GROWN[0]:,}; the bound is {MOST_GROWN:g}"


def plots(figures: Figures) -> Iterator[tuple[str, str]]:
    """(the case, its picture), for each case that was measured."""
    for case, others in BESIDE.items():
        names = [name for name in (case, *others) if any(name in found for found in figures.values())]
        if names[:1] == [case]:
            yield case, plot(f"{case[0].upper()}{case[1:]}", [_series(figures, name) for name in names])


def _series(figures: Figures, name: str) -> Series:
    return Series(name, {count: found[name].cpu for count, found in figures.items() if name in found})


def page(figures: Figures, title: str, pictures: str = "pictures") -> str:
    """The whole page; `pictures` is the folder with the plots, as a link has it."""
    shown = "".join(
        f"![{case}: CPU seconds by the number of streams]({pictures}/{file_of(case)})\n\n"
        for case, _ in plots(figures)
    )
    rows, grown = "\n".join(table(figures)), "\n".join(growth(figures))
    told = f"How many times as long it takes:\n\n{grown}\n\n" if len(figures) > 1 else ""
    return f"{HEAD}{title[0].upper()}{title[1:]}:\n\n{rows}\n\n{told}{shown}".rstrip() + "\n"


def file_of(case: str) -> str:
    """The name of the file with the case's plot."""
    return f"performance-{slug(case)}.svg"


def write(figures: Figures, title: str, document: Path, folder: Path) -> None:
    """Writes the page and its plots, in place of those that were there."""
    for stale in folder.glob("performance*.svg"):
        stale.unlink()
    for case, picture in plots(figures):
        (folder / file_of(case)).write_text(picture)
    document.write_text(page(figures, title, linked(folder, document)))


def linked(folder: Path, document: Path) -> str:
    """The folder as the document links to it."""
    return folder.relative_to(document.parent).as_posix()
