"""What saves reading the log for its runs: an index of those that are kept, and the calls of each.

Both say which object of the log they follow, so that one that does not belong to this log is passed over,
and both could be made again from it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from reconciler.backends.objects.batches import End, log_key
from reconciler.backends.objects.runs import LoggedRun
from reconciler.model import canonical_json
from reconciler.state.ending import End as RunEnd
from reconciler.state.journal import Begin, Record, record_from_json, record_to_json
from reconciler.state.runs import RunRecord

RUNS, CALLS = "runs/", "calls/"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Index:
    """The runs that are kept as of an end of the log, in the order of their ends."""

    end: End
    runs: Sequence[LoggedRun]


def index_key(base: str, number: int) -> str:
    """The key of an index: the number in the log that it follows."""
    return f"{base}{RUNS}{log_key('', number).rpartition('/')[2]}"


def calls_key(base: str, number: int) -> str:
    """The key of the calls of the runs that ended in an object of the log."""
    return f"{base}{CALLS}{log_key('', number).rpartition('/')[2]}"


def index_to_bytes(index: Index) -> bytes:
    """An index as an object: a line that says what it follows, and one a run."""
    return _sealed(index.end, map(_run_to_json, index.runs))


def index_from_bytes(data: bytes) -> Index:
    """The inverse; raises KeyError, TypeError, ValueError or UsageError for what is not as it was written."""
    end, lines = _unsealed(data)
    return Index(end, [_run_from_json(json.loads(line)) for line in lines])


def calls_to_bytes(end: End, calls: Mapping[str, Sequence[Record]]) -> bytes:
    """The calls of runs that ended with an object of the log: each a line that begins with its run."""
    lines = ({"run": run, **record_to_json(one)} for run, records in calls.items() for one in records)
    return _sealed(end, lines)


def calls_from_bytes(data: bytes, of: LoggedRun, about: str = "") -> list[Record] | None:
    """The calls of a run, or those whose lines hold such a text; None where the object is of another log.

    Raises KeyError, TypeError, ValueError or UsageError for what is not as it was written.
    """
    end, lines = _unsealed(data)
    if end.link != of.end.link:
        return None
    said = (json.loads(line) for line in lines if about.encode() in line)
    return [record_from_json(one) for one in said if one["run"] == of.run.run]


def _sealed(end: End, lines: Iterable[Mapping[str, Any]]) -> bytes:
    body = b"".join(canonical_json(one).encode() + b"\n" for one in lines)
    said = {"format": _FORMAT, "end": _end_to_json(end), "checksum": sha256(body).hexdigest()}
    return canonical_json(said).encode() + b"\n" + body


def _unsealed(data: bytes) -> tuple[End, list[bytes]]:
    first, _, body = data.partition(b"\n")
    said = json.loads(first)
    if said["format"] != _FORMAT or said["checksum"] != sha256(body).hexdigest():
        raise ValueError("it is of another format, or its checksum does not match its content")
    return End(*said["end"]), body.splitlines()


def _end_to_json(end: End) -> list[object]:
    return [end.number, end.link, end.records]


def _run_to_json(one: LoggedRun) -> dict[str, Any]:
    starts = {} if one.starts is None else {"starts": sorted(one.starts)}
    ending = one.run.end and record_to_json(one.run.end)
    said = {"first": one.first, "last": _end_to_json(one.end), "begin": record_to_json(one.run.begin)}
    return {**said, "end": ending, **starts}


def _run_from_json(data: Mapping[str, Any]) -> LoggedRun:
    begin, end = record_from_json(data["begin"]), record_from_json(data["end"])
    if not (isinstance(begin, Begin) and isinstance(end, RunEnd)):
        raise TypeError("a run does not begin and end")
    starts = frozenset(data["starts"]) if "starts" in data else None
    return LoggedRun(RunRecord(begin, end), int(data["first"]), End(*data["last"]), starts)
