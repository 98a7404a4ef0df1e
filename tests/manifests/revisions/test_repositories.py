"""`diff --git` in repositories made to hurt: nothing is run, nothing waits, nothing grows without end."""

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import pytest

from reconciler.errors import ManifestError, UsageError
from reconciler.manifests.loading import sources
from reconciler.manifests.revisions import git as asked
from reconciler.manifests.revisions import repository, trees

from ...hostile.measure import Job, Ran, Runner, running
from ...support import one_in
from .repositories import (
    COMMANDS,
    FETCHED,
    FILES,
    KINDS,
    NAMED,
    STREAM,
    canary_in,
    git,
    heavy,
    nested,
    plain,
    settings,
    without_its_objects,
)

MOST_MEMORY = 200 * 2**20
RANGES = ("main..change", "main...change", "main", "main@{0}..change")
MOST_SECONDS = 100
"""By the clock of a busy machine; what is refused beforehand takes none of it."""

Make = Callable[[], Path]


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plain(tmp_path_factory.mktemp("pattern") / "repository")


@pytest.fixture
def where(pattern: Path, tmp_path: Path) -> Path:
    """A copy of the plain repository."""
    return Path(shutil.copytree(pattern, tmp_path / "repository", symlinks=True))


def diff(runner: Runner, where: Path, command: tuple[str, ...]) -> Ran:
    """What became of a command; no traceback, within bounds of time and memory."""
    began = time.monotonic()
    ran = runner.run(Job(command, str(where)))
    assert time.monotonic() - began < MOST_SECONDS
    assert ran.code in (0, 1, 64) and "Traceback" not in ran.err, ran.err
    assert ran.peak < MOST_MEMORY
    return ran


def test_the_plain_one_is_compared(runner: Runner, where: Path) -> None:
    for command in COMMANDS:
        ran = diff(runner, where, command)
        assert ran.code == 0 and "IngestStream/film" in ran.out, ran.err


