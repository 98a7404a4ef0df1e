"""What a workspace's resources occupy, unique over all workspaces of a store: had before a call is sent.

A record tells it: an intent's entry claims what it will occupy, and the end of a run gives back what is not
occupied any more, in the transaction that writes the state.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from reconciler.backends.parts import Claimed
from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.failures import told
from reconciler.backends.postgres.hold import Hold
from reconciler.backends.postgres.location import Place
from reconciler.errors import Occupied
from reconciler.model import Address
from reconciler.state.ending import End
from reconciler.state.journal import Begin, Intent, Moved, Record
from reconciler.state.model import Entry

Occupies = Callable[[str, Address, Entry], Mapping[str, str]]
"""By digest, in words, what an entry occupies on a cloud."""

_HELD = "SELECT digest, workspace, address FROM {schema}.claimed_1(%s, %s::text[])"


def occupies_nothing(cloud: str, address: Address, entry: Entry) -> Mapping[str, str]:
    """Where it is not known what entries occupy."""
    return {}


class Claiming:
    """The claims of one run; `changed` are resources that it is to look after besides its own."""

    def __init__(self, hold: Hold, occupies: Occupies, changed: Iterable[Address]) -> None:
        self._hold = hold
        self._occupies = occupies
        self._had: set[tuple[str, str]] = set()
        self._changed = set(changed)

    def wanted(self, cloud: str, records: Sequence[Record]) -> dict[int, Mapping[str, str]]:
        """By the place of an intent, what its entry will occupy: in words, by digest."""
        self._changed.update(one.address for one in records if not isinstance(one, Begin | End))
        self._changed.update(one.former for one in records if isinstance(one, Moved))
        return {
            place: self._occupies(cloud, record.address, record.entry)
            for place, record in enumerate(records)
            if isinstance(record, Intent) and record.entry is not None
        }

    def missing(self, wanted: Iterable[tuple[Address, str]]) -> list[tuple[str, str]]:
        """What of it is not known to be had yet."""
        rows = [(str(address), digest) for address, digest in wanted]
        return [row for row in rows if row not in self._had]

    def have(self, claims: Iterable[tuple[str, str]]) -> None:
        """They are had from here on."""
        self._had.update(claims)

    def kept(self, cloud: str, entries: Mapping[Address, Entry], more: Iterable[Address]) -> "Kept":
        """What the resources that this run has changed occupy at its end, which itself changes `more`."""
        changed = sorted({*self._changed, *more})
        rows = [
            (str(address), digest)
            for address in changed
            if address in entries
            for digest in sorted(self._occupies(cloud, address, entries[address]))
        ]
        return Kept(list(map(str, changed)), [row[0] for row in rows], [row[1] for row in rows])


@dataclass(frozen=True, slots=True)
class Kept:
    """Resources that were changed, and the claims that they have from now on, as two columns."""

    changed: list[str]
    addresses: list[str]
    digests: list[str]


def occupied_by(address: Address, words: Mapping[str, str], taken: Claimed) -> Occupied:
    """That another workspace has what a resource needs."""
    return Occupied(
        f"{address}: {words[taken.digest]} is held by {taken.address} of workspace {taken.workspace}",
        hint="use a different one, or stop the other resource first; nothing was sent for this resource",
    )


@dataclass(frozen=True, slots=True)
class PostgresClaims:
    """The claims of the other workspaces (a parts.Claims); `connected` gives a client for a block."""

    place: Place
    connected: Callable[[], AbstractContextManager[Client]]

    def held(self, digests: Sequence[str]) -> Sequence[Claimed]:
        """See parts.Claims.held."""
        if not digests:
            return []
        with self.connected() as client, told(self.place):
            statement = _HELD.format(schema=self.place.schema)
            rows = client.ask(statement, (self.place.workspace, list(digests)))
        return [Claimed(digest, workspace, Address.parse(address)) for digest, workspace, address in rows]
