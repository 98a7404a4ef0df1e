"""Every backend keeps what the protocol promises, and each promise would be missed if it were broken."""

import pytest

from .conformance import CHECKS
from .mutants import MUTANTS, is_caught
from .servers import needs_postgres
from .stores import SERVED, STORES

EACH = [pytest.param(name, marks=[needs_postgres] if name in SERVED else []) for name in STORES]


@pytest.mark.parametrize("store", EACH)
@pytest.mark.parametrize("promise", CHECKS)
def test_every_backend_keeps_every_promise(promise: str, store: str) -> None:
    CHECKS[promise](STORES[store])


@pytest.mark.parametrize("name", MUTANTS)
def test_a_backend_that_breaks_a_promise_is_caught(name: str) -> None:
    assert is_caught(MUTANTS[name])


def test_each_promise_has_a_backend_that_breaks_it() -> None:
    assert {mutant.promise for mutant in MUTANTS.values()} == CHECKS.keys()
