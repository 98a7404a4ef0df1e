"""The last states as they were written, in NAME.history beside the state: compressed, named by their serial.

They are for people to go back to, and they tell when an older state has been put in the place of
the newest. A copy is made after the state itself is on the disk; that it cannot be made is told
and stops nothing. Those that older versions kept are not compressed.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from reconciler.backends.local.files import Files, make_directories, replace_file
from reconciler.backends.local.packing import packed

KEPT = 10
_COPY = re.compile(r"(0|[1-9][0-9]{0,17})\.json(\.gz)?")
_STRAY = re.compile(r"\.[0-9]+\.json(\.gz)?\.[0-9A-Za-z]+\.tmp")


class History:
    """The copies of one state's last generations, at most KEPT of them."""

    def __init__(self, files: Files, folder: Path) -> None:
        self.folder = folder
        self._files = files
        self._seen: dict[int, str] = {}

    def newest(self) -> int:
        """The highest serial that was written here; 0 if none is known. Raises OSError."""
        return next(iter(self.serials()), 0)

    def serials(self) -> list[int]:
        """The serials that there are copies of, the newest first. Raises OSError."""
        self._seen = _copies(self._files.listing(self.folder))
        return list(self._seen)

    def path(self, serial: int) -> Path:
        """Where the copy of a serial is, if there is one, as the folder was last seen."""
        return self.folder / self._seen.get(serial, _name(serial))

    def keep(self, serial: int, data: bytes, token: str) -> None:
        """Adds a copy and removes those that are older than the last KEPT; raises OSError."""
        make_directories(self._files, self.folder)
        replace_file(self._files, self.folder / _name(serial), packed(data), token)
        there = self._files.listing(self.folder)
        kept = {*list(_copies(there).values())[:KEPT]}
        for left in there:
            if _STRAY.fullmatch(left) or (_COPY.fullmatch(left) and left not in kept):
                self._files.remove(self.folder / left)


def _name(serial: int) -> str:
    return f"{serial}.json.gz"


def _copies(names: Iterable[str]) -> dict[int, str]:
    """The name of each serial's copy, the newest first; of two, the compressed one is the later."""
    found = {int(match[1]): match[0] for name in sorted(names) if (match := _COPY.fullmatch(name))}
    return dict(sorted(found.items(), reverse=True))
