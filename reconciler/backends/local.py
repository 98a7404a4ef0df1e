"""State, journal and lock as files beside each other: NAME.json, NAME.journal and NAME.lock.

The journal is appended and synced record by record while an apply runs; the state is replaced
in one step at its end, and the journal removed after that. The lock is the kernel's, on a file
of its own, as a lock on the state file would be lost with each replacement.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from reconciler.backends.files import Files, replace_file
from reconciler.errors import LockedError, StateError
from reconciler.journal import Begin, Reading, Record, decode, encode, replay
from reconciler.state import State, state_from_json, state_to_json


class LocalBackend:
    """The files of one workspace's state; `token` gives a fresh random name each time."""

    def __init__(self, path: Path, files: Files, token: Callable[[], str]) -> None:
        self.path = path
        name = path.stem if path.suffix == ".json" else path.name
        self.journal_path = path.with_name(f"{name}.journal")
        self.lock_path = path.with_name(f"{name}.lock")
        self.files = files
        self.token = token

    def load(self, workspace: str | None) -> State:
        """The state with its journal replayed; changes nothing. Raises StateError.

        Without a workspace, the file may be of any.
        """
        state, _ = self._load(workspace)
        return state

    def _load(self, workspace: str | None) -> tuple[State, Reading]:
        base = self._base(workspace)
        reading = self._reading()
        return replay(base, reading.records, str(self.journal_path)), reading

    def _base(self, workspace: str | None) -> State:
        data = self._read(self.path)
        if data is None:
            return State()
        try:
            parsed = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise StateError(
                f"{self.path}: not readable as JSON ({error})",
                "restore it from version control or a backup; nothing was changed",
            ) from error
        owner, state = state_from_json(parsed, str(self.path))
        if workspace not in (None, owner):
            raise StateError(
                f"{self.path} is the state of workspace {owner!r}, not of {workspace!r}",
                "name another file with --state, or correct metadata.name of the workspace",
            )
        return state

    def _reading(self) -> Reading:
        data = self._read(self.journal_path)
        return decode(data, str(self.journal_path)) if data else Reading()

    def _read(self, path: Path) -> bytes | None:
        try:
            return self.files.read(path)
        except OSError as error:
            raise StateError(
                f"{path}: cannot be read: {error.strerror or error}",
                "fix the permissions of the file and its directory, then run again; nothing was changed",
            ) from error

    @contextmanager
    def hold(self, workspace: str, holder: Mapping[str, Any]) -> Iterator["Held"]:
        """The state for one run alone; `holder` is shown to whoever finds it locked.

        Raises LockedError if another run has it, StateError if it cannot be read.
        """
        descriptor = self._lock(holder)
        try:
            state, reading = self._load(workspace)
            yield Held(self, workspace, state, reading)
        finally:
            with suppress(OSError):  # the kernel frees the lock all the same
                self.files.close(descriptor)

    def _lock(self, holder: Mapping[str, Any]) -> int:
        """A descriptor that holds the lock, with the holder written for others to read."""
        descriptor = None
        try:
            self.files.make_directory(self.path.parent)
            descriptor = self.files.lock(self.lock_path)
            if descriptor is not None:
                self.files.truncate(self.lock_path, 0)
                self.files.write(descriptor, json.dumps(dict(holder)).encode())
        except OSError as error:
            if descriptor is not None:
                with suppress(OSError):
                    self.files.close(descriptor)
            raise StateError(
                f"{self.lock_path}: cannot be locked: {error.strerror or error}",
                "free space or fix the permissions of the state's directory",
            ) from error
        if descriptor is None:
            raise LockedError(
                f"the state is in use by {self._holder()}", "wait for it to end, then run again"
            )
        return descriptor

    def _holder(self) -> str:
        try:
            data = json.loads(self.files.read(self.lock_path) or b"{}")
            return f"process {data['pid']} on {data['host']} ({data['command']}, since {data['since']})"
        except (OSError, ValueError, KeyError, TypeError):
            return "another run that has not said who it is"


class Held:
    """The state while this run has it; `state` is what was found, with the journal replayed."""

    def __init__(self, backend: LocalBackend, workspace: str, state: State, reading: Reading) -> None:
        self.state = state
        self.interrupted = bool(reading.records)
        self._backend = backend
        self._files = backend.files
        self._workspace = workspace
        self._reading = reading
        self._crc = ""
        self._journal: int | None = None
        self._broken: OSError | None = None
        self._mutex = Lock()

    def recover(self) -> None:
        """Writes what an interrupted run left in its journal into the state, and ends the journal."""
        if self.interrupted:
            self.commit(self.state)
            self.interrupted = False

    def begin(self, run: str, at: str, lineage: str) -> None:
        """Opens a new journal for a run; `lineage` is for a state that has none yet.

        What an interrupted run left must have been recovered before.
        """
        if self.interrupted:
            raise StateError("an interrupted run's journal is not recovered yet", "report this as a bug")
        self.state = replace(self.state, lineage=self.state.lineage or lineage)
        try:
            self._files.remove(self._backend.journal_path)  # at most a line that was never finished
            self._journal = self._files.open_append(self._backend.journal_path)
            self._files.sync_directory(self._backend.path.parent)
        except OSError as error:
            raise self._failed(error) from error
        self.append(Begin(self.state.lineage, self.state.serial, run, at))

    def append(self, record: Record) -> None:
        """Returns once the record is on the disk; may be called from several threads.

        After a failure nothing more is written to this journal: what a failed write or sync has
        left is not known, and a line behind it could not be trusted.
        """
        with self._mutex:
            if self._journal is None:
                raise StateError("the journal is not open", "report this as a bug")
            if self._broken is not None:
                raise self._failed(self._broken)
            line, crc = encode(record, self._crc)
            try:
                self._files.write(self._journal, line)
                self._files.sync(self._journal)
            except OSError as error:
                self._broken = error
                raise self._failed(error) from error
            self._crc = crc

    def commit(self, state: State) -> State:
        """Writes the state with the next serial and ends the journal; returns what was written."""
        written = replace(state, serial=state.serial + 1)
        text = json.dumps(state_to_json(self._workspace, written), indent=2, ensure_ascii=True) + "\n"
        try:
            replace_file(self._files, self._backend.path, text.encode(), self._backend.token())
            self._end_journal()
        except OSError as error:
            raise self._failed(error) from error
        self.state = written
        return written

    def _end_journal(self) -> None:
        if self._journal is not None:
            self._files.close(self._journal)
            self._journal = None
        self._files.remove(self._backend.journal_path)
        self._files.sync_directory(self._backend.path.parent)
        self._crc = ""

    def _failed(self, error: OSError) -> StateError:
        return StateError(
            f"{self._backend.path}: cannot be written: {error.strerror or error}",
            "free space or fix the permissions, then run apply again: the journal beside the state "
            "holds what was done",
        )
