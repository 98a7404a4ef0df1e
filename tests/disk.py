"""A file system in memory that notes every operation, can fail any of them, and can lose its power.

What was written survives a killed process; what was synced, under a name whose directory was
synced, survives a power cut.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from errno import ENOSPC
from pathlib import Path


class Killed(BaseException):
    """The process is gone; nothing it would still do happens."""


@dataclass
class Content:
    data: bytearray = field(default_factory=bytearray)
    synced: bytes = b""


@dataclass
class Disk:
    """`log` has every operation as (name, path); others may note in it what happens beside.

    `fail_at` counts operations while `armed`. The one of that number does `half` of its work and then
    fails, with `lasting` every later one as well; with `kills` it ends the process instead.
    """

    names: dict[Path, Content] = field(default_factory=dict)
    durable: dict[Path, Content] = field(default_factory=dict)
    modes: dict[Path, int] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    armed: bool = False
    fail_at: int = 0
    lasting: bool = False
    half: bool = False
    kills: bool = False
    failed: bool = False
    _count: int = 0
    _open: dict[int, tuple[Path, Content]] = field(default_factory=dict)
    _locked: set[Path] = field(default_factory=set)
    _next: int = 3

    def after_kill(self) -> "Disk":
        """What the next process finds."""
        return Disk(_contents((path, content.data) for path, content in self.names.items()))

    def after_power_cut(self) -> "Disk":
        """What the next process finds once the power is back."""
        return Disk(_contents((path, content.synced) for path, content in self.durable.items()))

    def copy(self) -> "Disk":
        return self.after_kill()

    def text(self, path: Path) -> str:
        return self.names[path].data.decode()

    # reconciler.backends.files.Files

    def read(self, path: Path) -> bytes | None:
        self._do("read", path)
        return bytes(self.names[path].data) if path in self.names else None

    def make_directory(self, path: Path) -> None:
        self._do("make_directory", path)

    def create(self, path: Path) -> int:
        self._do("create", path)
        if path in self.names:
            raise FileExistsError(path)
        self.names[path] = Content()
        self.modes[path] = 0o600
        return self._descriptor(path)

    def open_append(self, path: Path) -> int:
        self._do("open_append", path)
        self.names.setdefault(path, Content())
        return self._descriptor(path)

    def write(self, descriptor: int, data: bytes) -> None:
        path, content = self._open[descriptor]
        try:
            self._do("write", path)
        except (OSError, Killed):
            content.data += data[: len(data) // 2] if self.half else b""
            raise
        content.data += data

    def truncate(self, path: Path, length: int) -> None:
        self._do("truncate", path)
        del self.names[path].data[length:]

    def sync(self, descriptor: int) -> None:
        path, content = self._open[descriptor]
        self._do("sync", path)
        content.synced = bytes(content.data)

    def close(self, descriptor: int) -> None:
        path, _ = self._open.pop(descriptor)
        self._locked.discard(path)
        self._do("close", path)

    def rename(self, old: Path, new: Path) -> None:
        self._do("rename", new)
        self.names[new] = self.names.pop(old)
        self.modes[new] = self.modes.pop(old, 0)

    def remove(self, path: Path) -> None:
        self._do("remove", path)
        self.names.pop(path, None)

    def sync_directory(self, path: Path) -> None:
        self._do("sync_directory", path)
        self.durable = dict(self.names)

    def lock(self, path: Path) -> int | None:
        self._do("lock", path)
        if path in self._locked:
            return None
        self.names.setdefault(path, Content())
        self._locked.add(path)
        return self._descriptor(path)

    def _descriptor(self, path: Path) -> int:
        self._next += 1
        self._open[self._next] = (path, self.names[path])
        return self._next

    def _do(self, operation: str, path: Path) -> None:
        """Notes an operation, and fails it if its turn has come."""
        if self.failed and self.kills:
            raise Killed
        self.log.append((operation, path.name))
        if not self.armed:
            return
        self._count += 1
        if self._count == self.fail_at or (self.failed and self.lasting):
            self.failed = True
            self.log.append(("failed", path.name))
            raise Killed if self.kills else OSError(ENOSPC, "No space left on device")


def _contents(found: Iterable[tuple[Path, bytes | bytearray]]) -> dict[Path, Content]:
    return {path: Content(bytearray(data), bytes(data)) for path, data in found}
