"""One state, one name: the lock has the state's name, so a second name for the same file would have another.

A file that is replaced by a rename leaves its other names with what it was, and one that is mounted
by itself cannot be replaced at all.
"""

import shlex
from pathlib import Path

from reconciler.backends.local.failures import unwritable
from reconciler.backends.local.files import Files
from reconciler.errors import StateError

_THEN = ", then run the command again; nothing was changed"


def check_alone(files: Files, path: Path) -> None:
    """Raises StateError where more than one name leads to a state's file, or where that cannot be told."""
    try:
        found = files.aliases(path)
    except OSError as error:
        raise unwritable(f"{path}: cannot be inspected", error, _THEN) from error
    if found is None:
        return
    if found.mounted:
        raise StateError(
            f"{path}: the file is a bind mount, so it has another name elsewhere with its own lock and "
            "cannot be replaced here",
            f"mount the directory of the state instead of the file{_THEN}",
        )
    if found.links > 1:
        raise StateError(f"{path}: {said_of_links(found.links)}", _advice(path))


def said_of_links(links: int) -> str:
    """What is wrong with a state's file that has so many names, in words for people."""
    return f"the file has {links} names (hard links), each with its own lock"


def _advice(path: Path) -> str:
    old, new = shlex.quote(str(path)), shlex.quote(f"{path}.new")
    return (
        f"remove the other names; or, to keep them as copies, separate this file with `cp -p {old} {new} && "
        f"mv {new} {old}`{_THEN}"
    )
