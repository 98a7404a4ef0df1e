"""What stands for a directory is told in a revision as it is on the disk; nothing behind it is skipped."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from reconciler.errors import ManifestError, UsageError
from reconciler.manifests.loading.sources import find_sources
from reconciler.manifests.revisions import links, trees

BELOW = "manifests"


def to(target: str) -> Callable[[Path], None]:
    """A link that leads there."""
    return lambda path: path.symlink_to(target)


CASES: dict[str, dict[str, Callable[[Path], None]]] = {
    "none": {},
    "a directory beside": {"linked": to("../elsewhere")},
    "a directory inside": {"linked": to("inner")},
    "a directory that is meant as a file": {"linked.txt": to("../elsewhere")},
    "its own directory": {"linked": to(".")},
    "the repository": {"linked": to("..")},
    "out of the repository": {"linked": to("/")},
    "a file": {"linked": to("inner/b.yaml")},
    "nothing": {"linked": to("no-such-thing")},
    "itself": {"linked": to("linked")},
    "a ring": {"one": to("two"), "two": to("one")},
    "a link to a directory": {"one": to("two"), "two": to("../elsewhere")},
    "through a link": {"one": to("two/deep"), "two": to("../elsewhere")},
    "below a directory": {"inner/linked": to("../../elsewhere")},
    "hidden": {".linked": to("../elsewhere")},
    "in a hidden directory": {".hidden/linked": to("../../elsewhere")},
}


def git(where: Path, *words: str) -> str:
    own = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *own, *words], cwd=where, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With manifests, and a directory beside them."""
    where = tmp_path / "repository"
    for name in (f"{BELOW}/a.yaml", f"{BELOW}/inner/b.yaml", "elsewhere/c.yaml", "elsewhere/deep/d.yaml"):
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_text(f"# {name}\n")
    git(where.parent, "init", "--quiet", "repository")
    monkeypatch.chdir(where)
    return where


def committed(where: Path) -> str:
    git(where, "add", "--all")
    git(where, "commit", "--quiet", "--message", "x")
    return git(where, "rev-parse", "HEAD")


def told(read: Callable[[], object]) -> set[tuple[str, str]]:
    """Path and words of each problem; nothing of what can be read."""
    try:
        read()
    except ManifestError as error:
        return {(one.file.removeprefix("HEAD:"), one.message) for one in error.problems}
    return set()


@pytest.mark.parametrize("name", CASES)
def test_a_link_is_told_as_on_the_disk(repository: Path, name: str) -> None:
    for path, lay in CASES[name].items():
        (repository / BELOW / path).parent.mkdir(exist_ok=True)
        lay(repository / BELOW / path)
    commit = committed(repository)
    on_disk = told(lambda: find_sources([BELOW], bytes))
    assert told(lambda: trees.sources_at(commit, [BELOW], "HEAD")) == on_disk
    leads = ("directory", "repository", "link", "beside")
    assert bool(on_disk) is (any(word in name for word in leads) and "hidden" not in name)


def test_from_a_directory_of_the_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / BELOW / "linked").symlink_to("../elsewhere")
    (repository / BELOW / "file").symlink_to("../elsewhere/c.yaml")
    commit = committed(repository)
    monkeypatch.chdir(repository / BELOW)
    found = told(lambda: trees.sources_at(commit, ["."], "HEAD"))
    assert {path for path, _ in found} == {"linked"}


def test_a_path_behind_a_link_is_told_and_not_taken_for_none(repository: Path) -> None:
    (repository / "named").symlink_to("elsewhere")
    commit = committed(repository)
    found = told(lambda: trees.sources_at(commit, ["named/deep"], "HEAD"))
    assert found == {("named/deep", links.TO_DIRECTORY)}


def test_a_submodule_is_told(repository: Path) -> None:
    commit = committed(repository)
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{commit},{BELOW}/module")
    git(repository, "commit", "--quiet", "--message", "y")
    found = told(lambda: trees.sources_at(git(repository, "rev-parse", "HEAD"), [BELOW], "HEAD"))
    assert found == {(f"{BELOW}/module", links.A_SUBMODULE)}


def test_a_link_that_is_no_path_leads_nowhere(repository: Path) -> None:
    """Git keeps what it is given: one of a stranger may be of any size."""
    commit = committed(repository)
    large = repository.parent / "large"
    large.write_bytes(b"x" * (links.MAX_LINK_BYTES + 1))
    linked = git(repository, "hash-object", "-w", str(large))
    git(repository, "update-index", "--add", "--cacheinfo", f"120000,{linked},{BELOW}/linked")
    git(repository, "commit", "--quiet", "--message", "y")
    assert told(lambda: trees.sources_at("HEAD", [BELOW], "HEAD")) == set()
    assert commit


def test_too_many_links_are_refused(repository: Path) -> None:
    for number in range(4):
        os.symlink("a.yaml", repository / BELOW / f"linked-{number}")
    commit = committed(repository)
    with patch.object(links, "MAX_LINKS", 3), pytest.raises(UsageError, match="symbolic links"):
        trees.sources_at(commit, [BELOW], "HEAD")
    assert len(trees.sources_at(commit, [BELOW], "HEAD")) == 2
