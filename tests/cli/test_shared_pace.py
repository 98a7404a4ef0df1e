"""The slots of a store are one connection for all of this process that use them at a time."""

from dataclasses import dataclass, field
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.backends.protocol import StateLocation
from reconciler.cli import shared_pace
from reconciler.cli.shared_pace import SharedPaces

ONE = StateLocation("postgresql://db.example/streams?schema=a&workspace=one", "postgres")
TWO = StateLocation("postgresql://db.example/streams?schema=a&workspace=two", "postgres")
OTHER = StateLocation("postgresql://db.example/streams?schema=b&workspace=one", "postgres")


@dataclass
class Pace:
    closed: int = 0

    def close(self) -> None:
        self.closed += 1


@dataclass
class Backends:
    made: list[Pace] = field(default_factory=list)

    def __call__(self, state: StateLocation) -> Any:
        self.made.append(Pace())
        return SimpleNamespace(parts=SimpleNamespace(pace=self.made[-1]))


@pytest.fixture
def backends(monkeypatch: pytest.MonkeyPatch) -> Backends:
    found = Backends()
    monkeypatch.setattr(shared_pace, "backend_for", found)
    return found


def test_workspaces_of_a_store_share_them_and_the_last_closes_them(backends: Backends) -> None:
    paces = SharedPaces()
    with paces.of(ONE) as one:
        with paces.of(TWO) as two, paces.of(OTHER) as other:
            assert one is two and one is not other
        assert [pace.closed for pace in backends.made] == [0, 1]
    assert [pace.closed for pace in backends.made] == [1, 1]
    with paces.of(ONE) as again:
        assert again is not one


def test_a_store_without_slots_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        shared_pace, "backend_for", lambda state: SimpleNamespace(parts=SimpleNamespace(pace=None))
    )
    with SharedPaces().of(ONE) as found:
        assert found is None


def test_threads_may_come_and_go(backends: Backends) -> None:
    paces = SharedPaces()

    def use() -> None:
        for _ in range(200):
            with paces.of(ONE) as found:
                assert isinstance(found, Pace) and not found.closed

    threads = [Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(pace.closed == 1 for pace in backends.made)
