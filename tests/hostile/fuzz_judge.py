"""Reads an input in this process, by the reader and by the whole loader, and says what was wrong with that.

What may come of an input is a ManifestError or a UsageError, or nothing; anything else that is raised
is one of the faults.
"""

import re
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.errors import ManifestError, Problem, UsageError
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import load
from reconciler.manifests.reading.reader import read_documents

from .expectations import WORKSPACE
from .fuzz_secrets import PLACES, Secret

NAME = "input.yaml"
STDIN = "-"
MOST_CHARACTERS = 1000
"""Of a message, without the path before it: a longer one is no help to anybody."""

_BREAK = re.compile(rb"\r\n|\r|\n")
_OF_A_FILE = re.compile(r"found \d+ problems and stopped|found \d+ bytes, but|no Workspace in the manifests")
"""What is said of a file as a whole, or of all of them together, and has no line."""
_ENDS = {
    tuple(part for part in ("spec", *path) if isinstance(part, str))[-2:]
    for paths in PLACES.values()
    for path in paths
}
_AT_A_SECRET = re.compile("|".join(rf"\b{above}(?:\[\d+\])?\.{name}\b" for above, name in sorted(_ENDS)))


@dataclass(frozen=True, slots=True)
class Input:
    """What is read; `alone` without a workspace beside it.

    `secret` stands somewhere in it. If it stands where a secret belongs for certain (`placed`), nothing
    may show it; otherwise no problem of a field for secrets may, and none without a field.
    """

    data: bytes
    alone: bool
    secret: Secret | None = None
    placed: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of an input: the problems and warnings, what was wrong with them, and how long it took."""

    told: tuple[Problem, ...]
    faults: tuple[str, ...]
    seconds: float
    """Of the processor's time, of the longer of the two readings."""


def judge(one: Input) -> Judged:
    """Reads the input twice, and looks at all that is said of it."""
    paths = [STDIN] if one.alone else [str(WORKSPACE), STDIN]
    told: list[Problem] = []
    faults: list[str] = []
    seconds = 0.0
    for read in (
        lambda: _read(one.data),
        lambda: load(paths, lambda: one.data, LoadContext()).warnings,
    ):
        began = time.process_time()
        found, broken = _came_of(read)
        seconds = max(seconds, time.process_time() - began)
        told += found
        faults += broken
    lines = _lines(one.data)
    files = {NAME: lines, STDIN: lines, str(WORKSPACE): _lines(WORKSPACE.read_bytes())}
    faults += [f"{fault}: {problem!r}" for problem in told for fault in _faults(problem, files, one)]
    return Judged(tuple(told), tuple(faults), seconds)


def _lines(data: bytes) -> list[bytes]:
    return _BREAK.split(data)


def _read(data: bytes) -> Iterable[Problem]:
    for _ in read_documents(data, NAME):
        pass
    return ()


def _came_of(read: Callable[[], Iterable[Problem]]) -> tuple[Iterable[Problem], list[str]]:
    try:
        return read(), []
    except ManifestError as error:
        return error.problems, [] if error.problems else ["a ManifestError without a problem"]
    except UsageError as error:
        return [Problem("", 0, 0, "", error.message)], []
    except Exception:
        return [], [traceback.format_exc()]


def _faults(problem: Problem, files: Mapping[str, Sequence[bytes]], one: Input) -> Iterator[str]:
    text = str(problem)
    if not text.isprintable():
        yield "shows a character that cannot be shown"
    if len(problem.message) > MOST_CHARACTERS:
        yield f"is {len(problem.message)} characters long"
    if not problem.line:
        if problem.column or not _OF_A_FILE.match(problem.message):
            yield "has no place"
    elif not _is_in(problem, files):
        yield "has a place that is not in its file"
    if one.secret is not None and one.secret.shown_in(text):
        at_a_secret = not problem.path or _AT_A_SECRET.search(problem.path)
        if one.placed or at_a_secret:
            yield "shows a secret"


def _is_in(problem: Problem, files: Mapping[str, Sequence[bytes]]) -> bool:
    lines = files.get(problem.file, ())
    if not 1 <= problem.line <= len(lines):
        return False
    return 1 <= problem.column <= len(lines[problem.line - 1].decode(errors="replace")) + 1
