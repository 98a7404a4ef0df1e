"""The short forms of the seeded runs: nothing is found, each bug on purpose is, the small cloud is true."""

import pytest

from reconciler.cloud.failures import NoAnswer, Unreachable

from .behind import AFTER, BEFORE, BEHIND_A_PROXY, FORWARDED, IN_A_TUNNEL, TUNNELLED, meeting
from .fates import FATES
from .mutants import BEGIN, FOCUS, MUTANTS, RARE, caught_by
from .scenarios import Figures, Options, prepared, run_seeds, told
from .twin import Paired, Twin

RUNS, FEW = 500, 150
PAIRED = 60
ENDED_EACH_OTHER = (2049822, 2059992, 5005705, 5021427)
"""A recording and a mix that take one robot in turn after a lost start."""
REFUSED_FOR_EVER = (2052669,)
"""A live mix that takes over a session which another one gives up."""
SOON_CAUGHT = ("the TaskId not recorded at the outcome", "a push that runs taken for a refusal")


@pytest.mark.slow
@pytest.mark.parametrize("runs", [FEW, pytest.param(RUNS, marks=pytest.mark.slow)])
def test_whatever_befalls_them_runs_end_with_what_is_wanted_once_each(runs: int) -> None:
    """The long form is `python -m tests.chaos.seeded --runs 100000 --seed 1 --jobs 2`."""
    figures = run_seeds(range(1, runs + 1), Options())
    assert not figures.failures, "\n".join(told(seed, Options()) for seed in list(figures.failures)[:1])
    assert figures.counts["deaths"] > runs / 4
    assert all(figures.counts[name] > 0 for name in FATES if name)
    assert min(figures.counts[IN_A_TUNNEL], figures.counts[BEHIND_A_PROXY]) > runs / 20


@pytest.mark.parametrize("seed", [*ENDED_EACH_OTHER, *REFUSED_FOR_EVER])
def test_what_a_long_run_has_found_is_found_no_more(seed: int) -> None:
    assert not run_seeds([seed], Options()).failures


def test_a_seed_tells_the_same_story_each_time() -> None:
    assert told(7, Options()) == told(7, Options())


@pytest.mark.share(3)
@pytest.mark.parametrize(
    "name", [name if name in SOON_CAUGHT else pytest.param(name, marks=pytest.mark.slow) for name in MUTANTS]
)
def test_each_bug_is_caught(name: str) -> None:
    """All at once, with the seed that catches each: `python -m tests.chaos.mutants`."""
    assert caught_by(MUTANTS[name], options=FOCUS.get(name), first=BEGIN.get(name, 1)) is not None


@pytest.mark.parametrize("seed", RARE)
def test_a_seed_that_found_a_rare_bug_finds_it_where_it_comes_back(seed: int) -> None:
    options, mutant = RARE[seed]
    assert not run_seeds([seed], options).failures, told(seed, options)
    with mutant():
        assert run_seeds([seed], options).failures


@pytest.mark.parametrize("name", BEFORE)
def test_what_dies_on_the_way_into_a_tunnel_was_not_sent(name: str) -> None:
    assert type(meeting(TUNNELLED, BEFORE[name])) is Unreachable


@pytest.mark.parametrize("name", AFTER)
def test_what_dies_behind_a_proxy_may_have_arrived(name: str) -> None:
    assert type(meeting(FORWARDED, AFTER[name])) is NoAnswer


@pytest.mark.slow
def test_the_small_cloud_answers_as_the_simulator_does() -> None:
    asked = 0
    with prepared():
        for seed in range(1, PAIRED + 1):
            scenario = Paired(seed, Options(), Figures())
            scenario.run()
            assert isinstance(scenario.cloud, Twin)
            asked += scenario.cloud.asked
            scenario.cloud.simulator.store.close()
    assert asked > PAIRED
