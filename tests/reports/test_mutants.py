"""Bugs on purpose in reports, comparing and moments: each is caught by the check that looks for it."""

import pytest

from .mutants import MUTANTS, caught_by


@pytest.mark.parametrize("name", MUTANTS)
def test_every_mutant_is_caught(name: str) -> None:
    """All at once: `python -m tests.reports.mutants`."""
    assert caught_by(*MUTANTS[name])
