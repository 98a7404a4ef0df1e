"""The manifests of a git revision, read from its objects: nothing is checked out and nothing of it runs.

A revision may be a stranger's pull request. Git is asked for plain objects only, with an empty
environment and without the repository's hooks, filters or monitors.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.errors import ManifestError, Problem, UsageError
from reconciler.manifests.loading.sources import ENDINGS, Room, Source, misspelt
from reconciler.manifests.reading.guard import MAX_FILE_BYTES, quoted
from reconciler.manifests.revisions.git import Asked, ask, asking
from reconciler.manifests.revisions.links import (
    A_SUBMODULE,
    LINK,
    SUBMODULE,
    TO_DIRECTORY,
    linked_parents,
    links_to_directories,
)
from reconciler.manifests.revisions.repository import check_repository

MAX_TREE_ENTRIES = 250_000
"""Files that git lists of one revision, manifests or not: a few trees that hold each other name billions."""
MAX_PATH_BYTES = 4096

_REGULAR = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class Range:
    """Two revisions; without `head`, the base is held against the work tree."""

    base: str
    head: str | None


@dataclass(frozen=True, slots=True)
class _Blob:
    object_id: str
    path: str


def parse_range(text: str, directory: str) -> Range:
    """`BASE..HEAD`, `BASE...HEAD` (from where the two parted) or `BASE`; raises UsageError.

    An empty side stands for HEAD, as git has it. `directory` is the working directory.
    """
    check_repository(directory)
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
        raise UsageError(f"{quoted(revision)} is not a revision", "use a branch, a tag or a commit")
    name = f"{revision}^{{commit}}"
    found = ask("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    if found.code:
        raise UsageError(
            f"unknown git revision {quoted(revision)}",
            "fetch it first (CI clones are often shallow), or correct its name",
        )
    return found.printed.decode().strip()


def _fork_of(base: str, head: str) -> str:
    found = ask("merge-base", base, head)
    if found.code:
        raise UsageError(
            "the two revisions have no common ancestor in this clone",
            "fetch the full history, or use BASE..HEAD",
        )
    return found.printed.decode().strip()


def sources_at(commit: str, paths: Sequence[str], name: str) -> tuple[Source, ...]:
    """Every manifest below the paths as it stands in a commit; none where it has none of them.

    Messages call a file `NAME:path`. Raises ManifestError for what cannot be read.
    """
    problems: list[Problem] = []
    below, links = [os.path.relpath(path) for path in paths], dict[str, str]()
    with asking("ls-tree", "-r", "-z", commit, "--", *below) as listing:
        blobs = list(_blobs(_entries(listing, name), below, name, problems, links))
        if problems:
            raise ManifestError(problems)
        if listing.code():
            raise UsageError(f"git cannot list {name}: {listing.said}", "use a path inside the repository")
    problems = [Problem(f"{name}:{path}", 0, 0, "", TO_DIRECTORY) for path in _linked(commit, below, links)]
    if problems:
        raise ManifestError(problems)
    wanted = "".join(f"{blob.object_id}\n" for blob in blobs).encode()
    sizes = _sizes(wanted, blobs, name)
    with asking("cat-file", "--batch", given=wanted) as objects:
        found = tuple(_cut(_Reader(objects), blobs, sizes, name))
        if objects.code():
            raise _unreadable(name)
    return found


def _linked(commit: str, below: Sequence[str], links: Mapping[str, str]) -> Iterator[str]:
    """What stands for directories whose manifests git does not list."""
    yield from linked_parents(commit, below)
    if links:
        yield from links_to_directories(commit, links)


def objects_below(commit: str, directory: str, paths: Sequence[str]) -> dict[str, str]:
    """The object ID of each manifest below the paths in a commit; both are relative to the directory.

    Raises UsageError or ManifestError where git cannot list them, or what it lists can be no manifests.
    """
    problems: list[Problem] = []
    with asking("-C", directory, "ls-tree", "-r", "-z", commit, "--", *paths) as listing:
        blobs = list(_blobs(_entries(listing, commit), paths, commit, problems, {}))
        if problems:
            raise ManifestError(problems)
        if listing.code():
            raise UsageError(f"git cannot list {commit}: {listing.said}")
    return {os.path.normpath(blob.path): blob.object_id for blob in blobs}


def _sizes(wanted: bytes, blobs: Sequence[_Blob], name: str) -> list[int]:
    """How many bytes each has; raises ManifestError for what is too much."""
    room, problems, sizes = Room(), [], []
    with asking("cat-file", "--batch-check", given=wanted) as objects:
        lines = _Reader(objects)
        for blob in blobs:
            size = lines.line().removeprefix(f"{blob.object_id} blob ".encode())
            if not size.isdigit():
                raise _unreadable(name)
            sizes.append(int(size))
            if sizes[-1] > MAX_FILE_BYTES:
                text = f"the file is larger than the limit of {MAX_FILE_BYTES} bytes; split it"
                problems.append(Problem(f"{name}:{blob.path}", 0, 0, "", text))
            elif full := room.hold(sizes[-1]):
                problems.append(Problem(name, 0, 0, "", full))
                break
    if problems:
        raise ManifestError(problems)
    return sizes


def _unreadable(name: str) -> UsageError:
    return UsageError(f"git is missing objects of {name}", "fetch them: the clone is partial or damaged")


def _entries(listing: Asked, name: str) -> Iterator[bytes]:
    """What git lists, one file at a time; raises UsageError where there is no end of it."""
    count, begun = 0, b""
    for piece in listing.pieces():
        *whole, begun = (begun + piece).split(b"\0")
        count += len(whole)
        if count > MAX_TREE_ENTRIES or max(map(len, (begun, *whole))) > MAX_PATH_BYTES:
            raise UsageError(
                f"{name} has more than {MAX_TREE_ENTRIES} files below the paths, or a path longer than "
                f"{MAX_PATH_BYTES} bytes",
                "pass the path of the manifests",
            )
        yield from whole


def _blobs(
    entries: Iterator[bytes],
    paths: Sequence[str],
    name: str,
    problems: list[Problem],
    links: dict[str, str],
) -> Iterator[_Blob]:
    """The manifests among them; what cannot be used as one is added to the problems, and links to those."""
    room = Room()
    for line in entries:
        head, _, raw = line.partition(b"\t")
        mode, kind, object_id = head.decode().split()
        path = raw.decode(errors="backslashreplace")
        linked = path in paths and mode not in _REGULAR
        objection = misspelt(path)
        if not linked and _is_hidden(path, paths):
            continue
        if not (linked or objection or mode == SUBMODULE or path.endswith(ENDINGS)):
            if mode == LINK:
                links[path] = object_id
            continue
        full = room.name(path)
        problem = full or _problem(mode, kind, path) or objection
        if not problem:
            yield _Blob(object_id, path)
            continue
        place = f"{name}:{path}" if path.isprintable() and not full else name
        problems.append(Problem(place, 0, 0, "", problem))
        if full:
            return


def _is_hidden(path: str, paths: Sequence[str]) -> bool:
    """Whether a part of the path below those given begins with a dot."""
    given = next((one for one in paths if path == one or path.startswith(f"{one}/")), "")
    parts = path[len(given) :].split("/")
    return path != given and any(part.startswith(".") and part != ".." for part in parts)


def _problem(mode: str, kind: str, path: str) -> str:
    if not path.isprintable():
        return f"found a file name with unprintable characters, {quoted(path)}; rename it"
    if mode == SUBMODULE:
        return A_SUBMODULE
    if kind != "blob" or mode not in _REGULAR:
        return "found a symbolic link; replace it with the file"
    return ""


class _Reader:
    """What git prints, by lines and by numbers of bytes."""

    def __init__(self, asked: Asked) -> None:
        self._pieces = asked.pieces()
        self._rest = b""

    def line(self) -> bytes:
        """Up to the next end of a line, or of everything."""
        while b"\n" not in self._rest and len(self._rest) <= MAX_PATH_BYTES and self._more():
            pass
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def exactly(self, count: int) -> bytes:
        """So many bytes, or fewer where there are no more."""
        found, missing = [self._rest[:count]], count - len(self._rest)
        self._rest = self._rest[count:]
        while missing > 0 and self._more():
            found.append(self._rest[:missing])
            missing, self._rest = missing - len(self._rest), self._rest[missing:]
        return b"".join(found)

    def _more(self) -> bool:
        piece = next(self._pieces, b"")
        self._rest += piece
        return bool(piece)


def _cut(objects: _Reader, blobs: Sequence[_Blob], sizes: Sequence[int], name: str) -> Iterator[Source]:
    for blob, size in zip(blobs, sizes, strict=True):
        if objects.line() != f"{blob.object_id} blob {size}".encode():
            raise _unreadable(name)
        data = objects.exactly(size)
        if objects.exactly(1) != b"\n":
            raise _unreadable(name)
        yield Source(f"{name}:{blob.path}", data)
    objects.line()  # lets git see that it may end
