"""The slots that all processes of a machine share: a small file a limit, in the user's state directory.

The kernel's lock on one file of its own guards them all. It is held for one step at a time and never
while anybody sleeps, and goes with the process that holds it. A process that dies leaves its
slots taken; they end by their time. A file that is not what this module wrote is begun afresh,
as if all slots had just been used.

Times are those of the machine's steady clock, which begins anew with each boot; so each boot has
files of its own. That also keeps machines apart that share a home directory.
"""

import errno
import fcntl
import os
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.model import digest
from reconciler.pacing.slots import Limit, RateWindow, Trips, afresh, plausible
from reconciler.pacing.store import Step, T

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700

PATIENCE, NAP = 5.0, 0.001
"""Seconds to wait for a lock that others hold for microseconds, and between two attempts."""

STALE = 86400.0
"""Seconds after which a file that nobody changed tells nothing any more."""

_MAGIC = b"reconciler pace 2\n"
_HEAD = struct.Struct(f"<{len(_MAGIC)}sI")
_BODY = struct.Struct("<dddIddddI")
_MOST_HELD = 4096
_MOST_BYTES = _HEAD.size + _BODY.size + 8 * _MOST_HELD
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class FileSlotStore:
    """A SlotStore in a directory, which it makes; `boot` names the clock's life, see `boot_id`."""

    directory: Path
    boot: str
    clock: Callable[[], float]
    sleep: Callable[[float], object]
    _paths: dict[str, Path] = field(default_factory=dict, repr=False, compare=False)
    """The files of limits by their keys, each worked out once: a call asks for its own several times."""

    def change(self, limit: Limit, step: Step[T]) -> T:
        """See SlotStore.change; raises OSError where the directory, a file or the lock cannot be had."""
        lock = self._lock()
        try:
            return self._change(limit, step)
        finally:
            os.close(lock)

    def path(self, limit: Limit) -> Path:
        """The file of a limit's slots."""
        # Versions that write otherwise have files of their own: each would begin the other's afresh.
        known = self._paths.get(limit.key)
        if known is None:
            name = digest(_MAGIC.decode(), self.boot, limit.key)
            known = self._paths[limit.key] = self.directory / f"{name.removeprefix('sha256:')}.slots"
        return known

    def _change(self, limit: Limit, step: Step[T]) -> T:
        descriptor, new = self._opened(self.path(limit))
        try:
            now = self.clock()
            slots, result = step(RateWindow() if new else _read(descriptor, limit, now), now)
            # One write below a page: a process that is killed has written all of it, or none.
            os.pwrite(descriptor, encode(slots), 0)
        finally:
            os.close(descriptor)
        return result

    def _opened(self, path: Path) -> tuple[int, bool]:
        """(a descriptor of a limit's file, whether it was made now); the lock is held."""
        try:
            return os.open(path, _FLAGS & ~os.O_CREAT), False
        except FileNotFoundError:
            self._sweep()
            return os.open(path, _FLAGS, FILE_MODE), True

    def _lock(self) -> int:
        end = self.clock() + PATIENCE
        while (descriptor := self._try_lock()) is None:
            if self.clock() > end:
                raise TimeoutError(errno.ETIMEDOUT, "another process holds the lock")
            self.sleep(NAP)
        return descriptor

    @property
    def _lock_path(self) -> Path:
        known = self._paths.get("")
        if known is None:
            known = self._paths[""] = self.directory / "lock"
        return known

    def _try_lock(self) -> int | None:
        """A descriptor that holds the lock until it is closed; None if another one does."""
        path = self._lock_path
        descriptor = _open(path)
        held = False
        try:
            held = _locked(descriptor, path)
        finally:
            if not held:
                os.close(descriptor)
        return descriptor if held else None

    def _sweep(self) -> None:
        """Removes the slots of earlier boots and of limits long unused; the lock is held."""
        os.utime(self._lock_path)
        now = self._lock_path.stat().st_mtime
        for path in self.directory.glob("*.slots"):
            with suppress(FileNotFoundError):
                if path.lstat().st_mtime < now - STALE:
                    path.unlink()


def boot_id() -> str:
    """What tells this boot of the machine from others; empty where the system does not say.

    Without it, files of an earlier boot are known by times that have not come yet, or are over.
    """
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def encode(slots: RateWindow) -> bytes:
    """The bytes of a file; the inverse of decode."""
    trips = slots.trips
    learnt = (trips.count, trips.quickest, trips.total, trips.since, trips.before)
    body = _BODY.pack(slots.turn, slots.low, slots.lowered, *learnt, len(slots.held))
    body += struct.pack(f"<{len(slots.held)}d", *slots.held)
    return _HEAD.pack(_MAGIC, zlib.crc32(body)) + body


def decode(data: bytes) -> RateWindow:
    """The slots in a file, whatever follows them; raises ValueError for anything that is not ours."""
    if len(data) < _HEAD.size + _BODY.size:
        raise ValueError("too short")
    magic, checksum = _HEAD.unpack_from(data)
    turn, low, lowered, *learnt, count = _BODY.unpack_from(data, _HEAD.size)
    end = _HEAD.size + _BODY.size + 8 * count
    if magic != _MAGIC or len(data) < end or zlib.crc32(data[_HEAD.size : end]) != checksum:
        raise ValueError("written by another version, or incomplete")
    held = struct.unpack_from(f"<{count}d", data, _HEAD.size + _BODY.size)
    return RateWindow(held, turn, low, lowered, Trips(*learnt))


def _read(descriptor: int, limit: Limit, now: float) -> RateWindow:
    try:
        slots = decode(os.pread(descriptor, _MOST_BYTES, 0))
    except ValueError:
        return afresh(limit, now)
    return slots if plausible(slots, now) else afresh(limit, now)


def _open(path: Path) -> int:
    """A descriptor of a file (0600) that is made if need be, with its directory; follows no link."""
    try:
        return os.open(path, _FLAGS, FILE_MODE)
    except FileNotFoundError:
        _make_directory(path.parent)
        return os.open(path, _FLAGS, FILE_MODE)


def _locked(descriptor: int, path: Path) -> bool:
    """Whether the lock is had now, and on the very file that others find there."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever clears the directory leaves us the lock of a file that nobody else will find.
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _make_directory(path: Path) -> None:
    """The directory and those above it, for the owner only where they are new."""
    if not path.is_absolute():
        raise FileNotFoundError(errno.ENOENT, "no home directory", str(path))
    for directory in (*reversed(path.parents), path):
        if not directory.is_dir():
            with suppress(FileExistsError):
                directory.mkdir(mode=DIRECTORY_MODE)
