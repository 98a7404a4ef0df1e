"""An index as bytes, and back: three lines, of which the last, with what ties documents, may stay unread.

The first says what it is of and has the digests of the others, so that one that is cut off, altered, of
another version or of another state is noticed. Texts that many rows share stand there once.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from reconciler.index.model import Index, Meaning, Row, SharedFault, Subject, Told
from reconciler.model import Address
from reconciler.plan.model import Expiry
from reconciler.planning.settled import FOR_EVER, Settled

FORMAT = 1
"""Rises with each change of what the lines hold."""
_LINES = 3
_ASKED, _ALIVE, _RESOURCE, _LASTING = 1, 2, 4, 8


class Unusable(Exception):
    """Bytes that are no index of this version; the message says why."""


class _Texts:
    """Texts by their numbers, each kept once."""

    def __init__(self) -> None:
        self.listed: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        known = self._numbers.setdefault(text, len(self.listed))
        if known == len(self.listed):
            self.listed.append(text)
        return known


def index_to_bytes(index: Index) -> bytes:
    """The index in three lines."""
    texts = _Texts()
    rows = [_row_to_json(row, texts) for row in index.rows]
    ties = [_ties_to_json(row.meaning) for row in index.rows]
    main = _line({"texts": texts.listed, "rows": rows, "blanks": sorted(index.blanks)})
    beside = _line(ties)
    subject = index.subject
    head = {
        "format": FORMAT,
        "context": subject.context,
        "workspace": subject.workspace,
        "state": subject.state,
        "lineage": subject.lineage,
        "digests": [_digest(main), _digest(beside)],
    }
    return b"\n".join((_line(head), main, beside))


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """An index of which only the first line was read; the others are when they are asked for."""

    subject: Subject
    main: bytes
    beside: bytes

    def settled_rows(self) -> tuple[list[Row], frozenset[str]]:
        """(the rows, without what ties their documents; the pieces without any document)."""
        data = json.loads(self.main)
        return list(_rows(data, [_NO_TIES] * len(data["rows"]))), frozenset(data["blanks"])

    def whole(self) -> Index:
        """All of it."""
        data = json.loads(self.main)
        rows = tuple(_rows(data, json.loads(self.beside)))
        return Index(self.subject, rows, frozenset(data["blanks"]))


def stored_index(data: bytes) -> StoredIndex:
    """The index that bytes hold; raises Unusable for anything else."""
    lines = data.split(b"\n")
    if len(lines) != _LINES:
        raise Unusable("not an index")
    try:
        head = json.loads(lines[0])
        if head["format"] != FORMAT:
            raise Unusable(f"format {head['format']}")
        subject = Subject(head["context"], head["workspace"], head["state"], head["lineage"])
        digests = head["digests"]
    except (ValueError, KeyError, TypeError) as error:
        raise Unusable("not an index") from error
    if digests != [_digest(lines[1]), _digest(lines[2])]:
        raise Unusable("cut off, or altered")
    return StoredIndex(subject, lines[1], lines[2])


def _line(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True).encode()


def _digest(line: bytes) -> str:
    return sha256(line).hexdigest()


def _row_to_json(row: Row, texts: _Texts) -> list[Any]:
    meaning, settled = row.meaning, row.settled
    flags = _RESOURCE * meaning.is_resource + _LASTING * meaning.lasting
    told = [
        [one.below, one.column, texts.number(one.path), texts.number(one.message)] for one in meaning.told
    ]
    data = [texts.number(meaning.address.kind), meaning.address.name, row.piece, row.begins, told]
    if settled is None:
        return [*data, flags]
    named = f"{meaning.address}"
    flags += _ASKED * settled.asked + _ALIVE * settled.alive
    return [
        *data,
        flags,
        row.entry,
        None if settled.until == FOR_EVER else settled.until,
        [number for pair in sorted(settled.labels.items()) for number in map(texts.number, pair)],
        [_warning_to_json(one, named, texts) for one in settled.warnings],
        [
            [texts.number(one.what), texts.number(one.at), texts.number(one.note), one.soon + 2 * one.expired]
            for one in settled.expiries
        ],
    ]


def _warning_to_json(text: str, named: str, texts: _Texts) -> int:
    """The number of a warning that begins with its resource's address; -1 - number of any other."""
    if text.startswith(named):
        return texts.number(text[len(named) :])
    return -1 - texts.number(text)


def _ties_to_json(meaning: Meaning) -> list[Any]:
    faults = [[list(one.path), one.message, one.warns] for one in meaning.faults]
    target = meaning.target and str(meaning.target)
    return [list(map(str, meaning.uses)), "".join(meaning.has), "".join(meaning.needs), faults, target]


_NO_TIES: list[Any] = [[], "", "", [], None]
_TIE = 16
"""Characters of the digest of a tie."""


def _rows(data: Any, ties: Sequence[Any]) -> Iterator[Row]:
    texts: list[str] = data["texts"]
    for row, (uses, has, needs, faults, target) in zip(data["rows"], ties, strict=True):
        kind, name, piece, begins, told, flags, *more = row
        address = Address(texts[kind], name)
        meaning = Meaning(
            address,
            tuple(map(_address, uses)),
            _cut(has),
            _cut(needs),
            tuple(Told(below, column, texts[path], texts[message]) for below, column, path, message in told),
            tuple(SharedFault(tuple(path), message, warns) for path, message, warns in faults),
            _address(target) if target else None,
            is_resource=bool(flags & _RESOURCE),
            lasting=bool(flags & _LASTING),
        )
        if more:
            yield Row(piece, meaning, begins, _settled(address, flags, more[1:], texts), more[0])
        else:
            yield Row(piece, meaning, begins)


def _settled(address: Address, flags: int, more: Sequence[Any], texts: Sequence[str]) -> Settled:
    until, labels, warnings, expiries = more
    return Settled(
        {texts[key]: texts[value] for key, value in zip(labels[::2], labels[1::2], strict=True)},
        FOR_EVER if until is None else until,
        tuple(f"{address}{texts[one]}" if one >= 0 else texts[-1 - one] for one in warnings),
        tuple(
            Expiry(address, texts[what], texts[at], texts[note], soon=bool(how & 1), expired=bool(how & 2))
            for what, at, note, how in expiries
        ),
        asked=bool(flags & _ASKED),
        alive=bool(flags & _ALIVE),
    )


def _address(text: str) -> Address:
    kind, _, name = text.partition("/")
    return Address(kind, name)


def _cut(digests: str) -> tuple[str, ...]:
    return tuple(digests[at : at + _TIE] for at in range(0, len(digests), _TIE))
