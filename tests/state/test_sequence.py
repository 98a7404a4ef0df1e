"""Which number follows which."""

import pytest

from reconciler.state.sequence import after_overtaken, follows_time, next_number

NOW = 1_796_000_000.5
MILLISECONDS = 1_796_000_000_500


@pytest.mark.parametrize(
    ("recorded", "following"),
    [
        (None, 1),
        (0, 1),
        (41, 42),
        (10**12 - 1, 10**12),
        (MILLISECONDS - 60_000, MILLISECONDS),
        (MILLISECONDS, MILLISECONDS + 1),
        (10**15, 10**15 + 1),
    ],
)
def test_the_next_is_counted_until_numbers_follow_time(recorded: int | None, following: int) -> None:
    assert next_number(recorded, NOW) == following


@pytest.mark.parametrize(
    ("sent", "recorded"), [(None, MILLISECONDS), (1, MILLISECONDS), (MILLISECONDS + 5, MILLISECONDS + 5)]
)
def test_what_is_recorded_of_one_that_was_overtaken(sent: int | None, recorded: int) -> None:
    assert after_overtaken(sent, NOW) == recorded
    assert follows_time(next_number(recorded, NOW))


def test_a_count_follows_no_time() -> None:
    assert not follows_time(10**12)
