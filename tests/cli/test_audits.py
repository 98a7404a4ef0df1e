"""A run is named by its whole ID, or by so much of it as is told of no other."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from reconciler.cli.audits import run_named
from reconciler.errors import UsageError
from reconciler.model import Address
from reconciler.state.journal import Record
from reconciler.state.runs import RunRecord
from tests.state.test_runs import RUNS

KEPT = ("0a1b2c3d", "0a1b2f00", "f00d0000", "0a1b")


class Kept:
    """What is kept of some runs, known by their IDs alone."""

    def runs(self, most: int) -> Sequence[RunRecord]:
        """Of each ID a run."""
        return [replace(RUNS[0][0], begin=replace(RUNS[0][0].begin, run=run)) for run in KEPT][:most]

    def records(self, run: str) -> Sequence[Record]:
        """None."""
        raise AssertionError(f"nobody asks what run {run} did")

    def life_of(self, address: Address, most: int) -> Sequence[tuple[RunRecord, Record]]:
        """None."""
        raise AssertionError(f"nobody asks what became of {address}, {most} records")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("0a1b2c3d", "0a1b2c3d"),
        ("0a1b2c", "0a1b2c3d"),
        ("0a1b2f", "0a1b2f00"),
        ("f00d", "f00d0000"),
        ("0a1b", "0a1b"),
    ],
)
def test_a_run_is_named_by_what_only_it_begins_with(text: str, named: str) -> None:
    assert run_named(Kept(), text).run == named


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0a1b2", "the run ID '0a1b2' is ambiguous: 2 runs match"),
        ("0", "the run ID '0' is ambiguous: 3 runs match"),
        ("f00", "no run 'f00' in the history"),
        ("e", "no run 'e' in the history"),
        ("0a1b2c3d0", "no run '0a1b2c3d0' in the history"),
    ],
)
def test_what_names_no_run_or_several_is_refused_with_what_to_do(text: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        run_named(Kept(), text)
    assert str(refused.value) == words and refused.value.hint and "reconciler history" in refused.value.hint
