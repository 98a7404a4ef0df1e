"""Which revision manifests are of, and whether another one came after it.

Nothing is checked out, run or fetched. Without git, outside of a repository, and wherever git does not
know a commit, as in a shallow clone, nothing is said.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path

from reconciler.errors import ManifestError, UsageError
from reconciler.manifests.loading.sources import find_sources
from reconciler.manifests.revisions.git import ask
from reconciler.manifests.revisions.repository import check_repository
from reconciler.manifests.revisions.trees import objects_below

_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Revision:
    """The commit that manifests are of; `clean` tells whether they are just as they stand in it.

    `directory` is one of the repository's, in which git can be asked about it.
    """

    commit: str
    clean: bool
    directory: str


def revision_of(paths: Sequence[str]) -> Revision | None:
    """The revision of the manifests below the paths; None where that is not known."""
    if "-" in paths:
        return None
    real = [os.path.realpath(path) for path in paths]
    directory = real[0] if os.path.isdir(real[0]) else os.path.dirname(real[0])
    if not any(os.path.lexists(one / ".git") for one in (Path(directory), *Path(directory).parents)):
        return None
    try:
        check_repository(directory)
        found = ask("-C", directory, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        commit = found.printed.decode().strip()
        if found.code or not _COMMIT.fullmatch(commit):
            return None
        below = [os.path.relpath(path, directory) for path in real]
        committed = objects_below(commit, directory, below)
        here = {
            os.path.relpath(os.path.realpath(source.name), directory): _object_id(source.data, commit)
            for source in find_sources(paths, bytes)
        }
    except (UsageError, ManifestError, OSError, UnicodeError):
        return None
    return Revision(commit, committed == here, directory)


def is_older(revision: Revision, other: str) -> bool:
    """Whether another commit is known to have come after this one."""
    if not _COMMIT.fullmatch(other) or other == revision.commit:
        return False
    try:
        answer = ask("-C", revision.directory, "merge-base", "--is-ancestor", revision.commit, other)
    except UsageError:
        return False
    return answer.code == 0


def _object_id(data: bytes, commit: str) -> str:
    """What git calls a file of this content in the repository of a commit."""
    made = sha1(usedforsecurity=False) if len(commit) == 40 else sha256()
    made.update(b"blob %d\0" % len(data))
    made.update(data)
    return made.hexdigest()
