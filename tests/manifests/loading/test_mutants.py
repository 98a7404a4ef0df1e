"""Every bug on purpose is caught by a check, and no check fails without one."""

import pytest

from ...mutants import first_failing
from ...support import one_in
from .mutants import CHECKS, MUTANTS


@pytest.mark.parametrize("name", one_in(3, MUTANTS))
def test_each_is_caught(name: str) -> None:
    """All at once, with what catches each: `python -m tests.manifests.loading.mutants`."""
    assert first_failing(MUTANTS[name], CHECKS) is not None
