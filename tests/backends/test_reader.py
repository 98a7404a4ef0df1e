"""A state that is read while another run writes: of one moment, and its bytes no more than once."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from reconciler.backends.local.backend import LocalBackend
from reconciler.backends.local.files import PosixFiles
from reconciler.errors import StateError
from reconciler.state.document import write_document
from reconciler.state.model import State
from reconciler.state.seal import KEY

from ..support import LINEAGE


def state(serial: int, *, sealed: bool = True) -> bytes:
    """The file of a state, as it is written or as it stood before files had a checksum."""
    written = write_document("demo", State(LINEAGE, serial))
    lines = written.splitlines(keepends=True)
    return written if sealed else b"".join(one for one in lines if f'"{KEY}"'.encode() not in one)


class Changing(PosixFiles):
    """Another run writes one of these right after each look at the journal; counts what is read."""

    def __init__(self, path: Path, later: Iterator[bytes]) -> None:
        self.path = path
        self.later = later
        self.bytes = 0

    def read(self, path: Path, most: int | None = None) -> bytes | None:
        found = super().read(path, most)
        self.bytes += len(found or b"") if path == self.path else 0
        if path.suffix == ".journal":
            for written in self.later:
                self.path.write_bytes(written)
                break
        return found


@pytest.mark.parametrize("sealed", [True, False], ids=["with a checksum", "without one"])
@pytest.mark.parametrize("writes", [0, 1, 3])
def test_what_is_read_is_of_one_moment(writes: int, sealed: bool, tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    path.write_bytes(state(0, sealed=sealed))
    files = Changing(path, iter([state(serial, sealed=sealed) for serial in range(1, writes + 1)]))
    found = LocalBackend(path, files, lambda: "t1").reader.read_files()
    assert found.state == state(writes, sealed=sealed)


def test_one_that_is_gone_meanwhile_is_looked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    files = Changing(path, iter([state(1)]))
    assert LocalBackend(path, files, lambda: "t1").snapshot(None).state.serial == 1


def test_one_that_changes_each_time_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    path.write_bytes(state(0))
    files = Changing(path, (state(serial) for serial in count(1)))
    with pytest.raises(StateError, match="kept changing while it was being read"):
        LocalBackend(path, files, lambda: "t1").snapshot(None)


def test_a_large_one_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    path.write_bytes(write_document("demo", State(LINEAGE, 1)) + b" " * 100_000)
    files = Changing(path, iter(()))
    with pytest.raises(StateError, match="checksum"):  # what was added does not count as written
        LocalBackend(path, files, lambda: "t1").snapshot(None)
    assert path.stat().st_size <= files.bytes < path.stat().st_size + 10_000
