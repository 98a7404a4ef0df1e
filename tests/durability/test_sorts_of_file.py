"""Every sort of file in the place of each that is read: what is no regular file is refused unread."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.backends.local.backend import LocalBackend
from reconciler.backends.local.files import PosixFiles
from reconciler.backends.local.location import file_location
from reconciler.backends.protocol import Replacement
from reconciler.cli.world import backend_for
from reconciler.errors import ReconcilerError
from reconciler.state.codec import state_to_json
from reconciler.state.journal import Begin
from reconciler.state.model import Owner, State
from reconciler.state.seal import checksum_of, seal

from ..flow.kit import Kit
from ..support import LINEAGE, LONG_AGO, lines_of

Lay = Callable[[Path], None]
STATE = State(LINEAGE, 3)
SOUND = seal(state_to_json("demo", STATE))
JOURNAL = lines_of([Begin(LINEAGE, 3, "run", LONG_AGO, checksum_of(SOUND))])[0]
GIANT = 2**40


def device(path: Path) -> None:
    try:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")


def unix_socket(path: Path) -> None:
    before = os.getcwd()
    os.chdir(path.parent)  # an address has to be short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(before)


def sparse(path: Path) -> None:
    with open(path, "wb") as file:
        file.truncate(GIANT)


def hard_link(path: Path) -> None:
    other = path.with_name("other-name")
    os.rename(path, other)
    os.link(other, path)


def link(path: Path) -> None:
    other = path.with_name("linked")
    os.rename(path, other)
    path.symlink_to(other.name)


def pipe_behind_a_link(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


KEEPS = (hard_link, link)
SORTS: dict[str, Lay] = {
    "pipe": os.mkfifo,
    "device": device,
    "socket": unix_socket,
    "directory": os.mkdir,
    "dangling": lambda path: path.symlink_to("nowhere"),
    "link": link,
    "link to a pipe": pipe_behind_a_link,
    "hard link": hard_link,
    "giant": sparse,
    "empty": Path.touch,
}
KIND = {
    "pipe": "it is a named pipe",
    "device": "it is a device",
    "socket": "it is a socket",
    "directory": "Is a directory",
    "giant": f"it has {GIANT} bytes",
}
LINK = dict.fromkeys(("dangling", "link", "link to a pipe"), "it is a symbolic link")
# What is said of each sort; "" where it is as good as a file, or as none. In order: what looks (plan, state
# list, pull), what holds (apply, state rm), and what replaces (state push).
Said = tuple[str, str, str]
FILES: dict[str, dict[str, Said]] = {
    "demo.json": {
        **{name: (words,) * 3 for name, words in KIND.items()},
        "directory": ("is a directory",) * 3,
        "dangling": ("", "", ""),
        "link": ("", "", ""),
        "link to a pipe": (KIND["pipe"],) * 3,
        "hard link": ("", "the file has 2 names", "the file has 2 names"),
        "empty": ("not valid JSON", "not valid JSON", ""),
    },
    "demo.journal": {
        **{name: (words,) * 3 for name, words in (KIND | LINK).items()},
        "hard link": ("", "", ""),
        "empty": ("emptied or truncated", "emptied or truncated", ""),
    },
    "demo.lock": {
        **{name: ("", words, words) for name, words in (KIND | LINK).items()},
        "hard link": ("", "it has 2 names", "it has 2 names"),
        "empty": ("", "", ""),
    },
    "demo.history/3.json": {
        **{name: (words, words, "") for name, words in (KIND | LINK).items()},
        "hard link": ("", "", ""),
        "empty": ("", "", ""),
    },
    "demo.history": {
        **dict.fromkeys(("pipe", "device", "socket", "giant", "empty"), ("Not a directory",) * 3),
        **dict.fromkeys(("link to a pipe",), ("Not a directory",) * 3),
        "directory": ("", "", ""),
        "dangling": ("", "", ""),
        "link": ("", "", ""),
    },
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    (folder / "demo.history").mkdir(parents=True)
    for name, data in (
        ("demo.json", SOUND),
        ("demo.history/3.json", SOUND),
        ("demo.journal", JOURNAL),
        ("demo.lock", b"{}"),
    ):
        (folder / name).write_bytes(data)
    return folder


def put(lay: Lay, path: Path) -> None:
    if lay not in KEEPS:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    lay(path)


@contextmanager
def at_once() -> Iterator[None]:
    """Whoever waits for a pipe, or reads without end, is ended."""

    def stop(number: int, frame: object) -> None:
        raise AssertionError("it waits, or reads without end")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def look(path: Path) -> None:
    backend_for(file_location(path)).snapshot(Owner("demo"))


def hold(path: Path) -> None:
    with backend_for(file_location(path)).hold(Owner("demo"), {}):
        pass


def replace(path: Path) -> None:
    with backend_for(file_location(path)).overrule(Owner("demo"), {}) as replacing:
        replacing.objections(Replacement(STATE, "demo"))


def said_by(action: Callable[[Path], None], path: Path) -> str:
    try:
        with at_once():
            action(path)
    except ReconcilerError as error:
        assert error.hint, error.message
        return error.message
    return ""


CELLS = [
    (file, sort, action, words)
    for file, sorts in FILES.items()
    for sort, said in sorts.items()
    for action, words in zip((look, hold, replace), said, strict=True)
]


@pytest.mark.parametrize(
    ("file", "sort", "action", "words"), CELLS, ids=lambda part: getattr(part, "__name__", str(part))
)
def test_each_sort_of_file(
    place: Path, file: str, sort: str, action: Callable[[Path], None], words: str
) -> None:
    put(SORTS[sort], place / file)
    said = said_by(action, place / "demo.json")
    assert words in said if words else said == ""
    if sort == "giant" and file != "demo.history":
        assert (place / file).stat().st_size == GIANT  # nor emptied


# Files that are named on the command line

NAMED: dict[str, str] = {
    "pipe": r"not a regular file|a named pipe",
    "device": r"not a regular file|a device",
    "socket": r"not a regular file|No such device",
    "directory": r"Is a directory|no \*\.yaml",
    "dangling": r"no such file|No such file",
    "link to a pipe": r"not a regular file|a named pipe",
    "giant": rf"{GIANT} bytes|than the limit of \d+ bytes",
    "empty": r"no documents|one Workspace|not valid JSON|no request|empty|problem|is empty",
}
COMMANDS = {
    "a plan": ("apply", "--auto-approve", "{}"),
    "a pushed state": ("state", "push", "{}"),
    "a log": ("state", "import", "--from-log", "{}"),
    "callbacks": ("state", "import", "--from-callbacks", "{}"),
    "a request": ("convert", "{}"),
    "a manifest": ("plan", "{}"),
}


@pytest.mark.parametrize("sort", NAMED)
def test_each_sort_of_file_that_is_named(kit: Kit, sort: str) -> None:
    file = kit.root / "named"
    SORTS[sort](file)
    for what, words in COMMANDS.items():
        with at_once():
            ran = kit.run(*(word.format(file) for word in words))
        assert ran.code in (1, 64) and re.search(NAMED[sort], ran.err), f"{what}: {ran.err}"
        assert "bug in reconciler" not in ran.err
    assert kit.calls() == []


def test_what_commands_say_of_a_state_that_is_a_pipe(kit: Kit) -> None:
    os.mkfifo(kit.root / "pipe.json")
    for words in (("plan",), ("apply", "--auto-approve"), ("drift",), ("state", "list"), ("state", "pull")):
        with at_once():
            ran = kit.run(*words, "--state", "pipe.json")
        assert ran.code == 1 and "it is a named pipe, not a regular file" in ran.err, ran.err
        assert "hint: move it elsewhere or replace it with a regular file" in ran.err
    assert kit.get("calls")["calls"] == []


def test_what_may_not_be_read_is_told() -> None:
    """As somebody else than root, to whom nothing is closed."""
    if os.geteuid() != 0:
        pytest.skip("only root becomes somebody else")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name, data in (("demo.json", SOUND), ("demo.journal", JOURNAL), ("demo.lock", b"{}")):
            (folder / name).write_bytes(data)
            (folder / name).chmod(0o600)
        folder.chmod(0o755)
        os.seteuid(65534)
        try:
            said = [said_by(action, folder / "demo.json") for action in (look, hold, replace)]
        finally:
            os.seteuid(0)
    assert all("Permission denied" in words for words in said)


def test_what_is_swapped_after_it_was_looked_at_is_not_waited_for(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def swapped(path: Path, flags: int, *more: int) -> int:
        if Path(path).name == "demo.journal":
            os.unlink(path)
            os.mkfifo(path)
        return real(path, flags, *more)

    monkeypatch.setattr(os, "open", swapped)
    assert "a named pipe" in said_by(look, place / "demo.json")


def test_the_largest_is_taken_and_one_byte_more_is_not(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = place / "demo.json"
    size = file.stat().st_size
    for limit, words in ((size, ""), (size - 1, f"it has {size} bytes; the limit is {size - 1}")):
        monkeypatch.setattr("reconciler.backends.local.regular.read_regular.__defaults__", (limit,))
        assert words in said_by(look, file)
    assert json.loads(file.read_bytes())["serial"] == 3


def test_copies_that_are_no_files_do_not_hide_the_way_back(place: Path) -> None:
    """A damaged state's advice names the newest copy that is sound."""
    (place / "demo.journal").unlink()
    (place / "demo.history" / "2.json").write_bytes(SOUND)
    (place / "demo.history" / "3.json").unlink()
    os.mkfifo(place / "demo.history" / "3.json")
    (place / "demo.json").write_bytes(SOUND[:-5])
    with pytest.raises(ReconcilerError) as caught, at_once():
        LocalBackend(place / "demo.json", PosixFiles(), str).snapshot(Owner("demo"))
    assert "2.json" in caught.value.hint
