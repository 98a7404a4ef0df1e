"""The manifests of a git revision, read from its objects: nothing is checked out and nothing of it runs.

A revision may be a stranger's pull request. Git is asked for plain objects only, with an empty
environment and without the repository's hooks, filters or monitors.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.errors import ManifestError, Problem, UsageError
from reconciler.manifests.guard import MAX_FILE_BYTES, quoted
from reconciler.manifests.sources import MAX_TOTAL_BYTES, Source

_ENDINGS = (".yaml", ".yml")
_REGULAR = ("100644", "100755")
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-replace-objects")
_SECONDS = 120
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "HOME": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
    # Objects are read and nothing is run, so it does not matter whose the repository is.
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}


@dataclass(frozen=True, slots=True)
class Range:
    """Two revisions; without `head`, the base is held against the work tree."""

    base: str
    head: str | None


@dataclass(frozen=True, slots=True)
class _Blob:
    mode: str
    object_id: str
    size: int
    path: str


def parse_range(text: str) -> Range:
    """`BASE..HEAD`, `BASE...HEAD` (from where the two parted) or `BASE`; raises UsageError.

    An empty side stands for HEAD, as git has it.
    """
    dots = "..." if "..." in text else ".."
    base, found, head = text.partition(dots)
    if not found:
        return Range(commit_of(base), None)
    tip = commit_of(head or "HEAD")
    start = commit_of(base or "HEAD")
    return Range(_fork_of(start, tip) if dots == "..." else start, tip)


def commit_of(revision: str) -> str:
    """The commit's ID; raises UsageError for what is no revision here."""
    if not revision.isprintable() or not revision:
        raise UsageError(f"{quoted(revision)} is not a revision", "name a branch, a tag or a commit")
    name = f"{revision}^{{commit}}"
    found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    if found.returncode:
        raise UsageError(
            f"git knows no revision {quoted(revision)} here",
            "fetch it first (a pipeline's clone is often shallow), or correct its name",
        )
    return found.stdout.decode().strip()


def _fork_of(base: str, head: str) -> str:
    found = _git("merge-base", base, head)
    if found.returncode:
        raise UsageError(
            "the two revisions have no common ancestor here", "fetch the whole history, or write BASE..HEAD"
        )
    return found.stdout.decode().strip()


def sources_at(commit: str, paths: Sequence[str], name: str) -> tuple[Source, ...]:
    """Every manifest below the paths as it stands in a commit; none where it has none of them.

    Messages call a file `NAME:path`. Raises ManifestError for what cannot be read.
    """
    problems: list[Problem] = []
    below = [os.path.relpath(path) for path in paths]
    blobs = list(_blobs(commit, below, name, problems))
    if sum(blob.size for blob in blobs) > MAX_TOTAL_BYTES:
        text = f"found more than {MAX_TOTAL_BYTES} bytes in all files; compare them separately"
        problems.append(Problem(name, 0, 0, "", text))
    if problems:
        raise ManifestError(problems)
    wanted = "".join(f"{blob.object_id}\n" for blob in blobs).encode()
    found = _git("cat-file", "--batch", given=wanted)
    if found.returncode:
        raise _unreadable(name)
    return tuple(_cut(found.stdout, blobs, name))


def _unreadable(name: str) -> UsageError:
    return UsageError(
        f"git does not have all objects of {name}", "fetch them: the clone is partial, or it is damaged"
    )


def _blobs(commit: str, paths: Sequence[str], name: str, problems: list[Problem]) -> Iterator[_Blob]:
    listed = _git("ls-tree", "-r", "-l", "-z", commit, "--", *paths)
    if listed.returncode:
        said = listed.stderr.decode(errors="replace").strip()
        raise UsageError(f"git cannot list {name}: {said}", "name a path inside the repository")
    for line in filter(None, listed.stdout.split(b"\0")):
        head, _, raw = line.partition(b"\t")
        mode, kind, object_id, size = head.decode().split()
        path = raw.decode(errors="backslashreplace")
        linked = path in paths and mode not in _REGULAR
        if not linked and (not path.endswith(_ENDINGS) or _is_hidden(path, paths)):
            continue
        if kind == "blob" and not size.isdecimal():
            raise _unreadable(name)
        problem = _problem(mode, kind, size, path)
        if problem:
            problems.append(Problem(f"{name}:{path}" if path.isprintable() else name, 0, 0, "", problem))
        else:
            yield _Blob(mode, object_id, int(size), path)


def _is_hidden(path: str, paths: Sequence[str]) -> bool:
    """Whether a part of the path below those given begins with a dot."""
    given = next((one for one in paths if path == one or path.startswith(f"{one}/")), "")
    parts = path[len(given) :].split("/")
    return path != given and any(part.startswith(".") and part != ".." for part in parts)


def _problem(mode: str, kind: str, size: str, path: str) -> str:
    if not path.isprintable():
        return f"found a file name with characters that cannot be shown, {quoted(path)}; rename it"
    if kind != "blob" or mode not in _REGULAR:
        return "found a symbolic link or a submodule; replace it by the file"
    if int(size) > MAX_FILE_BYTES:
        return f"found more than {MAX_FILE_BYTES} bytes, the most allowed; split this file"
    return ""


def _cut(found: bytes, blobs: Sequence[_Blob], name: str) -> Iterator[Source]:
    at = 0
    for blob in blobs:
        begins = found.index(b"\n", at) + 1
        if found[at : begins - 1] != f"{blob.object_id} blob {blob.size}".encode():
            raise _unreadable(name)
        ends = begins + blob.size
        yield Source(f"{name}:{blob.path}", found[begins:ends])
        at = ends + 1


def _git(*arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """What git answers; of our environment it gets nothing but PATH."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT}
    try:
        return subprocess.run(
            [*_GIT, *arguments], input=given, capture_output=True, env=environment, timeout=_SECONDS
        )
    except FileNotFoundError as error:
        raise UsageError("git is not installed", "install it, or name two directories") from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"git {arguments[0]} took more than {_SECONDS} s", "try again") from error
