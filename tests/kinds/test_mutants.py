"""Every bug on purpose is caught by a check, and no check fails without one."""

from collections.abc import Iterator

import pytest

from ..mutants import first_failing
from ..support import loaded
from .mutants import CHECKS, MUTANTS


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    """What is loaded with a bug is not kept for other tests."""
    yield
    loaded.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_each_is_caught(name: str) -> None:
    """All at once, with what catches each: `python -m tests.kinds.mutants`."""
    assert first_failing(MUTANTS[name], CHECKS) is not None
