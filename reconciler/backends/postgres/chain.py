"""Records as rows of the journal, each with a link that covers it and all before it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from reconciler.model import canonical_json
from reconciler.state.journal import Begin, Intent, Moved, Outcome, Record, record_to_json
from reconciler.state.runs import DROPPED


@dataclass(frozen=True, slots=True)
class Line:
    """A record as it is sent: its kind (b, i, o or e), its resource's address if it has one, and its JSON.

    `entry` is that of an outcome, by itself: no database is asked to read JSON, whose escapes not all do.
    """

    kind: str
    address: str | None
    body: str
    entry: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The end of a journal: how many records it has, and the last one's link."""

    seq: int
    link: bytes


NO_JOURNAL = End(0, b"")


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines that go together, behind the end `before`; `links` has one for each."""

    before: End
    lines: Sequence[Line]
    links: Sequence[bytes]

    @property
    def after(self) -> int:
        """The number behind which they go."""
        return self.before.seq

    @property
    def end(self) -> End:
        """The journal's end with them."""
        return End(self.after + len(self.lines), self.links[-1])

    @property
    def size(self) -> int:
        """How many bytes they have, roughly."""
        return sum(len(line.body) + len(line.entry or "") for line in self.lines)

    @property
    def columns(self) -> tuple[list[str], list[str | None], list[str], list[str | None], list[bytes]]:
        """Their kinds, addresses, bodies, entries and links, as the store's functions take them."""
        lines = self.lines
        kinds, addresses = [one.kind for one in lines], [one.address for one in lines]
        return kinds, addresses, [one.body for one in lines], [one.entry for one in lines], list(self.links)


def lines_of(record: Record) -> list[Line]:
    """A record as it is sent; a rename is two, as it ends what was recorded under the former address."""
    data = record_to_json(record)
    body = canonical_json(data)
    match record:
        case Begin():
            return [Line("b", None, body)]
        case Intent():
            return [Line("i", str(record.address), body)]
        case Moved():
            ended = Outcome(record.former, str(record.former), DROPPED, None)
            return [Line("o", str(record.address), body, canonical_json(data["entry"])), *lines_of(ended)]
        case Outcome():
            entry = None if record.entry is None else canonical_json(data["entry"])
            return [Line("o", str(record.address), body, entry)]
    return []  # how a run ended is told by the last line alone


def numbered(records: Iterable[Record], after: int) -> Iterator[tuple[int, Record]]:
    """The records behind a number of the journal, each with its own, the last one's where it is two rows."""
    for record in records:
        after += len(lines_of(record))
        yield after, record


def end_line(data: Mapping[str, Any]) -> Line:
    """The last record of a run."""
    return Line("e", None, canonical_json(data))


def chained(end: End, token: str, lines: Sequence[Line]) -> Batch:
    """The lines behind the end of a journal, written by the holder of a token: another's links differ."""
    links, link = [], end.link
    for line in lines:
        link = sha256(b"\0".join((link, token.encode(), line.kind.encode(), line.body.encode()))).digest()
        links.append(link)
    return Batch(end, lines, links)
