"""What ends by itself, by moment: what ends in one minute and is of one sort is one row."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from reconciler.model import Address
from reconciler.moments import unix_seconds
from reconciler.plan.model import Expiry

_TO_THE_MINUTE = len("2026-01-01T00:00")
_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


@dataclass(frozen=True, slots=True)
class Clock:
    """By what moments are told beside UTC: seconds since 1970, and a zone; None tells nothing of it."""

    now: float | None = None
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What ends within one minute, of one sort: the first moment, and how it is told beside UTC."""

    rows: tuple[Expiry, ...]
    beside: str = ""

    @property
    def at(self) -> str:
        """The first moment of them, in UTC."""
        return self.rows[0].at

    @property
    def when(self) -> str:
        """The moment with what is told beside it: `2026-01-03T08:00:00Z (in 2 d 23 h)`."""
        at = f"expired since {self.at}" if self.expired else self.at
        return f"{at} ({self.beside})" if self.beside else at

    @property
    def what(self) -> str:
        """What ends."""
        return self.rows[0].what

    @property
    def soon(self) -> bool:
        """Whether the plan warns of it."""
        return self.rows[0].soon

    @property
    def expired(self) -> bool:
        """Whether it has ended since."""
        return self.rows[0].expired

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Of which resources, in order."""
        return tuple(dict.fromkeys(row.address for row in self.rows))

    @property
    def who(self) -> str:
        """The resource, or how many of which kinds."""
        if len(self.addresses) == 1:
            return str(self.addresses[0])
        counts = Counter(address.kind for address in self.addresses)
        return " and ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items())

    @property
    def notes(self) -> tuple[str, ...]:
        """What follows from it, each once."""
        return tuple(dict.fromkeys(row.note for row in self.rows if row.note))


def calendar_of(expiries: Iterable[Expiry], clock: Clock) -> tuple[Due, ...]:
    """The rows by moment."""
    found: dict[tuple[str, str, str, bool, bool], list[Expiry]] = {}
    for one in sorted(expiries, key=lambda due: (due.at, due.address)):
        key = (one.at[:_TO_THE_MINUTE], one.what, one.address.kind, one.soon, one.expired)
        found.setdefault(key, []).append(one)
    return tuple(Due(tuple(rows), beside(rows[0].at, clock)) for rows in found.values())


def beside(at: str, clock: Clock) -> str:
    """`in 2 d 23 h, 2026-01-03 16:00 CST`; as much of it as the clock knows."""
    if clock == Clock():
        return ""
    seconds = unix_seconds(at)
    parts = [] if clock.now is None else [remaining(seconds - clock.now)]
    if clock.zone is not None:
        local = datetime.fromtimestamp(seconds, UTC).astimezone(clock.zone)
        parts.append(f"{local:%Y-%m-%d %H:%M} {local.tzname() or ''}".strip())
    return ", ".join(parts)


def remaining(seconds: float) -> str:
    """`in 2 d 23 h`, `in 5 min`, `3 h ago`."""
    return f"in {duration(seconds)}" if seconds >= 0 else f"{duration(seconds)} ago"


def duration(seconds: float) -> str:
    """`2 d 23 h`, `5 min`: the largest unit and the next, rounded down, whether it is to come or over."""
    left, parts = abs(int(seconds)), list[str]()
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if part) or "0 s"
