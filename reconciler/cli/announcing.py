"""How many calls a round of questions takes, told on standard error before the first of them."""

from contextlib import suppress

from reconciler.cli.json_log import say_fields
from reconciler.observing.expected import Expected

NOTICEABLE = 1.0
"""Seconds from which on it is told: nobody wonders about less."""


def say_calls(told: Expected) -> None:
    """Tells how many calls are made and about how long they take, where that is noticeably long."""
    if told.seconds < NOTICEABLE:
        return
    with suppress(OSError):  # the reader of standard error may have gone
        say_fields(calls_words(told), calls=told.total, seconds=round(told.seconds))


def calls_words(told: Expected) -> str:
    """`asking the API: 4000 calls, about 170 s (3000 DescribeStreamIngest, 1000 DescribeLiveStreamState)`."""
    least = "at least " if told.lists else ""
    calls = "1 call" if told.total == 1 else f"{told.total} calls"
    questions = ", ".join(f"{count} {action}" for action, count in told.calls)
    return f"asking the API: {least}{calls}, about {round(told.seconds)} s ({questions})"
