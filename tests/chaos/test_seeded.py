"""The short forms of the seeded runs: nothing is found, each bug on purpose is, the small cloud is true."""

import pytest

from .fates import FATES
from .mutants import FOCUS, MUTANTS, caught_by
from .stories import Figures, Options, prepared, run_seeds, told
from .twin import Paired, Twin

RUNS = 2500
PAIRED = 60


def test_whatever_befalls_them_runs_end_with_what_is_wanted_once_each() -> None:
    """The long form is `python -m tests.chaos.seeded --runs 100000 --seed 1 --jobs 2`."""
    figures = run_seeds(range(1, RUNS + 1), Options())
    assert not figures.failures, "\n".join(told(seed, Options()) for seed in list(figures.failures)[:1])
    assert figures.counts["deaths"] > RUNS / 4
    assert all(figures.counts[name] > 0 for name in FATES if name)


def test_a_seed_tells_the_same_story_each_time() -> None:
    assert told(7, Options()) == told(7, Options())


@pytest.mark.parametrize("name", MUTANTS)
def test_each_bug_is_caught(name: str) -> None:
    """All at once, with the seed that catches each: `python -m tests.chaos.mutants`."""
    assert caught_by(MUTANTS[name], options=FOCUS.get(name)) is not None


def test_the_small_cloud_answers_as_the_simulator_does() -> None:
    asked = 0
    with prepared():
        for seed in range(1, PAIRED + 1):
            story = Paired(seed, Options(), Figures())
            story.run()
            assert isinstance(story.cloud, Twin)
            asked += story.cloud.asked
            story.cloud.simulator.store.close()
    assert asked > PAIRED
