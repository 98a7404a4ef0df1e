"""The page of benchmarks/scale.py: a table, and a plot of time by the number of streams."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10

BOUNDS = {"validate": 4.0, "plan, all new": 8.0, "plan, nothing changed": 0.8, "plan, one changed": 2.5}
"""The most that a case may take, as a multiple of CSafeLoader on the same files, from 2,000 streams on."""

COLOURS = ("#6e7781", "#0969da", "#8250df", "#1a7f37", "#bf8700", "#cf222e", "#57606a", "#953800")
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 760, 440, 64, 48, 20, 210

HEAD = """\
# Performance

Written by `python -m benchmarks.scale --write`. Whole processes in alternating order, CPU seconds
as medians, memory as the most that any of them held. The machine has two cores and does other work beside:
read the figures as ratios to PyYAML's CSafeLoader on the same files in the same run.

- **all new** reads, checks and compares every document, and prints a plan of each.
- **nothing changed** and **one changed** go by the index that the plan or apply before has kept
  (`XDG_CACHE_HOME`); `--no-cache` reads everything anew.

![CPU seconds by the number of streams](pictures/performance.svg)

"""


@dataclass(frozen=True, slots=True)
class Figure:
    """CPU seconds, and the most memory in MiB."""

    cpu: float
    memory: float


Figures = Mapping[int, Mapping[str, Figure]]


def table(figures: Figures) -> Iterator[str]:
    """A table in Markdown: a row for each case, columns for each number of streams."""
    cases = list(next(iter(figures.values())))
    counts = sorted(figures)
    yield "| | " + " | ".join(f"{count:,} | of CSafeLoader | MiB" for count in counts) + " |"
    yield "| --- |" + " ---: | ---: | ---: |" * len(counts)
    for case in cases:
        cells = []
        for count in counts:
            one, loader = figures[count][case], figures[count]["CSafeLoader"]
            cells.append(f"{one.cpu:.2f} s | {one.cpu / loader.cpu:.2f} | {one.memory:.0f}")
        yield f"| {case} | " + " | ".join(cells) + " |"


def page(figures: Figures, title: str) -> str:
    """The whole page."""
    rows = "\n".join(table(figures))
    return f"{HEAD}{title[0].upper()}{title[1:]}:\n\n{rows}\n"


def plot(figures: Figures) -> str:
    """CPU seconds against the number of streams, both to powers of ten, as SVG."""
    counts = sorted(figures)
    cases = list(figures[counts[0]])
    every = [figures[count][case].cpu for count in counts for case in cases]
    low, high = floor(log10(min(every))), floor(log10(max(every))) + 1
    first, last = log10(counts[0]), log10(counts[-1])

    def x(count: int) -> float:
        return LEFT + (log10(count) - first) / ((last - first) or 1) * (WIDTH - LEFT - RIGHT)

    def y(seconds: float) -> float:
        return HEIGHT - BOTTOM - (log10(seconds) - low) / (high - low) * (HEIGHT - BOTTOM - TOP)

    parts = [*_axes(counts, range(low, high + 1), x, y)]
    ends = _apart([(y(figures[counts[-1]][case].cpu), case) for case in cases])
    for number, case in enumerate(cases):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{x(count):.1f},{y(figures[count][case].cpu):.1f}" for count in counts)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x(count):.1f}" cy="{y(figures[count][case].cpu):.1f}" r="3" fill="{colour}"/>'
            for count in counts
        ]
        parts.append(f'<text x="{WIDTH - RIGHT + 10}" y="{ends[case] + 4:.1f}" fill="{colour}">{case}</text>')
    style = "text{font:13px ui-sans-serif,sans-serif}.tick{fill:#59636e}.grid{stroke:#d1d9e0}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="CPU seconds by the number of streams"><style>{style}</style>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _axes(counts: Sequence[int], powers: range, x: object, y: object) -> Iterator[str]:
    assert callable(x) and callable(y)
    for power in powers:
        at = y(10.0**power)
        yield f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>'
        yield f'<text class="tick" x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>'
    for count in counts:
        yield (
            f'<text class="tick" x="{x(count):.1f}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">'
            f"{count:,}</text>"
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text class="tick" x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">streams</text>'


def _apart(ends: list[tuple[float, str]]) -> dict[str, float]:
    """Where each label stands: beside its line's end, and none over another."""
    found: dict[str, float] = {}
    above = -20.0
    for at, case in sorted(ends):
        above = max(at, above + 16)
        found[case] = above
    return found
