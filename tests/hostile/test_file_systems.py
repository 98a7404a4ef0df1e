"""Directories made to hurt: what stands outside of them is never read, and what cannot be read never waits.

Each is laid out below a temporary directory as `m`, beside `outside`, which holds a manifest that is
sound and a secret that must not be shown.
"""

import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from reconciler.errors import ManifestError
from reconciler.manifests.loading.sources import find_sources
from reconciler.manifests.reading.guard import MAX_FILE_BYTES

from ..support import one_in
from .expectations import Expected
from .judge import faults
from .measure import Job, Runner, running

WORKSPACE = b"apiVersion: reconciler/v1\nkind: Workspace\nmetadata: {name: demo}\n"
LIVE = """\
apiVersion: reconciler/v1
kind: LiveStream
metadata: {{name: {0}}}
spec: {{domainName: a.b, streamName: {0}}}
"""
OUTSIDE = LIVE.format("planted-outside").encode()
MOST_DEPTH = 4096

Lay = Callable[[Path], None]


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with running() as found:
        yield found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "workspace.yaml").write_bytes(WORKSPACE)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "live.yaml").write_bytes(OUTSIDE)
    return tmp_path


def link(name: str, to: str) -> Lay:
    return lambda place: (place / "m" / name).symlink_to(to)


def write(name: str, content: str = LIVE.format("live")) -> Lay:
    return lambda place: _written(place / "m" / name, content)


