"""Path arguments -> the bytes of every manifest file below them.

A directory may come from a stranger's pull request. So nothing but regular files inside the
given directory is read: no pipe that never ends, no device, and no link that leads out of it,
not even one that is put there between looking and opening.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from reconciler.errors import ManifestError, Problem, exhausted
from reconciler.manifests.reading.guard import MAX_FILE_BYTES, quoted

# All files are in memory at once. A workspace of 100,000 streams has some 120 MB.
MAX_TOTAL_BYTES = 4 * MAX_FILE_BYTES
MAX_FILES = 50_000
MAX_NAMES_BYTES = 8 * 1024 * 1024
MAX_ENTRIES = 1_000_000
"""Files and directories that are looked at below the given directories, manifests or not."""
MAX_PROBLEMS = 5000

ENDINGS = (".yaml", ".yml")
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DIRECTORY_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Source:
    """One file's content; messages call it `name`: the path as typed, joined with what is below."""

    name: str
    data: bytes


def find_sources(paths: Sequence[str], stdin: Callable[[], bytes]) -> tuple[Source, ...]:
    """Every manifest file that the paths name, each once; raises one ManifestError with all problems.

    A path is a file, a directory (every *.yaml and *.yml below it, sorted by path), or `-` for
    what `stdin` gives. Hidden files and directories below a directory are left out.
    """
    finder = _Finder(stdin)
    for path in dict.fromkeys(paths):
        finder.visit(path)
    if finder.problems:
        raise ManifestError(finder.problems)
    return tuple(finder.sources)


class Room:
    """How much more is taken of one set of manifests: files, the bytes of their names, what they hold."""

    def __init__(self) -> None:
        self._files = self._names = self._bytes = 0

    def name(self, path: str) -> str:
        """Counts a file; "" or why it is one too many."""
        self._files += 1
        self._names += len(path)
        if self._files > MAX_FILES:
            return (
                f"found more than {MAX_FILES} files; pass fewer paths, or put more documents into each file"
            )
        if self._names > MAX_NAMES_BYTES:
            return f"found file names of more than {MAX_NAMES_BYTES} bytes in total; pass fewer paths"
        return ""

    def hold(self, size: int) -> str:
        """Counts what a file holds; "" or why it is too much."""
        refusal = self.refusal(size)
        self._bytes += size
        return refusal

    def refusal(self, size: int) -> str:
        """Why so much more would be too much; "" where it is not."""
        if self._bytes + size > MAX_TOTAL_BYTES:
            return f"found more than {MAX_TOTAL_BYTES} bytes in all files; pass fewer paths"
        return ""


class _Unusable(Exception):
    """A file cannot be used; the message says why and what to do."""


