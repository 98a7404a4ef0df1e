"""What is recorded of one workspace: a single statement, so that all of it is of one moment."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.backends.ownership import check_owner
from reconciler.backends.postgres.chain import NO_JOURNAL, End
from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.database import Row
from reconciler.backends.postgres.entries import LazyEntries
from reconciler.backends.postgres.failures import told, uninitialised
from reconciler.backends.postgres.location import Place
from reconciler.backends.postgres.versions import check_version
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import ReconcilerError, StateError
from reconciler.model import Address
from reconciler.state.codec import entry_from_json, state_from_json
from reconciler.state.journal import Record, record_from_json, replayed
from reconciler.state.model import Entry, Owner, State

_READ = """
WITH w AS (SELECT * FROM {schema}.workspace WHERE name = %s)
SELECT 'store', needs, version::bigint, min_reader || ' ' || min_writer, NULL::bytea FROM {schema}.store
UNION ALL SELECT 'workspace', NULL, begun, head::text, NULL FROM w
UNION ALL SELECT 'hold', NULL, h.seq, w.serial::text, h.link FROM {schema}.hold h JOIN w ON h.workspace = w.id
UNION ALL SELECT 'newest', NULL, max(g.serial), NULL, NULL
  FROM {schema}.generation g JOIN w ON g.workspace = w.id
UNION ALL SELECT 'entry', e.address, e.seq, e.body, NULL FROM {schema}.entry e JOIN w ON e.workspace = w.id
UNION ALL SELECT 'intent', j.address, j.seq, j.body, NULL FROM {schema}.open_intent o
  JOIN w ON o.workspace = w.id JOIN {schema}.journal j ON j.workspace = o.workspace AND j.seq = o.seq
