"""Every bug on purpose is caught by a check, and no check fails without one."""

import pytest

from ..mutants import first_failing
from ..support import one_in
from .checks import all_hold, keys_are_hidden
from .mutants import MUTANTS


@pytest.mark.parametrize("name", one_in(3, MUTANTS))
def test_each_is_caught(name: str) -> None:
    """All at once, with what catches each: `python -m tests.addresses.mutants`."""
    assert first_failing(MUTANTS[name], (all_hold, keys_are_hidden)) is not None
