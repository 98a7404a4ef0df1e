"""A journal as a file: what a write that was cut short leaves of it, told from damage.

Each line is a record of the chain (state/journal). Only a last line that was never finished is cut.
"""

import re
from dataclasses import dataclass

from reconciler.errors import StateError
from reconciler.state.journal import SET_ASIDE, START, Link, Record, decode_line

SECTOR = 512
"""Bytes that a disk writes at once."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A journal as found: its sound records, and whether a last line was cut that was never finished."""

    records: tuple[Record, ...] = ()
    torn: bool = False


def decode(data: bytes, source: str) -> Reading:
    """The sound records of a journal; a torn last line is left out, anything else is refused.

    A write that was cut short leaves a last line without its end, or with zeros where sectors were
    not written. Any other bad line was finished once, and is damage: StateError.
    """
    records: list[Record] = []
    link, begins = START, 0
    while begins < len(data):
        ends = data.find(b"\n", begins)
        line = data[begins:] if ends < 0 else data[begins:ends]
        found = decode_line(line, link)
        if found is None:
            last = ends in (-1, len(data) - 1)
            if last and _is_torn(line, begins, link, finished=ends >= 0):
                return Reading(tuple(records), torn=True)
            raise StateError(
                f"{source}:{len(records) + 1}: the journal is damaged: this line does not match the "
                "previous one",
                f"nothing was changed; restore the journal from a backup; {SET_ASIDE}",
            )
        record, link = found
        records.append(record)
        begins += len(line) + 1
    return Reading(tuple(records))


def _is_torn(line: bytes, begins: int, link: Link, *, finished: bool) -> bool:
    """Whether the last line, which begins at this offset of the file, was never written whole."""
    if b"\0" in line:
        return _zeros_are_sectors(line, begins, finished=finished)
    return not finished and not _begins_soundly(line, link)


def _zeros_are_sectors(line: bytes, begins: int, *, finished: bool) -> bool:
    """Whether zeros stand only where a disk leaves them: at the front, at the end, or as whole sectors.

    No single flipped bit makes such zeros: none turns the first or the last byte of a line into one.
    """
    for zeros in re.finditer(rb"\0+", line):
        whole = all((begins + edge) % SECTOR == 0 for edge in zeros.span())
        at_end = zeros.end() == len(line) and not finished
        if not (zeros.start() == 0 or at_end or whole):
            return False
    return True


def _begins_soundly(line: bytes, after: Link) -> bool:
    """Whether a whole record stands at the beginning, so that what follows it was once more."""
    end = line.rfind(b"}")
    while end > 0:
        if decode_line(line[: end + 1], after) is not None:
            return True
        end = line.rfind(b"}", 0, end)
    return False
