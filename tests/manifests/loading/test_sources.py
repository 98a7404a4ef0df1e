"""Path arguments: what is read, in which order, under which name, and what is refused."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.errors import ManifestError, Problem
from reconciler.manifests.loading import sources
from reconciler.manifests.loading.sources import Source, find_sources


def no_input() -> bytes:
    raise AssertionError("standard input was not asked for")


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"name: {name}\n")


def found(*paths: str | Path, stdin: Callable[[], bytes] = no_input) -> list[str]:
    return [source.name for source in find_sources([str(path) for path in paths], stdin)]


def problems(*paths: str | Path, stdin: Callable[[], bytes] = no_input) -> tuple[Problem, ...]:
    with pytest.raises(ManifestError) as caught:
        found(*paths, stdin=stdin)
    return caught.value.problems


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "m").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "m"


def test_no_paths_no_sources() -> None:
    assert find_sources([], no_input) == ()


def test_directory_is_read_in_order_of_paths(root: Path) -> None:
    write(root, "b.yaml", "a.yml", "z/a.yaml", "b/c/d.yaml", "notes.txt", "YAML", "yaml", "x.yaml.bak")
    assert found("m") == ["m/a.yml", "m/b.yaml", "m/b/c/d.yaml", "m/z/a.yaml"]
    assert find_sources(["m"], no_input)[0] == Source("m/a.yml", b"name: a.yml\n")


@pytest.mark.parametrize("typed", ["m", "./m", "m/", "../here/m"])
def test_names_are_as_typed(root: Path, typed: str) -> None:
    (root.parent.parent / "here").exists() or os.symlink(root.parent, root.parent.parent / "here")
    write(root, "a.yaml")
    assert found(typed) == [os.path.join(typed, "a.yaml")]
    assert found(root) == [str(root / "a.yaml")]


def test_hidden_files_are_left_out_unless_named(root: Path) -> None:
    write(root, "a.yaml", ".hidden.yaml", ".git/x.yaml", "b/.c/x.yaml")
    assert found("m") == ["m/a.yaml"]
    assert found("m/.hidden.yaml") == ["m/.hidden.yaml"]


def test_a_file_may_have_any_name(root: Path) -> None:
    write(root, "a.json")
    assert found("m/a.json") == ["m/a.json"]


def test_standard_input(root: Path) -> None:
    write(root, "a.yaml")
    assert find_sources(["-", "m", "-"], lambda: b"x: 1")[0] == Source("-", b"x: 1")
    assert found("m", "-", stdin=lambda: b"") == ["m/a.yaml", "-"]


def test_the_same_file_is_read_once(root: Path) -> None:
    write(root, "a.yaml", "b/c.yaml")
    (root / "link.yaml").symlink_to("a.yaml")
    assert found("m/b", "m", "m", "m/a.yaml", root) == ["m/b/c.yaml", "m/a.yaml"]


def test_links_inside_are_followed_and_links_out_refused(root: Path) -> None:
    write(root, "b/real.txt")
    write(root.parent, "outside.yaml", "mm/near.yaml")
    (root / "in.yaml").symlink_to("b/real.txt")
    assert found("m") == ["m/in.yaml"]
    (root / "out.yaml").symlink_to("../outside.yaml")
    (root / "near.yaml").symlink_to("../mm/near.yaml")
    (root / "b/absolute.yaml").symlink_to("/etc/passwd")
    refused = problems("m")
    assert [problem.file for problem in refused] == ["m/b/absolute.yaml", "m/near.yaml", "m/out.yaml"]
    assert all("leads out of the given directory" in problem.message for problem in refused)


def test_linked_directories_are_not_left_out_in_silence(root: Path) -> None:
    write(root, "a.yaml")
    (root / "loop").symlink_to(".")
    (root / "named.yaml").symlink_to("..")
    (root / ".hidden").symlink_to("..")
    told = problems("m")
    assert [problem.file for problem in told] == ["m/loop", "m/named.yaml"]
    assert all("link to a directory, which is not followed" in problem.message for problem in told)


@pytest.mark.parametrize("ending", ["YAML", "Yaml", "YML", "yAml"])
def test_a_misspelt_ending_is_not_left_out_in_silence(root: Path, ending: str) -> None:
    write(root, "a.yaml")
    write(root, f"b/c.{ending}")
    (told,) = problems("m")
    assert (told.file, f"ends in .{ending}; manifests must end in .yaml or .yml" in told.message) == (
        f"m/b/c.{ending}",
        True,
    )
    (root / "b" / f"c.{ending}").rename(root / "b" / f".c.{ending}")
    assert found("m") == ["m/a.yaml"]
    assert found(f"m/b/.c.{ending}") == [f"m/b/.c.{ending}"], "what is named is meant"


def test_a_typed_link_is_followed(root: Path) -> None:
    write(root, "a.yaml")
    (root.parent / "file").symlink_to("m/a.yaml")
    (root.parent / "directory").symlink_to("m")
    assert found("file") == ["file"]
    assert found("directory") == ["directory/a.yaml"]


def test_links_to_nowhere(root: Path) -> None:
    (root / "gone.yaml").symlink_to("missing.yaml")
    (root / "self.yaml").symlink_to("self.yaml")
    gone, own = problems("m")
    assert "no such file or directory" in gone.message
    assert (own.file, own.line, own.column, own.path) == ("m/self.yaml", 0, 0, "")


def test_only_regular_files(root: Path) -> None:
    os.mkfifo(root / "pipe.yaml")
    (root / "null.yaml").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("m/socket.yaml")
        null, pipe, unix = problems("m")
    assert "leads out" in null.message
    assert "not a regular file" in pipe.message
    assert unix.file == "m/socket.yaml"
    assert "not a regular file" in problems("/dev/zero")[0].message
    assert "use - for standard input" in problems("m/pipe.yaml")[0].message


def test_a_file_that_would_have_us_wait(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The kernel's log is one: a regular file by its status, and like a pipe when it is read.
    os.mkfifo(root / "pipe.yaml")
    writer = os.open(root / "pipe.yaml", os.O_RDWR)
    monkeypatch.setattr(sources, "_check", lambda status: None)
    assert "has no data yet" in problems("m")[0].message
    os.close(writer)


def test_a_file_system_that_does_not_tell_what_an_entry_is(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, "a.yaml")
    real = os.scandir

    class Entry:
        def __init__(self, entry: "os.DirEntry[str]") -> None:
            self.name = entry.name

        def is_dir(self, *, follow_symlinks: bool = True) -> bool:
            raise PermissionError(13, "Permission denied")

    @contextmanager
    def untelling(path: str) -> Iterator[Iterator[Entry]]:
        with real(path) as entries:
            yield map(Entry, entries)

    monkeypatch.setattr(os, "scandir", untelling)
    (problem,) = problems("m")
    assert (problem.file, problem.message) == (
        "m",
        "permission denied; check its permissions",
    )


def test_all_files_together_have_a_limit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 1000)
    for name in ("a.yaml", "b.yaml"):
        with open(root / name, "wb") as file:
            file.truncate(sources.MAX_TOTAL_BYTES // 2 + 1)
    assert [problem.file for problem in problems("m")] == ["m/b.yaml"]


def test_every_problem_of_every_path(root: Path) -> None:
    (root / "empty").mkdir()
    os.mkfifo(root / "pipe.yaml")
    refused = problems("missing", "m", "m/empty", "nul\0")
    assert [problem.file for problem in refused] == ["m/empty", "m/pipe.yaml", "missing", "nul\0"]
    assert 'no *.yaml or *.yml files below "m/empty"' in refused[0].message
    assert "no such file or directory; check the path" in refused[2].message


def test_unreadable(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "a.yaml", "b/c.yaml")

    def refuse(*args: object, **options: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert [problem.file for problem in problems("m")] == ["m/a.yaml", "m/b/c.yaml"]
    monkeypatch.setattr(os, "scandir", refuse)
    (problem,) = problems("m")
    assert problem.file == "m"
    assert "permission denied; check its permissions" in problem.message


def test_broken_standard_input() -> None:
    def broken() -> bytes:
        raise OSError(5, "Input/output error")

    assert "cannot be read: Input/output error" in problems("-", stdin=broken)[0].message


def test_sizes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(root / "sparse.yaml", "wb") as file:
        file.truncate(sources.MAX_FILE_BYTES + 1)
    assert "split it" in problems("m")[0].message
    assert "split it" in problems("-", stdin=lambda: b" " * (sources.MAX_FILE_BYTES + 1))[0].message
    (root / "sparse.yaml").unlink()
    write(root, "a.yaml", "b.yaml")
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 20)
    assert "pass fewer paths" in problems("m")[0].message


@pytest.mark.parametrize("name", ["a\nb.yaml", "\x1b[2J.yaml", "a\u202eb.yaml", "d\n/a.yaml"])
def test_names_that_cannot_be_shown(root: Path, name: str) -> None:
    write(root, name)
    (problem,) = problems("m")
    assert problem.file.isprintable()
    assert "rename it" in problem.message


def test_name_that_is_not_utf8(root: Path) -> None:
    Path(os.fsdecode(b"m/\xff.yaml")).write_text("a: 1")
    assert problems("m")[0].file.isascii()


def test_a_directory_swapped_for_a_link_is_caught(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "b/c.yaml")
    write(root.parent, "secret/c.yaml")
    real = os.path.realpath

    def swapping(path: str) -> str:
        resolved = real(path)
        if path.endswith("c.yaml"):
            (root / "b").rename(root / "old")
            (root / "b").symlink_to("../secret")
        return resolved

    monkeypatch.setattr(os.path, "realpath", swapping)
    (problem,) = problems("m")
    assert problem.file == "m/b/c.yaml"
