"""Files of kept runs that are not as they were written, or no files: left out, and no reason to fail."""

import json
import os
from pathlib import Path

import pytest

from reconciler.backends.local.backend import LocalBackend
from reconciler.backends.local.files import PosixFiles
from reconciler.backends.local.held import held_inodes, is_locked
from reconciler.backends.local.runs import Runs, began_before, file_name, run_of
from reconciler.model import canonical_json
from reconciler.state import journal
from reconciler.state.ending import End, Ended, Ending
from reconciler.state.journal import START, Begin, Outcome, encode

from ..durability.checks import flips
from ..support import LINEAGE, LONG_AGO
from .conformance import HALL, entry

BEGIN = Begin(LINEAGE, 3, "r1", LONG_AGO, holder={"since": LONG_AGO, "run": "r1"})
END = End(LONG_AGO, Ended(Ending.FAILED, {"done": 1}), 4)
CALLS = [Outcome(HALL, "0", "done", entry()), Outcome(HALL, "1", "refused", None, code="X")]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    made = Runs(PosixFiles(), tmp_path / "demo.runs")
    made.keep(BEGIN, END, CALLS, "t0")
    return made


def test_a_run_reads_as_it_was_kept(runs: Runs) -> None:
    (name,) = runs.names()
    found, head = runs.read(name), runs.head(name)
    assert found is not None and head == found[0] and (found[0].begin, found[0].end) == (BEGIN, END)
    assert found[1] == CALLS
    about = runs.read(name, b'"X"')
    assert about is not None and about[1] == CALLS[1:]


def test_each_flipped_bit_and_each_cut_shows(runs: Runs) -> None:
    (name,) = runs.names()
    path = runs.folder / name
    data = path.read_bytes()
    for damaged in (*flips(data, 7), *(data[:end] for end in range(0, len(data), 5))):
        path.write_bytes(damaged)
        assert runs.read(name) is None
    path.write_bytes(data)
    assert runs.read(name) is not None


@pytest.mark.parametrize(
    "head",
    [
        {"holder": []},
        {"changes": {"start": "many"}},
        {"changes": []},
        {"serial": {}},
    ],
)
def test_a_first_line_of_another_shape_is_none(runs: Runs, head: dict[str, object]) -> None:
    (name,) = runs.names()
    body = json.loads(encode(BEGIN, START)[0])
    del body["crc"]
    body |= head
    line = canonical_json({**body, "crc": journal._crc(body, "")}) + "\n"
    (runs.folder / name).write_text(line + line)
    assert runs.head(name) is None and runs.read(name) is None


def test_what_is_no_file_is_left_out(runs: Runs) -> None:
    (kept,) = runs.names()
    os.mkfifo(runs.folder / kept.replace("-r1", "-r2"))
    (runs.folder / kept.replace("-r1", "-r3")).mkdir()
    (runs.folder / "note.txt").write_text("x")
    assert len(runs.names()) == 3
    assert [runs.head(name) is not None for name in sorted(runs.names())] == [True, False, False]
    assert [runs.read(name) is not None for name in sorted(runs.names())] == [True, False, False]


def test_one_run_has_one_file(runs: Runs) -> None:
    runs.keep(BEGIN, End(LONG_AGO, Ended(), 5), [], "t1")
    (name,) = runs.names()
    assert name.endswith("-3-5-r1.jsonl")
    runs.remove([])
    assert [path.name for path in runs.folder.iterdir()] == [name]


@pytest.mark.parametrize("run", ["../r1", "", "a/b", "x" * 65, "r\n1", "."])
def test_a_run_whose_name_can_be_no_file_has_none(runs: Runs, run: str) -> None:
    before = runs.names()
    runs.keep(Begin(LINEAGE, 3, run, LONG_AGO), END, CALLS, "t1")
    assert runs.names() == before


def test_names_tell_when_a_run_began() -> None:
    name = file_name(BEGIN, END)
    assert name == "20260101T000000Z-3-4-r1.jsonl" and run_of(name) == "r1"
    assert began_before(name, "2026-01-01T00:00:01Z") and not began_before(name, LONG_AGO)
    odd = file_name(Begin(LINEAGE, 3, "r1", "now"), END)
    assert odd == "0-3-4-r1.jsonl" and not began_before(odd, "2999-01-01T00:00:00Z")


def test_a_lock_is_seen_without_being_taken(tmp_path: Path) -> None:
    files, path = PosixFiles(), tmp_path / "demo.lock"
    assert is_locked(path) is False
    descriptor = files.lock(path)
    assert descriptor is not None
    if is_locked(path) is not None:  # where the system tells of locks at all
        assert is_locked(path)
        files.close(descriptor)
        assert is_locked(path) is False
    listed = "1: FLOCK  ADVISORY  WRITE 7 fe:00:21 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 8 fe:00:22 0 EOF\n"
    assert held_inodes(listed + "2: POSIX  ADVISORY  WRITE 9 fe:00:23 0 EOF\n") == {"21"}


class Reads(PosixFiles):
    """Remembers what was read."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def read(self, path: Path, most: int | None = None) -> bytes | None:
        self.names.append(path.name)
        return super().read(path, most)


def test_without_a_run_under_way_the_state_is_not_read(tmp_path: Path) -> None:
    files = Reads()
    backend = LocalBackend(tmp_path / "demo.json", files, lambda: "t1")
    (tmp_path / "demo.json").write_text("{}")
    Runs(files, tmp_path / "demo.runs").keep(BEGIN, END, CALLS, "t0")
    assert backend.parts.audit is not None
    assert [run.run for run in backend.parts.audit.runs(5)] == ["r1"]
    assert "demo.journal" in files.names and "demo.json" not in files.names
