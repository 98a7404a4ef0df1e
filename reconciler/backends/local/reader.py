"""What lies on the disk, and whether it can be trusted; each refusal says what to do instead.

A state is refused if it is not as it was written, if it is not the last that was written here,
or if the journal beside it belongs to another.
"""

from dataclasses import dataclass
from pathlib import Path

from reconciler.backends.local.failures import reason_of, remedy_for
from reconciler.backends.local.journal import Reading, decode
from reconciler.backends.local.packing import HEAD_BYTES, checksum_in, unpacked
from reconciler.backends.local.paths import StatePaths
from reconciler.backends.local.regular import Irregular
from reconciler.backends.ownership import check_owner
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import StateError
from reconciler.state.document import checked_whole, read_document
from reconciler.state.journal import SET_ASIDE, Begin, replay
from reconciler.state.model import Owner, State
from reconciler.state.seal import Damaged, checksum_of, unseal

PUSH = "reconciler state push"
_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class RawFiles:
    """The bytes of state and journal, and the newest serial that was ever written here."""

    state: bytes | None
    journal: bytes | None
    newest: int


class Reader:
    """Reads one place; raises StateError wherever what lies there cannot be trusted."""

    def __init__(self, paths: StatePaths) -> None:
        self._paths = paths

    def read_files(self) -> RawFiles:
        """State, journal and newest serial of one moment, though another run may be writing."""
        state = self.read(self._paths.path)
        for _ in range(_ATTEMPTS):
            raw = RawFiles(state, self.read(self._paths.journal), self._newest())
            if self._is_still(state):
                return raw
            state = self.read(self._paths.path)
        raise StateError(
            f"{self._paths.path}: kept changing while it was being read", "run the command again"
        )

    def _is_still(self, state: bytes | None) -> bool:
        """Whether the state is the one that was read: by its checksum, as a large one is not read twice.

        One without a checksum, as it stood before there were any, is compared as a whole.
        """
        head = self.read(self._paths.path, HEAD_BYTES)
        if state is None or head is None:
            return state is head
        known = checksum_of(head)
        return checksum_of(state) == known if known else self.read(self._paths.path) == state

    def snapshot(self, raw: RawFiles, owner: Owner | None) -> Snapshot:
        """What is recorded; without an owner, of whichever it is."""
        workspace, state = self._base(raw, owner)
        reading = self.journal(raw)
        if raw.state is None:
            self._check_first(reading)
        replayed = replay(state, reading.records, str(self._paths.journal), checksum_of(raw.state))
        interrupted = replayed is not state
        if interrupted:  # of a first run, only the journal says whose it is
            workspace = workspace or _begun_by(reading)
            check_owner(Owner(workspace, replayed.bound), owner, str(self._paths.journal))
        known = replayed if state.digest_key and not interrupted else self._paths.concealed(replayed)
        gone = raw.state is None and raw.newest > 0 and not interrupted
        missing = self._missing(raw.newest) if gone else None
        mark = checksum_of(raw.state) if known is state and raw.state is not None else None
        return Snapshot(known, workspace, interrupted=interrupted, mark=mark, missing=missing)

    def _check_first(self, reading: Reading) -> None:
        """Raises StateError where a journal stands alone that was begun beside a state."""
        first = next(iter(reading.records), None)
        if not isinstance(first, Begin) or not first.base:
            return
        path, last = self._paths.path, self.last_copy()
        source = (
            f"`{PUSH} {last[0]} --state {path}`" if last else f"`{PUSH} FILE --state {path}` from a backup"
        )
        raise StateError(
            f"{path} is missing, but a run that began at serial {first.serial} left a journal",
            f"restore that state with {source}, which also recovers the journal; {SET_ASIDE}",
        )

    def _missing(self, newest: int) -> StateError:
        """That a state was written here and is gone, and how to have it back."""
        path, last = self._paths.path, self.last_copy()
        source = str(last[0]) if last else "FILE"
        copy = "" if last else ", where FILE is a backup"
        return StateError(
            f"{path} is missing, but serial {newest} was written here: tasks that it recorded may still be "
            "running and would be started twice",
            f"restore it with `{PUSH} {source} --state {path}`{copy}; if you meant another file, pass it "
            f"with --state; if none of its tasks run any more, move {self._paths.history.folder} elsewhere",
        )

    def journal(self, raw: RawFiles) -> Reading:
        """The journal's records; a last line that was never finished is told.

        Raises StateError for a journal without its first record: it is never there without (Session.begin).
        """
        if raw.journal is None:
            return Reading()
        reading = decode(raw.journal, str(self._paths.journal))
        if not reading.records:
            raise StateError(
                f"{self._paths.journal}: a run had started, but its journal was emptied or truncated "
                f"({len(raw.journal)} bytes left): what that run did is unknown",
                f"nothing was changed; restore the journal from a backup; {SET_ASIDE}",
            )
        if reading.torn:
            self._paths.notices.append(
                f"{self._paths.journal}: its last line was incomplete and was removed; if that line was an "
                "answer, its call now counts as unanswered"
            )
        return reading

    def last_copy(self) -> tuple[Path, State] | None:
        """The newest copy in the history that is as it was written; damaged ones are told."""
        try:
            serials = self._paths.history.serials()
        except OSError as error:
            raise self._unreadable(self._paths.history.folder, error) from error
        for path in map(self._paths.history.path, serials):
            state = self.copy(path)
            if state is not None:
                return path, state
        return None

    def newest_copy(self, raw: RawFiles) -> str:
        """The checksum in the copy of the last state that was written here, sound or not; "" without one."""
        return self._checksum_in(self._paths.history.path(raw.newest)) if raw.newest else ""

    def copy(self, path: Path) -> State | None:
        """The state in a copy that is as it was written; a damaged one is told."""
        sound = self._sound(path)
        return None if sound is None else checked_whole(read_document(sound, str(path)).state)

    def read(self, path: Path, most: int | None = None) -> bytes | None:
        """A file's bytes, or at most so many from its beginning; None if there is none."""
        try:
            return self._paths.files.read(path, most)
        except OSError as error:
            raise self._unreadable(path, error) from error

    def _base(self, raw: RawFiles, owner: Owner | None) -> tuple[str, State]:
        if raw.state is None:
            return "", State(serial=raw.newest)
        workspace, state = self._parsed(raw.state)
        check_owner(Owner(workspace, state.bound), owner, str(self._paths.path))
        self._check_newest(state, raw)
        return workspace, state

    def _parsed(self, data: bytes) -> tuple[str, State]:
        path = self._paths.path
        try:
            found = read_document(data, str(path))
        except Damaged as error:
            raise StateError(f"{path}: {error}", self._way_back()) from error
        if not found.checksum:
            raise StateError(
                f"{path}: it has no checksum, so it may be incomplete",
                f"review it, then accept it with `{PUSH} {path} --state {path}`",
            )
        return found.workspace, found.state

    def _way_back(self) -> str:
        last = self.last_copy()
        path = self._paths.path
        source = f"{PUSH} {last[0] if last else 'FILE'} --state {path}"
        copy = "" if last else ", where FILE is a backup"
        return (
            f"nothing was changed; restore an intact state with `{source}`{copy}; if it was edited on "
            f"purpose, accept it with `{PUSH} {path} --state {path}`"
        )

    def _check_newest(self, state: State, raw: RawFiles) -> None:
        """Raises StateError if the state is not the last that was written here."""
        path, copy = self._paths.path, self._paths.history.path(raw.newest)
        if state.serial < raw.newest:
            raise StateError(
                f"{path}: it has serial {state.serial}, but serial {raw.newest} was written here: it was "
                "replaced by an older file",
                f"restore the newest with `{PUSH} {copy} --state {path}`; or, to go back on purpose, "
                f"`{PUSH} --force {path} --state {path}`: tasks started since then keep running, untracked",
            )
        if state.serial == raw.newest and self._differs(raw.state, copy):
            raise StateError(
                f"{path}: it has serial {state.serial}, but its content differs from what was written here "
                "under that serial: it was replaced by another run's file",
                f"restore what was written here with `{PUSH} {copy} --state {path}`; or keep the current "
                f"file with `{PUSH} --force {path} --state {path}`",
            )

    def _differs(self, state: bytes | None, copy: Path) -> bool:
        """Whether a copy is sound and not of this state."""
        return self._checksum_in(copy) != checksum_of(state) and self._sound(copy) is not None

    def _checksum_in(self, copy: Path) -> str:
        return checksum_in(self.read(copy, HEAD_BYTES))

    def _sound(self, copy: Path) -> bytes | None:
        """What a copy holds that is as it was written; a damaged one, and what is no file, is told."""
        try:
            kept = self._paths.files.read(copy)
            found = None if kept is None else unpacked(kept)
            checksum = "" if found is None else unseal(found).checksum
        except (Irregular, IsADirectoryError) as error:
            self._paths.notices.append(f"{copy}: {reason_of(error)}")
            return None
        except OSError as error:
            raise self._unreadable(copy, error) from error
        except Damaged as error:
            self._paths.notices.append(f"{copy}: {error}")
            return None
        return found if checksum else None

    def _newest(self) -> int:
        try:
            return self._paths.history.newest()
        except OSError as error:
            raise self._unreadable(self._paths.history.folder, error) from error

    def _unreadable(self, path: Path, error: OSError) -> StateError:
        closed = isinstance(error, PermissionError)
        then = ", then run the command again; nothing was changed"
        permissions = f"fix the permissions of the file and its directory{then}"
        return StateError(
            f"cannot read {path}: {reason_of(error)}",
            permissions if closed else remedy_for(error, then),
        )


def _begun_by(reading: Reading) -> str:
    """The workspace whose run began the journal; "" of one that does not say it."""
    first = next(iter(reading.records), None)
    return first.owner.workspace if isinstance(first, Begin) else ""
