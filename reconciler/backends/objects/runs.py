"""The runs that a log tells of, object by object, each from its first record to its end; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from reconciler.backends.closing import DIFFERENCE
from reconciler.backends.objects.batches import NO_LOG, End, Read, followed, read_batch
from reconciler.model import Address
from reconciler.state.ending import End as RunEnd
from reconciler.state.ending import Ended, Ending
from reconciler.state.journal import Begin, Outcome, Record
from reconciler.state.model import Entry
from reconciler.state.runs import KeptRun, RunRecord, kept_begin, kept_records, results_of

RunKey = tuple[str, int]
"""A run, and the number of the object in which it ended."""


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """A run that is over: the number of its first object in the log, and the log's end with its last one.

    `starts` are what `starts_of` tells of it; None as long as nobody has asked for them.
    """

    run: RunRecord
    first: int
    end: End
    starts: frozenset[str] | None = None

    @property
    def key(self) -> RunKey:
        """What tells it apart."""
        return self.run.run, self.end.number

    @property
    def began(self) -> str:
        """When it began, RFC 3339 UTC; "" where it does not say."""
        return str(self.run.holder.get("since") or self.run.begin.at)


@dataclass
class _Open:
    """A run that has begun: its first record, that one's fence and number in the log, and what follows."""

    begin: Begin
    fence: int
    first: int
    records: list[Record] = field(default_factory=list)


@dataclass
class RunsInLog:
    """The runs of a log as far as it was read, up to `end`; `ended` are those that are over, with calls."""

    end: End = NO_LOG
    ended: list[tuple[LoggedRun, Sequence[Record]]] = field(default_factory=list)
    _open: _Open | None = None
    _fence: int = 0

    @property
    def under_way(self) -> KeptRun | None:
        """The run that has not ended, if there is one."""
        if self._open is None:
            return None
        return RunRecord(kept_begin(self._open.begin)), kept_records(self._open.records, {}, {})

    def skip_to(self, number: int) -> None:
        """What comes next has this number: of a run that had begun before, something is missing."""
        self.end, self._open = End(number - 1), None

    def add(self, data: bytes) -> None:
        """The next object. Raises KeyError, TypeError, ValueError or UsageError for what does not follow."""
        if not data:  # a write that a store took although it was cut off
            self.end = followed(self.end, data, 0)
            return
        read = read_batch(data)
        if read.number != self.end.number + 1 or (self.end.link and read.before != self.end.link):
            raise ValueError("it does not follow the one before it")
        self.end = followed(self.end, data, len(read.records))
        if read.fence >= self._fence:
            self._fence = read.fence
            self._take(read)

    def _take(self, read: Read) -> None:
        after: dict[Address, Entry] = {}
        for record in read.records:
            if isinstance(record, Begin):
                self._open = _Open(record, read.fence, read.number)
            elif isinstance(record, RunEnd):
                self._close(record, read.fence, after)
            elif isinstance(record, Outcome) and record.step == DIFFERENCE:
                after |= {record.address: record.entry} if record.entry else {}
            elif self._open is not None:
                self._open.records.append(record)

    def _close(self, end: RunEnd, fence: int, after: dict[Address, Entry]) -> None:
        """Ends the run that has begun; one that another hold ends did not end itself, whatever that says."""
        run, self._open = self._open, None
        if run is None:
            return
        kept = kept_records(run.records, {}, after)
        if fence != run.fence and end.ended.ending is not Ending.UNFINISHED:
            end = replace(end, ended=Ended(Ending.UNFINISHED, results_of(kept)))
        self.ended.append((LoggedRun(RunRecord(kept_begin(run.begin), end), run.first, self.end), kept))


def newest_of_each(runs: Iterable[LoggedRun]) -> list[LoggedRun]:
    """The runs, each once, in the order of their ends: of one that took another over first, its own end."""
    found: dict[str, LoggedRun] = {}
    for one in runs:
        found.pop(one.run.run, None)
        found[one.run.run] = one
    return list(found.values())
