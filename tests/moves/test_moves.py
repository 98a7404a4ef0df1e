"""What is promised of renames, of moves and of what is left; and that each promise would be missed."""

from collections.abc import Callable

import pytest

from ..support import one_in
from .checks import CHECKS
from .mutants import MUTANTS, caught_by


@pytest.mark.parametrize("check", one_in(3, CHECKS, lambda check: str(check.__name__)))
def test_each_promise_is_kept(check: Callable[[], None]) -> None:
    check()


@pytest.mark.share(4)
@pytest.mark.slow
@pytest.mark.parametrize("name", one_in(12, MUTANTS))
def test_each_bug_is_caught(name: str) -> None:
    """All at once, with what catches each: `python -m tests.moves.mutants`."""
    assert caught_by(MUTANTS[name]) is not None
