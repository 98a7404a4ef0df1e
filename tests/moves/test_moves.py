"""What is promised of renames, of moves and of what is left; and that each promise would be missed."""

from collections.abc import Callable

import pytest

from .checks import CHECKS


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: str(check.__name__))
def test_each_promise_is_kept(check: Callable[[], None]) -> None:
    check()
