"""Even spacing on a virtual clock, and with real threads."""

from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Lock

import pytest

from reconciler.cloud.pacing import EvenPace
from reconciler.model import Action

from .cases import RESUME, START, UPDATE, VirtualTime


def most_in_a_second(times: list[float]) -> int:
    return max(bisect_left(times, moment + 1) - index for index, moment in enumerate(times))


@pytest.mark.parametrize("action", [START, RESUME], ids=lambda action: str(action.name))
def test_never_above_the_limit_and_close_to_the_pace(action: Action) -> None:
    time = VirtualTime()
    pace = EvenPace(time.clock, time.sleep)
    times = []
    for _ in range(1000):
        pace.wait(action, "ap-guangzhou")
        times.append(time.now)
    assert most_in_a_second(times) <= action.per_second
    assert (len(times) - 1) / (times[-1] - times[0]) >= 0.89 * action.per_second


def test_no_burst_after_a_rest() -> None:
    time = VirtualTime()
    pace = EvenPace(time.clock, time.sleep)
    times = []
    for number in range(60):
        if number == 20:
            time.now += 3600
        pace.wait(START, "r")
        times.append(time.now)
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.05


def test_each_action_and_region_has_its_own_slots() -> None:
    time = VirtualTime()
    pace = EvenPace(time.clock, time.sleep)
    for action, region in [(START, "a"), (START, "b"), (UPDATE, "a"), (RESUME, "a")]:
        pace.wait(action, region)
    assert time.naps == []
    pace.wait(START, "a")
    assert time.naps == [pytest.approx(1 / 18)]


def test_threads_share_one_pace() -> None:
    slots: list[float] = []
    lock = Lock()

    def note(seconds: float) -> None:
        with lock:
            slots.append(seconds)

    pace = EvenPace(lambda: 0.0, note)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: pace.wait(START, "a"), range(200)))
    assert sorted(slots) == [pytest.approx(number / 18) for number in range(1, 200)]
