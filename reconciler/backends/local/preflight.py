"""Everything that a run's end will need, done once before its first call.

A call that was sent cannot be taken back, and its TaskId is told once: whatever would keep the state
from being written must show before. So a file as large as state and journal may become, under a name
as long as the longest, is written beside the state and takes the place of another, then one in the
history; at last the state is replaced by what it holds.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import shake_256
from pathlib import Path

from reconciler.backends.local.failures import unwritable
from reconciler.backends.local.files import Files, make_directories, replace_file, temporary
from reconciler.backends.local.paths import StatePaths
from reconciler.backends.local.regular import MAX_BYTES
from reconciler.errors import StateError

_THEN = ", then run the command again; nothing was sent or changed"
_BLOCK = 1024 * 1024


def preflight(paths: StatePaths, found: bytes | None, size: int, journal: int) -> None:
    """Raises StateError, with what to do, for whatever would fail while a run ends.

    `found` is what the state's file holds, `size` how many bytes it may have then, `journal` how many
    its journal.
    """
    _check_sizes(paths, size, journal)
    longest, room = _longest_name(paths), size + journal
    beside = (
        f"{paths.path}: cannot write {room} bytes beside it, in files with names of up to {longest} bytes"
    )
    with _told(beside):
        _rehearse(paths.files, _probe(paths, longest), _probe(paths, longest), room)
    folder = paths.history.folder
    with _told(f"{folder}: cannot keep copies of the state"):
        make_directories(paths.files, folder)
        one, other = (temporary(paths.history.path(0), paths.token()) for _ in range(2))
        _rehearse(paths.files, one, other, size)
    with _told(f"{paths.path}: cannot be replaced"):
        if found is not None:
            replace_file(paths.files, paths.path, found, paths.token())


def _check_sizes(paths: StatePaths, size: int, journal: int) -> None:
    """Raises StateError where what is written would be too large to be read again."""
    most = max(size, journal)
    if most > MAX_BYTES:
        raise StateError(
            f"{paths.path}: this run might write {most} bytes into one file; the limit is {MAX_BYTES}",
            "apply fewer changes at a time, for example with --target; nothing was sent or changed",
        )


def _longest_name(paths: StatePaths) -> int:
    """Bytes of the longest name that is ever given to a file beside the state."""
    token = paths.token()
    names = (temporary(paths.path, token), temporary(paths.lock.path, token), paths.journal_aside(token))
    return max(len(os.fsencode(path.name)) for path in names)


def _probe(paths: StatePaths, length: int) -> Path:
    """A temporary file of the state, with a name of so many bytes: a later run removes what dies here."""
    token = paths.token()
    short = length - len(os.fsencode(temporary(paths.path, token).name))
    return temporary(paths.path, token + "0" * short)


def _rehearse(files: Files, one: Path, other: Path, size: int) -> None:
    """Writes a file of that size and lets it take the place of another; leaves nothing. Raises OSError."""
    try:
        _write(files, other, 0)
        _write(files, one, size)
        files.rename(one, other)
        files.sync_directory(other.parent)
        files.remove(other)
    except OSError:
        for path in (one, other):
            with suppress(OSError):  # what failed is told; the next run that writes removes the rest
                files.remove(path)
        raise


def _write(files: Files, path: Path, size: int) -> None:
    """A file with that many bytes, which no file system can make smaller."""
    block = shake_256(path.name.encode()).digest(min(size, _BLOCK))
    descriptor = files.create(path)
    try:
        for begins in range(0, size, _BLOCK):
            files.write(descriptor, block[: size - begins])
        files.sync(descriptor)
    finally:
        files.close(descriptor)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """What the file system refuses meanwhile as a StateError."""
    try:
        yield
    except OSError as error:
        raise unwritable(what, error, _THEN) from error