"""

_LARGE = 120_000_000
"""Bytes of a large state, for which a reading is given time."""

Conceal = Callable[[State], State]


@dataclass(frozen=True)
class Raw:
    """What was read, as it stands in the store, before anything is made of it.

    `begun` is the number of the record by which a run began that has not ended, `newest` the highest serial
    that was ever written, `serial` the one that is.
    """

    head: Mapping[str, Any] = field(default_factory=dict)
    entries: Sequence[Row] = ()
    intents: Sequence[Row] = ()
    serial: int = 0
    begun: int | None = None
    end: End = NO_JOURNAL
    newest: int = 0

    @property
    def addresses(self) -> list[Address]:
        """What is recorded, whether it can be read or not."""
        return [Address(*row[1].partition("/")[::2]) for row in self.entries]


@dataclass(frozen=True)
class Recorded:
    """What was read: the state with its entries as they stand, and with what is in doubt by open intents."""

    raw: Raw
    owner: str
    stored: State
    state: State


class Reader:
    """Reads one place; `token` gives a fresh random name each time, `conceal` is as LocalBackend has it."""

    def __init__(self, place: Place, token: Callable[[], str], conceal: Conceal) -> None:
        self.place = place
        self._token = token
        self._conceal = conceal

    def of(self, workspace: str) -> "Reader":
        """The reader of another workspace of the same store."""
        return Reader(self.place.of(workspace), self._token, self._conceal)

    def snapshot(self, client: Client, owner: Owner | None) -> Snapshot:
        """What is recorded, for its owner; without one, for anybody. Raises StateError.

        An entry that no reconciler wrote raises it when it is asked for.
        """
        raw = self.raw(client)
        texts = {row[1]: row[3] for row in raw.entries}
        return self.shown(self._recorded(raw, LazyEntries(texts, self._address, self._entry)), owner)

    def raw(self, client: Client, *, writes: bool = False) -> Raw:
        """What stands there; raises StateError, also for a store that may not be read, or written, by us."""
        with told(self.place):
            statement = _READ.format(schema=self.place.schema)
            rows = client.ask(statement, (self.place.workspace,), size=_LARGE)
        parts: dict[str, list[Row]] = {}
        for row in rows:
            parts.setdefault(row[0], []).append(row)
        if "store" not in parts:
            raise uninitialised(self.place)
        [(_, needs, version, least, _)] = parts["store"]
        check_version(self.place, version, int(least.split()[writes]), needs)
        return _raw(parts) if "workspace" in parts else Raw()

    def recorded(self, raw: Raw) -> Recorded:
        """What stands there, all of it understood; raises StateError for what no reconciler wrote."""
        return self._recorded(raw, {self._address(row[1]): self._entry(row[3]) for row in raw.entries})

    def _recorded(self, raw: Raw, entries: Mapping[Address, Entry]) -> Recorded:
        owner, empty = self.headed(raw.head)
        stored = replace(empty, entries=entries)
        intents = [self.record(row[3]) for row in sorted(raw.intents, key=_number)]
        state = replace(stored, entries=replayed(stored.entries, intents)) if intents else stored
        return Recorded(raw, owner, stored, state)

    def shown(self, found: Recorded, owner: Owner | None) -> Snapshot:
        """What was read, as a snapshot for its owner; raises StateError where it is another's."""
        raw, where = found.raw, str(self.place.location)
        lost = not found.state.lineage and raw.newest > 0
        state = State(serial=raw.newest) if lost else found.state
        check_owner(Owner(found.owner, state.bound), owner, where)
        return Snapshot(
            state if state.digest_key else self.concealed(state),
            found.owner,
            interrupted=raw.begun is not None,
            mark=f"{raw.end.seq}:{raw.end.link.hex()}",
            missing=self._missing(raw.newest) if lost else None,
        )

    def concealed(self, state: State) -> State:
        """The state with a key of its own and no secret in clear."""
        return self._conceal(state.keyed("".join(self._token() for _ in range(2))))

    def records(self, client: Client, begun: int | None) -> list[Record]:
        """What a run journalled that began with that record; raises StateError."""
        statement = (
            f"SELECT j.body FROM {self.place.schema}.journal j JOIN {self.place.schema}.workspace w "
            "ON w.id = j.workspace WHERE w.name = %s AND j.seq >= %s AND j.kind <> 'e' ORDER BY j.seq"
        )
        if begun is None:
            return []
        with told(self.place):
            rows = client.ask(statement, (self.place.workspace, begun))
        return [self.record(row[0]) for row in rows]

    def headed(self, head: Mapping[str, Any]) -> tuple[str, State]:
        """(owner's name, state without entries) of what stands at a workspace's head."""
        if not head:
            return "", State()
        return state_from_json({**head, "resources": {}}, str(self.place.location))

    def _address(self, text: str) -> Address:
        try:
            return Address.parse(text)
        except ReconcilerError as error:
            raise self.strange(error) from error

    def _entry(self, body: str) -> Entry:
        try:
            return entry_from_json(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError, ReconcilerError) as error:
            raise self.strange(error) from error

    def record(self, body: str) -> Record:
        """The record of its JSON; raises StateError for what is none."""
        try:
            return record_from_json(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError, ReconcilerError) as error:
            raise self.strange(error) from error

    def strange(self, error: Exception) -> StateError:
        """That the store holds what no reconciler wrote."""
        return StateError(
            f"{self.place.location}: it has data that reconciler did not write ({type(error).__name__}: "
            f"{error})",
            "restore the database from a backup; nothing was changed",
        )

    def _missing(self, newest: int) -> StateError:
        place = self.place.location
        return StateError(
            f"{place} is missing, but serial {newest} was written here: tasks that it recorded may still be "
            "running and would be started twice",
            f"restore it with `reconciler state push FILE --state '{place}'`, where FILE is a backup or the "
            "output of `state pull`; if you meant another state, pass that one with --state",
        )


def _raw(parts: Mapping[str, list[Row]]) -> Raw:
    [(_, _, begun, head, _)] = parts["workspace"]
    [(_, _, seq, serial, link)] = parts["hold"]
    [(_, _, newest, _, _)] = parts["newest"]
    entries, intents = parts.get("entry", ()), parts.get("intent", ())
    return Raw(json.loads(head), entries, intents, int(serial), begun, End(seq, bytes(link)), newest or 0)


def _number(row: Row) -> int:
    return int(row[2])
