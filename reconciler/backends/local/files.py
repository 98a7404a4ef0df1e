"""The file operations that durability is made of, one method each, so that a test can fail any of them."""

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reconciler.backends.local.held import is_locked
from reconciler.backends.local.mounts import file_system_of, is_mount_point
from reconciler.backends.local.regular import MAX_LOCK_BYTES, Irregular, check_regular, read_regular

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700


@dataclass(frozen=True, slots=True)
class Aliases:
    """How many names lead to a file, and whether it is mounted by itself, under one more."""

    links: int = 1
    mounted: bool = False


class Files(Protocol):
    """What a backend asks of a file system; every method raises OSError."""

    def read(self, path: Path, most: int | None = None) -> bytes | None:
        """The content, or at most so many bytes of its beginning.

        None if there is no such file, Irregular for what is no regular file.
        """
        ...

    def aliases(self, path: Path) -> Aliases | None:
        """What leads to a file; None if there is no such file."""
        ...

    def listing(self, path: Path) -> list[str]:
        """The names in a directory; none if there is no such directory."""
        ...

    def is_directory(self, path: Path) -> bool:
        """Whether there is such a directory."""
        ...

    def make_directory(self, path: Path) -> None:
        """A directory for the owner only (0700) in one that is there; one that exists is left as it is."""
        ...

    def create(self, path: Path) -> int:
        """A descriptor of a new file (0600); refuses one that exists and symbolic links."""
        ...

    def write(self, descriptor: int, data: bytes) -> None:
        """All of the data."""
        ...

    def truncate(self, path: Path, length: int) -> None:
        """Cuts a file and syncs it."""
        ...

    def sync(self, descriptor: int) -> None:
        """Returns once what was written is on the disk."""
        ...

    def close(self, descriptor: int) -> None:
        """Closes a descriptor."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Replaces `new` by `old` in one step."""
        ...

    def remove(self, path: Path) -> None:
        """Removes a file; none is as good."""
        ...

    def sync_directory(self, path: Path) -> None:
        """Returns once names made or removed in the directory are on the disk."""
        ...

    def lock(self, path: Path) -> int | None:
        """A descriptor that holds the exclusive lock on a file; None if somebody else does."""
        ...

    def holds(self, descriptor: int, path: Path) -> bool:
        """Whether the file that was locked still is the one of that name."""
        ...

    def is_locked(self, path: Path) -> bool | None:
        """Whether a process of this machine holds the lock on a file; None where that is not told."""
        ...

    def file_system(self, path: Path) -> str:
        """The kind of file system that a directory is on, in the system's word; "" if it is not told."""
        ...


