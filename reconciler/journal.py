"""Intents and outcomes as records: their codec, and the replay that tells what is in doubt.

One JSON object a line. Each line's `crc` covers the line and the `crc` before it, so that a
line cannot be lost, moved or altered unseen; only a last line that was never finished is cut.
The journal belongs to the state whose lineage and serial its first record names.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.errors import ReconcilerError, StateError
from reconciler.model import Address, canonical_json
from reconciler.state import Entry, Pending, State, after_unknown, entry_from_json, entry_to_json


@dataclass(frozen=True, slots=True)
class Begin:
    """The first record: which state a run set out from, and when (RFC 3339 UTC)."""

    lineage: str
    serial: int
    run: str
    at: str


@dataclass(frozen=True, slots=True)
class Intent:
    """A call is about to be sent; `entry` is what will be recorded if it succeeds."""

    address: Address
    step: str
    pending: Pending
    starts: bool
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A call has been answered, or given up: `entry` is what is recorded from now on."""

    address: Address
    step: str
    result: str
    entry: Entry | None


Record = Begin | Intent | Outcome


@dataclass(frozen=True, slots=True)
class Reading:
    """A journal as found: its sound records, and whether a last line was cut that was never finished."""

    records: tuple[Record, ...] = ()
    torn: bool = False


def encode(record: Record, previous: str) -> tuple[bytes, str]:
    """(line, its checksum) of a record that follows the line with checksum `previous`."""
    body = _to_json(record)
    crc = _crc(body, previous)
    return (canonical_json({**body, "crc": crc}) + "\n").encode(), crc


def decode(data: bytes, source: str) -> Reading:
    """The sound records of a journal; a torn last line is left out, anything else is refused.

    A write that was cut short leaves a last line without its end, or with zeros where pages were
    not written. Any other bad line was finished once, and is damage: StateError.
    """
    records: list[Record] = []
    crc = ""
    *lines, tail = data.split(b"\n")
    for number, line in enumerate([*lines, tail] if tail else lines, start=1):
        found = _line(line, crc)
        if found is not None:
            record, crc = found
            records.append(record)
            continue
        last = number == len(lines) + bool(tail)
        if last and (b"\0" in line or (tail and line is tail and not _begins_soundly(line, crc))):
            return Reading(tuple(records), torn=True)
        raise StateError(
            f"{source}:{number}: the journal is damaged: this line does not follow from the last",
            "nothing was changed; keep the file, and restore state and journal from a backup",
        )
    return Reading(tuple(records))


def _begins_soundly(line: bytes, previous: str) -> bool:
    """Whether a whole record stands at the beginning, so that what follows it was once more."""
    end = line.rfind(b"}")
    while end > 0:
        if _line(line[: end + 1], previous) is not None:
            return True
        end = line.rfind(b"}", 0, end)
    return False


def replay(state: State, records: Iterable[Record], source: str) -> State:
    """The state as the journal says it is now; unanswered calls leave uncertain entries.

    Raises StateError if the journal belongs to another state.
    """
    listed = list(records)
    if not listed:
        return state
    begin = listed[0]
    if not isinstance(begin, Begin):
        raise StateError(f"{source}: the journal does not begin with its state", "restore it from a backup")
    if state.lineage == begin.lineage and state.serial == begin.serial + 1:
        return state
    if state.serial != begin.serial or (state.lineage and state.lineage != begin.lineage):
        raise StateError(
            f"{source}: the journal belongs to serial {begin.serial} of lineage {begin.lineage}, "
            f"the state is serial {state.serial} of lineage {state.lineage or '(none)'}",
            "put back the state file that the journal was written beside",
        )
    return replace(state, lineage=begin.lineage, entries=_replayed(state.entries, listed[1:]))


def _replayed(before: Mapping[Address, Entry], records: Iterable[Record]) -> dict[Address, Entry]:
    entries = dict(before)
    open_intents: dict[Address, Intent] = {}
    for record in records:
        if isinstance(record, Intent):
            open_intents[record.address] = record
        elif isinstance(record, Outcome):
            open_intents.pop(record.address, None)
            put(entries, record.address, record.entry)
    for address, intent in open_intents.items():
        entries[address] = after_unknown(entries.get(address), intent.entry, intent.pending, intent.starts)
    return entries


def put(entries: dict[Address, Entry], address: Address, entry: Entry | None) -> None:
    """Records an entry, or drops the record."""
    if entry is None:
        entries.pop(address, None)
    else:
        entries[address] = entry


def _crc(body: Mapping[str, Any], previous: str) -> str:
    return f"{zlib.crc32((previous + canonical_json(body)).encode()):08x}"


def _line(line: bytes, previous: str) -> tuple[Record, str] | None:
    try:
        body = json.loads(line)
        crc = body.pop("crc")
        return (_from_json(body), crc) if crc == _crc(body, previous) else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ReconcilerError):
        return None


def _to_json(record: Record) -> dict[str, Any]:
    if isinstance(record, Begin):
        return {
            "type": "begin",
            "lineage": record.lineage,
            "serial": record.serial,
            "run": record.run,
            "at": record.at,
        }
    common = {
        "address": str(record.address),
        "step": record.step,
        "entry": record.entry and entry_to_json(record.entry),
    }
    if isinstance(record, Outcome):
        return {"type": "outcome", **common, "result": record.result}
    pending = record.pending
    return {
        "type": "intent",
        **common,
        "action": pending.action,
        "at": pending.at,
        "taskId": pending.task_id,
        "starts": record.starts,
    }


def _from_json(data: Mapping[str, Any]) -> Record:
    if data["type"] == "begin":
        return Begin(data["lineage"], data["serial"], data["run"], data["at"])
    address = Address.parse(data["address"])
    entry = None if data["entry"] is None else entry_from_json(data["entry"])
    if data["type"] == "outcome":
        return Outcome(address, data["step"], data["result"], entry)
    pending = Pending(data["action"], data["at"], data["taskId"])
    return Intent(address, data["step"], pending, data["starts"], entry)
