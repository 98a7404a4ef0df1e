"""Sealed files written in pieces: the same bytes, never all at once, and nothing left of a failure."""

import gc
import json
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.backends.local import streamed
from reconciler.backends.local.files import PosixFiles
from reconciler.backends.local.streamed import TooLong, replace_sealed
from reconciler.plan.model import Change, Plan
from reconciler.plan.saved import SavedPlan, saved_in_parts, saved_to_json
from reconciler.planning.planner import make_plan
from reconciler.state.model import State
from reconciler.state.seal import Damaged, seal, unseal

from ..fake_host import AFTER, BEFORE
from ..support import LINEAGE, loaded

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def in_parts(data: dict[str, Any]) -> dict[str, Any]:
    return {key: iter(value) if isinstance(value, list) else value for key, value in data.items()}


@given(st.dictionaries(st.text(), JSON, min_size=1, max_size=4))
def test_the_bytes_are_those_of_a_seal(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / "sealed.json"
    replace_sealed(PosixFiles(), path, in_parts(data), "t")
    assert path.read_bytes() == seal(data)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_saved_plans_bytes_are_those_of_its_json(tmp_path: Path, changes: tuple[Change, ...]) -> None:
    for some in ((), changes[:1], changes):
        plan = Plan(workspace="demo", lineage=LINEAGE, serial=3, fingerprint="f", changes=some)
        saved = SavedPlan(plan, "1", {"state": "s"}, "nonce", "then")
        replace_sealed(PosixFiles(), tmp_path / "plan.json", saved_in_parts(saved), "t")
        assert (tmp_path / "plan.json").read_bytes() == seal(saved_to_json(saved))


@pytest.fixture
def changes() -> tuple[Change, ...]:
    """What a plan of an empty state starts, and what one of changed manifests does."""
    found: list[Change] = []
    for text in (BEFORE, AFTER):
        workspace = loaded(text)
        found += make_plan(workspace.settings, workspace.resources, State(), {}, now=0.0).changes
    assert len(found) > 4
    return tuple(found)


def many(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {"number": number, "text": "x" * 1000}


def peak(path: Path) -> int:
    """Without a collector: the command line has it look so seldom that what waits for it is held."""
    gc.disable()
    tracemalloc.start()
    try:
        replace_sealed(PosixFiles(), path, {"a": 1, "changes": many(5000)}, "t")
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.enable()


@pytest.mark.slow
def test_it_is_never_held_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    assert peak(path) < 500_000 < path.stat().st_size / 10
    assert len(unseal(path.read_bytes()).value["changes"]) == 5000
    # The fault on purpose: all of it before the first piece is written.
    whole = streamed.pieces
    with patch.object(streamed, "pieces", lambda data: iter(["".join(whole(data))])):
        assert peak(path) > path.stat().st_size


def test_the_checksum_is_of_what_stands_there(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    replace_sealed(PosixFiles(), path, {"a": [1], "b": iter([{}])}, "t")
    data = path.read_bytes()
    for at in range(20, len(data), 3):
        with pytest.raises(Damaged):
            unseal(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


class Full(PosixFiles):
    """A disk that is full after some writes."""

    def __init__(self, writes: int) -> None:
        self.left = writes

    def write(self, descriptor: int, data: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(28, "No space left on device")
        super().write(descriptor, data)


@pytest.mark.parametrize("writes", [0, 1, 3, 8])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, writes: int) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    with pytest.raises(OSError, match="No space"):
        replace_sealed(Full(writes), path, {"a": 1, "changes": many(5)}, "t")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["plan.json"]


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    with pytest.raises(TypeError):
        replace_sealed(PosixFiles(), path, {"a": object()}, "t")
    assert path.read_text() == "old"
    assert json.dumps(os.listdir(tmp_path)) == '["plan.json"]'


def test_a_plan_that_apply_would_not_read_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    whole = {"a": 1, "changes": many(50)}
    replace_sealed(PosixFiles(), path, {**whole, "changes": many(50)}, "t")
    length = path.stat().st_size
    with pytest.raises(TooLong):
        replace_sealed(PosixFiles(), tmp_path / "other.json", whole, "t", length - 1)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["plan.json"]
    replace_sealed(PosixFiles(), tmp_path / "other.json", {"a": 1, "changes": many(50)}, "t", length)
