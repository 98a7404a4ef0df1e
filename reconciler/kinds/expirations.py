"""Time-bound things: what ends by itself, and when a workspace lets it be renewed before that."""

from dataclasses import dataclass

from reconciler.moments import unix_seconds

MINUTES_A_DAY = 1440
_EPOCH_DAY = 3  # the first of January 1970 was a Thursday


@dataclass(frozen=True, slots=True)
class Expiration:
    """A moment (unix seconds) at which something ends by itself, and what follows from it.

    `warn_seconds` before it a plan warns. `over` is what is so once it has ended, and what to do; as
    `note` says where it is empty.
    """

    what: str
    at: float
    note: str
    warn_seconds: float
    over: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of some days of the week (0 is Monday), in minutes of the day, `offset` minutes from UTC.

    One that ends before it begins goes on into the next day.
    """

    days: frozenset[int]
    begins: int
    ends: int
    offset: int = 0

    def holds(self, moment: float) -> bool:
        """Whether it is open at a moment in unix seconds."""
        local = int(moment // 60) + self.offset
        day, minute = local // MINUTES_A_DAY, local % MINUTES_A_DAY
        today, before = (day + _EPOCH_DAY) % 7, (day + _EPOCH_DAY - 1) % 7
        if self.begins < self.ends:
            return today in self.days and self.begins <= minute < self.ends
        late, early = minute >= self.begins, minute < self.ends
        return (late and today in self.days) or (early and before in self.days)


@dataclass(frozen=True, slots=True)
class Renewal:
    """When a task may be replaced before its TaskId is of no use any more: in its last days, in a window."""

    lead_seconds: int
    windows: tuple[Window, ...]


def moment_of(text: str | None) -> float | None:
    """Unix seconds of an RFC 3339 text, if there is one."""
    return None if text is None else unix_seconds(text)
