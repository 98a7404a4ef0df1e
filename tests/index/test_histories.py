"""A plan that leaves unchanged documents unread is, in every word, the plan that reads them all."""

from collections import Counter

import pytest

from tests.index.histories import difference

QUICK, SLOW = 12, 20


def test_a_plan_by_an_index_is_the_plan_without_one() -> None:
    counts = Counter[str]()
    for number in range(QUICK):
        assert difference(f"quick {number}", counts) == ""
    assert counts["left unread"] > counts["documents"] // 20
    assert counts["plans"] > counts["refused"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_more_histories(seed: int) -> None:
    for number in range(SLOW):
        assert difference(f"slow {seed} {number}") == ""
