from collections.abc import Iterator

import pytest
from simulator_client import Client

from reconciler.simulator import running


@pytest.fixture
def base() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def client(base: str) -> Iterator[Client]:
    made = Client(base)
    with made.session:
        yield made
