"""Whether what became of an input is what has to: clean, placed, silent about secrets, within memory."""

import re
import unicodedata
from collections.abc import Iterator

from .expectations import PLANTED, Expected
from .measure import Ran

MOST_MEMORY = 150 * 2**20
"""Bytes that a whole process may hold, the interpreter and all it has loaded included."""

_PLACED = re.compile(r"(?:error|warning): \S+?:[1-9][0-9]*:[1-9][0-9]*: \S")
# What has no place: the count at the end, and what is said of a file or of all of them together.
_UNPLACED = re.compile(
    r"error: (?:\d+ problems? in the manifests$"
    r"|\S+: found \d+ problems and stopped"
    r"|\S+: (?:found more than|the file is larger than the limit of) \d+ bytes"
    r"|\S+: no \w+ in the manifests)"
)
_NOT_SHOWN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def faults(ran: Ran, expected: Expected) -> list[str]:
    """All that is wrong with how a run went; nothing if it is as it has to be."""
    unplaced = () if not expected.placed else _without_place(ran)
    return [*_of_the_end(ran, expected), *_of_the_texts(ran), *unplaced]


def _of_the_end(ran: Ran, expected: Expected) -> Iterator[str]:
    if ran.code != expected.code:
        yield f"exit code {ran.code} instead of {expected.code}: {ran.err[:500]}"
    said = ran.err if expected.code else ran.out
    if not re.search(expected.says, said, re.MULTILINE):
        yield f"says nothing like {expected.says}: {said[:500]}"
    if ran.peak > MOST_MEMORY:
        yield f"took {ran.peak / 2**20:.0f} MiB of memory"


def _of_the_texts(ran: Ran) -> Iterator[str]:
    for text in ("Traceback", "a bug in reconciler"):
        if text in ran.err:
            yield f"{text}: {ran.err[-500:]}"
    if found := PLANTED.search(ran.out + ran.err):
        yield f"shows a secret, or a part of it: {found[0]}"
    for line in (*ran.out.splitlines(), *ran.err.splitlines()):
        bad = [char for char in line if unicodedata.category(char) in _NOT_SHOWN]
        if bad:
            yield f"shows {bad[0]!a} in {line!a}"


def _without_place(ran: Ran) -> Iterator[str]:
    for line in ran.err.splitlines():
        if not _PLACED.match(line) and not _UNPLACED.match(line):
            yield f"a line without a place: {line[:300]}"
