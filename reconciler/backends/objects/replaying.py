"""What a log says, object by object: the entries, what stands open, and where it ends; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.backends.objects.batches import NO_LOG, End, followed, read_batch
from reconciler.model import Address
from reconciler.state.ending import End as RunEnd
from reconciler.state.journal import Begin, Intent, Moved, Outcome, Record, put
from reconciler.state.model import Entry


@dataclass
class Replay:
    """A log as far as it was read; `written` is the end of its last object that says anything.

    `open` are the intents that nothing answers, with the number of each among all records; `run` the records
    of a run that began and did not end.
    """

    head: Mapping[str, Any] = field(default_factory=dict)
    entries: dict[Address, Entry] = field(default_factory=dict)
    open: dict[Address, tuple[int, Intent]] = field(default_factory=dict)
    run: list[Record] = field(default_factory=list)
    end: End = NO_LOG
    written: End = NO_LOG
    fence: int = 0

    def add(self, data: bytes) -> None:
        """The next object. Raises KeyError, TypeError, ValueError or UsageError for what does not follow.

        One of a holder that another one had followed before counts for nothing.
        """
        if not data:  # a write that a store took although it was cut off: it was acknowledged to nobody
            self.end = followed(self.end, data, 0)
            return
        read = read_batch(data)
        if read.number != self.end.number + 1 or (self.end.link and read.before != self.end.link):
            raise ValueError("it does not follow the one before it")
        number = self.end.records
        self.end = followed(self.end, data, len(read.records))
        if read.fence < self.fence:
            return
        self.fence = read.fence
        for place, record in enumerate(read.records, number + 1):
            self._take(record, place)
        self.head = self.head if read.head is None else read.head
        if read.records:
            self.written = self.end

    def add_all(self, items: Iterable[bytes]) -> None:
        """The next objects; see `add`."""
        for data in items:
            self.add(data)

    def _take(self, record: Record, number: int) -> None:
        if isinstance(record, Begin):
            self.run = []
        if isinstance(record, RunEnd):
            self.run = []
            self.open.clear()
            return
        self.run.append(record)
        if isinstance(record, Intent):
            self.open[record.address] = number, record
        elif isinstance(record, Moved):
            self.entries.pop(record.former, None)
            self.entries[record.address] = record.entry
        elif isinstance(record, Outcome):
            self.open.pop(record.address, None)
            put(self.entries, record.address, record.entry)
