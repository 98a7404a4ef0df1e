"""A whole state that moves is in one place alone, from store to store; and each promise would be missed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from reconciler.backends.protocol import Replacing, Session
from reconciler.errors import ReconcilerError
from reconciler.running import migrating
from reconciler.running.migrating import Journey
from reconciler.state.model import State

from ..backends.servers import needs_postgres
from .migrations import CHECKS, PAIRS, pair


@pytest.mark.parametrize("stores", PAIRS, ids="-".join)
@pytest.mark.parametrize("promise", CHECKS)
def test_a_state_moves_from_store_to_store(promise: str, stores: tuple[str, str]) -> None:
    CHECKS[promise](*pair(stores))


@needs_postgres
@pytest.mark.slow
@pytest.mark.parametrize("stores", [("local", "postgres"), ("postgres", "objects")], ids="-".join)
@pytest.mark.parametrize("promise", CHECKS)
def test_a_state_moves_into_a_database_and_out_of_it(promise: str, stores: tuple[str, str]) -> None:
    CHECKS[promise](*pair(stores))


def never(state: State, target: Replacing) -> bool:
    return False


def unseen(*_: object) -> list[str]:
    return []


def kept(source: Session, journey: Journey) -> None:
    """It stays where it was as well, though marked."""


def unmarked(source: Session, journey: Journey) -> None:
    source.finish(replace(source.state, entries={}, moved="", cleared="migrated"))


MUTANTS: dict[str, tuple[str, Callable[..., Any]]] = {
    "written over what went on there": ("_has_arrived", never),
    "not verified": ("differences", unseen),
    "left where it was": ("_leave", kept),
    "not marked": ("_leave", unmarked),
    "written over another state": ("_check_target", unseen),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_each_bug_of_a_move_is_caught(name: str) -> None:
    attribute, bug = MUTANTS[name]
    with patch.object(migrating, attribute, bug), pytest.raises((AssertionError, ReconcilerError)):
        for check in CHECKS.values():
            check(*pair(("memory", "memory")))
