"""Durability bugs on purpose: each is switched on for the length of a block, and a check must fail of it.

Each is one that a sound looking program has had: a sync left out, an order turned round, an error
passed over. Two of them were ours, and were found by cutting the power.

    python -m tests.durability.mutants
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from reconciler.applying import scheduler
from reconciler.applying.results import Result
from reconciler.backends.local import (
    backend,
    files,
    history,
    lock,
    paths,
    preflight,
    reader,
    regular,
    session,
)
from reconciler.backends.local.files import Files, temporary
from reconciler.backends.local.journal import Reading, decode
from reconciler.backends.local.lock import FileLock
from reconciler.backends.local.reader import RawFiles, Reader
from reconciler.backends.local.session import LocalSession
from reconciler.errors import ReconcilerError, StateError
from reconciler.running import run
from reconciler.running.run import RunResult
from reconciler.state import document, journal
from reconciler.state.ending import Ended, Intended
from reconciler.state.journal import START, Intent, Link, Record, decode_line, encode
from reconciler.state.model import State
from reconciler.state.seal import checksum_of

from ..disk import Disk
from .checks import CHECKS

STEP = 23
"""Of the cases that are alike, each so manieth is tried."""

Mutant = Callable[[], AbstractContextManager[Any]]
# As they are, for the mutants that begin or end with them.
CREATE_WITH, WRITE = files.create_with, preflight._write
APPEND, BEGIN, COMMIT, FREE, CRC, SYNC = (
    LocalSession.append,
    LocalSession.begin,
    LocalSession.finish,
    FileLock.free,
    journal._crc,
    Disk.sync,
)


def changed(owner: Any, **attributes: Any) -> Mutant:
    """Attributes of a class or a module, replaced."""
    return lambda: patch.multiple(owner, **attributes)


def all_of(*mutants: Mutant) -> Mutant:
    """Several at once."""

    @contextmanager
    def switched() -> Iterator[None]:
        with ExitStack() as stack:
            for mutant in mutants:
                stack.enter_context(mutant())
            yield

    return switched


# Files that are replaced


def replaced_by(way: Callable[[Files, Path, bytes, str], None]) -> Mutant:
    """Files are replaced in another way."""

    @contextmanager
    def switched() -> Iterator[None]:
        with patch.object(session, "replace_file", way), patch.object(history, "replace_file", way):
            yield

    return switched


def never_synced(suffix: str) -> Mutant:
    """Files whose names end so are never synced."""

    def sync(self: Disk, descriptor: int) -> None:
        if not self._open[descriptor][0].name.endswith(suffix):
            SYNC(self, descriptor)

    return changed(Disk, sync=sync)


def without_directory_sync(disk: Files, path: Path, data: bytes, token: str) -> None:
    new = temporary(path, token)
    descriptor = disk.create(new)
    disk.write(descriptor, data)
    disk.sync(descriptor)
    disk.close(descriptor)
    disk.rename(new, path)


def renamed_before_written(disk: Files, path: Path, data: bytes, token: str) -> None:
    new = temporary(path, token)
    descriptor = disk.create(new)
    disk.write(descriptor, data[: len(data) // 2])
    disk.rename(new, path)
    disk.write(descriptor, data[len(data) // 2 :])
    disk.sync(descriptor)
    disk.close(descriptor)
    disk.sync_directory(path.parent)


def written_in_place(disk: Files, path: Path, data: bytes, token: str) -> None:
    assert isinstance(disk, Disk)
    if path in disk.names:
        disk.truncate(path, 0)
    descriptor = disk._descriptor(path) if path in disk.names else disk.create(path)
    disk.write(descriptor, data)
    disk.sync(descriptor)
    disk.close(descriptor)
    disk.sync_directory(path.parent)


def directories_unsynced(disk: Files, path: Path) -> None:
    if not disk.is_directory(path):
        directories_unsynced(disk, path.parent)
        disk.make_directory(path)


@contextmanager
def new_directories_unsynced() -> Iterator[None]:
    with ExitStack() as stack:
        for room in (files, history, lock):
            stack.enter_context(patch.object(room, "make_directories", directories_unsynced))
        yield


# The journal


def intent_after_the_call(self: LocalSession, record: Record) -> None:
    """An intent is written together with its outcome."""
    late: list[Record] = self.__dict__.setdefault("late", [])
    late.append(record)
    if not isinstance(record, Intent):
        while late:
            APPEND(self, late.pop(0))


def failure_passed_over(self: LocalSession, record: Record) -> None:
    """A record that could not be written is taken for written."""
    try:
        APPEND(self, record)
    except StateError:
        self._broken = None


def synced_again(self: LocalSession, record: Record) -> None:
    """A sync that failed is tried again on the same descriptor, and believed then."""
    try:
        APPEND(self, record)
    except StateError:
        if self._broken is None or self._journal is None:
            raise
        self._files.sync(self._journal)
        self._broken = None
        self._link = encode(record, self._link)[1]


def behind_what_is_there(disk: Files, path: Path, data: bytes, new: Path) -> int:
    """A journal is appended to, whatever its end is like."""
    assert isinstance(disk, Disk)
    if path not in disk.names:
        return CREATE_WITH(disk, path, data, new)
    descriptor = disk._descriptor(path)
    disk.write(descriptor, data)
    disk.sync(descriptor)
    return descriptor


def created_empty(disk: Files, path: Path, data: bytes, new: Path) -> int:
    """A journal has its name before its first line, so that one without may be no damage."""
    disk.remove(path)
    descriptor = disk.create(path)
    disk.sync_directory(path.parent)
    disk.write(descriptor, data)
    disk.sync(descriptor)
    return descriptor


def only_whole_journals_are_recovered(self: LocalSession) -> None:
    if self.interrupted:
        self.finish(self.state)


def leftover_removed_at_once(self: LocalSession) -> None:
    """What is left of a journal goes before the state that took it in has its name for certain."""
    if self.interrupted:
        self.finish(self.state)
    elif self._leftover:
        self._end_journal()


def journal_removed_first(self: LocalSession, state: State, *how: Ended) -> State:
    self._end_journal()
    return COMMIT(self, state, *how)


KEEP_RUN = LocalSession._keep_run


def journal_removed_before_its_run_is_kept(self: LocalSession, *how: Any) -> None:
    removed = self._paths.journal
    if self._journal is not None:
        self._files.remove(removed)
        self._files.sync_directory(removed.parent)
    KEEP_RUN(self, *how)


def bad_lines_left_out(data: bytes, source: str) -> Reading:
    """Whatever can be read of a journal is taken."""
    records, link = [], START
    for line in data.split(b"\n"):
        found = decode_line(line, link) or unchained(line)
        if found is not None:
            record, link = found
            records.append(record)
    return Reading(tuple(records))


def unchained(line: bytes) -> tuple[Record, Link] | None:
    """A line that reads as a record, whatever stands before it."""
    try:
        body = json.loads(line)
        link = Link(body.pop("seq"), body.pop("crc"))
        return journal._from_json(body), link
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def unchained_crc(body: Mapping[str, Any], previous: str) -> str:
    return CRC(body, "")


def plan_not_used_up(
    self: LocalSession, run: str, at: str, lineage: str, plan: str | None = None, *what: Intended
) -> None:
    BEGIN(self, run, at, lineage, None, *what)


# The state and its lock


def written_over(self: LocalSession, state: State, *how: Ended) -> State:
    """What somebody else has written meanwhile is not looked at."""
    self._found = self._files.read(self._paths.path)
    return COMMIT(self, state, *how)


def told_of_none_that_was_not_begun(*known: Any, **more: Any) -> RunResult:
    """A run that could not begin says nothing of the changes that it kept from starting."""
    carried = RunResult(*known, **more)
    begun = any(ending.result is not Result.SKIPPED for ending in carried.results)
    return carried if begun else replace(carried, results=[])


def lock_file_removed(self: FileLock) -> None:
    self._files.remove(self.path)
    FREE(self)


def written_empty(disk: Files, path: Path, size: int) -> None:
    WRITE(disk, path, 0)


def emptied_is_none(self: Reader, raw: RawFiles) -> Reading:
    return decode(raw.journal or b"", str(self._paths.journal))


def nothing(*_: object) -> None:
    """Instead of a check."""


MUTANTS: dict[str, Mutant] = {
    "no sync before the rename": never_synced(".tmp"),
    "no sync of the directory after the rename": replaced_by(without_directory_sync),
    "renamed before it is written": replaced_by(renamed_before_written),
    "cut and written in place": replaced_by(written_in_place),
    "new directories not synced into their own": new_directories_unsynced,
    "no sync of the journal before the call": never_synced(".journal"),
    "the intent written after the call": changed(LocalSession, append=intent_after_the_call),
    "the checksum not chained": changed(journal, _crc=unchained_crc),
    "a torn tail not cut": all_of(
        changed(session, create_with=behind_what_is_there),
        changed(LocalSession, recover=only_whole_journals_are_recovered),
    ),
    "a journal that is there before its first line": changed(session, create_with=created_empty),
    "bad lines before good ones left out": changed(reader, decode=bad_lines_left_out),
    "a failed sync tried again on the same descriptor": changed(LocalSession, append=synced_again),
    "a failed write passed over": changed(LocalSession, append=failure_passed_over),
    "the journal removed before the state is there": changed(LocalSession, finish=journal_removed_first),
    "the journal removed before its run is kept": changed(
        LocalSession, _keep_run=journal_removed_before_its_run_is_kept
    ),
    "a leftover journal removed at once": changed(LocalSession, recover=leftover_removed_at_once),
    "the state's checksum not looked at": changed(document, checked=checksum_of),
    "an older state taken": changed(Reader, _check_newest=nothing),
    "another run's state written over": changed(LocalSession, finish=written_over),
    "a plan not used up": changed(LocalSession, begin=plan_not_used_up),
    "what a disk error kept from starting told without it": changed(
        scheduler, kept_from_starting=lambda cause: ReconcilerError("not started: the run had to end")
    ),
    "what never began not told": changed(run, RunResult=told_of_none_that_was_not_begun),
    "no rehearsal": changed(LocalSession, preflight=nothing),
    "a rehearsal of empty files": changed(preflight, _write=written_empty),
    "a rehearsal under short names": changed(preflight, _longest_name=lambda paths: 0),
    "the state not replaced in the rehearsal": changed(preflight, replace_file=nothing),
    "other names not looked at": changed(backend, check_alone=nothing),
    "NAME and NAME.json share a journal": changed(paths, OTHER=paths.JSON),
    "a pipe read": changed(regular, check_regular=nothing),
    "an emptied journal taken for none": changed(Reader, journal=emptied_is_none),
    "the lock file removed": changed(FileLock, free=lock_file_removed),
    "a lost lock not noticed": changed(FileLock, check=nothing),
}


def caught_by(mutant: Mutant) -> str | None:
    """The name of the first check that fails of the mutant; None if none does."""
    for name, check in CHECKS.items():
        try:
            with mutant():
                check(STEP)
        except AssertionError:
            return name
    return None


def main() -> int:
    found = {name: caught_by(mutant) for name, mutant in MUTANTS.items()}
    for name, check in found.items():
        print(f"{name:55} {check or 'NOT CAUGHT'}")
    caught = sum(check is not None for check in found.values())
    print(f"{caught} of {len(found)} caught")
    return 0 if caught == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
