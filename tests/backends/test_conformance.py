"""Every backend keeps what the protocol promises, and each promise would be missed if it were broken."""

import pytest

from ..support import one_in
from .conformance import CHECKS
from .mutants import MUTANTS, is_caught
from .object_servers import needs
from .servers import needs_postgres
from .stores import SERVED, STORES

LOCAL = [name for name in STORES if name not in SERVED]


@pytest.mark.parametrize(
    ("promise", "store"),
    [(promise, store) for store in LOCAL for promise in CHECKS],
)
def test_every_backend_keeps_every_promise(promise: str, store: str) -> None:
    CHECKS[promise](STORES[store])


@needs_postgres
@pytest.mark.parametrize("promise", CHECKS)
def test_a_database_keeps_every_promise(promise: str) -> None:
    CHECKS[promise](STORES["postgres"])


@needs_postgres
@pytest.mark.parametrize("promise", one_in(5, list(CHECKS)))
def test_a_database_behind_a_pooler_does(promise: str) -> None:
    CHECKS[promise](STORES["pgbouncer"])


@needs("seaweedfs")
@pytest.mark.slow
@pytest.mark.parametrize("promise", CHECKS)
def test_seaweedfs_keeps_every_promise(promise: str) -> None:
    CHECKS[promise](STORES["seaweedfs"])


@needs("moto")
@pytest.mark.slow
@pytest.mark.parametrize("promise", CHECKS)
def test_moto_keeps_every_promise(promise: str) -> None:
    CHECKS[promise](STORES["moto"])


@pytest.mark.parametrize("name", MUTANTS)
def test_a_backend_that_breaks_a_promise_is_caught(name: str) -> None:
    assert is_caught(MUTANTS[name])


def test_each_promise_has_a_backend_that_breaks_it() -> None:
    assert {mutant.promise for mutant in MUTANTS.values()} == CHECKS.keys()
