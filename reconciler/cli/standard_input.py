"""What is given on standard input, within the limit of a file."""

import sys

from reconciler.manifests.guard import MAX_FILE_BYTES


def read_stdin() -> bytes:
    """Manifests; at most one byte more than a file may have, which shows that it is too large."""
    return sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
