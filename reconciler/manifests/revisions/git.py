"""Git, asked so that it runs no other program, does not wait, and does not answer without end.

A repository may be a stranger's, settings and all: `.git/config` can name programs for a dozen
occasions, a promisor remote has missing objects fetched by whatever its address says, a pipe below
`.git` waits for ever, and a few small trees that hold each other are a listing of billions of files.
So only commands that read objects are asked, with an environment of our own and every protocol refused,
and what they print is read in pieces, within limits of bytes, time and memory.
"""

import os
import re
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import IO

from reconciler.errors import UsageError

OLDEST_GIT = (2, 32)
"""The first that can be told to look at no configuration but the repository's (GIT_CONFIG_GLOBAL)."""
GIT_SECONDS = 60.0
MAX_ANSWER_BYTES = 64 * 1024
"""Of an answer that is read as a whole; more is no answer to what was asked."""
MAX_COMPLAINT_BYTES = 4096
MAX_GIT_MEMORY_BYTES = 1024 * 1024 * 1024
"""Of git's own process, where the system can limit it: an object of its own making inflates to anything."""

_PIECE = 64 * 1024
_ALWAYS = (
    *("--no-pager", "--no-replace-objects", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
)
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "HOME": os.devnull,
    # No protocol is allowed, so nothing is fetched: every version knows the first, newer ones the second.
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    # Objects are read and nothing is run, so it does not matter whose the repository is.
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}
_VERSION = re.compile(rb"git version (\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """How git ended, what it printed, and the beginning of what it said beside it."""

    code: int
    printed: bytes
    said: str


class Asked:
    """One command under way: what it prints comes in pieces, how it ended after the last of them."""

    def __init__(self, process: "subprocess.Popen[bytes]", name: str, given: bytes) -> None:
        self._process = process
        self._name = name
        self._given = memoryview(given)
        self._end = time.monotonic() + GIT_SECONDS
        self._said = bytearray()

    @property
    def said(self) -> str:
        """The beginning of what it said on standard error."""
        return self._said.decode(errors="replace").strip()

    def pieces(self) -> Iterator[bytes]:
        """What it prints; raises UsageError when its time is over."""
        serving = zip(self._streams(), (self._feed, self._print, self._listen), strict=True)
        with selectors.DefaultSelector() as selector:
            for stream, serve in serving:
                os.set_blocking(stream.fileno(), False)
                event = selectors.EVENT_READ if stream.readable() else selectors.EVENT_WRITE
                selector.register(stream, event, (stream, serve))
            while selector.get_map():
                for key, _ in selector.select(self._left()):
                    stream, serve = key.data
                    piece = serve(stream)
                    if piece is None:
                        selector.unregister(stream)
                        stream.close()
                    elif piece:
                        yield piece

    def code(self) -> int:
        """How it ended; raises UsageError if it has not in time."""
        try:
            return self._process.wait(self._left())
        except subprocess.TimeoutExpired:
            raise self._late() from None

    def stop(self) -> None:
        """Ends it, and what it may have started, at once."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in self._streams():
            stream.close()

    def _streams(self) -> list[IO[bytes]]:
        process = self._process
        return [one for one in (process.stdin, process.stdout, process.stderr) if one is not None]

    def _left(self) -> float:
        """Seconds; raises UsageError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self._late()
        return left

    def _late(self) -> UsageError:
        return UsageError(
            f"git {self._name} took longer than {GIT_SECONDS:g} s",
            "check whether something in .git blocks it, or pass the path of the manifests",
        )

    def _feed(self, stream: IO[bytes]) -> bytes | None:
        if not self._given:
            return None
        try:
            self._given = self._given[os.write(stream.fileno(), self._given[:_PIECE]) :]
        except BrokenPipeError:
            return None
        return b""

    def _print(self, stream: IO[bytes]) -> bytes | None:
        return os.read(stream.fileno(), _PIECE) or None

    def _listen(self, stream: IO[bytes]) -> bytes | None:
        piece = os.read(stream.fileno(), _PIECE)
        self._said += piece[: MAX_COMPLAINT_BYTES - len(self._said)]
        return b"" if piece else None


@contextmanager
def asking(*arguments: str, given: bytes = b"") -> Iterator[Asked]:
    """A command of git's, with its standard input; whatever becomes of the block, it has ended after it.

    Raises UsageError where there is no git, or one that is too old to be safe.
    """
    path = _search_path()
    version = _version(path)
    if version < OLDEST_GIT:
        found, oldest = (".".join(map(str, one)) for one in (version, OLDEST_GIT))
        raise UsageError(
            f"git {found} is too old to be safe with an untrusted repository",
            f"install git {oldest} or newer, or compare two directories",
        )
    asked = Asked(_started(path, *_ALWAYS, *arguments), arguments[0], given)
    try:
        yield asked
    finally:
        asked.stop()


def ask(*arguments: str) -> Answer:
    """The answer to a question that is answered in a line; raises UsageError, also for a longer answer."""
    with asking(*arguments) as asked:
        printed = bytearray()
        for piece in asked.pieces():
            printed += piece
            if len(printed) > MAX_ANSWER_BYTES:
                raise UsageError(
                    f"git {arguments[0]} printed more than {MAX_ANSWER_BYTES} bytes",
                    "the repository is damaged or malicious",
                )
        return Answer(asked.code(), bytes(printed), asked.said)


@cache
def _version(path: str) -> tuple[int, int]:
    with _started(path, "version") as process:
        printed, _ = process.communicate(timeout=GIT_SECONDS)
    found = _VERSION.match(printed)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _started(path: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """Git in a group of its own; of our environment it gets nothing but PATH."""
    pipe = subprocess.PIPE
    environment = {"PATH": path, **_ENVIRONMENT}
    try:
        process = subprocess.Popen(
            ["git", *arguments], stdin=pipe, stdout=pipe, stderr=pipe, env=environment, process_group=0
        )
    except FileNotFoundError as error:
        raise UsageError("git is not installed", "install it, or compare two directories") from error
    if sys.platform == "linux":
        # Of what it allocates, and not of the packs that it maps; it may have ended already.
        with suppress(ProcessLookupError):
            limit = (MAX_GIT_MEMORY_BYTES, MAX_GIT_MEMORY_BYTES)
            resource.prlimit(process.pid, resource.RLIMIT_DATA, limit)
    return process


def _search_path() -> str:
    """PATH without what is relative: a directory at hand could bring a git of its own."""
    named = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(filter(os.path.isabs, named)) or os.defpath
