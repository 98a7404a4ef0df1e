"""What is kept of runs that are over, in NAME.runs beside the state: a file a run, of JSON lines.

Each is written once, when its run is over: first how the run began and how it ended, so that a list of
runs reads no more than that, then its calls. The lines are a chain as a journal's are.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from reconciler.backends.local.files import Files, make_directories, replace_file
from reconciler.backends.local.journal import decode
from reconciler.errors import StateError
from reconciler.state.ending import End
from reconciler.state.journal import START, Begin, Record, decode_line, encode
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
        lines, link = [], START
        for record in (begin, end, *records):
            line, link = encode(record, link)
            lines.append(line)
        replace_file(self._files, self.folder / name, b"".join(lines), token)

    def head(self, name: str) -> RunRecord | None:
        """How a run began and ended; None of a file that does not say it, or that is gone."""
        lines = (self._files.read(self.folder / name, MAX_HEAD_BYTES) or b"").split(b"\n", 2)
        first = decode_line(lines[0], START)
        second = decode_line(lines[1], first[1]) if first and len(lines) > 2 else None
        return None if first is None or second is None else _record(first[0], second[0])

    def read(self, name: str) -> KeptRun | None:
        """A run with its calls; None of a file that is not as it was written, or that is gone."""
        path = self.folder / name
        data = self._files.read(path)
        try:
            reading = decode(data or b"", str(path))
        except StateError:
            return None
        begin, end, *records = reading.records if len(reading.records) > 1 else (None, None)
        record = _record(begin, end)
        return None if record is None or reading.torn else (record, records)

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


def _record(begin: Record | None, end: Record | None) -> RunRecord | None:
    return RunRecord(begin, end) if isinstance(begin, Begin) and isinstance(end, End) else None
