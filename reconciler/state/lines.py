"""The entries of a state's file in which each is a line, read one by one when they are asked for."""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from reconciler.errors import UsageError
from reconciler.model import Address
from reconciler.state.codec import entry_from_json, entry_to_json, not_a_state
from reconciler.state.model import Entry

OPENS = b',\n  "resources": {\n'
CLOSES = b"\n  }\n}\n"
_INDENT, _BETWEEN = b'    "', b'": {'
_SPEC = b',"spec":{'
"""What stands between the short values of an entry and its spec, which comes last."""


class Brief(NamedTuple):
    """What a list shows of an entry: its status, since when it runs, and its TaskId; "" where it has none."""

    status: str
    since: str
    task: str


class EntryLines(Mapping[Address, Entry]):
    """The entries of a file, each found, and read, when it is asked for.

    That raises StateError, with the file's name (`source`), for what is no entry.
    """

    def __init__(self, data: bytes, source: str) -> None:
        self._data = data
        self._source = source
        self._entries: dict[Address, Entry] = {}

    @cached_property
    def _places(self) -> Mapping[Address, slice]:
        """Where in the bytes the value of each stands, in the file's order."""
        try:
            return dict(_found(self._data))
        except (UsageError, ValueError) as error:
            raise not_a_state(self._source, error) from error

    def __getitem__(self, address: Address) -> Entry:
        entry = self._entries.get(address)
        if entry is None:
            entry = self._entries[address] = self._read(self._places[address])
        return entry

    def __contains__(self, address: object) -> bool:
        return address in self._places

    def __iter__(self) -> Iterator[Address]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def glance(self, address: Address) -> Entry:
        """An entry that is not kept once it was looked at, unless it was asked for before."""
        known = self._entries.get(address)
        return self._read(self._places[address]) if known is None else known

    @property
    def read(self) -> int:
        """How many entries were asked for so far."""
        return len(self._entries)

    def line(self, address: Address) -> bytes:
        """An entry's value as it stands in the file."""
        return self._data[self._places[address]]

    def brief(self, address: Address) -> Brief:
        """What a list shows of an entry, without its spec where that can be left out."""
        line = self.line(address)
        try:
            # Of an entry with late calls this ends inside of these, and is no JSON.
            short = json.loads(line[: line.index(_SPEC)] + b"}")
            return Brief(str(short["status"]), short.get("startedAt") or "", _text(short.get("taskId")))
        except (ValueError, KeyError, TypeError):
            return brief_of(self[address])

    def _read(self, place: slice) -> Entry:
        try:
            return entry_from_json(json.loads(self._data[place]))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError, UsageError) as error:
            raise not_a_state(self._source, error) from error


def _text(task_id: object) -> str:
    if task_id is None or isinstance(task_id, str):
        return task_id or ""
    raise TypeError  # a placeholder, which has words of its own


def brief_of(entry: Entry) -> Brief:
    """What a list shows of an entry."""
    return Brief(str(entry.status), entry.started_at or "", str(entry.task_id or ""))


def briefs(entries: Mapping[Address, Entry]) -> list[tuple[Address, Brief]]:
    """What a list shows of each entry, in the order of the addresses."""
    if isinstance(entries, EntryLines):
        return [(address, entries.brief(address)) for address in sorted(entries)]
    return [(address, brief_of(entries[address])) for address in sorted(entries)]


def glance(entries: Mapping[Address, Entry], address: Address) -> Entry:
    """An entry that nobody asks for again: of a file's thousands none is kept."""
    return entries.glance(address) if isinstance(entries, EntryLines) else entries[address]


def with_key(entries: Mapping[Address, Entry], key: str) -> Iterator[Address]:
    """The addresses of the entries that may have a key: of those that were not read, as their lines tell."""
    if not isinstance(entries, EntryLines):
        yield from entries
        return
    text = f'"{key}":'.encode()
    yield from (address for address in entries if text in entries.line(address))


def written_lines(entries: Mapping[Address, Entry]) -> bytes:
    """The lines of the entries, in the order of the addresses; one that was only read stays as it was."""
    return b",\n".join(_line(entries, address) for address in sorted(entries))


def written_entry(entries: Mapping[Address, Entry], address: Address) -> bytes:
    """An entry as it is written; one that was only read stays as it was."""
    if isinstance(entries, EntryLines):
        return entries.line(address)
    return json.dumps(entry_to_json(entries[address]), separators=(",", ":")).encode()


def _line(entries: Mapping[Address, Entry], address: Address) -> bytes:
    return b"".join((b"    ", json.dumps(str(address)).encode(), b": ", written_entry(entries, address)))


def entry_lines(data: bytes, source: str) -> EntryLines | None:
    """The entries of a sealed file, of which nothing is read yet; None where they are not a line each."""
    begins, ends = _bounds(data)
    if begins < len(OPENS) or ends < begins or not data.endswith(CLOSES):
        return None
    first = data.find(b"\n", begins)
    end = first - 1 if data.startswith(b",", first - 1) else first
    return EntryLines(data, source) if _is_entry(data, begins, min(end, ends)) else None


def _bounds(data: bytes) -> tuple[int, int]:
    """Where the lines of the entries begin and end."""
    return data.find(OPENS) + len(OPENS), len(data) - len(CLOSES)


def _found(data: bytes) -> Iterator[tuple[Address, slice]]:
    """Where the value of each entry stands.

    Raises UsageError for an address that is none, and ValueError for a line that is no entry.
    """
    begins, ends = _bounds(data)
    while begins < ends:
        last = (line := data.find(b",\n", begins, ends)) < 0
        end = ends if last else line
        name = data.find(_BETWEEN, begins, end)
        if name < 0 or not _is_entry(data, begins, end):
            raise ValueError("an entry is not on a line of its own")
        address = Address.parse(data[begins + len(_INDENT) : name].decode("ascii"))
        yield address, slice(name + len(_BETWEEN) - 1, end)
        begins = end if last else end + 2


def _is_entry(data: bytes, begins: int, end: int) -> bool:
    """Whether an entry stands there and nothing else: no text in JSON holds a line's end as it is."""
    return (
        data.startswith(_INDENT, begins)
        and data.startswith(b"}", end - 1)
        and data.find(b"\n", begins, end) < 0
    )