def _written(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def both(*steps: Lay) -> Lay:
    def laid(place: Path) -> None:
        for step in steps:
            step(place)

    return laid


def sparse(name: str, size: int) -> Lay:
    def laid(place: Path) -> None:
        with open(place / "m" / name, "wb") as file:
            file.truncate(size)

    return laid


def chain(length: int) -> list[Lay]:
    """Links that lead one to the next, more than the system would follow by itself, and to end.txt."""
    ends = [*(f"link-{number}" for number in range(1, length)), "end.txt"]
    return [link(f"link-{number}", to) for number, to in enumerate(ends)]


def fifo(place: Path) -> None:
    os.mkfifo(place / "m" / "pipe.yaml")


def device(place: Path) -> None:
    """A device of endless zeros where one can be made, and a link to the machine's own elsewhere."""
    try:
        os.mknod(place / "m" / "zero.yaml", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:
        (place / "m" / "zero.yaml").symlink_to("/dev/zero")


def unix_socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(place / "m" / "socket.yaml"))


def hard_links(place: Path) -> None:
    write("a.yaml")(place)
    for number in range(20):
        os.link(place / "m" / "a.yaml", place / "m" / f"b{number}.yaml")


def many(place: Path) -> None:
    for number in range(2000):
        (place / "m" / f"{number}.yaml").touch()


def deep(place: Path) -> None:
    """Directories in one another until the path is longer than any system call takes."""
    at = os.open(place / "m", os.O_RDONLY)
    for _ in range(MOST_DEPTH // 200 + 5):
        os.mkdir("d" * 200, dir_fd=at)
        at, above = os.open("d" * 200, os.O_RDONLY, dir_fd=at), at
        os.close(above)
    os.close(at)


def refused(says: str) -> Expected:
    return Expected(1, says, placed=False)


def sound(documents: int) -> Expected:
    return Expected(0, rf"^workspace demo: {documents} documents?, ")


LINKED = refused(r"^error: m/\S+: found a symbolic link to a directory, which is not followed")
OUT = refused(r"^error: m/\S+: found a symbolic link that leads out of the given directory")
IRREGULAR = refused(r"^error: m/\S+: (not a regular file|cannot be read)")
UNSHOWN = refused(r'^error: "m/.+": found a file name with unprintable characters')
LINKS = {
    "out by a relative link": (link("a.yaml", "../outside/live.yaml"), OUT),
    "out by an absolute link": (link("a.yaml", "/etc/passwd"), OUT),
    "out by a link to a link": (both(link("b", "../outside/live.yaml"), link("a.yaml", "b")), OUT),
    "out by a linked directory": (both(link("d", "../outside"), link("a.yaml", "d/live.yaml")), OUT),
    "out and in again": (both(write("b/c.txt"), link("a.yaml", "../m/b/c.txt")), sound(2)),
    "the environment": (link("a.yaml", "/proc/self/environ"), OUT),
    "this process's memory": (link("a.yaml", "/proc/self/mem"), OUT),
    "an open file": (link("a.yaml", "/proc/self/fd/0"), OUT),
    "standard input": (link("a.yaml", "/dev/stdin"), OUT),
    "endless zeros": (link("a.yaml", "/dev/zero"), OUT),
    "a terminal": (link("a.yaml", "/dev/tty"), OUT),
    "itself": (link("a.yaml", "a.yaml"), refused("m/a.yaml: cannot be read: Too many levels")),
    "each other": (
        both(link("a.yaml", "b.yaml"), link("b.yaml", "a.yaml")),
        refused("m/b.yaml: cannot be read: Too many levels"),
    ),
    "nowhere": (link("a.yaml", "missing"), refused("m/a.yaml: no such file or directory; check the path")),
    "the directory itself": (both(link("a.yaml", "."), link("loop", ".")), LINKED),
    "the directory above": (both(link("a.yaml", ".."), link("up", "..")), LINKED),
    "a chain of forty": (both(write("end.txt"), *chain(45), link("a.yaml", "link-0")), sound(2)),
    "a linked directory inside": (both(write("real/a.yaml"), link("again", "real")), LINKED),
}
FILES = {
    "a pipe": (fifo, IRREGULAR),
    "a device": (device, refused("m/zero.yaml: (not a regular file|found a symbolic link|cannot be read)")),
    "a socket": (unix_socket, IRREGULAR),
    "hard links": (hard_links, sound(2)),
    "thousands of empty files": (many, sound(1)),
    "a path longer than any": (deep, refused("File name too long")),
    "a directory like a file": (write("a.yaml/b.yaml/c.yaml"), sound(2)),
    "a terabyte of nothing": (
        sparse("a.yaml", 2**40),
        refused("m/a.yaml: the file is larger than the limit of 67108864 bytes"),
    ),
    "too much together": (
        both(*(sparse(f"{n}.yaml", MAX_FILE_BYTES - 1) for n in range(5))),
        refused("found more than 268435456 bytes in all files"),
    ),
    "hidden files": (
        both(write(".a.yaml", "["), write(".git/b.yaml", "["), write("a/.b/c.yaml", "[")),
        sound(1),
    ),
    "a capital ending": (
        write("a.YAML", "["),
        refused(r"^error: m/a\.YAML: found a file that ends in \.YAML"),
    ),
}
NAMES = {
    "a line break": (write("a\nerror: b.yaml"), UNSHOWN),
    "a carriage return": (write("a\rb.yaml"), UNSHOWN),
    "an escape": (write("a\x1b[2J.yaml"), UNSHOWN),
    "an override": (write("a\u202elmay.yaml"), UNSHOWN),
    "a zero-width space": (write("a\u200b.yaml"), UNSHOWN),
    "a directory's line break": (write("d\nd/a.yaml"), UNSHOWN),
    "bytes that are no UTF-8": (
        lambda place: _written(Path(os.fsdecode(bytes(place) + b"/m/\xff.yaml")), ""),
        UNSHOWN,
    ),
    "a long name": (write("a" * 250 + ".yaml"), sound(2)),
    "colons": (write("a:1:2.yaml"), sound(2)),
    "blanks and quotes": (write("a b 'c' \"d\".yaml"), sound(2)),
    "an option": (write("--debug.yaml"), sound(2)),
    "a pattern": (write("[a]*?.yaml"), sound(2)),
    "a command": (write("$(id)`id`;id.yaml"), sound(2)),
    "another alphabet": (write("直播 é.yaml"), sound(2)),
}
DIRECTORIES = LINKS | FILES | NAMES


@pytest.mark.parametrize("name", one_in(4, DIRECTORIES))
def test_directory(name: str, place: Path, runner: Runner) -> None:
    lay, expected = DIRECTORIES[name]
    lay(place)
    assert faults(runner.validate(["m"], place), expected) == []


TYPED = {
    "nothing": ("", refused("^error: : cannot be read: Is a directory")),
    "a zero byte": ("m\0/etc/passwd", refused("not a valid path")),
    "a path too long": ("m/" + "a/" * 3000, refused("File name too long")),
    "a name too long": ("m/" + "a" * 300, refused("File name too long")),
    "nowhere": ("m/missing.yaml", refused("no such file or directory")),
    "below a file": ("m/workspace.yaml/x", refused("Not a directory")),
    "endless zeros": ("/dev/zero", refused("not a regular file")),
    "this process's memory": ("/proc/self/mem", refused("cannot be read")),
    "an override": ("m/\u202e.yaml", refused(r"error: m/\\u{202e}.yaml: no such file or directory")),
    "a line break": ("m/a\nb", refused(r"error: m/a\\u{a}b: no such file or directory")),
    "an unknown option": ("--no-such-option", Expected(64, "No such option", placed=False)),
    "a pattern": ("m/*", refused("no such file or directory")),
    "a home": ("~root/x.yaml", refused("no such file or directory")),
}


@pytest.mark.parametrize("name", one_in(4, TYPED))
def test_typed_path(name: str, place: Path, runner: Runner) -> None:
    path, expected = TYPED[name]
    assert faults(runner.validate([path], place), expected) == []


@pytest.mark.parametrize("name", ["a.yaml", "d/a.yaml"])
def test_what_may_not_be_read(name: str, place: Path, runner: Runner) -> None:
    write(name)(place)
    closed = place / "m" / name.split("/")[0]
    closed.chmod(0)
    # Nothing is closed to root.
    expected = sound(2) if os.access(closed, os.R_OK) else refused("permission denied; check its permissions")
    assert faults(runner.validate(["m"], place), expected) == []
    closed.chmod(0o700)


def test_a_pipe_that_nobody_writes_to_is_typed(place: Path, runner: Runner) -> None:
    fifo(place)
    ran = runner.validate(["m/pipe.yaml"], place)
    assert faults(ran, refused("not a regular file; use - for standard input")) == []


@pytest.mark.slow
def test_standard_input_that_is_a_directory(place: Path, runner: Runner) -> None:
    ran = runner.run(Job(("validate", "-"), str(place), str(place / "m")))
    assert faults(ran, refused("error: -: cannot be read: Is a directory")) == []


@pytest.mark.slow
def test_what_is_swapped_while_it_is_read_never_leads_out(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file and a directory turn into links that lead out and back again, over and over."""
    monkeypatch.chdir(place)
    write("d/a.yaml")(place)
    write("a.yaml")(place)
    (place / "out.yaml").symlink_to("../outside/live.yaml")
    (place / "out").symlink_to("outside")
    (place / "outside" / "a.yaml").write_bytes(OUTSIDE)
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            for inside, other in (("m/a.yaml", "out.yaml"), ("m/d", "out")):
                os.rename(inside, "kept")
                os.rename(other, inside)
                os.rename(inside, other)
                os.rename("kept", inside)

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        found = [data for _ in range(500) for data in read_now()]
    finally:
        over.set()
        swapping.join()
    assert LIVE.format("live").encode() in found
    assert OUTSIDE not in found


def read_now() -> list[bytes]:
    with suppress(ManifestError):
        return [source.data for source in find_sources(["m"], bytes)]
    return []
