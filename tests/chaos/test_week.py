"""The short form of the week: whatever ends, an apply an hour keeps the world as the manifests say."""

import pytest

from .week import HOUR, PACE_SECONDS, Week

SLACK = 60.0
"""Seconds from an apply's beginning to the call that sets a stream right, where many wait for the pace."""


@pytest.mark.parametrize(
    ("seed", "streams", "hours"), [(3, 12, 3), pytest.param(5, 50, 30, marks=pytest.mark.slow)]
)
def test_no_stream_is_wrong_for_longer_than_the_hour_and_the_pace(
    seed: int, streams: int, hours: int
) -> None:
    """The long form is `python -m tests.chaos.week --seed 1 --hours 168 --streams 110`."""
    week = Week(seed, streams, loss=0.2)
    week.run(hours)
    assert not week.failures, week.failures[:3]
    assert week.worst <= HOUR + max(SLACK, 4 * streams * PACE_SECONDS), week.slowest
    assert week.happened["callbacks lost"] and week.happened["callbacks doubled"]


def test_a_seed_tells_the_same_story_each_time() -> None:
    first, again = Week(7, 4), Week(7, 4)
    first.run(1)
    again.run(1)
    assert (first.happened, first.calls) == (again.happened, again.calls)
