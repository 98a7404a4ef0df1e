"""Whether somebody holds the lock on a file: looked up where Linux lists all locks, so that none is taken."""

import os
import re
from pathlib import Path

_LOCKS = "/proc/locks"
_HELD = re.compile(r"^\d+: FLOCK +\S+ +WRITE +\d+ +[0-9a-f]+:[0-9a-f]+:(\d+) ", re.MULTILINE)
"""A line of a lock that is held; one that is waited for has an arrow behind its number."""


def is_locked(path: Path) -> bool | None:
    """Whether a process of this machine holds the exclusive lock on a file; None where that is not told.

    Raises OSError where the file cannot be looked at. Processes of other containers are not listed.
    """
    try:
        inode = str(os.lstat(path).st_ino)
    except FileNotFoundError:
        return False
    try:
        with open(_LOCKS, encoding="ascii", errors="replace") as listed:
            return inode in held_inodes(listed.read())
    except OSError:
        return None


def held_inodes(locks: str) -> set[str]:
    """The numbers of the files on which such a lock is held, as the system lists them."""
    return set(_HELD.findall(locks))
