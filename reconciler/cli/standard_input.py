"""What is given on standard input, within the limit of a file."""

from reconciler.cli.environment import current_environment
from reconciler.manifests.reading.guard import MAX_FILE_BYTES


def read_stdin() -> bytes:
    """Manifests; at most one byte more than a file may have, which shows that it is too large."""
    return current_environment().read_stdin(MAX_FILE_BYTES + 1)
