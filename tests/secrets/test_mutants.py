"""Every check holds, and every leak on purpose is caught by one."""

import pytest

from ..support import one_in
from .checks import CHECKS
from .mutants import MUTANTS, caught_by


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_it_holds(check: object) -> None:
    assert callable(check)
    check()


@pytest.mark.parametrize("name", one_in(5, MUTANTS))
def test_each_leak_is_caught(name: str) -> None:
    """All at once, with what catches each: `python -m tests.secrets.mutants`."""
    assert caught_by(MUTANTS[name]) is not None
