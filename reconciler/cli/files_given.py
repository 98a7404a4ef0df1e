"""Files that are named as arguments, and standard input as one of them."""

from reconciler.backends.local.regular import Irregular, read_regular
from reconciler.cli.environment import current_environment
from reconciler.errors import UsageError


def content(source: str, most: int) -> bytes:
    """The bytes of a file, or of standard input for -; raises UsageError for what cannot be read."""
    try:
        data = (
            current_environment().read_stdin(most + 1) if source == "-" else read_regular(source, follow=True)
        )
    except Irregular as error:
        raise UsageError(
            f"{source} cannot be read: {error.strerror}", "name a file, or use - to read standard input"
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path that a file can have"
        raise UsageError(f"{source} cannot be read: {reason}") from error
    if len(data) > most:
        raise UsageError(f"{source} has more than {most} bytes, the most", "name a smaller one")
    return data
