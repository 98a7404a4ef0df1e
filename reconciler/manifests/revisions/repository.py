"""What stands below `.git`, looked at before git is: a pipe there would have it wait for ever."""

import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.manifests.reading.guard import quoted

MAX_LOOKED_AT = 100_000
"""Entries below `.git`; what stands behind more of them is left to the time that git has."""
_MAX_POINTER_BYTES = 4096
_ASIDE = {"lfs", "modules"}
"""Directories that hold other repositories or files of another program's."""


def check_repository(directory: str) -> None:
    """Raises UsageError for a pipe or a device where git, called in that directory, would open a file."""
    for root in _roots(Path(directory).resolve()):
        for path in filter(_would_wait, _unusual(root)):
            shown = quoted(os.path.relpath(path, directory))
            raise UsageError(
                f"{shown} is a pipe or a device, which would make git hang",
                "remove it, or compare two directories",
            )


def _roots(directory: Path) -> Iterator[Path]:
    """The repository's own directory, and the one that work trees share."""
    for parent in (directory, *directory.parents):
        found = parent / ".git"
        if os.path.lexists(found):
            yield found
            own = _pointed_at(found, "gitdir:") if found.is_file() else found
            if own is not None:
                yield own
                common = _pointed_at(own / "commondir", "")
                if common is not None:
                    yield common
            return


def _pointed_at(file: Path, prefix: str) -> Path | None:
    """The directory that a file's only line names."""
    if not file.is_file():
        return None
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as opened:
            text = opened.read(_MAX_POINTER_BYTES)
    except OSError:
        return None
    named = text.removeprefix(prefix).strip()
    return file.parent / named if named and "\0" not in named else None


def _unusual(root: Path) -> Iterator[str]:
    """The path itself, and what below it is neither a plain file nor a directory, the nearest first."""
    yield str(root)
    for entry in islice(_entries(root), MAX_LOOKED_AT):
        if not entry.is_dir(follow_symlinks=False) and not entry.is_file(follow_symlinks=False):
            yield entry.path


def _entries(root: Path) -> Iterator[os.DirEntry[str]]:
    directories = [str(root)]
    for directory in directories:
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    yield entry
                    if entry.is_dir(follow_symlinks=False) and entry.name not in _ASIDE:
                        directories.append(entry.path)
        except OSError:
            continue  # git will say what it cannot read


def _would_wait(path: str) -> bool:
    """Links are followed, as git does; a socket is refused at once when it is opened."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode)
