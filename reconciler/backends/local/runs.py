"""What is kept of runs that are over, in NAME.runs beside the state: a file a run, of JSON lines.

Each is written once, when its run is over: first how the run began and how it ended, so that a list of
runs reads no more than that, then its calls, then their checksum.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from reconciler.backends.local.files import Files, make_directories, replace_file
from reconciler.backends.local.regular import MAX_BYTES, Irregular
from reconciler.errors import ReconcilerError
from reconciler.state.ending import End
from reconciler.state.journal import START, Begin, Record, decode_line, encode, plain_line, read_plain_line
from reconciler.state.runs import KeptRun, RunRecord

MAX_HEAD_BYTES = 64 * 1024
"""Bytes in which a run's file says how it began and ended."""

_NAME = re.compile(r"(\d{8}T\d{6}Z|0)-(\d{1,18})-(\d{1,18})-([0-9A-Za-z-]{1,64})\.jsonl")
"""When a run began, the state's serial then and at its end, which tell runs of one second apart, its ID."""

_STRAY = re.compile(r"\.[0-9A-Za-z-]+\.jsonl\.[0-9A-Za-z]+\.tmp")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_RUN = re.compile(r"[0-9A-Za-z-]{1,64}")


class Runs:
    """The runs that are kept of one state; all methods raise OSError."""

    def __init__(self, files: Files, folder: Path) -> None:
        self.folder = folder
        self._files = files

    def names(self) -> list[str]:
        """The files of the runs, the last to begin first."""
        return list(_newest_of_each(self._files.listing(self.folder)).values())

    def name_of(self, run: str) -> str | None:
        """The file of a run; None if it is not kept."""
        return next((name for name in self.names() if run_of(name) == run), None)

    def keep(self, begin: Begin, end: End, records: Iterable[Record], token: str) -> None:
        """Writes the file of a run, in the place of one that it may have; one without a sound ID has none."""
        name = file_name(begin, end)
        if name is None:
            return
        make_directories(self._files, self.folder)
        first, link = encode(begin, START)
        second, _ = encode(end, link)
        calls = b"".join(map(plain_line, records))
        data = b"".join((first, second, calls, _checksum(calls)))
        if len(data) > MAX_BYTES:
            raise Irregular(f"it would have {len(data)} bytes; the limit is {MAX_BYTES}")
        replace_file(self._files, self.folder / name, data, token)

    def head(self, name: str) -> RunRecord | None:
        """How a run began and ended; None of a file that does not say it, or that is gone."""
        return _head(self._content(name, MAX_HEAD_BYTES).split(b"\n", 2))

    def read(self, name: str, about: bytes = b"") -> KeptRun | None:
        """A run with its calls, or with those whose lines hold such bytes.

        None of a file that is not as it was written, or that is gone.
        """
        lines = self._content(name).split(b"\n", 2)
        head, rest = _head(lines), lines[-1]
        calls = rest[: rest.rfind(b"\n", 0, -1) + 1]
        if head is None or rest != calls + _checksum(calls):
            return None
        try:
            return head, [read_plain_line(line) for line in calls.splitlines() if about in line]
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError, ReconcilerError):
            return None

    def _content(self, name: str, most: int | None = None) -> bytes:
        """What a file holds; nothing of one that is gone, and of what is no regular file."""
        try:
            return self._files.read(self.folder / name, most) or b""
        except (Irregular, IsADirectoryError):
            return b""

    def remove(self, names: Sequence[str]) -> None:
        """Removes files of runs, earlier ones of the others, and what was left half written by who died."""
        there = self._files.listing(self.folder)
        newest = set(_newest_of_each(there).values())
        left = [one for one in there if _STRAY.fullmatch(one) or (_NAME.fullmatch(one) and one not in newest)]
        for name in dict.fromkeys((*names, *left)):
            self._files.remove(self.folder / name)


def _newest_of_each(names: Iterable[str]) -> dict[str, str]:
    """The file of each run, the last to begin first; a run that took another over is kept anew at its end."""
    found = filter(None, map(_NAME.fullmatch, names))
    newest: dict[str, str] = {}
    for match in sorted(found, key=lambda one: (one[1], int(one[2]), int(one[3])), reverse=True):
        newest.setdefault(match[4], match[0])
    return newest


def file_name(begin: Begin, end: End) -> str | None:
    """The name of a run's file, in the order of time; None for a run whose ID cannot be in one."""
    since = str(begin.holder.get("since", begin.at))
    stamp = re.sub("[-:]", "", since) if _MOMENT.fullmatch(since) else "0"
    if not _RUN.fullmatch(begin.run):
        return None
    return f"{stamp}-{begin.serial}-{end.serial}-{begin.run}.jsonl"


def began_before(name: str, moment: str) -> bool:
    """Whether the run of this file began before a moment (RFC 3339 UTC); no if it does not say when."""
    return not name.startswith("0-") and name < re.sub("[-:]", "", moment)


def run_of(name: str) -> str:
    """The run whose file has this name."""
    found = _NAME.fullmatch(name)
    return found[4] if found else ""


def _head(lines: Sequence[bytes]) -> RunRecord | None:
    """How a run began and ended, by the first two lines of its file."""
    first = decode_line(lines[0], START)
    second = decode_line(lines[1], first[1]) if first and len(lines) > 2 else None
    begin, end = (one[0] if one else None for one in (first, second))
    return RunRecord(begin, end) if isinstance(begin, Begin) and isinstance(end, End) else None


def _checksum(calls: bytes) -> bytes:
    """The last line: it covers those of the calls."""
    return f'{{"checksum":"sha256:{sha256(calls).hexdigest()}"}}\n'.encode()
