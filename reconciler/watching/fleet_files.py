"""The workspaces of a fleet as directories: those that come, go and change, told to the queue."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock

from reconciler.backends.work import Work
from reconciler.errors import StateError
from reconciler.watching.files import contents, fingerprint, is_busy
from reconciler.watching.versions import MOST_PAST
from reconciler.watching.waking import SETTLES

SHARE = 10.0
"""A look at all files takes at most one part in so many of the time."""
MOST_FOLDERS = 20_000
"""Workspaces of a fleet, of which more are not looked for."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What a workspace's files are known by without reading them, and the versions of their contents."""

    print: str
    versions: tuple[str, ...]


class FleetFiles:
    """One directory a workspace below `root`, called as the workspace is; `shared` are paths of them all.

    `clock` measures how long a look takes.
    """

    def __init__(self, root: str, shared: Sequence[str], work: Work, clock: Callable[[], float]) -> None:
        self._root, self._shared, self._work, self._clock = root, tuple(shared), work, clock
        self._lock = Lock()
        self._known: dict[str, _Known] = {}
        self._last: dict[str, str] = {}

    def paths(self, workspace: str) -> tuple[str, ...] | None:
        """Where its manifests are; None for one that has none here."""
        with self._lock:
            known = workspace in self._known
        return (*self._shared, os.path.join(self._root, workspace)) if known else None

    def versions(self, workspace: str) -> Sequence[str]:
        """The versions that its manifests had here, that of now at the end; none where it has none here."""
        with self._lock:
            known = self._known.get(workspace)
        return () if known is None else known.versions

    def look(self) -> None:
        """One look; what has changed counts once it is the same in the next. Raises StateError."""
        if is_busy([self._root, *self._shared]):
            return
        common = fingerprint(self._shared)
        found = {name: common + fingerprint([os.path.join(self._root, name)]) for name in self.names()}
        settled = {name: what for name, what in found.items() if self._last.get(name) == what}
        gone = [name for name in self._known if name not in found and name not in self._last]
        self._last = found
        self._come([name for name in settled if name not in self._known], settled)
        for name, what in settled.items():
            if self._known[name].print != what:
                self._set(name, what)
                self._work.wake(name, "the manifests changed")
        for name in gone:
            self._work.unschedule(name)
            with self._lock:
                del self._known[name]

    def run(self, stopping: Event) -> None:
        """Looks again and again; what the store does not take is told it again."""
        while not stopping.is_set():
            began = self._clock()
            with suppress(StateError):  # the loop of the worker meets the same, and tells it
                self.look()
            stopping.wait(max(SETTLES, SHARE * (self._clock() - began)))

    def names(self) -> list[str]:
        """The directories that are there; none where the root cannot be read."""
        try:
            with os.scandir(self._root) as entries:
                found = sorted(one.name for one in entries if one.is_dir() and not one.name.startswith("."))
        except OSError:
            return []
        return found[:MOST_FOLDERS]

    def _come(self, names: Sequence[str], found: dict[str, str]) -> None:
        for name in names:
            self._set(name, found[name])
        if names:
            self._work.schedule(names)

    def _set(self, name: str, what: str) -> None:
        version = contents((*self._shared, os.path.join(self._root, name)))
        before = self.versions(name)
        versions = before if before[-1:] == (version,) else (*before, version)
        with self._lock:
            self._known[name] = _Known(what, tuple(versions[-MOST_PAST:]))
