"""Which of two workers has the newer manifests, as they find them changed at different moments."""

from dataclasses import dataclass, field

import pytest

from reconciler.watching.versions import MOST_PAST, InForce, InStep, Standing, in_force, standing

NEVER = InStep()


def force(*versions: str) -> InForce:
    found = InForce()
    for version in versions:
        found = found.followed_by(version)
    return found


@pytest.mark.parametrize(
    ("mine", "step", "stands", "expected"),  # of mine, the last letter is the version of now
    [
        pytest.param("a", NEVER, force(), Standing.NEWER, id="the first round of all"),
        pytest.param("a", NEVER, force("a"), Standing.SAME, id="what is in force"),
        pytest.param("b", InStep(1, "a"), force("a"), Standing.NEWER, id="my files changed"),
        pytest.param("a", InStep(1, "a"), force("a", "b"), Standing.OLDER, id="others' files changed"),
        pytest.param("a", NEVER, force("a", "b"), Standing.OLDER, id="begun with what was in force before"),
        pytest.param("c", NEVER, force("a", "b"), Standing.UNKNOWN, id="begun with what never was"),
        pytest.param("a", InStep(2, "b"), force("a", "b"), Standing.NEWER, id="mine were reverted"),
        pytest.param("b", InStep(2, "b"), force("a", "b", "a"), Standing.OLDER, id="others' were reverted"),
        pytest.param("ac", InStep(1, "a"), force("a", "b"), Standing.UNKNOWN, id="both changed"),
        pytest.param("abc", InStep(1, "a"), force("a", "b"), Standing.NEWER, id="mine changed twice"),
        pytest.param("ab", NEVER, force("a"), Standing.NEWER, id="mine changed, and others made the round"),
        pytest.param(
            "ba", NEVER, force("a", "b"), Standing.OLDER, id="nobody can tell a revert from a delay"
        ),
        pytest.param("a", InStep(3, "a"), force("a", "b", "a"), Standing.SAME, id="reverted for all"),
    ],
)
def test_who_has_newer_manifests(mine: str, step: InStep, stands: InForce, expected: Standing) -> None:
    assert standing(list(mine), step, stands) is expected
    assert standing(list(mine), step, in_force(stands.to_json())) is expected


def test_so_many_versions_are_remembered_and_each_once() -> None:
    found = force(*(str(number) for number in range(2 * MOST_PAST)), "7")
    assert (found.version, len(found.past), len(set(found.past))) == ("7", MOST_PAST, MOST_PAST)
    assert "7" not in found.past and found.number == 2 * MOST_PAST + 1


@dataclass
class Machine:
    """A worker with files of its own, which gets every commit in turn, some time."""

    commits: list[str]
    at: int = 0
    began: int = 0
    step: InStep = field(default_factory=InStep)

    def round(self, now: InForce) -> InForce:
        """A round as a worker makes it, unless its manifests are older."""
        mine = self.commits[self.at]
        if standing(self.commits[self.began : self.at + 1], self.step, now) in (
            Standing.OLDER,
            Standing.UNKNOWN,
        ):
            return now
        after = now if mine == now.version else now.followed_by(mine)
        self.step = InStep(after.number, mine)
        return after


def test_nothing_that_was_applied_is_taken_back_whoever_makes_the_rounds() -> None:
    """Two machines, every order in which commits arrive and rounds are made."""
    commits = ["a", "b", "c", "d"]

    def explore(machines: tuple[Machine, Machine], now: InForce, newest: int, depth: int) -> int:
        """How many ways were tried; `newest` is the place of the commit that is in force."""
        if depth == 0:
            return 1
        tried = 0
        for number in (0, 1):
            copies = [Machine(commits, one.at, one.began, one.step) for one in machines]
            mine = copies[number]
            if mine.at + 1 < len(commits):
                mine.at += 1
                tried += explore((copies[0], copies[1]), now, newest, depth - 1)
            copies = [Machine(commits, one.at, one.began, one.step) for one in machines]
            mine = copies[number]
            after = mine.round(now)
            if after != now:
                assert mine.at > newest, (machines, now)
            place = max(newest, mine.at) if after.version == commits[mine.at] else newest
            tried += explore((copies[0], copies[1]), after, place, depth - 1)
        return tried

    for began in (0, 1):
        machines = Machine(commits), Machine(commits, began, began)
        assert explore(machines, InForce(), -1, 8) > 1_000
