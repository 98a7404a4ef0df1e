"""A file that a stranger's run left: a text of limited size and nothing else."""

import os
import stat
from pathlib import Path

from ci.errors import StepError

MOST_BYTES = 512 * 1024


def read_untrusted(path: Path) -> str:
    """The text of a plain file of at most MOST_BYTES; raises StepError for a link, a device or more bytes."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise StepError(f"{path}: cannot be read: {error.strerror}") from error
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise StepError(f"{path}: not a plain file")
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise StepError(f"{path}: longer than {MOST_BYTES} bytes")
    return data.decode(errors="replace")
