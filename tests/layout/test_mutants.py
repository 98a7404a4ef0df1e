"""Every bug on purpose is caught by a check, and no check fails without one."""

from collections.abc import Iterator

import pytest

from ..mutants import first_failing
from ..support import loaded, one_in
from .mutants import CHECKS, MUTANTS


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    """What was loaded with a bug is gone."""
    yield
    loaded.cache_clear()


@pytest.mark.parametrize("name", one_in(4, MUTANTS))
def test_each_is_caught(name: str) -> None:
    """All at once, with what catches each: `python -m tests.layout.mutants`."""
    assert first_failing(MUTANTS[name], CHECKS) is not None
