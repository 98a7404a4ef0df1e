"""What the files of manifests are known by without reading them, and whether something is at work in them."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from reconciler.manifests.loading.sources import ENDINGS, MAX_ENTRIES
from reconciler.model import digest


def fingerprint(paths: Sequence[str]) -> str:
    """A digest of the names, sizes, inodes and times of all manifests below the paths.

    A path that cannot be looked at counts as one without files: reading it says why.
    """
    found = sorted(islice(_stats(paths), MAX_ENTRIES))
    return digest(*(f"{name}\0{rest}" for name, rest in found))


def contents(paths: Sequence[str]) -> str:
    """A digest of the names and contents of all manifests below the paths: the same on every machine.

    A file that cannot be read counts as an empty one: reading it says why.
    """
    found = []
    for number, path in enumerate(paths):
        for name, _ in sorted(islice(_stats([path]), MAX_ENTRIES)):
            found.append(f"{number}\0{os.path.relpath(name, path)}\0{_digest_of(name)}")
    return digest(*found)


def is_busy(paths: Sequence[str]) -> bool:
    """Whether git is at work in the work tree that one of the paths is in.

    While git checks out another revision it holds the index's lock, and some files are of the one revision
    and some of the other: what is missing then was not removed by anybody.
    """
    return any(os.path.lexists(os.path.join(git, "index.lock")) for git in _git_directories(paths))


def _stats(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        if not os.path.isdir(path):
            yield from _stat(path)
            continue
        for folder, directories, files in os.walk(path):
            directories[:] = [one for one in directories if not one.startswith(".")]
            for name in files:
                if name.endswith(ENDINGS) and not name.startswith("."):
                    yield from _stat(os.path.join(folder, name))


def _stat(path: str) -> Iterator[tuple[str, str]]:
    try:
        found = os.stat(path)
    except OSError:
        return
    yield path, f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def _digest_of(name: str) -> str:
    try:
        with open(name, "rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""


def _git_directories(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        folder = os.path.realpath(path)
        while True:
            git = os.path.join(folder, ".git")
            if os.path.isdir(git):
                yield git
                break
            if os.path.isfile(git):
                yield from _linked(git)
                break
            above = os.path.dirname(folder)
            if above == folder:
                break
            folder = above


def _linked(file: str) -> Iterator[str]:
    """The directory that a linked work tree keeps its index in, as its `.git` file names it."""
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            text = opened.read(4096)
    except OSError:
        return
    name, _, directory = text.partition(":")
    if name == "gitdir":
        yield os.path.join(os.path.dirname(file), directory.strip())