class _Finder:
    """What was found so far, and which files were read already, known by device and inode."""

    def __init__(self, stdin: Callable[[], bytes]) -> None:
        self.sources: list[Source] = []
        self.problems: list[Problem] = []
        self._stdin = stdin
        self._seen: set[tuple[int, int]] = set()
        self._room = Room()
        self._entries_left = MAX_ENTRIES

    def visit(self, path: str) -> None:
        """Reads what one path argument names."""
        if path == "-":
            self._try(path, lambda: self._keep(path, self._stdin()))
        elif os.path.isdir(path):
            self._directory(path)
        else:
            self._try(path, lambda: self._read(path, _open_typed(path)))

    def _directory(self, path: str) -> None:
        root, before = os.path.realpath(path), len(self.problems)
        try:
            found = sorted(self._below(path, root))
        except _Unusable as error:
            self._problem(path, str(error))
            return
        if not found and len(self.problems) == before:
            self._problem(path, f"no *.yaml or *.yml files below {quoted(path)}; pass another path")
        size = 0
        for relative in found:
            size += _size(os.path.join(root, relative))
            if too_much := self._room.refusal(size):  # before any of them is in memory
                self._problem(os.path.join(path, relative), too_much)
                return
        for relative in found:
            self._file_below(path, root, relative)

    def _file_below(self, path: str, root: str, relative: str) -> None:
        name = os.path.join(path, relative)
        if not relative.isprintable():
            message = "found a file name with unprintable characters; rename it"
            self._problem(quoted(name), message)
            return
        self._try(name, lambda: self._read(name, _open_below(root, relative)))

    def _below(self, path: str, root: str) -> Iterator[str]:
        waiting = [""]
        while waiting:
            directory = waiting.pop()
            name = os.path.join(path, directory) if directory else path
            for entry, is_directory in self._entries(name, os.path.join(root, directory)):
                relative = os.path.join(directory, entry.name)
                if is_directory:
                    waiting.append(relative)
                elif objection := _objection(entry):
                    self._problem(os.path.join(path, relative), objection)
                elif entry.name.endswith(ENDINGS):
                    _refuse(self._room.name(relative))
                    yield relative

    def _entries(self, name: str, real: str) -> list[tuple[os.DirEntry[str], bool]]:
        """What stands in a directory, each with whether it is a directory itself."""
        try:
            with os.scandir(real) as entries:
                # Some file systems do not tell what an entry is, and asking can be refused.
                found = list(islice(entries, self._entries_left + 1))
                self._entries_left -= len(found)
                if self._entries_left < 0:
                    raise _Unusable(f"found more than {MAX_ENTRIES} files; pass the paths of the manifests")
                shown = (entry for entry in found if not entry.name.startswith("."))
                return [(entry, entry.is_dir(follow_symlinks=False)) for entry in shown]
        except OSError as error:
            _told_otherwise(error)
            self._problem(name, _reason(error))
            return []

    def _try(self, name: str, read: Callable[[], None]) -> None:
        try:
            read()
        except (OSError, ValueError) as error:
            _told_otherwise(error)
            self._problem(name, _reason(error))
        except _Unusable as error:
            self._problem(name, str(error))

    def _read(self, name: str, descriptor: int) -> None:
        with open(descriptor, "rb") as file:
            # Asked of the open file: what the path names may have changed since it was looked at.
            status = os.fstat(descriptor)
            _check(status)
            if (status.st_dev, status.st_ino) in self._seen:
                return
            self._seen.add((status.st_dev, status.st_ino))
            data: bytes | None = file.read(MAX_FILE_BYTES + 1)
            if data is None:  # some of the kernel's files would have us wait
                raise _Unusable("found a file that has no data yet; use - for standard input")
            self._keep(name, data)

    def _keep(self, name: str, data: bytes) -> None:
        _check_size(len(data))
        _refuse(self._room.hold(len(data)))
        self.sources.append(Source(name, data))

    def _problem(self, name: str, message: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(name, 0, 0, "", message))


def _refuse(reason: str) -> None:
    if reason:
        raise _Unusable(reason)


def _told_otherwise(error: Exception) -> None:
    """Raises ExhaustedError where a failure is this machine's, and no file's."""
    if (spent := exhausted(error)) is not None:
        raise spent from error


def misspelt(name: str) -> str:
    """Why a file that is meant as a manifest would be left out by its name; "" of any other."""
    if name.endswith(ENDINGS) or not name.lower().endswith(ENDINGS):
        return ""
    ending = os.path.splitext(name)[1]
    return f"found a file that ends in {ending}; manifests must end in .yaml or .yml, so rename it"


def _objection(entry: os.DirEntry[str]) -> str:
    """Why something that is no directory cannot be left out in silence, nor be read."""
    if entry.is_symlink() and _leads_to_directory(entry):
        return (
            "found a symbolic link to a directory, which is not followed; replace it with the directory, or "
            "pass the directory as a path"
        )
    return misspelt(entry.name)


def _leads_to_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link that leads nowhere: opening it will say so


def _open_typed(path: str) -> int:
    # A link that the user typed is the user's own choice.
    return os.open(os.path.realpath(path), _FILE_FLAGS)


def _open_below(root: str, relative: str) -> int:
    # Links are resolved first and then none is followed, component by component.
    inside = os.path.relpath(os.path.realpath(os.path.join(root, relative)), root)
    *directories, last = inside.split(os.sep)
    if os.pardir in directories[:1] or last == os.pardir:
        raise _Unusable(
            "found a symbolic link that leads out of the given directory; replace it with the file"
        )
    at = os.open(root, _DIRECTORY_FLAGS)
    try:
        for directory in directories:
            at, above = os.open(directory, _DIRECTORY_FLAGS, dir_fd=at), at
            os.close(above)
        return os.open(last, _FILE_FLAGS, dir_fd=at)
    finally:
        os.close(at)


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _Unusable("not a regular file; use - for standard input")
    _check_size(status.st_size)


def _check_size(size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise _Unusable(f"the file is larger than the limit of {MAX_FILE_BYTES} bytes; split it")


def _size(path: str) -> int:
    """The bytes of a file that may be read; 0 of what is refused by itself."""
    try:
        size = os.stat(path).st_size
    except (OSError, ValueError):
        return 0
    return size if size <= MAX_FILE_BYTES else 0


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or directory; check the path, or create a workspace with `reconciler init`"
    if isinstance(error, PermissionError):
        return "permission denied; check its permissions"
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror}"
    return "not a valid path; check it"
