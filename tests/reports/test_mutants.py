"""Bugs on purpose in reports, comparing and moments: each is caught by the check that looks for it."""

import pytest

from ..support import one_in
from .mutants import MUTANTS, caught_by


@pytest.mark.parametrize("name", one_in(4, MUTANTS))
def test_every_mutant_is_caught(name: str) -> None:
    """All at once: `python -m tests.reports.mutants`."""
    assert caught_by(*MUTANTS[name])
