"""What is given in a file or on standard input, within a limit."""

from reconciler.backends.local.regular import Irregular, read_regular
from reconciler.cli.environment import current_environment
from reconciler.errors import UsageError
from reconciler.manifests.reading.guard import MAX_FILE_BYTES


def read_stdin() -> bytes:
    """Manifests; at most one byte more than a file may have, which shows that it is too large."""
    return current_environment().read_stdin(MAX_FILE_BYTES + 1)


def read_source(source: str, most: int) -> bytes:
    """The bytes of a file, or of standard input (-); raises UsageError for more, or for what is no file."""
    try:
        if source == "-":
            data = current_environment().read_stdin(most + 1)
        else:
            data = read_regular(source, most, follow=True)
    except Irregular as error:
        raise UsageError(
            f"{source} cannot be read: {error.strerror}", "use a file, or - for standard input"
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a valid path"
        raise UsageError(
            f"{source} cannot be read: {reason}", "use a readable file, or - for standard input"
        ) from error
    if len(data) > most:
        raise UsageError(f"{source} is larger than the limit of {most} bytes", "use a smaller file")
    return data
