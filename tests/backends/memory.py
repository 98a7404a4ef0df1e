"""A backend for tests: a server in memory with leases, fencing tokens and a journal, on a clock of its own.

It is fenced and frees a hold after a stated time, as a database does; so the suite sees both sorts of
store. Everything that a holder writes goes through `Server.write`, which is where the fence is.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from threading import Lock
from typing import TypeVar

from reconciler.backends.ownership import check_owner
from reconciler.backends.parts import KEEPING, Keeping, Parts
from reconciler.backends.protocol import Capabilities, Growth, Holder, Replacement
from reconciler.backends.snapshots import Snapshot
from reconciler.backends.waiting import NO_WAIT, Wait, patient
from reconciler.errors import LockedError, StateError
from reconciler.model import Address
from reconciler.moments import rfc3339, unix_seconds
from reconciler.state.comparing import same_content
from reconciler.state.ending import NOTHING_INTENDED, SIMPLY_DONE, End, Ended, Ending, Intended
from reconciler.state.journal import Begin, Outcome, Record, replay
from reconciler.state.model import Owner, State, remembered
from reconciler.state.runs import (
    Entries,
    KeptRun,
    RunRecord,
    edits,
    kept_begin,
    kept_records,
    life,
    results_of,
    still_needed,
)

from ..support import LONG_AGO

TTL = 20.0
"""Seconds after which a holder that was not heard of can be followed by another."""

SURE = 0.8
"""The share of TTL in which a holder trusts its hold."""

T = TypeVar("T")


@dataclass
class Server:
    """What the server has; `version` counts its writes, `epoch` the deaths of everything that uses it."""

    state: State = field(default_factory=State)
    workspace: str = ""
    journal: list[Record] = field(default_factory=list)
    kept: dict[int, State] = field(default_factory=dict)
    version: int = 0
    token: int = 0
    holder: Holder | None = None
    heard: float = 0.0
    now: float = 0.0
    epoch: int = 0
    broken: bool = False
    read_only: bool = False
    past: list[KeptRun] = field(default_factory=list)
    keeping: Keeping = KEEPING
    mutex: Lock = field(default_factory=Lock)

    def check(self) -> None:
        """Raises StateError while the server can only be read, or is away."""
        if self.broken or self.read_only:
            raise StateError("the server refuses", "wait for it, then run the command again")

    def take(self, holder: Holder) -> int:
        """A token for a holder; raises LockedError while another one is heard of."""
        self.check()
        if self.holder is not None and self.now < self.heard + TTL:
            raise LockedError(f"the state is in use by run {self.holder['run']}", "wait for it to end")
        self.token, self.holder, self.heard = self.token + 1, holder, self.now
        return self.token

    def free(self, token: int) -> None:
        if token == self.token:
            self.holder = None

    def write(self, token: int, change: Callable[[], T]) -> T:
        """One durable change by the holder of this token; refused once another one has come."""
        with self.mutex:
            self.check()
            if token != self.token or self.holder is None:
                raise StateError("another run has the state", "let it end, then run the command again")
            changed = change()
            self.version, self.heard = self.version + 1, self.now
            return changed

    def keep(self, begin: Begin, ended: Ended, records: list[Record], by: str = "") -> None:
        """Puts a run that is over to those that are kept, and removes what is too old."""
        at = rfc3339(unix_seconds(LONG_AGO) + self.now)
        run = RunRecord(kept_begin(begin), End(at, ended, self.state.serial, by))
        self.past = [(run, records), *(one for one in self.past if one[0].run != run.run)]
        oldest = rfc3339(unix_seconds(at) - self.keeping.days * 86400)
        self.past = [
            one
            for number, one in enumerate(self.past)
            if (number < self.keeping.runs and one[0].begin.at >= oldest) or still_needed(one[1], self.state)
        ]

    def keep_journal(self, before: State, after: Entries, ended: Ended | None, by: str = "") -> None:
        """Keeps the run whose journal there is, unfinished if it is not said how it ended."""
        begin, *records = self.journal
        assert isinstance(begin, Begin)
        kept = kept_records(records, before.entries, after)
        self.keep(begin, ended or Ended(Ending.UNFINISHED, results_of(kept)), kept, by)

    def read(self, owner: Owner | None) -> Snapshot:
        state = replay(self.state, self.journal, "the journal")
        begun = [one.owner.workspace for one in self.journal if isinstance(one, Begin)]
        workspace, interrupted = self.workspace or "".join(begun), state is not self.state
        lost = self.kept and not state.lineage
        state = replace(state, serial=max(self.kept)) if lost else state
        missing = StateError("the state is missing", "put it back with state push") if lost else None
        found = Snapshot(state, workspace, interrupted, str(self.version), missing)
        check_owner(found.owner, owner, "the state")
        return found


class MemorySession:
    """A Session."""

    def __init__(self, server: Server, token: int, owner: Owner, holder: Holder) -> None:
        self.holder = holder
        self.begun = False
        self.snapshot = replace(server.read(None), workspace=owner.workspace)
        self.owner = owner
        self.state = self.snapshot.state
        self.token = token
        self.notices: list[str] = []
        self.lost: StateError | None = None
        self._server, self._version, self._asked = server, server.version, server.now
        self._failed: StateError | None = None

    def preflight(self, growth: Growth) -> None:
        self._server.write(self.token, lambda: None)
        self._version = self._server.version

    def recover(self) -> None:
        if self._server.journal:
            self.finish(replay(self._server.state, self._server.journal, "the journal"))

    def begin(
        self,
        run: str,
        at: str,
        lineage: str,
        plan: str | None = None,
        intended: Intended = NOTHING_INTENDED,
    ) -> None:
        if self._server.journal:
            raise StateError(
                "the journal of an interrupted run has not been recovered yet", "report this as a bug"
            )
        owner = replace(self.owner, cloud=self.state.bound or self.owner.cloud)
        begin = Begin(
            *(self.state.lineage or lineage, self.state.serial, run, at),
            plan=plan,
            owner=owner,
            holder=self.holder,
            intended=intended,
        )
        self._put(begin)
        self.begun = True
        self.state = replace(self.state, lineage=begin.lineage, cloud=owner.cloud).begun(run, plan)

    def append(self, record: Record) -> None:
        if self._failed is not None:
            raise self._failed
        if not isinstance(record, Outcome) and not self.alive():
            raise self.lost or StateError("the hold is over", "run the command again")
        try:
            self._put(record)
        except StateError as error:
            self._failed = error
            raise

    def alive(self) -> bool:
        if self._server.now - self._asked >= SURE * TTL:
            self.lost = self.lost or StateError("the server has not been heard of", "run the command again")
        return self.lost is None

    def rebind(self, owner: Owner) -> State:
        self.owner = owner
        return self.finish(replace(self.state, cloud=owner.cloud))

    def finish(self, result: State, ended: Ended = SIMPLY_DONE) -> State:
        written = replace(result, serial=result.serial + 1, cloud=result.cloud or self.owner.cloud)

        def swap() -> None:
            if self._server.version != self._version:
                raise StateError("somebody else wrote meanwhile", "run the command again")
            before, self._server.state = self._server.state, written
            self._keep(before, ended)
            self._server.journal = []
            self._server.workspace = self.owner.workspace
            self._server.kept[written.serial] = written

        self._write(swap)
        self.state, self.begun = written, False
        return written

    def _keep(self, before: State, ended: Ended) -> None:
        server, known = self._server, self.state
        if self.begun:
            server.keep_journal(before, server.state.entries, ended)
            return
        if server.journal:
            server.keep_journal(before, known.entries, None, str(self.holder["run"]))
            known = replace(known, serial=server.state.serial)
        begin = edit_of(self.holder, known.serial, self.owner)
        server.keep(begin, SIMPLY_DONE, edits(known.entries, server.state.entries))

    def _put(self, record: Record) -> None:
        self._write(lambda: self._server.journal.append(record))

    def _write(self, change: Callable[[], None]) -> None:
        asked = self._server.now
        self._server.write(self.token, change)
        self._version, self._asked = self._server.version, asked


@dataclass
class MemoryReplacing:
    """A Replacing."""

    server: Server
    token: int
    known: State
    holder: Holder
    trouble: StateError | None = None

    @property
    def recorded(self) -> Snapshot | None:
        found = self.server.read(None)
        return found if found.state.lineage and found.missing is None else None

    def objections(self, given: Replacement) -> list[str]:
        found, known = [], self.server.state
        if known.lineage and given.state.lineage not in ("", known.lineage):
            found.append("it is of another lineage")
        if known.cloud and given.state.cloud not in ("", known.cloud):
            found.append("it was applied to another cloud")
        if given.state.serial < known.serial:
            found.append("it is older")
        if self._merged(given) is None:
            found.append("there is a journal that is not for it")
        return found

    def forgotten(self, written: State) -> list[tuple[Address, str]]:
        kept = {entry.task_id for entry in written.entries.values()}
        return [
            (address, str(entry.task_id))
            for address, entry in sorted(self.known.entries.items())
            if entry.task_id is not None and entry.task_id not in kept
        ]

    def put(self, given: Replacement, lineage: str) -> State:
        state = self._merged(given) or given.state
        written = replace(
            state,
            lineage=state.lineage or self.known.lineage or lineage,
            cloud=state.cloud or self.known.cloud,
            serial=max(state.serial, self.known.serial) + 1,
            used_plans=remembered(self.known.used_plans, state.used_plans),
        )

        def swap() -> None:
            before, self.server.state = self.server.state, written
            if self.server.journal:
                self.server.keep_journal(before, {}, None, str(self.holder["run"]))
            begin = edit_of(self.holder, self.known.serial, Owner(given.workspace))
            self.server.keep(begin, SIMPLY_DONE, edits(self.known.entries, written.entries))
            self.server.journal, self.server.workspace = [], given.workspace
            self.server.kept[written.serial] = written

        self.server.write(self.token, swap)
        return written

    def _merged(self, given: Replacement) -> State | None:
        if self.recorded is not None and same_content(self.known, given.state):
            return self.known
        try:
            return replay(given.state, self.server.journal, "the journal")
        except StateError:
            return None


@dataclass(frozen=True)
class Kept:
    """A parts.History."""

    server: Server

    def generations(self) -> Sequence[int]:
        return sorted(self.server.kept, reverse=True)

    def generation(self, serial: int) -> State:
        if serial not in self.server.kept:
            raise StateError(f"serial {serial} is not in the history", "choose another")
        return self.server.kept[serial]


@dataclass(frozen=True)
class MemoryAudit:
    """A parts.Audit."""

    server: Server

    def runs(self, most: int) -> Sequence[RunRecord]:
        return [run for run, _ in self._all()][:most]

    def records(self, run: str) -> Sequence[Record]:
        for one, records in self._all():
            if one.run == run:
                return records
        raise StateError(f"no history of run {run}", "see which runs are")

    def life_of(self, address: Address, most: int) -> Sequence[tuple[RunRecord, Record]]:
        return list(islice(life(address, self._all()), most))

    def _all(self) -> list[KeptRun]:
        journal = self.server.journal
        if not journal or not isinstance(journal[0], Begin):
            return self.server.past
        held = self.server.holder is not None and self.server.now < self.server.heard + TTL
        run = RunRecord(kept_begin(journal[0]), held=held)
        past = [one for one in self.server.past if one[0].run != run.run]
        return [(run, kept_records(journal[1:], {}, {})), *past]


def edit_of(holder: Holder, serial: int, owner: Owner) -> Begin:
    """The first record of a run that has no journal."""
    return Begin("", serial, str(holder["run"]), str(holder["since"]), owner=owner, holder=holder)


class MemoryBackend:
    """A Backend of one process that uses the server."""

    def __init__(self, server: Server) -> None:
        self.capabilities = Capabilities(fenced=True, notifies=False, frees_after=TTL, shares_pace=False)
        self.parts = Parts(history=Kept(server), audit=MemoryAudit(server))
        self.notices: list[str] = []
        self._server = server

    def snapshot(self, owner: Owner | None) -> Snapshot:
        return self._server.read(owner)

    @contextmanager
    def hold(self, owner: Owner | None, holder: Holder, wait: Wait = NO_WAIT) -> Iterator[MemorySession]:
        with patient(lambda: self._taken(holder), wait) as token:
            held = owner or self._server.read(None).owner
            if not held.workspace:
                never = StateError("no state yet", "pass the manifests it belongs to")
                raise self._server.read(None).missing or never
            self._server.read(owner)
            yield MemorySession(self._server, token, held, holder)

    @contextmanager
    def overrule(
        self, owner: Owner | None, holder: Holder, wait: Wait = NO_WAIT
    ) -> Iterator[MemoryReplacing]:
        with patient(lambda: self._taken(holder), wait) as token:
            yield MemoryReplacing(self._server, token, self._server.read(None).state, holder)

    @contextmanager
    def _taken(self, holder: Holder) -> Iterator[int]:
        token, epoch = self._server.take(holder), self._server.epoch
        try:
            yield token
        finally:
            if epoch == self._server.epoch:  # the dead free nothing
                self._server.free(token)
