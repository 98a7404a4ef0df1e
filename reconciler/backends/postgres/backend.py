"""The state of one workspace in a database: rows that each record changes, and the hold on them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial

from reconciler.backends.parts import KEEPING, Keeping, Parts
from reconciler.backends.postgres.admin import PostgresAdmin
from reconciler.backends.postgres.audit import PostgresAudit
from reconciler.backends.postgres.claiming import Claiming, Occupies, PostgresClaims, occupies_nothing
from reconciler.backends.postgres.client import Client, Tools
from reconciler.backends.postgres.database import Connect
from reconciler.backends.postgres.events import PostgresEvents
from reconciler.backends.postgres.generations import Generations
from reconciler.backends.postgres.hold import Hold, take
from reconciler.backends.postgres.location import Place
from reconciler.backends.postgres.pace import PostgresPace
from reconciler.backends.postgres.plan_index import PostgresPlanIndex
from reconciler.backends.postgres.reader import Conceal, Raw, Reader
from reconciler.backends.postgres.receipts import PostgresReceipts
from reconciler.backends.postgres.replacing import PostgresReplacing
from reconciler.backends.postgres.replication import PostgresReplication
from reconciler.backends.postgres.session import PostgresSession, Stored
from reconciler.backends.postgres.spilling import adopt
from reconciler.backends.postgres.work import PostgresWork
from reconciler.backends.postgres.workspaces import PostgresNeighbours
from reconciler.backends.protocol import Capabilities, Holder
from reconciler.backends.snapshots import Snapshot
from reconciler.backends.spills import NoSpills, Spilled, Spills
from reconciler.backends.waiting import NO_WAIT, Wait, patient
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.state.ending import End
from reconciler.state.journal import Begin, Record
from reconciler.state.model import Owner


class PostgresBackend:
    """One workspace of a store (a Backend); `conceal` is as LocalBackend has it."""

    def __init__(
        self,
        place: Place,
        connect: Connect,
        tools: Tools,
        conceal: Conceal = lambda state: state,
        spills: Spills | None = None,
        occupies: Occupies = occupies_nothing,
        keeping: Keeping = KEEPING,
    ) -> None:
        self.place = place
        self.notices: list[str] = []
        self.capabilities = Capabilities(fenced=True, notifies=False, frees_after=tools.ttl, shares_pace=True)
        self._spills = spills or NoSpills()
        self._occupies = occupies
        self._keeping = keeping
        self._connect, self._tools = connect, tools
        self._sessions: list[PostgresSession] = []
        self._connected = partial(connected, connect, tools, self.notices)
        self._reader = Reader(place, tools.token, conceal)
        self._generations = Generations(self._reader, self._connected)
        self.parts = Parts(
            history=self._generations,
            audit=PostgresAudit(self._reader, self._connected),
            admin=PostgresAdmin(place, self._connected),
            claims=PostgresClaims(place, self._connected),
            events=PostgresEvents(place, self._connected),
            plan_index=PostgresPlanIndex(place, self._connected),
            pace=PostgresPace(place, lambda: Client(connect, tools, [])),
            neighbours=PostgresNeighbours(self._reader, self._connected),
            receipts=PostgresReceipts(place, self._connected, self._sessions),
            replication=PostgresReplication(place, self._connected),
            recovery=self,
            work=self._work,
        )

    def snapshot(self, owner: Owner | None) -> Snapshot:
        """See Backend.snapshot."""
        with self._connected() as client:
            return self._reader.snapshot(client, owner)

    @contextmanager
    def hold(self, owner: Owner | None, holder: Holder, wait: Wait = NO_WAIT) -> Iterator[PostgresSession]:
        """See Backend.hold."""
        with self._held(holder, wait) as hold:
            raw = self._with_spilled(hold, self._reader.raw(hold.client, writes=True))
            recorded = self._reader.recorded(raw)
            snapshot = self._reader.shown(recorded, owner)
            held = owner or snapshot.owner
            if not held.workspace:
                message = f"{self.place.location}: no state yet"
                raise snapshot.missing or StateError(message, "pass the manifests it belongs to")
            begun = self._reader.records(hold.client, raw.begun)
            stored = Stored(recorded.stored.entries, raw.serial, raw.end, begun)
            claiming = Claiming(hold, self._occupies, _addresses(begun))
            session = PostgresSession(
                hold, snapshot, held, stored, self.notices, self._spills, claiming, self._keeping
            )
            self._sessions.append(session)
            yield session

    @contextmanager
    def overrule(
        self, owner: Owner | None, holder: Holder, wait: Wait = NO_WAIT
    ) -> Iterator[PostgresReplacing]:
        """See Backend.overrule."""
        with self._held(holder, wait) as hold:
            yield PostgresReplacing(
                hold, self._reader, self._generations, owner, self.notices, self._occupies, self._keeping
            )

    def adopt(
        self, owner: Owner | None, holder: Holder, spilled: Sequence[Spilled], wait: Wait = NO_WAIT
    ) -> Sequence[Spilled]:
        """See Recovery.adopt."""
        with self._held(holder, wait) as hold:
            raw = self._reader.raw(hold.client, writes=True)
            self._reader.shown(self._reader.recorded(raw), owner)
            return adopt(hold, self._reader, raw, spilled)

    def _with_spilled(self, hold: Hold, raw: Raw) -> Raw:
        """What is recorded, with what this machine has of an interrupted run's answers."""
        run = raw.head.get("run", "")
        kept = self._spills.of(run) if raw.begun is not None else ()
        if not kept:
            return raw
        adopted = adopt(hold, self._reader, raw, kept)
        self.notices.append(f"recovered answers that run {run} could not record: {len(adopted)}")
        with suppress(OSError):  # what stays adopts nothing more
            self._spills.drop(run)
        return self._reader.raw(hold.client, writes=True)

    @contextmanager
    def _work(self) -> Iterator[PostgresWork]:
        work = PostgresWork(
            self.place, lambda: Client(self._connect, self._tools, self.notices), self._tools.ttl
        )
        try:
            yield work
        finally:
            work.close()

    @contextmanager
    def _held(self, holder: Holder, wait: Wait) -> Iterator[Hold]:
        with self._connected() as client, patient(lambda: self._taken(client, holder), wait) as hold:
            yield hold

    @contextmanager
    def _taken(self, client: Client, holder: Holder) -> Iterator[Hold]:
        hold = take(self.place, client, holder, self.notices)
        heart = Client(self._connect, self._tools, [])
        try:
            hold.keep(heart)
            yield hold
        finally:
            hold.free()
            heart.close()


def _addresses(records: Sequence[Record]) -> list[Address]:
    """The resources that an interrupted run was at."""
    return [one.address for one in records if not isinstance(one, Begin | End)]


@contextmanager
def connected(connect: Connect, tools: Tools, notices: list[str]) -> Iterator[Client]:
    """A client for a block."""
    client = Client(connect, tools, notices)
    try:
        yield client
    finally:
        client.close()
