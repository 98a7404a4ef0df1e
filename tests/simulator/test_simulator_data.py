"""What `--data` may name: a file that is a simulator's database, or is to be one."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from reconciler.simulator import store
from reconciler.simulator.store import DataError, Store


def text(path: Path) -> None:
    path.write_text("apiVersion: reconciler/v1\n" * 100)


def short(path: Path) -> None:
    path.write_bytes(b"\0")


def directory(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/null")


def link_to_nowhere(path: Path) -> None:
    path.symlink_to("/proc/none/world.sqlite")


def database(*statements: str) -> Callable[[Path], None]:
    def made(path: Path) -> None:
        with sqlite3.connect(path) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    return made


def cut(path: Path) -> None:
    Store(path).close()
    path.write_bytes(path.read_bytes()[:5000])


def flipped(path: Path) -> None:
    Store(path).close()
    data = bytearray(path.read_bytes())
    data[100:4000] = bytes(3900)
    path.write_bytes(data)


UNUSABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a text": (text, "not a database"),
    "a byte": (short, "not a database"),
    "a directory": (directory, "Is a directory"),
    "a pipe": (pipe, "not a regular file"),
    "a device": (device, "not a regular file"),
    "a link to nowhere": (link_to_nowhere, "cannot be written"),
    "a browser's database": (database("CREATE TABLE moz_places (id INTEGER)"), "another program"),
    "tables named like ours": (database("CREATE TABLE tasks (id INTEGER, name TEXT)"), "another program"),
    "marked by another": (database("PRAGMA application_id = 77"), "another program"),
    "ours and more": (
        database("CREATE TABLE more (id INTEGER)", "PRAGMA application_id = 77"),
        "another program",
    ),
    "a database that was cut": (cut, "malformed"),
    "a database with zeros in it": (flipped, "malformed"),
}


def content(path: Path) -> object:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else path.lstat().st_mode


@pytest.mark.parametrize(("make", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_is_no_database_is_told_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / "world.sqlite"
    make(path)
    before = content(path)
    with pytest.raises(DataError, match=said) as caught:
        Store(path)
    assert str(path) in str(caught.value)
    assert content(path) == before
    assert sorted(os.listdir(tmp_path)) == ["world.sqlite"]


@pytest.mark.parametrize("path", ["/proc/none/world.sqlite", "/dev/null/world.sqlite", "/sys/world.sqlite"])
def test_a_place_that_takes_no_file_is_told(path: str) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        Store(Path(path))


def test_a_database_that_another_holds_is_told(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    connect = sqlite3.connect
    with (
        patch.object(store.sqlite3, "connect", lambda *given, **more: connect(*given, **more, timeout=0.1)),
        pytest.raises(DataError, match="locked"),
    ):
        Store(path)
    other.close()


def test_an_empty_file_and_a_world_of_before_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    path.touch()
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA application_id = 0")  # as it was before there was a mark
        connection.execute("DROP TABLE late")
    connection.close()
    opened = Store(path)
    opened.keep_setting("a", 1)
    opened.close()
    again = Store(path)
    assert again.setting("a", 0) == 1
    again.close()


def test_a_check_left_out_would_be_seen(tmp_path: Path) -> None:
    make, _ = UNUSABLE["a browser's database"]
    path = tmp_path / "world.sqlite"
    make(path)
    before = content(path)
    with patch.object(store, "_check_owner", lambda _: None):
        Store(path).close()
    assert content(path) != before
