"""An index as bytes, and back: three lines, of which the last, with all rows, may stay unread.

The first is the digest of the second, which says what the index is of, has the plan in which nothing was to
be done, and the digest of the third. So one that is cut off or altered is noticed, and one of another
version, workspace or state. Texts that many share stand in each line once.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from reconciler.index.model import (
    Answered,
    Index,
    Meaning,
    Nothing,
    Row,
    Settings,
    SharedFault,
    Subject,
    Told,
)
from reconciler.model import Address
from reconciler.plan.model import Expiry
from reconciler.planning.settled import FOR_EVER, Settled

FORMAT = 4
"""Rises with each change of what the lines hold."""
_LINES = 3
_ASKED, _ALIVE, _RESOURCE, _LASTING = 1, 2, 4, 8
_TIE = 16
"""Characters of the digest of a tie."""


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
    """The index in its lines."""
    texts, subject = _Texts(), index.subject
    rows = [_row_to_json(row, texts) for row in index.rows]
    last = _line({"texts": texts.listed, "rows": rows, "blanks": sorted(index.blanks)})
    head = _line(
        {
            "format": FORMAT,
            "subject": [subject.context, subject.workspace, subject.state, subject.lineage],
            "settings": [index.settings.endpoint, index.settings.state],
            "mark": index.mark,
            "events": index.events,
            "nothing": index.nothing and _nothing_to_json(index.nothing),
            "rows": _digest(last).decode(),
        }
    )
    return b"\n".join((_digest(head), head, last))


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """An index of which only the head was read."""

    subject: Subject
    settings: Settings
    mark: str
    events: str
    nothing: Nothing | None
    _digest: str
    _rows: bytes

    def whole(self) -> Index:
        """All of it; raises Unusable for rows that are not as they were written."""
        if _digest(self._rows) != self._digest.encode():
            raise Unusable("cut off, or altered")
        data = json.loads(self._rows)
        rows = tuple(_rows_of(data))
        blanks = frozenset(data["blanks"])
        return Index(self.subject, self.settings, rows, blanks, self.mark, self.events, self.nothing)


def stored_index(data: bytes) -> StoredIndex:
    """The index that bytes hold; raises Unusable for anything else."""
    lines = data.split(b"\n")
    if len(lines) != _LINES or lines[0] != _digest(lines[1]):
        raise Unusable("cut off, altered, or none")
    head = json.loads(lines[1])
    if head["format"] != FORMAT:
        raise Unusable(f"format {head['format']}")
    nothing = _nothing(head["nothing"]) if head["nothing"] else None
    subject, settings = Subject(*head["subject"]), Settings(*head["settings"])
    known = (head["mark"], head["events"], nothing)
    return StoredIndex(subject, settings, *known, head["rows"], lines[2])


def _line(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True).encode()


def _digest(data: bytes) -> bytes:
    return sha256(data).hexdigest().encode()


def _nothing_to_json(one: Nothing) -> dict[str, Any]:
    texts = _Texts()
    expiries = [
        [texts.number(due.address.kind), due.address.name, *_expiry_to_json(due, texts)]
        for due in one.expiries
    ]
    return {
        "files": one.files,
        "workspace": one.workspace,
        "unchanged": one.unchanged,
        "until": _until_to_json(one.until),
        "asked": one.asked,
        "warnings": list(one.warnings),
        "expiries": expiries,
        "texts": texts.listed,
        "answers": _answers_to_json(one.answers),
        "unobservable": one.unobservable,
    }


def _answers_to_json(answers: Sequence[Answered]) -> list[Any]:
    """Answers of which the keys differ in their last part alone stand together, as those of one domain do."""
    groups: dict[tuple[tuple[str, ...], str, bool], list[str]] = {}
    for key, answer, sure in answers:
        groups.setdefault((key[:-1], answer, sure), []).append(key[-1])
    return [[list(first), answer, sure, names] for (first, answer, sure), names in groups.items()]


def _answers(data: Sequence[Any]) -> Iterator[Answered]:
    for first, answer, authoritative, names in data:
        head = tuple(first)
        yield from (Answered((*head, name), answer, authoritative) for name in names)


def _nothing(data: Mapping[str, Any]) -> Nothing:
    texts: list[str] = data["texts"]
    expiries = (_expiry(Address(texts[kind], name), due, texts) for kind, name, *due in data["expiries"])
    return Nothing(
        data["files"],
        data["workspace"],
        data["unchanged"],
        _until(data["until"]),
        data["asked"],
        tuple(data["warnings"]),
        tuple(expiries),
        tuple(_answers(data["answers"])),
        data["unobservable"],
    )


def _row_to_json(row: Row, texts: _Texts) -> list[Any]:
    meaning = row.meaning
    told = [
        [one.below, one.column, texts.number(one.path), texts.number(one.message)] for one in meaning.told
    ]
    faults = [[list(one.path), one.message, one.warns] for one in meaning.faults]
    return [
        texts.number(meaning.address.kind),
        meaning.address.name,
        row.piece,
        row.begins,
        _RESOURCE * meaning.is_resource + _LASTING * meaning.lasting,
        list(map(str, meaning.uses)),
        "".join(meaning.has),
        "".join(meaning.needs),
        told,
        faults,
        meaning.target and str(meaning.target),
        row.entry,
        row.settled and _settled_to_json(row.settled, str(meaning.address), texts),
    ]


def _settled_to_json(one: Settled, named: str, texts: _Texts) -> list[Any]:
    return [
        _ASKED * one.asked + _ALIVE * one.alive,
        _until_to_json(one.until),
        [number for pair in sorted(one.labels.items()) for number in map(texts.number, pair)],
        [_warning_to_json(text, named, texts) for text in one.warnings],
        [_expiry_to_json(due, texts) for due in one.expiries],
        one.seen
        and [[texts.number(answer), *(texts.number(part) for part in key)] for key, answer in one.seen],
    ]


def _warning_to_json(text: str, named: str, texts: _Texts) -> int:
    """The number of a warning that begins with its resource's address; -1 - number of any other."""
    if text.startswith(named):
        return texts.number(text[len(named) :])
    return -1 - texts.number(text)


