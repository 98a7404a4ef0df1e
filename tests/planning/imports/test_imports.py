"""Tasks that others have started: what is recorded of them, and each bug on purpose is caught."""

from collections.abc import Callable

import pytest

from .checks import CHECKS
from .mutants import MUTANTS, caught_by


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_promises(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize("name", MUTANTS)
def test_bugs_on_purpose_are_caught(name: str) -> None:
    """All at once, with what catches each: `python -m tests.planning.imports.mutants`."""
    assert caught_by(MUTANTS[name]) is not None
