"""Where a process can die: before, during and after each file operation, and around each call.

Installed in a child alone, by putting methods of the real file system and transport behind
counters; the tool itself knows nothing of it.
"""

import fcntl
import os
import signal
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from threading import Event, Lock
from typing import Any
from unittest.mock import patch

from urllib3.connection import HTTPConnection

from reconciler.backends.local.files import PosixFiles
from reconciler.backends.local.lock import FileLock
from reconciler.backends.local.session import LocalSession
from reconciler.cli import applying
from reconciler.cloud.transport import RequestsTransport
from reconciler.errors import LockedError
from reconciler.state.ending import SIMPLY_DONE, Ended
from reconciler.state.journal import Intent, Record
from reconciler.state.model import State

BY_DESCRIPTOR = ("write", "sync", "close")
BY_PATH = ("create", "truncate", "rename", "remove", "sync_directory", "make_directory", "lock")
REPLACED = ("create", "write", "sync", "close", "rename")
FILES = {
    "journal": ("write", "sync", "close", "remove"),
    "state": REPLACED,
    "copy": REPLACED,
    "run": REPLACED,
    "lock": ("lock", "truncate", "write", "close"),
    "directory": ("make_directory", "sync_directory"),
}
_AROUND = ("before", "after")
CALLS = ("call: before", "call: sent", "call: carried out", "call: answered")
MEANWHILE = 0.05
"""Seconds in which the simulator carries a call out; it drops one whose client has gone before."""

POINTS = (
    *CALLS,
    *(f"{what}: {name}, {when}" for what, names in FILES.items() for name in names for when in _AROUND),
    *(f"{what}: write, half of it" for what, names in FILES.items() if "write" in names),
)
"""Every point that an apply passes, some of them many times."""

_SUFFIXES: Mapping[str, str] = {".journal": "journal", ".lock": "lock", ".json": "state", ".tmp": "state"}


def put(owner: type, name: str, replacement: Callable[..., Any]) -> None:
    """Replaces a method for the rest of this process."""
    patch.object(owner, name, replacement).start()


def die() -> None:
    """As `kill -9` would have it, with nothing flushed and nothing closed."""
    os.kill(os.getpid(), signal.SIGKILL)


class Steps:
    """Counts the points that are passed, or those of one name, and dies at the `last`.

    The name of that point is left in the file `grave`.
    """

    def __init__(self, last: int, grave: Path, name: str = "") -> None:
        self._last = last
        self._name = name
        self._grave = grave
        self._count = 0
        self._lock = Lock()
        self._names: dict[int, str] = {}
        self._opened: dict[Path, int] = {}

    def install(self) -> None:
        """Puts the counters in place, in this process."""
        for name in BY_DESCRIPTOR:
            put(PosixFiles, name, self._on_descriptor(name, getattr(PosixFiles, name)))
        for name in BY_PATH:
            put(PosixFiles, name, self._on_path(name, getattr(PosixFiles, name)))
        getresponse, post = HTTPConnection.getresponse, RequestsTransport.post

        def sent(connection: HTTPConnection) -> Any:
            self.reach("call: sent")
            self.reach("call: carried out", partial(time.sleep, MEANWHILE))
            return getresponse(connection)

        def posted(transport: RequestsTransport, *arguments: Any) -> tuple[int, bytes]:
            self.reach("call: before")
            answer = post(transport, *arguments)
            self.reach("call: answered")
            return answer

        put(HTTPConnection, "getresponse", sent)
        put(RequestsTransport, "post", posted)

    def reach(self, name: str, last_deed: Callable[[], object] = lambda: None) -> None:
        """Counts one point; dies there, after a last deed, if it is the one."""
        with self._lock:
            self._count += self._name in ("", name)
            if self._count == self._last and self._name in ("", name):
                self._grave.write_text(name)
                last_deed()
                die()

    def _on_descriptor(self, name: str, real: Callable[..., None]) -> Callable[..., None]:
        def counted(files: PosixFiles, descriptor: int, *data: bytes) -> None:
            what = f"{self._names[descriptor]}: {name}"
            self.reach(f"{what}, before")
            if data:
                half = partial(real, files, descriptor, data[0][: len(data[0]) // 2])
                self.reach(f"{what}, half of it", half)
            real(files, descriptor, *data)
            self.reach(f"{what}, after")

        return counted

    def _on_path(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(files: PosixFiles, path: Path, *more: Any) -> Any:
            what = _what(path)
            self.reach(f"{what}: {name}, before")
            result = real(files, path, *more)
            if result is not None:
                self._names[result] = what
                self._opened[path] = result
            elif name == "rename":  # what is open goes by its new name from here on
                self._names[self._opened.pop(path)] = _what(*more)
            self.reach(f"{what}: {name}, after")
            return result

        return counted


def _what(path: Path) -> str:
    if path.suffix and path.parent.name.endswith(".history"):
        return "copy"
    if path.suffix and path.parent.name.endswith(".runs"):
        return "run"
    return "directory" if path.suffix in (".history", ".runs") else _SUFFIXES.get(path.suffix, "directory")


def without_intents() -> None:
    """Spoils the journal in this process: no call is noted before it is sent."""
    append = LocalSession.append

    def appended(held: LocalSession, record: Record) -> None:
        if not isinstance(record, Intent):
            append(held, record)

    put(LocalSession, "append", appended)


def unlocked() -> None:
    """Spoils the lock in this process: everybody gets it."""

    def lock(files: PosixFiles, path: Path) -> int:
        return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)

    put(PosixFiles, "lock", lock)


def locked_by_the_state() -> None:
    """Spoils the lock in this process: it is one on the state's file, which each run puts a new one for."""
    take = FileLock.take

    def taking(lock: FileLock, holder: Any) -> None:
        try:
            descriptor = os.open(lock.path.with_suffix(".json"), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            take(lock, holder)
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise LockedError(
                "the state is in use by another run (it has not identified itself yet)", "wait"
            ) from None
        lock._descriptor = descriptor

    put(FileLock, "take", taking)
    put(FileLock, "check", lambda lock: None)


def unfenced() -> None:
    """Spoils the fence in this process: neither the lock nor the state is looked at again."""
    commit = LocalSession.finish

    def committed(held: LocalSession, state: State, ended: Ended = SIMPLY_DONE) -> State:
        held._found = held._files.read(held._paths.path)
        return commit(held, state, ended)

    put(FileLock, "check", lambda lock: None)
    put(LocalSession, "finish", committed)


def deaf() -> None:
    """Spoils the interrupt in this process: what is told of it goes unheard."""
    patch.object(applying, "Event", _Unheard).start()


class _Unheard(Event):
    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float | None = None) -> bool:
        time.sleep(timeout or 0)
        return False