def _expiry_to_json(due: Expiry, texts: _Texts) -> list[int]:
    return [texts.number(due.what), texts.number(due.at), texts.number(due.note), due.soon + 2 * due.expired]


def _expiry(address: Address, due: Sequence[int], texts: Sequence[str]) -> Expiry:
    what, at, note, how = due
    return Expiry(address, texts[what], texts[at], texts[note], how & 1 != 0, how & 2 != 0)


def _until_to_json(until: float) -> float | None:
    return None if until == FOR_EVER else until


def _until(data: float | None) -> float:
    return FOR_EVER if data is None else data


def _rows_of(data: Mapping[str, Any]) -> Iterator[Row]:
    texts: list[str] = data["texts"]
    for kind, name, piece, begins, flags, uses, has, needs, told, faults, target, entry, settled in data[
        "rows"
    ]:
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
        yield Row(piece, meaning, begins, settled and _settled(address, settled, texts), entry)


def _settled(address: Address, data: Sequence[Any], texts: Sequence[str]) -> Settled:
    flags, until, labels, warnings, expiries, seen = data
    return Settled(
        {texts[key]: texts[value] for key, value in zip(labels[::2], labels[1::2], strict=True)},
        _until(until),
        tuple(f"{address}{texts[one]}" if one >= 0 else texts[-1 - one] for one in warnings),
        tuple(_expiry(address, due, texts) for due in expiries),
        asked=bool(flags & _ASKED),
        alive=bool(flags & _ALIVE),
        seen=None if seen is None else tuple(_seen(one, texts) for one in seen),
    )


def _seen(data: Sequence[int], texts: Sequence[str]) -> tuple[tuple[str, ...], str]:
    answer, *key = data
    return tuple(texts[part] for part in key), texts[answer]


def _address(text: str) -> Address:
    kind, _, name = text.partition("/")
    return Address(kind, name)


def _cut(digests: str) -> tuple[str, ...]:
    return tuple(digests[at : at + _TIE] for at in range(0, len(digests), _TIE))
