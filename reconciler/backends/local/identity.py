"""One state, one name: the lock has the state's name, so a second name for the same file would have another.

A file that is replaced by a rename leaves its other names with what it was, and one that is mounted
by itself cannot be replaced at all.
"""

import shlex
from pathlib import Path

from reconciler.backends.local.failures import unwritable
from reconciler.backends.local.files import Files
from reconciler.errors import StateError

_THEN = ", then run again; nothing was changed"


def check_alone(files: Files, path: Path) -> None:
    """Raises StateError where more than one name leads to a state's file, or where that cannot be told."""
    try:
        found = files.aliases(path)
    except OSError as error:
        raise unwritable(f"{path}: cannot be looked at", error, _THEN) from error
    if found is None:
        return
    if found.mounted:
        raise StateError(
            f"{path}: the file is mounted by itself (a bind mount of one file), so it has another name "
            "elsewhere with a lock of its own, and cannot be replaced here",
            f"mount the directory that holds the state, not the file alone{_THEN}",
        )
    if found.links > 1:
        raise StateError(f"{path}: {said_of_links(found.links)}", _advice(path))


def said_of_links(links: int) -> str:
    """What is wrong with a state's file that has so many names, in words for people."""
    return f"{links} names lead to this file (hard links), and each has a lock of its own"


def _advice(path: Path) -> str:
    old, new = shlex.quote(str(path)), shlex.quote(f"{path}.new")
    return (
        f"remove the other names; or, where they are copies to be kept, make this a file of its own with "
        f"`cp -p {old} {new} && mv {new} {old}`{_THEN}"
    )
