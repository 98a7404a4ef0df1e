"""Copies of the state as runs left it, so that not the whole log is read; it could be made again from that.

They are what there is to go back to as well. One that cannot be read is passed over for an earlier one.
"""

import json
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from reconciler.backends.objects.batches import End
from reconciler.backends.objects.client import Client
from reconciler.backends.objects.failures import strange, told
from reconciler.backends.objects.location import ObjectPlace
from reconciler.errors import StateError
from reconciler.model import canonical_json
from reconciler.state.document import read_document, write_document
from reconciler.state.model import State
from reconciler.state.seal import Damaged

KEPT = 10
COPIES = "state/"
_NAME = re.compile(r".*/(\d{12})-(\d+)")


@dataclass(frozen=True, slots=True)
class Copy:
    """The state at an end of the log; `written` is the end with the last object that says anything."""

    owner: str
    state: State
    end: End
    written: End
    fence: int


def copy_key(base: str, number: int, serial: int) -> str:
    """The key of a copy: the number in the log that it is of comes first."""
    return f"{base}{COPIES}{number:012}-{serial}"


def copy_keys(place: ObjectPlace, client: Client) -> list[str]:
    """The keys of all copies, the newest first; raises StateError."""
    with told(place):
        keys = client.keys(f"{place.base}{COPIES}")
    return [key for key in reversed(keys) if _NAME.fullmatch(key)]


def serial_of(key: str) -> int:
    """The serial that a copy's key tells."""
    found = _NAME.fullmatch(key)
    return int(found[2]) if found else 0


def newest_copy(place: ObjectPlace, client: Client, keys: Sequence[str]) -> Copy | None:
    """The newest copy that can be read; None where there is none."""
    for key in keys:
        with suppress(StateError):
            found = read_copy(place, client, key)
            if found is not None:
                return found
    return None


def read_copy(place: ObjectPlace, client: Client, key: str) -> Copy | None:
    """A copy; None where it is gone. Raises StateError where it is not as it was written."""
    with told(place):
        found = client.get(key)
    if found is None:
        return None
    try:
        said, _, document = found.data.partition(b"\n")
        ends = json.loads(said)
        kept, fence = read_document(document, key), int(ends["fence"])
        return Copy(kept.workspace, kept.state, End(*ends["end"]), End(*ends["written"]), fence)
    except (ValueError, KeyError, TypeError, Damaged) as error:
        raise strange(place, f"the copy {key}", error) from error


def keep_copy(place: ObjectPlace, client: Client, copy: Copy) -> None:
    """Writes a copy and removes the oldest ones; raises StateError."""
    ends = {name: _end(getattr(copy, name)) for name in ("end", "written")}
    said = canonical_json({**ends, "fence": copy.fence}).encode()
    data = said + b"\n" + write_document(copy.owner, copy.state)
    with told(place):
        client.put(copy_key(place.base, copy.end.number, copy.state.serial), data)
        for key in copy_keys(place, client)[KEPT:]:
            client.delete(key)


def _end(end: End) -> list[object]:
    return [end.number, end.link, end.records]


def in_parallel(keys: Sequence[str], get: Callable[[str], bytes | None]) -> list[bytes | None]:
    """What several objects hold, asked for some at a time."""
    if len(keys) < 2:
        return list(map(get, keys))
    with ThreadPoolExecutor(min(8, len(keys))) as pool:
        return list(pool.map(get, keys))


@dataclass(frozen=True, slots=True)
class Generations:
    """The copies of one workspace (a parts.History)."""

    place: ObjectPlace
    client: Callable[[], Client]

    def generations(self) -> Sequence[int]:
        """See parts.History.generations."""
        return list(dict.fromkeys(map(serial_of, copy_keys(self.place, self.client()))))

    def generation(self, serial: int) -> State:
        """See parts.History.generation."""
        client = self.client()
        for key in copy_keys(self.place, client):
            if serial_of(key) == serial and (found := read_copy(self.place, client, key)) is not None:
                return found.state
        kept = ", ".join(map(str, self.generations())) or "none"
        raise StateError(
            f"{self.place.location}: serial {serial} is not in the history", f"available: {kept}"
        )

    def newest(self) -> State:
        """The newest copy that can be read; an empty state where there is none."""
        client = self.client()
        found = newest_copy(self.place, client, copy_keys(self.place, client))
        return State() if found is None else found.state
