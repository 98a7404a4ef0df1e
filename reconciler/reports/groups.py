"""Changes that are alike, as a shared layout makes them, told once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reconciler.model import Address, Impact
from reconciler.reports.rows import Row

GRAVE = (Impact.STOP, Impact.PAUSE, Impact.RESTART, Impact.RECONNECT)
_MANY = 4
"""How many changes without fields must be alike to be told as one."""


@dataclass(frozen=True, slots=True)
class Group:
    """Changes that are alike in all but their address, as a shared layout makes them: told once.

    `rows` are all of them, sorted by address; `row` stands for each.
    """

    rows: tuple[Row, ...]

    @property
    def row(self) -> Row:
        """The first of them."""
        return self.rows[0]

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Of all of them."""
        return tuple(row.address for row in self.rows)

    @property
    def is_grave(self) -> bool:
        """Whether it interrupts something."""
        return self.row.impact in GRAVE

    @property
    def title(self) -> str:
        """`MixLayout/quad changed → 312 streams`, `4 MixStreams, same settings`, or the one address."""
        if len(self.rows) == 1:
            return str(self.row.address)
        cause = ", ".join(map(str, self.row.because))
        if cause:
            return f"{cause} changed → {len(self.rows)} streams"
        counts = Counter(address.kind for address in self.addresses)
        kinds = " and ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items())
        if self.row.alike:
            return f"{kinds}, same settings"
        return f"{kinds}, same change" if self.row.has_fields else kinds


def in_order(rows: Iterable[Row]) -> list[Row]:
    """The gravest impact first, then what is visible, then by address."""
    return sorted(rows, key=_place)


def _place(row: Row) -> tuple[int, bool, Address]:
    return -row.impact.rank, not row.visible, row.address


def grouped(rows: Iterable[Row]) -> tuple[Group, ...]:
    """The rows in order, those that are alike together at the place of the first."""
    alike: dict[Any, list[Row]] = {}
    for row in rows:
        alike.setdefault(_likeness(row), []).append(row)
    groups: list[Group] = []
    for some in alike.values():
        single = not (some[0].has_fields or some[0].is_whole) and len(some) < _MANY
        groups += [Group((row,)) for row in some] if single else [Group(tuple(some))]
    return tuple(sorted(groups, key=lambda group: _place(group.row)))


def _likeness(row: Row) -> tuple[Any, ...]:
    """What must be equal; without fields also the kind, since nothing else tells what is meant."""
    seen = row.seen and (row.seen.status, row.seen.recorded, row.seen.evidence)
    kind = "" if row.has_fields else row.address.kind
    lines = row.settings if row.is_whole else row.lines
    told = (row.reason, lines, row.calls, row.because, row.renewal, row.renamed_from, row.alike, row.parts)
    return (kind, row.verb, row.impact, row.visible, *told, seen)
