"""The last states as they were written, in NAME.history beside the state: copies, named by their serial.

They are for people to go back to, and they tell when an older state has been put in the place of
the newest. A copy is made after the state itself is on the disk; that it cannot be made is told
and stops nothing.
"""

import re
from pathlib import Path

from reconciler.backends.local.files import Files, make_directories, replace_file

KEPT = 10
_COPY = re.compile(r"(0|[1-9][0-9]{0,17})\.json")
_STRAY = re.compile(r"\.[0-9]+\.json\.[0-9A-Za-z]+\.tmp")


class History:
    """The copies of one state's last generations, at most KEPT of them."""

    def __init__(self, files: Files, folder: Path) -> None:
        self.folder = folder
        self._files = files

    def newest(self) -> int:
        """The highest serial that was written here; 0 if none is known. Raises OSError."""
        return next(iter(self.serials()), 0)

    def serials(self) -> list[int]:
        """The serials that there are copies of, the newest first. Raises OSError."""
        return _serials(self._files.listing(self.folder))

    def path(self, serial: int) -> Path:
        """Where the copy of a serial is, if there is one."""
        return self.folder / f"{serial}.json"

    def keep(self, serial: int, data: bytes, token: str) -> None:
        """Adds a copy and removes those that are older than the last KEPT; raises OSError."""
        make_directories(self._files, self.folder)
        replace_file(self._files, self.path(serial), data, token)
        names = self._files.listing(self.folder)
        for old in _serials(names)[KEPT:]:
            self._files.remove(self.path(old))
        for left in filter(_STRAY.fullmatch, names):
            self._files.remove(self.folder / left)


def _serials(names: list[str]) -> list[int]:
    return sorted((int(match[1]) for name in names if (match := _COPY.fullmatch(name))), reverse=True)
