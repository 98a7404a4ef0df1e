"""Intents and outcomes as records: their codec, and the replay that tells what is in doubt.

One JSON object a line. Each line has its number in `seq`, and a `crc` that covers the line and
the `crc` before it, so that a line cannot be lost, moved or altered unseen: the chain. The journal
belongs to the one state that its first record names. How lines lie in a store is that store's affair.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from reconciler.errors import ReconcilerError, StateError
from reconciler.model import Address, canonical_json
from reconciler.state.codec import entry_from_json, entry_to_json, pending_from_json, pending_to_json
from reconciler.state.ending import (
    NOTHING_INTENDED,
    End,
    Intended,
    counts_from_json,
    end_from_json,
    end_to_json,
)
from reconciler.state.model import NOBODY, Entry, Owner, Pending, State
from reconciler.state.unanswered import after_unknown


@dataclass(frozen=True, slots=True)
class Begin:
    """The first record: which state a run set out from, and when (RFC 3339 UTC).

    `base` is the checksum of the state's file, empty if there was none; `plan` the nonce of the
    saved plan that is carried out, which is used up from here on. `digest_key` is the state's, which may be
    in no state file yet, and `owner` whose state it is, which may be said nowhere else either. `holder` is
    who carries it out, and `intended` what that is.
    """

    lineage: str
    serial: int
    run: str
    at: str
    base: str = ""
    plan: str | None = None
    digest_key: str = ""
    owner: Owner = NOBODY
    holder: Mapping[str, Any] = field(default_factory=dict)
    intended: Intended = NOTHING_INTENDED


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
    """A call has been answered, or given up: `entry` is what is recorded from now on.

    `at` is RFC 3339 UTC, "" where it was not noted; `code` and `request_id` are those of an error.
    `renamed_from` is the address under which the entry was recorded before.
    """

    address: Address
    step: str
    result: str
    entry: Entry | None
    at: str = ""
    code: str = ""
    request_id: str = ""
    renamed_from: Address | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What was recorded of `former` is recorded of `address` from now on, in one step; no call is made."""

    address: Address
    former: Address
    entry: Entry


Record = Begin | Intent | Outcome | Moved | End


class Link(NamedTuple):
    """The end of the chain so far: how many lines there are, and the last one's checksum."""

    seq: int = 0
    crc: str = ""


START = Link()
SET_ASIDE = (
    "or, if you cannot, note each taskId in the journal, because those tasks may be running, and set the "
    "journal aside with `reconciler state push --force FILE`, where FILE is the last known state, such as a "
    "copy from its history"
)


def encode(record: Record, after: Link) -> tuple[bytes, Link]:
    """(line, the chain's end with it) of a record that follows the chain that ends in `after`."""
    body = {**record_to_json(record), "seq": after.seq + 1}
    link = Link(after.seq + 1, _crc(body, after.crc))
    return (canonical_json({**body, "crc": link.crc}) + "\n").encode(), link


def decode_line(line: bytes, after: Link) -> tuple[Record, Link] | None:
    """The record of a line, without its end, and the chain's end with it: the inverse of encode.

    None of a line that does not follow the chain that ends in `after`, byte for byte as it was written.
    """
    try:
        body = json.loads(line)
        crc = body.pop("crc")
        if (body["seq"], crc) != (after.seq + 1, _crc(body, after.crc)):
            return None
        if canonical_json({**body, "crc": crc}).encode() != line:
            return None
        return record_from_json(body), Link(after.seq + 1, crc)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ReconcilerError):
        return None


def plain_line(record: Record) -> bytes:
    """The line of a record that stands in no chain, with its end."""
    return (canonical_json(record_to_json(record)) + "\n").encode()


def read_plain_line(line: bytes) -> Record:
    """The inverse of plain_line; raises KeyError, TypeError or ValueError, or UsageError for no address."""
    return record_from_json(json.loads(line))


