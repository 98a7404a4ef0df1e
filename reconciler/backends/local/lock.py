"""Who may write a state: the kernel's lock on a file of its own, which is never removed.

The kernel frees it with the process, however that ends. What is written into the file is only
for the message that others get; nothing is ever decided by it or by its age.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from reconciler.backends.holders import said_of
from reconciler.backends.local.failures import unwritable
from reconciler.backends.local.files import Files, make_directories, temporary
from reconciler.errors import LockedError, StateError, UsageError

NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "glusterfs"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "beegfs", "gfs2", "ocfs2", "virtiofs"),
    }
)
"""File systems that several machines can share, as Linux calls them: their locks can be lost (flock(2))."""

_THEN = ", then run the command again; nothing was changed"


class FileLock:
    """The lock file of one state: `taken` is what holds it, once this process does."""

    def __init__(self, files: Files, path: Path) -> None:
        self.path = path
        self._files = files
        self._descriptor: int | None = None

    def take(self, holder: Mapping[str, Any]) -> None:
        """Takes the lock and writes the holder for others to read.

        Raises LockedError if somebody else has it, StateError if the file cannot be written.
        """
        try:
            make_directories(self._files, self.path.parent)
            self._descriptor = self._files.lock(self.path)
            if self._descriptor is not None:
                self._files.truncate(self.path, 0)
                self._files.write(self._descriptor, json.dumps(dict(holder)).encode())
        except OSError as error:
            self.free()
            raise unwritable(f"cannot lock {self.path}", error, _THEN) from error
        except MemoryError:
            self.free()
            raise
        if self._descriptor is None:
            raise LockedError(
                f"the state is in use by {said_of(self.holder())}",
                "wait for it to end (--lock-timeout), then run the command again",
            )

    def free(self) -> None:
        """Lets others take the lock."""
        if self._descriptor is not None:
            with suppress(OSError):  # the kernel frees it all the same when the process ends
                self._files.close(self._descriptor)
        self._descriptor = None

    def check(self) -> None:
        """Raises StateError if the file that was locked is no longer the lock file."""
        try:
            if self._descriptor is not None and self._files.holds(self._descriptor, self.path):
                return
            reason = "it was removed or replaced while this run held it; another run may be active"
        except OSError as error:
            reason = f"it cannot be inspected: {error.strerror or error}"
        raise StateError(
            f"{self.path}: {reason}",
            "make sure no other run is active, then run apply again; never remove the lock file",
        )

    def holder(self) -> dict[str, Any]:
        """What the holder wrote of itself; empty where it has not."""
        try:
            found = json.loads(self._files.read(self.path) or b"{}")
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def break_open(self, run: str, host: str, token: str) -> None:
        """Puts a new lock file in the place of one that a run on another machine is said to hold.

        Only for what the kernel cannot know: a holder on another machine that is surely dead.
        Raises UsageError where it is not that, StateError if the file cannot be written.
        """
        holder = self.holder()
        if not holder or holder.get("run") != run:
            raise UsageError(
                f"the lock is held by {said_of(holder)}, not by run {run}",
                "use the run shown by `reconciler state unlock`",
            )
        if holder.get("host") == host:
            raise UsageError(
                f"{said_of(holder)} is on this machine, where the kernel releases the lock when it ends",
                "end that process, or wait for it with `reconciler state unlock --lock-timeout 30s`",
            )
        new = temporary(self.path, token)
        try:
            self._files.close(self._files.create(new))
            self._files.rename(new, self.path)
            self._files.sync_directory(self.path.parent)
        except OSError as error:
            raise unwritable(f"{self.path}: cannot be replaced", error, _THEN) from error

    def warning(self) -> str:
        """Why the lock may not hold, in words for people; "" where nothing is known against it."""
        kind = self._files.file_system(self.path.parent)
        if kind not in NETWORK:
            return ""
        return (
            f"{self.path.parent} is on a network file system ({kind}), where a held lock can be lost: apply "
            "from one machine at a time, or keep the state on a local disk"
        )