@pytest.mark.parametrize("name", one_in(6, [*FETCHED, *NAMED]))
def test_no_setting_runs_a_program(
    runner: Runner, where: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    canary, mark = canary_in(tmp_path / "canary")
    for hook in canary.parent.iterdir():
        shutil.copy(hook, where / ".git/hooks" / hook.name)
    if name in FETCHED:
        without_its_objects(where)
    settings(where, {**FETCHED, **NAMED}[name], canary)
    monkeypatch.chdir(where)
    for between in RANGES:
        with suppress(UsageError):
            found = trees.parse_range(between, os.getcwd())
            trees.sources_at(found.base, ["manifests"], "BASE")
            trees.sources_at(found.head or "HEAD", ["manifests"], "HEAD")
            assert name not in FETCHED
        assert not mark.exists(), between
    ran = diff(runner, where, COMMANDS[0])
    assert not mark.exists()
    if name in FETCHED:
        assert ran.code == 64 and "is missing objects" in ran.err, ran.err


@pytest.mark.parametrize("name", one_in(4, FETCHED))
def test_what_fetches_would_be_seen(
    where: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault on purpose: with every protocol allowed, as git has it, some of these run the canary."""
    canary, mark = canary_in(tmp_path / "canary")
    without_its_objects(where)
    settings(where, FETCHED[name], canary)
    monkeypatch.chdir(where)
    allowed = {
        key: value for key, value in asked._ENVIRONMENT.items() if "PROTOCOL" not in key and "LAZY" not in key
    }
    allowed["GIT_ALLOW_PROTOCOL"] = "ext:ssh:file:git:http"
    with patch.object(asked, "_ENVIRONMENT", allowed), pytest.raises(UsageError):
        trees.sources_at(git(where, "rev-parse", "main"), ["manifests"], "main")
    # These run nothing by themselves, or not in every version.
    assert mark.exists() or name in ("by a helper", "with a password", "by the old way"), name


def test_a_git_of_the_checkouts_is_not_taken(
    where: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary, mark = canary_in(tmp_path / "canary")
    shutil.copy(canary, where / "git")
    monkeypatch.chdir(where)
    for path in (".", "", "./.", "manifests/.."):
        monkeypatch.setenv("PATH", f"{path}{os.pathsep}{os.environ['PATH']}")
        assert trees.commit_of("main") and not mark.exists()


# Pipes and devices


@pytest.mark.parametrize("kind", one_in(2, KINDS))
def test_what_would_wait_is_told_beforehand(
    runner: Runner, where: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(where)
    for name in FILES:
        path = where / ".git" / name
        kept = path.read_bytes() if path.is_file() else None
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        KINDS[kind](path)
        with pytest.raises(UsageError, match=f"/{name.rpartition('/')[2]}.* is a pipe or a device"):
            trees.parse_range("main..change", os.getcwd())
        if name == "HEAD":
            assert diff(runner, where, COMMANDS[0]).code == 64
        path.unlink()
        Path(f"{path}-pipe").unlink(missing_ok=True)
        if kept is not None:
            path.write_bytes(kept)
    assert diff(runner, where, COMMANDS[0]).code == 0


def test_objects_that_would_wait_are_told(runner: Runner, where: Path) -> None:
    for revision in ("main", "main^{tree}", "main:manifests", "main:manifests/film.yaml"):
        name = git(where, "rev-parse", revision)
        path = where / ".git/objects" / name[:2] / name[2:]
        kept = path.read_bytes()
        path.unlink()
        os.mkfifo(path)
        assert "is a pipe or a device" in diff(runner, where, COMMANDS[0]).err
        path.unlink()
        path.write_bytes(kept)


def test_a_work_trees_own_directories_are_looked_at(runner: Runner, where: Path, tmp_path: Path) -> None:
    git(where, "worktree", "add", "--quiet", str(tmp_path / "linked"), "main")
    linked = tmp_path / "linked"
    assert diff(runner, linked, COMMANDS[0]).code == 0
    for name in (".git/info/grafts", ".git/worktrees/linked/config.worktree"):
        (where / name).parent.mkdir(exist_ok=True)
        os.mkfifo(where / name)
        assert "is a pipe or a device" in diff(runner, linked, COMMANDS[0]).err
        (where / name).unlink()
    (linked / ".git").unlink()
    os.mkfifo(linked / ".git")
    assert "is a pipe or a device" in diff(runner, linked, COMMANDS[0]).err


def test_a_monitors_socket_is_no_harm(where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(where)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(".git/fsmonitor--daemon.ipc")
        assert trees.parse_range("main..change", os.getcwd()).head


def test_what_is_not_seen_beforehand_ends_by_its_time(where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(where)
    os.mkfifo(where / ".git/info/grafts")
    monkeypatch.setattr(asked, "GIT_SECONDS", 0.5)
    monkeypatch.setattr(trees, "check_repository", lambda _: None)
    with pytest.raises(UsageError, match=r"git .+ took longer than 0.5 s"):
        trees.parse_range("main..change", os.getcwd())


# Without end


@pytest.mark.slow
@pytest.mark.parametrize(
    ("leaf", "wide", "deep", "name", "said"),
    [
        ("a.txt", 16, 10, "d", "more than 250000 files"),
        ("a.yaml", 16, 10, "d", "more than 50000 files"),
        ("a.yaml", 99, 2, "d" * 4000, "path longer than 4096 bytes|file names"),
        ("a.txt", 3, 30, "d" * 200, "path longer than 4096 bytes"),
        ("a.yaml", 40, 3, "d" * 1000, "file names of more than"),
        ("a.txt", 1, 1500, "d", "cannot list|path longer than"),
    ],
)
def test_trees_without_end(
    runner: Runner, where: Path, leaf: str, wide: int, deep: int, name: str, said: str
) -> None:
    nested(where, leaf, wide=wide, deep=deep, name=name)
    ran = diff(runner, where, COMMANDS[0])
    assert ran.code in (1, 64)
    assert any(one in ran.err for one in said.split("|")), ran.err


@pytest.mark.slow
def test_files_without_end(runner: Runner, where: Path) -> None:
    (where / "manifests/large.yaml").write_bytes(b" " * (sources.MAX_FILE_BYTES + 1))
    for number in range(5):
        (where / f"manifests/{number}.yaml").write_bytes(b"#" * (sources.MAX_TOTAL_BYTES // 4))
    for names, said in (
        (["manifests/large.yaml"], "bytes; split it"),
        ([":!manifests/large.yaml"], "bytes in all files"),
    ):
        git(where, "reset", "--quiet", "main")
        git(where, "add", *names)
        git(where, "commit", "--quiet", "--message", "large")
        ran = diff(runner, where, COMMANDS[0])
        assert ran.code == 1 and said in ran.err, ran.err


@pytest.mark.slow
def test_an_object_that_inflates_ends_git_and_nothing_else(
    where: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(where)
    monkeypatch.setattr(asked, "MAX_GIT_MEMORY_BYTES", 32 * 2**20)
    git(where, "update-ref", "--no-deref", "refs/heads/other", "main")
    (where / ".git/refs/heads/heavy").write_text(heavy(where, "commit", 128 * 2**20) + "\n")
    with pytest.raises(UsageError, match="unknown git revision"):
        trees.commit_of("heavy")
    assert trees.commit_of("main")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo git version 2.31.8", r"git 2\.31 is too old to be safe"),
        ("echo git version 1.8.3.1", "git 1.8 is too old"),
        ("echo something else", r"git 0\.0 is too old"),
        ("[ $1 = version ] && echo git version 9.9 || sleep 60", "took longer than"),
        ("[ $1 = version ] && echo git version 9.9 || exec yes", "printed more than 65536 bytes"),
        ("[ $1 = version ] && echo git version 9.9 || exec yes >&2", "took longer than"),
    ],
)
def test_a_git_that_is_none(
    where: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/git"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(asked, "GIT_SECONDS", 1)
    monkeypatch.chdir(where)
    with pytest.raises(UsageError, match=said):
        trees.parse_range("main..change", os.getcwd())


# The faults on purpose


def everything_at_once(listing: asked.Asked, name: str) -> Iterator[bytes]:
    yield from b"".join(listing.pieces()).split(b"\0")[:-1]


def test_a_listing_that_is_read_whole_would_be_seen(where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(where)
    monkeypatch.setattr(trees, "MAX_TREE_ENTRIES", 1000)
    nested(where, "a.txt", wide=12, deep=3)
    commit = git(where, "rev-parse", "change")
    with pytest.raises(UsageError, match="more than 1000 files"):
        trees.sources_at(commit, ["manifests"], "change")
    with patch.object(trees, "_entries", everything_at_once):
        assert trees.sources_at(commit, ["manifests"], "change") == ()


@pytest.mark.slow
def test_a_repository_that_is_not_looked_at_would_be_seen(
    where: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(where)
    os.mkfifo(where / ".git/info/grafts")
    with pytest.raises(UsageError, match="is a pipe or a device"):
        trees.parse_range("main..change", os.getcwd())
    monkeypatch.setattr(asked, "GIT_SECONDS", 0.5)
    with (
        patch.object(repository, "_would_wait", lambda _: False),
        pytest.raises(UsageError, match="took longer"),
    ):
        trees.parse_range("main..change", os.getcwd())


def test_a_misspelt_ending_is_told_as_in_a_directory(where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(where)
    git(where, "checkout", "--quiet", "change")
    (where / "manifests" / "more.YAML").write_text(STREAM)
    git(where, "add", "--all")
    git(where, "commit", "--quiet", "--message", "more")
    with pytest.raises(ManifestError) as caught:
        trees.sources_at("change", ["manifests"], "change")
    (told,) = caught.value.problems
    assert (
        told.file == "change:manifests/more.YAML"
        and "ends in .YAML; manifests must end in .yaml or .yml" in told.message
    )
