"""Backends with a bug on purpose: for each promise one that breaks it, which the check of it must catch.

python -m tests.backends.mutants
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, NamedTuple
from unittest.mock import patch

from reconciler.backends.local import audit, keeper, reader
from reconciler.backends.local.audit import LocalAudit
from reconciler.backends.local.generations import Generations
from reconciler.backends.local.history import History
from reconciler.backends.local.keeper import RunKeeper
from reconciler.backends.local.lock import FileLock
from reconciler.backends.local.reader import RawFiles, Reader
from reconciler.backends.local.replacement import LocalReplacing
from reconciler.backends.local.runs import Runs
from reconciler.backends.local.session import LocalSession
from reconciler.backends.protocol import Replacement
from reconciler.backends.snapshots import Snapshot
from reconciler.backends.waiting import NO_WAIT, Wait
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.state.ending import SIMPLY_DONE, Ended, Intended
from reconciler.state.journal import Begin, Outcome, Record
from reconciler.state.model import NOBODY, Owner, State
from reconciler.state.runs import UNANSWERED, RunRecord, kept_records

from ..disk import Disk
from . import memory
from .conformance import CHECKS
from .memory import Kept, MemoryBackend, MemoryReplacing, MemorySession, Server
from .stores import STORES

Bug = Callable[[], AbstractContextManager[Any]]


class Mutant(NamedTuple):
    """A bug of one backend, and the promise that it breaks."""

    store: str
    promise: str
    bug: Bug


def changed(owner: Any, **attributes: Any) -> Bug:
    """Attributes of a class or a module, replaced."""
    return lambda: patch.multiple(owner, **attributes)


def nothing(*_: object, **__: object) -> None:
    """Instead of what was promised."""


def yes(*_: object) -> bool:
    return True


# The server in memory

READ, TAKE, WRITE = Server.read, Server.take, Server.write
BEGIN, APPEND, FINISH = MemorySession.begin, MemorySession.append, MemorySession.finish


def owner_not_looked_at(self: Server, owner: Owner | None) -> Snapshot:
    return READ(self, None)


def journal_not_replayed(self: Server, owner: Owner | None) -> Snapshot:
    return replace(READ(self, owner), state=self.state)


def version_of_the_finished(self: Server, owner: Owner | None) -> Snapshot:
    return replace(READ(self, owner), mark=str(self.state.serial))


def never_in_use(self: Server, holder: Mapping[str, Any]) -> int:
    self.holder = None
    return TAKE(self, holder)


def always_in_use(self: Server, holder: Mapping[str, Any]) -> int:
    if self.holder is not None:
        self.heard = self.now
    return TAKE(self, holder)


def one_token(self: Server, holder: Mapping[str, Any]) -> int:
    TAKE(self, holder)
    self.token = 1
    return 1


def fence_left_out(self: Server, token: int, change: Callable[[], Any]) -> Any:
    return WRITE(self, self.token, change)


def acknowledged_before_it_is_there(self: MemorySession, record: Record) -> None:
    """A record is kept by the holder until the next one comes."""
    late: list[Record] = self.__dict__.setdefault("late", [])
    late.append(record)
    if len(late) > 1:
        APPEND(self, late.pop(0))


def first_of_many_only(self: MemorySession, record: Record) -> None:
    """Of the records for one resource, only those up to a number are kept."""
    if sum(isinstance(one, type(record)) for one in self._server.journal) < 5 * 8:
        APPEND(self, record)


def sure_to_the_last(self: MemorySession) -> bool:
    return self._server.now - self._asked <= memory.TTL


def never_sure(self: MemorySession) -> bool:
    return False


def begun_over_what_was_interrupted(
    self: MemorySession, run: str, at: str, lineage: str, plan: str | None = None, *what: Intended
) -> None:
    self._server.journal.clear()
    BEGIN(self, run, at, lineage, plan, *what)


def plan_not_used_up(
    self: MemorySession, run: str, at: str, lineage: str, plan: str | None = None, *what: Intended
) -> None:
    BEGIN(self, run, at, lineage, None, *what)


def written_over(self: MemorySession, result: State, *how: Ended) -> State:
    self._version = self._server.version
    return FINISH(self, result, *how)


def own_write_not_known(self: MemorySession, result: State, *how: Ended) -> State:
    written = FINISH(self, result, *how)
    self._version -= 1
    return written


def gone_on_after_a_failure(self: MemorySession, record: Record) -> None:
    self._failed = None
    APPEND(self, record)


def nothing_after_a_failure(self: MemorySession, result: State, *how: Ended) -> State:
    if self._failed is not None:
        raise self._failed
    return FINISH(self, result, *how)


def serial_given_twice(self: MemoryReplacing, given: Replacement, lineage: str) -> State:
    self.server.state = given.state
    return given.state


@contextmanager
def waits_for_nobody(
    self: MemoryBackend, owner: Owner | None, holder: Any, wait: Wait = NO_WAIT
) -> Iterator[Any]:
    with HOLD(self, owner, holder) as session:
        yield session


HOLD = MemoryBackend.hold

# Files

SYNC, LOCAL_BEGIN, LOCAL_FINISH, READER = (
    Disk.sync,
    LocalSession.begin,
    LocalSession.finish,
    Reader.snapshot,
)


def journal_never_synced(self: Disk, descriptor: int) -> None:
    if not self._open[descriptor][0].name.endswith((".journal", ".tmp")):
        SYNC(self, descriptor)


def interruption_not_told(self: Reader, found: RawFiles, owner: Owner | None) -> Snapshot:
    return replace(READER(self, found, owner), interrupted=False)


def local_written_over(self: LocalSession, result: State, *how: Ended) -> State:
    self._found = self._files.read(self._paths.path)
    return LOCAL_FINISH(self, result, *how)


def local_plan_not_used_up(
    self: LocalSession, run: str, at: str, lineage: str, plan: str | None = None, *what: Intended
) -> None:
    LOCAL_BEGIN(self, run, at, lineage, None, *what)


def appended_after_a_failure(self: LocalSession, record: Record) -> None:
    self._broken = None
    LOCAL_APPEND(self, record)


LOCAL_APPEND = LocalSession.append


def broken_whoever_holds_it(self: FileLock, run: str, host: str, token: str) -> None:
    self._files.remove(self.path)


def lock_kept(self: FileLock) -> None:
    """What was taken is not given back."""


def newest_for_any(self: Generations, serial: int) -> State:
    return self.reader.copy(self.history.path(self.history.newest())) or State()


def empty_state(self: LocalReplacing, given: Replacement) -> list[str]:
    return []


def loss_not_told(self: Reader, found: RawFiles, owner: Owner | None) -> Snapshot:
    return replace(READER(self, found, owner), missing=None)


def journal_is_no_state(self: Server, owner: Owner | None) -> Snapshot:
    found = READ(self, owner)
    return replace(found, state=replace(found.state, lineage=self.state.lineage))


def begun_by_nobody(
    self: LocalSession, run: str, at: str, lineage: str, plan: str | None = None, *what: Intended
) -> None:
    owner, self.owner = self.owner, NOBODY
    LOCAL_BEGIN(self, run, at, lineage, plan, *what)
    self.owner = owner


def never_bound(self: LocalSession, result: State, *how: Ended) -> State:
    self.owner = replace(self.owner, cloud="")
    return LOCAL_FINISH(self, result, *how)


def only_the_name_rebound(self: LocalSession, owner: Owner) -> State:
    self.owner = owner
    return self.finish(self.state)


def rebound_without_what_was_interrupted(self: MemorySession, owner: Owner) -> State:
    self.owner = owner
    return self.finish(replace(self._server.state, cloud=owner.cloud))


LOCAL_RUNS, KEPT_RUNS = LocalAudit.runs, Runs.names


def as_if_done(self: RunKeeper, begin: Begin, ended: Ended, written: State, records: Any, *by: str) -> None:
    KEEPER_WRITE(self, begin, SIMPLY_DONE, written, records)


KEEPER_WRITE = RunKeeper._write


def only_what_is_over(self: LocalAudit, most: int) -> list[RunRecord]:
    return [one for one in LOCAL_RUNS(self, most) if one.end is not None]


def oldest_first(self: Runs) -> list[str]:
    return KEPT_RUNS(self)[::-1]


def no_other_name(address: Address, told: Any) -> Address:
    """Former names are not followed."""
    return address


def kept_as_done(self: Server, begin: Begin, ended: Ended, *more: Any) -> None:
    SERVER_KEEP(self, begin, SIMPLY_DONE, *more)


SERVER_KEEP, ALL_RECORDS = Server.keep, kept_records


def answered_only(records: Any, before: Any, after: Any) -> list[Record]:
    found = ALL_RECORDS(records, before, after)
    return [one for one in found if not (isinstance(one, Outcome) and one.result == UNANSWERED)]


def calls_left_out(records: Any, before: Any, after: Any) -> list[Record]:
    return []


def nothing_needed(self: RunKeeper, name: str, state: State) -> bool:
    return False


def edit_without_what_it_did(before: Any, after: Any) -> list[Record]:
    return []


def not_kept_when_set_aside(self: LocalSession) -> None:
    SET_ASIDE(self)
    self._aside = None


SET_ASIDE = LocalSession.set_journal_aside

MUTANTS: dict[str, Mutant] = {
    "who it was left out": Mutant(
        "local", "who did what is kept", changed(RunKeeper, holder=property(lambda self: {}))
    ),
    "how it ended left out": Mutant("memory", "who did what is kept", changed(Server, keep=kept_as_done)),
    "a run at work not told of": Mutant(
        "local", "who did what is kept", changed(LocalAudit, runs=only_what_is_over)
    ),
    "the oldest runs first": Mutant("local", "who did what is kept", changed(Runs, names=oldest_first)),
    "no run kept": Mutant("local", "the calls of a run outlive it", changed(Runs, keep=nothing)),
    "calls left out": Mutant(
        "local", "the calls of a run outlive it", changed(keeper, kept_records=calls_left_out)
    ),
    "a killed run that is said to be done": Mutant(
        "local",
        "a killed run is told and who took it over",
        changed(RunKeeper, _write=as_if_done),
    ),
    "what a killed run left in doubt not kept": Mutant(
        "memory", "a killed run is told and who took it over", changed(memory, kept_records=answered_only)
    ),
    "an edit that is no run": Mutant(
        "local", "an edit by hand is a run", changed(RunKeeper, keep_edit=nothing)
    ),
    "an edit without what it did": Mutant(
        "local", "an edit by hand is a run", changed(keeper, edits=edit_without_what_it_did)
    ),
    "what was pushed over not told of": Mutant(
        "local",
        "what is pushed over a killed run takes it over",
        changed(LocalSession, set_journal_aside=not_kept_when_set_aside),
    ),
    "a life that ends with a name": Mutant(
        "local", "a resource has one life whatever its name", changed(audit, former_name=no_other_name)
    ),
    "runs never pruned": Mutant(
        "local", "runs are pruned but for those whose tasks run", changed(RunKeeper, _prune=nothing)
    ),
    "runs pruned whose tasks run": Mutant(
        "local", "runs are pruned but for those whose tasks run", changed(RunKeeper, _needed=nothing_needed)
    ),
    "a hold without a state or a name": Mutant(
        "memory",
        "nothing is an empty state",
        changed(MemoryBackend, hold=lambda self, owner, holder: HOLD(self, owner or Owner("x"), holder)),
    ),
    "another workspace's state read": Mutant(
        "memory", "what is finished is read", changed(Server, read=owner_not_looked_at)
    ),
    "a journal not replayed for readers": Mutant(
        "memory", "reading changes nothing", changed(Server, read=journal_not_replayed)
    ),
    "an interrupted run not told of": Mutant(
        "local", "reading changes nothing", changed(Reader, snapshot=interruption_not_told)
    ),
    "a version that a journal does not change": Mutant(
        "memory", "a version is one state", changed(Server, read=version_of_the_finished)
    ),
    "held by two": Mutant("memory", "one holds it", changed(Server, take=never_in_use)),
    "a lock that is not given back": Mutant("local", "one holds it", changed(FileLock, free=lock_kept)),
    "no wait": Mutant("memory", "who waits is told who holds", changed(MemoryBackend, hold=waits_for_nobody)),
    "a dead holder that keeps it": Mutant("memory", "death frees", changed(Server, take=always_in_use)),
    "one token for all": Mutant("memory", "tokens rise", changed(Server, take=one_token)),
    "acknowledged before it is durable": Mutant(
        "memory",
        "what was appended is durable",
        changed(MemorySession, append=acknowledged_before_it_is_there),
    ),
    "a journal never synced": Mutant(
        "local", "what was appended is durable", changed(Disk, sync=journal_never_synced)
    ),
    "a state never synced": Mutant(
        "local", "what was finished is durable", changed(Disk, sync=journal_never_synced)
    ),
    "records left out": Mutant(
        "memory", "many threads append", changed(MemorySession, append=first_of_many_only)
    ),
    "no fence": Mutant("memory", "who was overtaken writes nothing", changed(Server, write=fence_left_out)),
    "a lost lock not noticed": Mutant(
        "local", "who was overtaken writes nothing", changed(FileLock, check=nothing)
    ),
    "sure of a lease to its last moment": Mutant(
        "memory", "alive ends before another can come", changed(MemorySession, alive=sure_to_the_last)
    ),
    "never sure": Mutant(
        "memory", "alive ends before another can come", changed(MemorySession, alive=never_sure)
    ),
    "begun over what was interrupted": Mutant(
        "memory",
        "what was interrupted is recovered first",
        changed(MemorySession, begin=begun_over_what_was_interrupted),
    ),
    "written over": Mutant(
        "memory", "finish compares and swaps", changed(MemorySession, finish=written_over)
    ),
    "its own write taken for another's": Mutant(
        "memory", "finish compares and swaps", changed(MemorySession, finish=own_write_not_known)
    ),
    "a file written over": Mutant(
        "local", "finish compares and swaps", changed(LocalSession, finish=local_written_over)
    ),
    "a plan not used up": Mutant(
        "memory", "a plan is used up by its beginning", changed(MemorySession, begin=plan_not_used_up)
    ),
    "a plan not used up in a file": Mutant(
        "local", "a plan is used up by its beginning", changed(LocalSession, begin=local_plan_not_used_up)
    ),
    "gone on after a failure": Mutant(
        "memory", "nothing follows a failure", changed(MemorySession, append=gone_on_after_a_failure)
    ),
    "gone on in a file whose end is not known": Mutant(
        "local", "nothing follows a failure", changed(LocalSession, append=appended_after_a_failure)
    ),
    "nothing recorded in the end": Mutant(
        "memory", "nothing follows a failure", changed(MemorySession, finish=nothing_after_a_failure)
    ),
    "no rehearsal": Mutant(
        "memory",
        "a rehearsal tells of failure and changes nothing",
        changed(MemorySession, preflight=nothing),
    ),
    "no rehearsal of files": Mutant(
        "local",
        "a rehearsal tells of failure and changes nothing",
        changed(LocalSession, preflight=nothing),
    ),
    "a serial given twice": Mutant(
        "memory", "another state is put in place", changed(MemoryReplacing, put=serial_given_twice)
    ),
    "no objection to another lineage": Mutant(
        "local", "another state is put in place", changed(LocalReplacing, objections=empty_state)
    ),
    "generations not kept": Mutant(
        "memory", "generations are kept", changed(Kept, generations=lambda self: [])
    ),
    "no copies": Mutant("local", "generations are kept", changed(History, keep=nothing)),
    "the newest for any": Mutant(
        "local", "generations are kept", changed(Generations, generation=newest_for_any)
    ),
    "a living hold broken": Mutant(
        "local", "a dead hold is broken by its name", changed(FileLock, break_open=broken_whoever_holds_it)
    ),
    "a broken hold that goes on": Mutant(
        "local", "a dead hold is broken by its name", changed(LocalSession, alive=yes)
    ),
    "a loss not told": Mutant(
        "local", "a lost state is told and a new one is not", changed(Reader, snapshot=loss_not_told)
    ),
    "a journal that counts as nothing": Mutant(
        "memory",
        "a first run that was interrupted is no lost state",
        changed(Server, read=journal_is_no_state),
    ),
    "any cloud's state read": Mutant("memory", "a state has one owner", changed(memory, check_owner=nothing)),
    "any cloud's file read": Mutant("local", "a state has one owner", changed(reader, check_owner=nothing)),
    "a journal that does not say whose it is": Mutant(
        "local",
        "a first run that was interrupted has an owner",
        changed(LocalSession, begin=begun_by_nobody),
    ),
    "never bound": Mutant(
        "local", "the next write binds what is bound to no cloud", changed(LocalSession, finish=never_bound)
    ),
    "bound for ever": Mutant(
        "local",
        "what a run has ended whole is bound to no cloud",
        changed(State, bound=property(lambda self: self.cloud)),
    ),
    "bound by name alone": Mutant(
        "local",
        "it is bound to another owner in one step",
        changed(LocalSession, rebind=only_the_name_rebound),
    ),
    "bound without what was interrupted": Mutant(
        "memory",
        "it is bound to another owner in one step",
        changed(MemorySession, rebind=rebound_without_what_was_interrupted),
    ),
    "no objection to another cloud": Mutant(
        "local", "a state of another cloud is objected to", changed(LocalReplacing, objections=empty_state)
    ),
    "a replay that forgets": Mutant(
        "memory", "whatever happens is read back", changed(Server, read=journal_not_replayed)
    ),
}


def is_caught(mutant: Mutant) -> bool:
    """Whether the check of the promise that it breaks fails of it."""
    with mutant.bug():
        try:
            CHECKS[mutant.promise](STORES[mutant.store])
        except (AssertionError, StateError):
            return True
    return False


def main() -> int:
    caught = {name: is_caught(mutant) for name, mutant in MUTANTS.items()}
    for name, found in caught.items():
        print(f"{name:50} {MUTANTS[name].promise if found else 'NOT CAUGHT'}")
    print(f"{sum(caught.values())} of {len(caught)} caught")
    return 0 if all(caught.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
