"""Every bug on purpose in a status is caught by a check, and no check fails without one."""

from contextlib import nullcontext

import pytest

from ..mutants import first_failing
from ..support import one_in
from .status_mutants import CHECKS, MUTANTS


@pytest.mark.parametrize("name", one_in(4, MUTANTS))
def test_each_is_caught(name: str) -> None:
    """All at once, with what catches each: `python -m tests.planning.status_mutants`."""
    assert first_failing(MUTANTS[name], CHECKS) is not None


def test_nothing_is_caught_where_there_is_no_bug() -> None:
    assert first_failing(nullcontext, CHECKS) is None
