"""Which SequenceNumber an update has: one more than the last, until somebody else has sent a higher one.

Where two update one task, each of them may have counted further than the other knows. From then on the
numbers are milliseconds since 1970, as they grow for both without either asking (reference semantics §3).
"""

_FOLLOWS_TIME = 10**12
"""From here on a number is one of those that follow time: the milliseconds of 2001."""


def next_number(recorded: int | None, now: float) -> int:
    """The number after the recorded one, if any; `now` in unix seconds."""
    following = (recorded or 0) + 1
    return max(following, int(now * 1000)) if following > _FOLLOWS_TIME else following


def after_overtaken(sent: int | None, at: float) -> int:
    """What to record of a number that was overtaken, sent at a moment in unix seconds."""
    return max(sent or 0, int(at * 1000))


def follows_time(number: int) -> bool:
    """Whether a number is no count of updates any more, so that a higher one cannot be guessed."""
    return number > _FOLLOWS_TIME
