"""States edited by hand: each promise is kept, and each would be missed."""

from collections.abc import Callable

import pytest

from ..support import one_in
from .checks import CHECKS
from .mutants import MUTANTS, caught_by


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_each_promise_is_kept(check: Callable[[], None]) -> None:
    check()


@pytest.mark.share(6)
@pytest.mark.parametrize("name", one_in(8, MUTANTS))
def test_each_bug_is_caught(name: str) -> None:
    """All at once, with what catches each: `python -m tests.state.mutants`."""
    assert caught_by(MUTANTS[name]) is not None
