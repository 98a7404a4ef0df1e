"""Only regular files of a reasonable size are read: a pipe waits, a device never ends."""

import os
import stat
from errno import EINVAL, EISDIR
from pathlib import Path

MAX_BYTES = 256 * 1024 * 1024
"""Bytes that a state, a journal or a copy of a state has at most, to be written or read."""

MAX_PLAN_BYTES = 512 * 1024 * 1024
"""Bytes that a saved plan has at most, to be written or read."""

MAX_LOCK_BYTES = 64 * 1024
"""Bytes that a lock file has at most: more is not ours, and taking the lock would empty it."""

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a symbolic link",
}


class Irregular(OSError):
    """What has the name is not to be read or written; `strerror` says what it is instead."""

    def __init__(self, found: str) -> None:
        super().__init__(EINVAL, found)


def check_regular(found: os.stat_result, limit: int) -> None:
    """Raises Irregular, or IsADirectoryError, for anything but a regular file of at most `limit` bytes."""
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "something else")
        raise Irregular(f"it is {kind}, not a regular file")
    if found.st_size > limit:
        raise Irregular(f"it has {found.st_size} bytes; the limit is {limit}")


def read_regular(
    path: str | Path, limit: int = MAX_BYTES, *, follow: bool = False, most: int | None = None
) -> bytes:
    """The whole content of a regular file; a symbolic link is only followed where that is asked for.

    With `most`, no more than so many bytes from its beginning.

    Nothing else is opened, waited for or read. Raises OSError, and Irregular for what is no such file.
    """
    check_regular(os.stat(path, follow_symlinks=follow), limit)
    descriptor = os.open(path, _READ if follow else _READ | os.O_NOFOLLOW)
    with open(descriptor, "rb") as file:
        # Once more of what was opened: the name may lead elsewhere by now.
        check_regular(os.fstat(descriptor), limit)
        data = file.read(limit + 1 if most is None else most)
    if len(data) > limit:
        raise Irregular(f"it is larger than the limit of {limit} bytes")
    return data
