"""What a command is run in: read once for each command line, and as it is where none runs."""

import os
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import click
import pytest

from reconciler.cli import main
from reconciler.cli.environment import Environment, current_environment, read_environment
from reconciler.errors import UsageError


class Terminal(TextIOWrapper):
    def isatty(self) -> bool:
        return True


def test_it_does_not_change_once_it_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STREAM_A", "before")
    before = read_environment()
    here = Path.cwd()
    monkeypatch.setenv("STREAM_A", "after")
    monkeypatch.chdir(tmp_path)
    assert (before.get("STREAM_A"), before.working_directory()) == ("before", here)
    assert (current_environment().get("STREAM_A"), current_environment().directory) == ("after", tmp_path)


def test_a_command_is_given_what_was_read_before_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_A", "before")
    with click.Context(click.Command("above"), obj=read_environment()) as above:
        monkeypatch.setenv("STREAM_A", "after")
        assert current_environment() is above.obj
        with click.Context(click.Command("below"), parent=above):
            assert current_environment().get("STREAM_A") == "before"
    assert current_environment().get("STREAM_A") == "after"


def test_the_command_line_reads_it_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read: list[Environment] = []

    def counted() -> Environment:
        read.append(read_environment())
        return read[-1]

    monkeypatch.setattr(sys.modules["reconciler.cli.main"], "read_environment", counted)
    monkeypatch.setattr("reconciler.cli.environment.read_environment", counted)
    with pytest.raises(SystemExit) as ended:
        main(["explain"])
    assert (ended.value.code, len(read)) == (0, 1) and capsys.readouterr().out


@pytest.mark.parametrize(
    ("no_color", "term", "colored"),
    [("", "xterm", True), ("", "", True), ("1", "xterm", False), ("", "dumb", False)],
)
def test_a_terminal_is_coloured_unless_that_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch, no_color: str, term: str, colored: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", term)
    assert not read_environment().colored
    monkeypatch.setattr(sys, "stdout", Terminal(BytesIO()))
    assert read_environment().colored is colored


@pytest.mark.parametrize(("columns", "known"), [("57", 57), ("0", None), ("wide", None)])
def test_columns_are_known_where_somebody_says_them(
    monkeypatch: pytest.MonkeyPatch, columns: str, known: int | None
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys, "__stdout__", None)
    assert read_environment().columns == known


def test_standard_input_is_read_up_to_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"abcdef")))
    assert read_environment().read_stdin(4) == b"abcd"


def test_a_working_directory_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    os.rmdir(gone)
    with pytest.raises(UsageError) as caught:
        read_environment().working_directory()
    assert caught.value.message == "the working directory no longer exists"
