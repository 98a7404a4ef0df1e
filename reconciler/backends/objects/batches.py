"""The log: objects with successive numbers, each with some records, and the digest of the one before it.

Only who creates the object of a number has written that number. So whoever follows a holder creates the
next one, without records, and from then on the one before can write no more: the log is sealed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from reconciler.model import canonical_json
from reconciler.state.journal import Record, record_from_json, record_to_json

FORMAT = 1
LOG = "log/"
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class End:
    """The end of a log: its last number, the digest of that object, and how many records there are so far."""

    number: int = 0
    link: str = ""
    records: int = 0


NO_LOG = End()


@dataclass(frozen=True, slots=True)
class Batch:
    """The bytes of the object with a number, and the log's end with it."""

    data: bytes
    end: End


@dataclass(frozen=True, slots=True)
class Read:
    """What an object of the log says; `head` is the state's document without its resources, from then on."""

    number: int
    fence: int
    before: str
    records: Sequence[Record]
    head: Mapping[str, Any] | None


def log_key(base: str, number: int) -> str:
    """The key of a number, in the order of numbers."""
    return f"{base}{LOG}{number:0{_DIGITS}}"


def numbers_in(keys: Iterable[str]) -> list[int]:
    """The numbers of the log's keys, in order; others say nothing."""
    names = (key.rpartition("/")[2] for key in keys)
    return sorted(int(name) for name in names if len(name) == _DIGITS and name.isascii() and name.isdigit())


def batch_of(
    after: End, fence: int, token: str, records: Sequence[Record], head: Mapping[str, Any] | None = None
) -> Batch:
    """What follows the end of a log, by the holder of a token: another's bytes differ."""
    said: dict[str, Any] = {
        "format": FORMAT,
        "number": after.number + 1,
        "fence": fence,
        "token": token,
        "before": after.link,
        "records": [record_to_json(record) for record in records],
    }
    data = canonical_json(said if head is None else {**said, "head": head}).encode()
    return Batch(data, followed(after, data, len(records)))


def followed(after: End, data: bytes, records: int) -> End:
    """The end of a log with one more object."""
    return End(after.number + 1, link_of(data), after.records + records)


def link_of(data: bytes) -> str:
    """What the next object calls this one."""
    return sha256(data).hexdigest()


def read_batch(data: bytes) -> Read:
    """The inverse of `batch_of`; raises KeyError, TypeError, ValueError or UsageError for what is none."""
    said = json.loads(data)
    if said["format"] != FORMAT:
        raise ValueError(f"unknown format {said['format']!r}; this version reads {FORMAT}")
    head = said.get("head")
    numbers = (said["number"], said["fence"])
    if not (all(isinstance(one, int) for one in numbers) and isinstance(head, dict | None)):
        raise TypeError("its numbers are invalid")
    return Read(*numbers, str(said["before"]), [record_from_json(one) for one in said["records"]], head)


def glance(data: bytes) -> tuple[int, int]:
    """(fence, number of records) of an object of the log; 0 for what it does not say."""
    try:
        said = json.loads(data)
        fence, records = said["fence"], len(said["records"])
    except (ValueError, KeyError, TypeError):
        return 0, 0
    return (fence, records) if isinstance(fence, int) else (0, records)
