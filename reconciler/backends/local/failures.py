"""What a file system refused, in words: what it means for a state's files, and what to do about it."""

import errno

from reconciler.backends.local.regular import Irregular
from reconciler.errors import StateError, exhausted

_IRREGULAR = "move it away or put a regular file in its place, or name another state with --state"
_ADVICE = {
    errno.ENOSPC: "free space on its file system",
    errno.EDQUOT: "free space within the quota of this user, or have it raised",
    errno.EROFS: "mount its file system so that it can be written, or name a state elsewhere with --state",
    errno.EACCES: "let this user write to the directory: see to its owner and mode",
    errno.EPERM: "let this user replace the file: see to owner, sticky directory and immutable attribute",
    errno.EBUSY: "mount the directory that holds the state, not the file alone",
    errno.ENAMETOOLONG: "give the state a shorter name: those of the files beside it are longer than its own",
    errno.EISDIR: _IRREGULAR,
    errno.EIO: "see to the disk, then name a state on a sound one with --state",
}
_OTHERWISE = "see to the state's directory: its space, owner, mode and file system"


def reason_of(error: OSError | MemoryError) -> str:
    """What the system said."""
    if isinstance(error, MemoryError):
        return "there is no more memory"
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
