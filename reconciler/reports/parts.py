"""Parts that several changes share, as those of one layout do, told once though each has more of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reconciler.model import Address
from reconciler.reports.rows import Line, Row


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that the same changes have: a number for it, of which changes, and the documents it may be of."""

    number: int
    lines: tuple[Line, ...]
    addresses: tuple[Address, ...]
    because: tuple[Address, ...] = ()

    @property
    def mark(self) -> str:
        """How a change refers to it."""
        return f"[{self.number}]"

    @property
    def title(self) -> str:
        """`MixLayout/quad changed, in 312 changes`."""
        cause = ", ".join(map(str, self.because))
        return f"{f'{cause} changed, ' if cause else ''}in {len(self.addresses)} changes"


@dataclass(frozen=True, slots=True)
class Parted:
    """The rows without what they share, and the parts that this is told in; a row names its parts' marks."""

    rows: tuple[Row, ...]
    parts: tuple[Part, ...] = ()


def parted(rows: Iterable[Row]) -> Parted:
    """Rows of which some share a part and have more of their own; those that are alike stay as they are."""
    listed = list(rows)
    owners: dict[Line, list[int]] = {}
    for place, row in enumerate(listed):
        for line in () if row.is_whole or row.seen else dict.fromkeys(row.lines):
            owners.setdefault(line, []).append(place)
    shared: dict[tuple[int, ...], list[Line]] = {}
    for line, places in owners.items():
        if len(places) > 1 and len({listed[place].lines for place in places}) > 1:
            shared.setdefault(tuple(places), []).append(line)
    numbered = enumerate(shared.items(), 1)
    parts = [_part(number, lines, [listed[at] for at in places]) for number, (places, lines) in numbered]
    by_line = {line: part for part in parts for line in part.lines}
    return Parted(tuple(_without(row, by_line) for row in listed), tuple(parts))


def _part(number: int, lines: list[Line], rows: list[Row]) -> Part:
    causes = [one for one in rows[0].because if all(one in row.because for row in rows)]
    return Part(number, tuple(lines), tuple(sorted(row.address for row in rows)), tuple(causes))


def _without(row: Row, by_line: Mapping[Line, Part]) -> Row:
    """The row with its own lines alone, and the marks of the parts that the others are told in."""
    if row.is_whole or row.seen or not by_line:
        return row
    marks = dict.fromkeys(by_line[line].mark for line in row.lines if line in by_line)
    own = tuple(line for line in row.lines if line not in by_line)
    return replace(row, lines=own, parts=tuple(marks))