class PosixFiles:
    """The operating system's files."""

    def read(self, path: Path, most: int | None = None) -> bytes | None:
        """See Files.read."""
        try:
            return read_regular(path, most=most)
        except FileNotFoundError:
            return None

    def aliases(self, path: Path) -> Aliases | None:
        """See Files.aliases."""
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            return None
        mounted = found.st_dev != os.stat(path.parent).st_dev or is_mount_point(path)
        return Aliases(found.st_nlink, mounted)

    def listing(self, path: Path) -> list[str]:
        """See Files.listing."""
        try:
            return os.listdir(path)
        except FileNotFoundError:
            return []

    def is_directory(self, path: Path) -> bool:
        """See Files.is_directory."""
        return path.is_dir()

    def make_directory(self, path: Path) -> None:
        """See Files.make_directory."""
        path.mkdir(mode=DIRECTORY_MODE, exist_ok=True)

    def create(self, path: Path) -> int:
        """See Files.create."""
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(path, flags, FILE_MODE)

    def write(self, descriptor: int, data: bytes) -> None:
        """See Files.write."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        """All of the data, in the place of what stands there; raises OSError."""
        view = memoryview(data)
        while view:
            count = os.pwrite(descriptor, view, offset)
            view, offset = view[count:], offset + count

    def truncate(self, path: Path, length: int) -> None:
        """See Files.truncate."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            os.ftruncate(descriptor, length)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sync(self, descriptor: int) -> None:
        """See Files.sync."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """See Files.close."""
        os.close(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        """See Files.rename."""
        os.rename(old, new)

    def remove(self, path: Path) -> None:
        """See Files.remove."""
        path.unlink(missing_ok=True)

    def sync_directory(self, path: Path) -> None:
        """See Files.sync_directory."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def lock(self, path: Path) -> int | None:
        """See Files.lock: flock on a file that is never removed; the kernel frees it with the process."""
        descriptor = _open_lock(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self.holds(descriptor, path):
                return descriptor
        except BlockingIOError:
            pass
        except OSError:
            os.close(descriptor)
            raise
        # Held by somebody, or replaced while we took it: the next attempt meets the new file.
        os.close(descriptor)
        return None

    def holds(self, descriptor: int, path: Path) -> bool:
        """See Files.holds."""
        try:
            found = os.stat(path, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(os.fstat(descriptor), found)

    def is_locked(self, path: Path) -> bool | None:
        """See Files.is_locked: as Linux lists all locks, so that looking takes none."""
        return is_locked(path)

    def file_system(self, path: Path) -> str:
        """See Files.file_system: of the mount that the directory is below, as Linux lists them."""
        return file_system_of(path)


def _open_lock(path: Path) -> int:
    """A descriptor of a lock file, made if need be; raises Irregular for a file that is no lock's own."""
    with suppress(FileNotFoundError):
        check_regular(os.lstat(path), MAX_LOCK_BYTES)
    flags = os.O_CREAT | os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, FILE_MODE)
    try:
        found = os.fstat(descriptor)
        check_regular(found, MAX_LOCK_BYTES)
        if found.st_nlink > 1:
            raise Irregular(f"it has {found.st_nlink} names (hard links)")
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def make_directories(files: Files, path: Path) -> None:
    """The directory and those above it, each on the disk before this returns; raises OSError."""
    if files.is_directory(path):
        return
    make_directories(files, path.parent)
    files.make_directory(path)
    files.sync_directory(path.parent)


def temporary(path: Path, token: str) -> Path:
    """Where a file is written before it takes the place of `path`."""
    return path.with_name(f".{path.name}.{token}.tmp")


def strays(names: Iterable[str], name: str) -> list[str]:
    """Those of the names in a directory that are temporary files of `name`, left by a run that died."""
    pattern = re.compile(rf"\.{re.escape(name)}\.[0-9A-Za-z]+\.tmp")
    return [found for found in names if pattern.fullmatch(found)]


def create_with(files: Files, path: Path, data: bytes, new: Path) -> int:
    """A descriptor of a new file (0600) that begins with the data, synced, in place of an old one.

    It is called `new` first, so that nobody ever finds `path` without the data. Raises OSError.
    """
    descriptor = files.create(new)
    try:
        files.write(descriptor, data)
        files.sync(descriptor)
        files.rename(new, path)
        files.sync_directory(path.parent)
    except OSError:
        files.close(descriptor)
        files.remove(new)
        raise
    return descriptor


def replace_file(files: Files, path: Path, data: bytes, token: str) -> None:
    """A new file (0600) with the data, synced, in place of an old one; raises OSError.

    `token` makes the name of the temporary file beside it.
    """
    with replacement(files, path, token) as descriptor:
        files.write(descriptor, data)


@contextmanager
def replacement(files: Files, path: Path, token: str) -> Iterator[int]:
    """A descriptor to write a new file (0600) to, which takes the place of an old one; see replace_file."""
    new = temporary(path, token)
    descriptor = files.create(new)
    try:
        try:
            yield descriptor
            files.sync(descriptor)
        finally:
            files.close(descriptor)
        files.rename(new, path)
    except Exception:
        files.remove(new)
        raise
    files.sync_directory(path.parent)
