"""The file operations that durability is made of, one method each, so that a test can fail any of them."""

import fcntl
import os
from pathlib import Path
from typing import Protocol

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700


class Files(Protocol):
    """What a backend asks of a file system; every method raises OSError."""

    def read(self, path: Path) -> bytes | None:
        """The whole content; None if there is no such file."""
        ...

    def make_directory(self, path: Path) -> None:
        """The directory and those above it, for the owner only where they are new."""
        ...

    def create(self, path: Path) -> int:
        """A descriptor of a new file (0600); refuses one that exists and symbolic links."""
        ...

    def open_append(self, path: Path) -> int:
        """A descriptor that appends to a file, new or not."""
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


class PosixFiles:
    """The operating system's files."""

    def read(self, path: Path) -> bytes | None:
        """See Files.read."""
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def make_directory(self, path: Path) -> None:
        """See Files.make_directory."""
        path.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)

    def create(self, path: Path) -> int:
        """See Files.create."""
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(path, flags, FILE_MODE)

    def open_append(self, path: Path) -> int:
        """See Files.open_append."""
        flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(path, flags, FILE_MODE)

    def write(self, descriptor: int, data: bytes) -> None:
        """See Files.write."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

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
        flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, FILE_MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor


def replace_file(files: Files, path: Path, data: bytes, token: str) -> None:
    """A new file (0600) with the data, synced, in place of an old one; raises OSError.

    `token` makes the name of the temporary file beside it.
    """
    temporary = path.with_name(f".{path.name}.{token}")
    descriptor = files.create(temporary)
    try:
        try:
            files.write(descriptor, data)
            files.sync(descriptor)
        finally:
            files.close(descriptor)
        files.rename(temporary, path)
    except OSError:
        files.remove(temporary)
        raise
    files.sync_directory(path.parent)
