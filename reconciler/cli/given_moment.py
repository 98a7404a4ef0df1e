"""A moment as it is given on the command line."""

from reconciler.errors import UsageError
from reconciler.moments import zoned_seconds


def moment(text: str) -> float:
    """The unix seconds of an RFC 3339 text; raises UsageError for any other, and for one without a zone."""
    try:
        return zoned_seconds(text)
    except (ValueError, OverflowError) as error:
        hint = "use a time such as 2026-11-21T10:00:00Z, or with an offset such as +08:00"
        raise UsageError(f"{text!r} is not a time with a time zone", hint) from error
