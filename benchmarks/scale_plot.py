"""The plots of benchmarks/scale.py: CPU seconds of a case by the number of streams, beside others."""

import re
from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor, log10
from typing import NamedTuple

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 800, 380, 64, 52, 44, 280
LABEL = 17
"""Pixels between two labels at the least."""
LIGHT = ("#0969da", "#6e7781", "#bc4c00", "#1a7f37", "#8250df")
DARK = ("#58a6ff", "#9198a1", "#f0883e", "#3fb950", "#bc8cff")
DASHES = ("", "6 4", "2 4", "9 3 2 3", "1 5")
"""Of the case itself, and of each beside it: colours alone are not told apart by everybody."""


class Series(NamedTuple):
    """What a line is of, and its seconds by the number of streams."""

    name: str
    seconds: Mapping[int, float]


class Scales(NamedTuple):
    """Both axes, to powers of ten: the numbers of streams, and the powers of the seconds."""

    counts: Sequence[int]
    powers: range

    def x(self, count: int) -> float:
        """Pixels from the left."""
        first, last = log10(self.counts[0]), log10(self.counts[-1])
        part = (log10(count) - first) / (last - first) if last > first else 0.5
        return LEFT + 14 + part * (WIDTH - LEFT - RIGHT - 28)

    def y(self, seconds: float) -> float:
        """Pixels from the top."""
        part = (log10(seconds) - self.powers[0]) / (self.powers[-1] - self.powers[0])
        return HEIGHT - BOTTOM - part * (HEIGHT - BOTTOM - TOP)


def slug(case: str) -> str:
    """The case's name as part of a file's."""
    return re.sub("[^a-z0-9]+", "-", case.lower()).strip("-")


def plot(title: str, lines: Sequence[Series]) -> str:
    """The picture as SVG, for light and for dark surroundings; the first line is the case's own."""
    counts = sorted({count for line in lines for count in line.seconds})
    every = [max(seconds, 0.001) for line in lines for seconds in line.seconds.values()]
    low = floor(log10(min(every)))
    scales = Scales(counts, range(low, max(ceil(log10(max(every))), low + 1) + 1))
    ends = _apart([(scales.y(line.seconds[max(line.seconds)]), line.name) for line in lines])
    drawn = [part for number, line in enumerate(lines) for part in _line(number, line, scales, ends)]
    words = f"{title}: CPU seconds by the number of streams"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{words}"><style>{_style()}</style>'
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>'
        f'<text class="title" x="{LEFT}" y="24">{title}: CPU seconds</text>'
        f"{''.join([*_axes(scales), *drawn])}</svg>\n"
    )


def _style() -> str:
    dark = "".join(_inked(number, colour) for number, colour in enumerate(DARK))
    light = "".join(_inked(number, colour) for number, colour in enumerate(LIGHT))
    return (
        "text{font:13px ui-sans-serif,system-ui,sans-serif}.title{fill:#1f2328}.title,.own{font-weight:600}"
        f".paper{{fill:#ffffff}}.tick{{fill:#59636e}}.grid{{stroke:#d1d9e0}}{light}"
        "@media (prefers-color-scheme:dark){.title{fill:#f0f6fc}.paper{fill:#0d1117}.tick{fill:#9198a1}"
        f".grid{{stroke:#3d444d}}{dark}}}"
    )


def _inked(number: int, colour: str) -> str:
    return f".s{number}{{stroke:{colour}}}.f{number}{{fill:{colour}}}"


def _line(number: int, line: Series, scales: Scales, ends: Mapping[str, float]) -> Iterator[str]:
    places = [(scales.x(count), scales.y(max(line.seconds[count], 0.001))) for count in sorted(line.seconds)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dash = f' stroke-dasharray="{DASHES[number]}"' if DASHES[number] else ""
    width = 2.5 if number == 0 else 1.5
    yield f'<polyline class="s{number}" points="{points}" fill="none" stroke-width="{width}"{dash}/>'
    yield from (f'<circle class="f{number}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places)
    own = " own" if number == 0 else ""
    told = _seconds(line.seconds[max(line.seconds)])
    yield (
        f'<text class="f{number}{own}" x="{WIDTH - RIGHT + 12}" y="{ends[line.name] + 4:.1f}">'
        f"{line.name}, {told}</text>"
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2f} s"


def _axes(scales: Scales) -> Iterator[str]:
    for power in scales.powers:
        at = scales.y(10.0**power)
        yield f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>'
        yield f'<text class="tick" x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>'
    for count in scales.counts:
        x, y = scales.x(count), HEIGHT - BOTTOM + 20
        yield f'<text class="tick" x="{x:.1f}" y="{y}" text-anchor="middle">{count:,}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text class="tick" x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">streams</text>'


def _apart(ends: Sequence[tuple[float, str]]) -> dict[str, float]:
    """Where each label stands: beside its line's end, none over another, and all above the axis."""
    ordered = sorted(ends)
    places: list[float] = []
    for at, _ in ordered:
        places.append(max(at, places[-1] + LABEL) if places else at)
    lowest = float(HEIGHT - BOTTOM)
    for number in reversed(range(len(places))):
        places[number] = min(places[number], lowest)
        lowest = places[number] - LABEL
    return {name: place for (_, name), place in zip(ordered, places, strict=True)}
