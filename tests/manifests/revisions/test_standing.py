"""Which revision manifests are of, and that nothing is said where git does not know."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.manifests.revisions import git as revisions_git
from reconciler.manifests.revisions.standing import Revision, is_older, revision_of

from .repositories import STREAM, WORKSPACE, git, plain

MANIFESTS = "manifests"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return plain(tmp_path / "repository")


def found(repository: Path, *paths: str) -> Revision:
    revision = revision_of([str(repository / path) for path in paths or (MANIFESTS,)])
    assert revision is not None
    return revision


def test_manifests_as_committed_are_clean(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    for paths in ((), (f"{MANIFESTS}/film.yaml",), (f"{MANIFESTS}/film.yaml", f"{MANIFESTS}/workspace.yaml")):
        revision = found(repository, *paths)
        assert (revision.commit, revision.clean) == (head, True), paths


def untracked(repository: Path) -> None:
    (repository / MANIFESTS / "new.yaml").write_text(STREAM)


def edited(repository: Path) -> None:
    (repository / MANIFESTS / "film.yaml").write_text(STREAM)


def staged(repository: Path) -> None:
    edited(repository)
    git(repository, "add", "--all")


def removed(repository: Path) -> None:
    (repository / MANIFESTS / "film.yaml").unlink()


def renamed(repository: Path) -> None:
    (repository / MANIFESTS / "film.yaml").rename(repository / MANIFESTS / "movie.yaml")


def ignored(repository: Path) -> None:
    (repository / ".gitignore").write_text("local.yaml\n")
    (repository / MANIFESTS / "local.yaml").write_text(STREAM)


@pytest.mark.parametrize("change", [untracked, edited, staged, removed, renamed, ignored])
def test_manifests_that_are_otherwise_are_not(repository: Path, change: Callable[[Path], None]) -> None:
    change(repository)
    assert not found(repository).clean


def test_what_is_no_manifest_makes_them_no_less_clean(repository: Path) -> None:
    (repository / "notes.txt").write_text("x")
    (repository / MANIFESTS / "README").write_text("x")
    (repository / MANIFESTS / ".hidden.yaml").write_text("x")
    assert found(repository).clean


def test_a_link_leads_to_the_repository_it_is_of(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repository / MANIFESTS)
    revision = revision_of([str(tmp_path / "link")])
    assert revision is not None and revision.clean


def test_where_nothing_is_known_nothing_is_said(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "workspace.yaml").write_text(WORKSPACE)
    assert revision_of([str(alone)]) is None
    assert revision_of(["-"]) is None and revision_of([str(repository / MANIFESTS), "-"]) is None
    assert revision_of([str(repository / MANIFESTS), str(alone)]) is None, "two places, one of no repository"
    git(alone, "init", "--quiet")
    assert revision_of([str(alone)]) is None, "nothing was ever committed"
    monkeypatch.setattr(revisions_git, "OLDEST_GIT", (99, 0))
    assert revision_of([str(repository / MANIFESTS)]) is None
    monkeypatch.setenv("PATH", str(alone))
    revisions_git._version.cache_clear()
    assert revision_of([str(repository / MANIFESTS)]) is None


def test_an_ancestor_is_older_and_nothing_else(repository: Path) -> None:
    head, base = (git(repository, "rev-parse", name) for name in ("change", "main"))
    git(repository, "checkout", "--quiet", "-b", "other", "main")
    (repository / "other").write_text("x")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "other")
    other = found(repository)
    old = Revision(base, True, other.directory)
    assert is_older(old, head) and is_older(old, other.commit)
    assert not is_older(old, base), "the same is not older"
    assert not is_older(other, head) and not is_older(other, base)
    for nonsense in ("", "main", "0" * 40, "--help", f"{head}^"):
        assert not is_older(old, nonsense), nonsense


def test_of_a_shallow_clone_only_what_it_knows_is_said(repository: Path, tmp_path: Path) -> None:
    head, base = (git(repository, "rev-parse", name) for name in ("change", "main"))
    shallow = tmp_path / "shallow"
    git(
        tmp_path, "clone", "--quiet", "--depth", "1", "--branch", "main", f"file://{repository}", str(shallow)
    )
    revision = found(shallow)
    assert (revision.commit, revision.clean) == (base, True)
    assert not is_older(revision, head), "what it does not have"
    whole = tmp_path / "whole"
    git(tmp_path, "clone", "--quiet", "--branch", "main", f"file://{repository}", str(whole))
    assert is_older(found(whole), head)


def test_objects_that_are_not_there_are_no_reason_to_say_anything(repository: Path) -> None:
    directory = found(repository).directory
    shutil.rmtree(repository / ".git" / "objects")
    (repository / ".git" / "objects").mkdir()
    assert revision_of([str(repository / MANIFESTS)]) is None
    assert not is_older(Revision("0" * 40, True, directory), "1" * 40)
