"""A file system in memory that notes every operation, can fail any of them, and can lose its power.

What was written survives a killed process. Through a power cut comes for certain only what was
synced, under a name whose directory was synced, in a directory that was synced into its own; of
all the rest any part can come through, in any order: `images` makes such disks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from errno import ENOSPC
from itertools import count
from os import strerror
from pathlib import Path
from random import Random

from reconciler.backends.local.files import Aliases

SECTOR = 512


class Killed(BaseException):
    """The process is gone; nothing it would still do happens."""


@dataclass(eq=False)
class Content:
    """A file: what is read from it, what the disk has for certain, and the writes since (offset, bytes)."""

    data: bytearray = field(default_factory=bytearray)
    synced: bytes = b""
    unsynced: list[tuple[int, bytes]] = field(default_factory=list)
    locked: bool = False

    @classmethod
    def settled(cls, data: bytes) -> "Content":
        return cls(bytearray(data), bytes(data))

    def write(self, data: bytes) -> None:
        self.unsynced.append((len(self.data), bytes(data)))
        self.data += data

    def sync(self) -> None:
        self.synced = bytes(self.data)
        self.unsynced = []


@dataclass(frozen=True)
class Renaming:
    """One change of a directory that is not on the disk yet: names that go, and one that comes.

    A name that comes without content is that of a directory.
    """

    directory: Path
    goes: Path | None = None
    comes: Path | None = None
    content: Content | None = None

    def do(self, names: dict[Path, Content | None]) -> None:
        if self.goes is not None:
            names.pop(self.goes, None)
        if self.comes is not None:
            names[self.comes] = self.content


@dataclass
class Disk:
    """`log` has every operation as (name, path); others may note in it what happens beside.

    `fail_at` counts operations while `armed`. The one of that number does `half` of its work and then
    fails with `error`, with `lasting` every later one as well; with `kills` it ends the process instead.
    `watch` is called after each operation while armed.
    """

    names: dict[Path, Content] = field(default_factory=dict)
    folders: set[Path] = field(default_factory=set)
    durable: dict[Path, Content | None] = field(default_factory=dict)
    unsynced: list[Renaming] = field(default_factory=list)
    modes: dict[Path, int] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    armed: bool = False
    fail_at: int = 0
    lasting: bool = False
    half: bool = False
    kills: bool = False
    error: int = ENOSPC
    failed: bool = False
    kind: str = "ext4"
    known_as: dict[Path, Aliases] = field(default_factory=dict)
    watch: Callable[[], None] | None = None
    _count: int = 0
    _open: dict[int, tuple[Path, Content]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(4))

    @classmethod
    def of(cls, names: dict[Path, bytes], folders: set[Path]) -> "Disk":
        """A disk on which all of this is for certain."""
        found = {path: Content.settled(data) for path, data in names.items()}
        return cls(found, set(folders), {**found, **dict.fromkeys(folders)})

    def copy(self) -> "Disk":
        """What the next process finds, and all of it is on the disk."""
        return Disk.of({path: bytes(content.data) for path, content in self.names.items()}, self.folders)

    def after_kill(self) -> "Disk":
        """What the next process finds: no more than before is on the disk."""
        again: dict[int, Content] = {}

        def twin(one: Content) -> Content:
            made = Content(bytearray(one.data), one.synced, list(one.unsynced))
            return again.setdefault(id(one), made)

        return Disk(
            {path: twin(one) for path, one in self.names.items()},
            set(self.folders),
            {path: one and twin(one) for path, one in self.durable.items()},
            [Renaming(r.directory, r.goes, r.comes, r.content and twin(r.content)) for r in self.unsynced],
            dict(self.modes),
        )

    def after_power_cut(self) -> "Disk":
        """What the next process finds if nothing came through but what had to."""
        return self._image(self.durable, lambda content: content.synced)

    # What a power cut can leave

    def images(self, random: Random, number: int, *, extremes: bool = True) -> Iterator["Disk"]:
        """Disks as they can be once the power is back: the extremes, then any mixture, so many of them."""
        if extremes:
            yield from self._extremes()
        for _ in range(number):
            kept = [one for one in self.unsynced if random.random() < 0.6]
            yield self._image(self._names_with(kept), lambda content: surviving(content, random))

    def _extremes(self) -> Iterator["Disk"]:
        yield self.after_power_cut()
        if self.unsynced:
            yield self._image(self._names_with(self.unsynced), lambda content: bytes(content.data))
        for index in range(len(self.unsynced)):
            one, rest = self.unsynced[index], self.unsynced[:index] + self.unsynced[index + 1 :]
            for kept in ([one], rest):
                yield self._image(self._names_with(kept), lambda content: bytes(content.data))
                yield self._image(self._names_with(kept), lambda content: content.synced)

    def _names_with(self, changes: list[Renaming]) -> dict[Path, Content | None]:
        names = dict(self.durable)
        for change in changes:
            change.do(names)
        return names

    def _image(self, names: dict[Path, Content | None], of: Callable[[Content], bytes]) -> "Disk":
        there: set[Path] = set()
        for path in sorted(path for path, content in names.items() if content is None):
            if path.parent == path.parent.parent or path.parent in there:
                there.add(path)
        seen: dict[int, bytes] = {}
        found = {
            path: seen.setdefault(id(content), of(content))
            for path, content in names.items()
            if content is not None and path.parent in there
        }
        return Disk.of(found, there)

    def text(self, path: Path) -> str:
        return self.names[path].data.decode()

    # reconciler.backends.local.files.Files

    def read(self, path: Path, most: int | None = None) -> bytes | None:
        self._do("read", path)
        return bytes(self.names[path].data[:most]) if path in self.names else None

    def aliases(self, path: Path) -> Aliases | None:
        self._do("aliases", path)
        return self.known_as.get(path, Aliases()) if path in self.names or path in self.folders else None

    def listing(self, path: Path) -> list[str]:
        self._do("listing", path)
        below = str(path).rstrip("/") + "/"
        inside = [str(one).removeprefix(below) for one in (*self.names, *self.folders) if str(one) != below]
        return [name for name in inside if "/" not in name]

    def is_directory(self, path: Path) -> bool:
        self._do("is_directory", path)
        return path == path.parent or path in self.folders

    def make_directory(self, path: Path) -> None:
        self._do("make_directory", path)
        if path not in self.folders:
            self.folders.add(path)
            self._change(Renaming(path.parent, comes=path))

    def create(self, path: Path) -> int:
        self._do("create", path)
        if path in self.names:
            raise FileExistsError(path)
        if path.parent not in self.folders:
            raise FileNotFoundError(path)
        self._make(path)
        return self._descriptor(path)

    def write(self, descriptor: int, data: bytes) -> None:
        path, content = self._open[descriptor]
        try:
            self._do("write", path)
        except (OSError, Killed):
            content.write(data[: len(data) // 2] if self.half else b"")
            raise
        content.write(data)

    def truncate(self, path: Path, length: int) -> None:
        self._do("truncate", path)
        content = self.names[path]
        del content.data[length:]
        content.sync()

    def sync(self, descriptor: int) -> None:
        path, content = self._open[descriptor]
        self._do("sync", path)
        content.sync()

    def close(self, descriptor: int) -> None:
        path, content = self._open.pop(descriptor)
        content.locked = False
        self._do("close", path)

    def rename(self, old: Path, new: Path) -> None:
        self._do("rename", new)
        content = self.names.pop(old)
        self.names[new] = content
        self.modes[new] = self.modes.pop(old, 0)
        for number, (_, opened) in self._open.items():
            if opened is content:
                self._open[number] = (new, content)
        self._change(Renaming(new.parent, old, new, content))

    def remove(self, path: Path) -> None:
        self._do("remove", path)
        if self.names.pop(path, None) is not None:
            self._change(Renaming(path.parent, path))

    def sync_directory(self, path: Path) -> None:
        self._do("sync_directory", path)
        for change in self.unsynced:
            if change.directory == path:
                change.do(self.durable)
        self.unsynced = [change for change in self.unsynced if change.directory != path]

    def lock(self, path: Path) -> int | None:
        self._do("lock", path)
        if path not in self.names:
            self._make(path)
        if self.names[path].locked:
            return None
        self.names[path].locked = True
        return self._descriptor(path)

    def holds(self, descriptor: int, path: Path) -> bool:
        self._do("holds", path)
        return self.names.get(path) is self._open[descriptor][1]

    def is_locked(self, path: Path) -> bool:
        return path in self.names and self.names[path].locked

    def file_system(self, path: Path) -> str:
        return self.kind

    def _make(self, path: Path) -> None:
        self.names[path] = Content()
        self.modes[path] = 0o600
        self._change(Renaming(path.parent, comes=path, content=self.names[path]))

    def _change(self, change: Renaming) -> None:
        self.unsynced.append(change)

    def _descriptor(self, path: Path) -> int:
        number = next(self._numbers)
        self._open[number] = (path, self.names[path])
        return number

    def _do(self, operation: str, path: Path) -> None:
        """Notes an operation, and fails it if its turn has come."""
        if self.failed and self.kills:
            raise Killed
        if self.armed and self.watch is not None:
            self.watch()
        self.log.append((operation, path.name))
        if not self.armed:
            return
        self._count += 1
        if self._count == self.fail_at or (self.failed and self.lasting):
            self.failed = True
            self.log.append(("failed", path.name))
            raise Killed if self.kills else OSError(self.error, strerror(self.error))


def surviving(content: Content, random: Random) -> bytes:
    """What can be left of a file: each write since the last sync whole, not at all, torn or as zeros."""
    data = bytearray(content.synced)
    for offset, written in content.unsynced:
        fate = random.choice(["whole", "dropped", "torn", "zeroed", "sectors"])
        if fate == "dropped":
            continue
        part = written[: random.randrange(len(written) + 1)] if fate == "torn" else written
        if fate == "zeroed":
            part = bytes(len(written))
        if fate == "sectors":
            part = without_some_sectors(part, offset, random)
        data += bytes(max(0, offset - len(data)))
        data[offset : offset + len(part)] = part
    return bytes(data)


def without_some_sectors(written: bytes, offset: int, random: Random) -> bytes:
    """The write with some of the sectors that it touches never written."""
    part = bytearray(written)
    for begins in range(offset - offset % SECTOR, offset + len(written), SECTOR):
        if random.random() < 0.5:
            low, high = max(begins - offset, 0), min(begins + SECTOR - offset, len(written))
            part[low:high] = bytes(high - low)
    return bytes(part)
