"""What a file system refused, in words: what it means for a state's files, and what to do about it."""

import errno

from reconciler.backends.local.regular import Irregular
from reconciler.errors import StateError, exhausted

_IRREGULAR = "move it elsewhere or replace it with a regular file, or choose another state with --state"
_ADVICE = {
    errno.ENOSPC: "free some space on its file system",
    errno.EDQUOT: "free some of this user's quota, or have it raised",
    errno.EROFS: "mount its file system writable, or choose a state elsewhere with --state",
    errno.EACCES: "give this user write access to the directory: check its owner and mode",
    errno.EPERM: "allow this user to replace the file: check its owner, the directory's sticky bit and the "
    "immutable attribute",
    errno.EBUSY: "mount the directory of the state instead of the file",
    errno.ENAMETOOLONG: "give the state a shorter name: the files beside it add to that name",
    errno.EISDIR: _IRREGULAR,
    errno.EIO: "check the disk, then choose a state on a healthy disk with --state",
}
_OTHERWISE = "check the state's directory: free space, owner, mode and file system"


def reason_of(error: OSError | MemoryError) -> str:
    """What the system said."""
    if isinstance(error, MemoryError):
        return "out of memory"
    return error.strerror or str(error)


def remedy_for(error: OSError | MemoryError, then: str) -> str:
    """What to do about it, and `then` what follows; what has run out says that itself."""
    spent = exhausted(error)
    if spent is not None:
        return spent.hint
    if isinstance(error, Irregular):
        return f"{_IRREGULAR}{then}"
    number = error.errno if isinstance(error, OSError) else None
    return f"{_ADVICE.get(number or 0, _OTHERWISE)}{then}"


def unwritable(what: str, error: OSError | MemoryError, then: str) -> StateError:
    """The error of a file or directory, named with what cannot be done; `then` follows the advice."""
    return StateError(f"{what}: {reason_of(error)}", remedy_for(error, then))
