"""Moments as text: RFC 3339 in UTC and to the second, as states, plans and messages have them."""

from datetime import UTC, datetime


def rfc3339(moment: float) -> str:
    """`2026-01-01T00:00:00Z` of a moment in unix seconds; a fraction of a second is left out."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def unix_seconds(text: str) -> float:
    """The moment of an RFC 3339 text in unix seconds; raises ValueError for any other text.

    A text without an offset is in UTC, whatever zone the machine is in.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def zoned_seconds(text: str) -> float:
    """The same of a text that says its offset; raises ValueError for one that does not."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset")
    return moment.timestamp()


def local_time(text: str) -> datetime:
    """The local time of a text without an offset; raises ValueError for what is none."""
    return datetime.fromisoformat(text)


def time_of_day(moment: float) -> str:
    """Unix seconds as a time of the day in UTC, for people who watch: `12:03:04 UTC`."""
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S UTC")
