"""Inputs without end where a command reads one: standard input, saved plans, what a key completes."""

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from reconciler.cli import completing, environment
from reconciler.cli.commands import apply
from reconciler.cli.standard_input import read_stdin
from reconciler.errors import ManifestError, PlanRefused
from reconciler.manifests.loading import sources
from reconciler.manifests.loading.sources import Source, find_sources
from reconciler.manifests.reading.guard import MAX_FILE_BYTES


class Endless(io.RawIOBase):
    """Gives what is asked for, for ever; a reader that asks for everything would never end."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            raise AssertionError("all of it is asked for")
        self.given += size
        return b"#" * size


def test_standard_input_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = Endless()
    monkeypatch.setattr(environment.sys, "stdin", SimpleNamespace(buffer=endless))
    with pytest.raises(ManifestError) as caught:
        find_sources(["-"], read_stdin)
    assert "split it" in caught.value.problems[0].message and endless.given == MAX_FILE_BYTES + 1


def test_every_command_reads_standard_input_by_the_one_way() -> None:
    folder = Path(environment.__file__).parent
    users = {file.name for file in folder.rglob("*.py") if ".read_stdin(" in file.read_text()}
    # convert has a limit of its own, and a state is not manifests.
    assert users == {"standard_input.py", "convert.py"}
    convert = (folder / "commands" / "convert.py").read_text()
    assert "read_stdin(MAX_FILE_BYTES + 1)" in convert


def test_a_saved_plan_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "MAX_PLAN_BYTES", 1000)
    plan = tmp_path / "plan.json"
    with plan.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(PlanRefused, match="the limit is 1000"):
        apply._saved_plan((str(plan),))
    with plan.open("wb") as file:
        file.truncate(1000)
    assert apply._saved_plan((str(plan),)) is None


def test_completion_reads_no_more_than_one_would_wait_for() -> None:
    size = completing.MAX_COMPLETED_BYTES // 4
    given = [Source(str(number), b"#" * size) for number in range(6)]
    assert list(completing._quickly(given)) == given[:4]


def found(directory: Path) -> str:
    with pytest.raises(ManifestError) as caught:
        find_sources([str(directory)], bytes)
    return str(caught.value.problems[0])


@pytest.mark.parametrize(
    ("limit", "most", "make", "said"),
    [
        ("MAX_FILES", 20, lambda number: f"{number}.yaml", "more than 20 files"),
        (
            "MAX_NAMES_BYTES",
            2000,
            lambda number: f"{number}-{'x' * 200}.yaml",
            "of more than 2000 bytes in total",
        ),
        ("MAX_ENTRIES", 20, lambda number: f"{number}.txt", "more than 20 files"),
        ("MAX_ENTRIES", 20, lambda number: f".{number}", "more than 20 files"),
    ],
)
def test_a_directory_without_end(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    most: int,
    make: Callable[[int], str],
    said: str,
) -> None:
    for number in range(24):
        place = tmp_path / f"d{number % 3}"
        place.mkdir(exist_ok=True)
        (place / make(number)).touch()
    (tmp_path / "one.yaml").touch()
    if ".yaml" in make(0):
        assert len(find_sources([str(tmp_path)], bytes)) == 25
    monkeypatch.setattr(sources, limit, most)
    assert said in found(tmp_path)
