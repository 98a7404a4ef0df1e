"""The workspaces of a fleet as directories that come, change and go."""

from pathlib import Path

import pytest

from reconciler.backends.work import RoundEnd
from reconciler.watching.fleet_files import FleetFiles
from tests.backends.memory_work import MemoryWork

from .kit import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> MemoryWork:
    return MemoryWork(clock)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    found = tmp_path / "spaces"
    found.mkdir()
    write(found, "a", "one")
    (tmp_path / "shared.yaml").write_text("shared")
    (found / "no directory").write_text("")
    (found / ".git").mkdir()
    return found


@pytest.fixture
def files(root: Path, queue: MemoryWork, clock: Clock) -> FleetFiles:
    return FleetFiles(str(root), [str(root.parent / "shared.yaml")], queue, clock)


def write(root: Path, workspace: str, text: str) -> None:
    (root / workspace).mkdir(exist_ok=True)
    (root / workspace / "all.yaml").write_text(text)


def looks(files: FleetFiles, times: int = 2) -> None:
    for _ in range(times):
        files.look()


def made(queue: MemoryWork, clock: Clock) -> None:
    """Every workspace had its round, and may have another one."""
    queue.enlist(f"w{clock.now}", f"w{clock.now}", {})
    for one in queue.claim(f"w{clock.now}", 99, []):
        queue.end(f"w{clock.now}", one, RoundEnd(3600.0, "ok"))
    clock.now += 30.0


def why(queue: MemoryWork) -> dict[str, str]:
    return {one.workspace: one.why for one in queue.standing() if one.due <= 0}


def test_a_directory_is_in_the_fleet_once_it_is_settled(
    root: Path, files: FleetFiles, queue: MemoryWork
) -> None:
    files.look()
    assert queue.standing() == [] and files.paths("a") is None and files.versions("a") == ()
    write(root, "b", "half")
    files.look()
    assert [one.workspace for one in queue.standing()] == ["a"]
    looks(files, 1)
    assert [one.workspace for one in queue.standing()] == ["a", "b"]
    assert files.paths("b") == (str(root.parent / "shared.yaml"), str(root / "b"))


def test_what_changes_is_due_at_once_and_remembered(
    root: Path, files: FleetFiles, queue: MemoryWork, clock: Clock
) -> None:
    write(root, "b", "other")
    looks(files)
    made(queue, clock)
    write(root, "a", "two, and longer")
    files.look()
    assert why(queue) == {}
    files.look()
    assert why(queue) == {"a": "the manifests changed"}
    assert len(files.versions("a")) == 2 and len(files.versions("b")) == 1
    made(queue, clock)
    (root.parent / "shared.yaml").write_text("of all of them")
    looks(files)
    assert set(why(queue)) == {"a", "b"}
    write(root, "a", "one")
    (root.parent / "shared.yaml").write_text("shared")
    looks(files)
    first, *_, last = files.versions("a")
    assert first == last, "contents, and not the moment at which they were written"


def test_what_goes_leaves_the_fleet_but_not_while_git_is_at_work(
    root: Path, files: FleetFiles, queue: MemoryWork
) -> None:
    looks(files)
    (root / "a" / "all.yaml").unlink()
    (root / "a").rmdir()
    (root / ".git" / "index.lock").write_text("")
    looks(files)
    assert files.paths("a") is not None
    (root / ".git" / "index.lock").unlink()
    files.look()
    assert files.paths("a") is not None
    files.look()
    assert files.paths("a") is None and queue.standing() == []


def test_a_root_that_cannot_be_read_has_none(queue: MemoryWork, clock: Clock, tmp_path: Path) -> None:
    files = FleetFiles(str(tmp_path / "nowhere"), [], queue, clock)
    looks(files)
    assert queue.standing() == []
