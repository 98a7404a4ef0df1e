"""What one hold has written, kept so that it can be told again to a database that has lost some of it."""

from collections import deque
from dataclasses import dataclass

from reconciler.backends.postgres.chain import End
from reconciler.backends.postgres.database import Parameters

MOST_RECORDS = 20_000
"""Records that are kept: minutes of a run at full pace, where a standby is seconds behind."""


@dataclass(frozen=True, slots=True)
class Written:
    """A statement that was acknowledged, `before` and `end` being the journal's ends around it."""

    statement: str
    parameters: Parameters
    size: int
    before: End
    end: End

    @property
    def records(self) -> int:
        """How many it has brought."""
        return self.end.seq - self.before.seq


class Tail:
    """The last of what was acknowledged, in order."""

    def __init__(self) -> None:
        self._written: deque[Written] = deque()
        self._records = 0

    def add(self, written: Written) -> None:
        """One more was acknowledged."""
        self._written.append(written)
        self._records += written.records
        while self._records > MOST_RECORDS and len(self._written) > 1:
            self._records -= self._written.popleft().records

    def behind(self, end: End) -> list[Written] | None:
        """What follows a journal's end; None where that is no end that this hold has ever known.

        The link is compared, and not only the number: another run may have written as many records.
        """
        if not self._written or self._written[-1].end == end:
            return []
        for place, written in enumerate(self._written):
            if written.before == end:
                return list(self._written)[place:]
        return None