def replay(state: State, records: Iterable[Record], source: str, base: str = "") -> State:
    """The state as the journal says it is now; unanswered calls leave uncertain entries.

    A journal that was worked in before, and outlived that, leaves the very state that is given.
    `base` is the checksum of the state's file. Raises StateError if the journal belongs to another
    state, or if another run has written the state since.
    """
    listed = list(records)
    if not listed:
        return state
    begin = listed[0]
    if not isinstance(begin, Begin):
        raise StateError(f"{source}: the journal does not begin with the state that it belongs to", SET_ASIDE)
    if (state.lineage, state.run) == (begin.lineage, begin.run) and state.serial > begin.serial:
        return state
    same = state.serial == begin.serial and state.lineage in ("", begin.lineage)
    if not same or base != begin.base:
        raise StateError(
            f"{source}: the journal belongs to serial {begin.serial} of lineage {begin.lineage}, but the "
            f"state is serial {state.serial} of lineage {state.lineage or '(none)'}"
            + (", though not the version that the journal began with" if same else ""),
            f"restore the state file that the journal belongs to; {SET_ASIDE}",
        )
    entries = replayed(state.entries, listed[1:])
    key = state.digest_key or begin.digest_key
    cloud = begin.owner.cloud or state.cloud
    known = replace(state, lineage=begin.lineage, entries=entries, digest_key=key, cloud=cloud)
    return known.begun(begin.run, begin.plan)


def replayed(before: Mapping[Address, Entry], records: Iterable[Record]) -> dict[Address, Entry]:
    """The entries after these records, whatever state they belong to."""
    entries = dict(before)
    open_intents: dict[Address, Intent] = {}
    for record in records:
        if isinstance(record, Intent):
            open_intents[record.address] = record
        elif isinstance(record, Moved):
            entries.pop(record.former, None)
            entries[record.address] = record.entry
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


def record_to_json(record: Record) -> dict[str, Any]:
    """A record as it stands in a journal, without its place in the chain."""
    match record:
        case Begin():
            return _begin_to_json(record)
        case End():
            return {"type": "end", **end_to_json(record)}
        case Moved():
            return {
                "type": "moved",
                "address": str(record.address),
                "former": str(record.former),
                "entry": entry_to_json(record.entry),
            }
        case Outcome():
            renamed = str(record.renamed_from) if record.renamed_from else ""
            return {
                "type": "outcome",
                **_common(record),
                "result": record.result,
                **_said(at=record.at, code=record.code, requestId=record.request_id, renamedFrom=renamed),
            }
    return {"type": "intent", **_common(record), **pending_to_json(record.pending), "starts": record.starts}


def _common(record: Intent | Outcome) -> dict[str, Any]:
    entry = record.entry and entry_to_json(record.entry)
    return {"address": str(record.address), "step": record.step, "entry": entry}


def _begin_to_json(record: Begin) -> dict[str, Any]:
    return {
        "type": "begin",
        "lineage": record.lineage,
        "serial": record.serial,
        "run": record.run,
        "at": record.at,
        "base": record.base,
        "plan": record.plan,
        **_said(
            digestKey=record.digest_key,
            workspace=record.owner.workspace,
            cloud=record.owner.cloud,
            holder=dict(record.holder),
            changes=dict(record.intended.changes),
            planDigest=record.intended.digest,
        ),
    }


def _said(**values: Any) -> dict[str, Any]:
    """The keys that say something."""
    return {key: value for key, value in values.items() if value}


def record_from_json(data: Mapping[str, Any]) -> Record:
    """The inverse of record_to_json; raises KeyError, TypeError, ValueError or UsageError on other shapes."""
    match data["type"]:
        case "begin":
            return _begin_from_json(data)
        case "end":
            return end_from_json(data)
    address = Address.parse(data["address"])
    if data["type"] == "moved":
        return Moved(address, Address.parse(data["former"]), entry_from_json(data["entry"]))
    entry = None if data["entry"] is None else entry_from_json(data["entry"])
    if data["type"] == "outcome":
        renamed = data.get("renamedFrom")
        return Outcome(
            address,
            data["step"],
            data["result"],
            entry,
            str(data.get("at", "")),
            str(data.get("code", "")),
            str(data.get("requestId", "")),
            Address.parse(renamed) if renamed else None,
        )
    return Intent(address, data["step"], pending_from_json(data), data["starts"], entry)


def _begin_from_json(data: Mapping[str, Any]) -> Begin:
    holder = data.get("holder", {})
    if not isinstance(holder, dict):
        raise TypeError("the holder is not an object")
    return Begin(
        data["lineage"],
        data["serial"],
        data["run"],
        data["at"],
        data["base"],
        data["plan"],
        data.get("digestKey", ""),
        Owner(data.get("workspace", ""), data.get("cloud", "")),
        holder,
        Intended(counts_from_json(data.get("changes", {})), str(data.get("planDigest", ""))),
    )
