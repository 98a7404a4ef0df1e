"""What an action is: a row of data that the gateway reads. A new service is one more module of such rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .parameters import Field
from .world import World


@dataclass(frozen=True, slots=True)
class Call:
    """A verified request: `at` is simulated time, `machine_at` the clock that clients make credentials by."""

    action: str
    region: str
    account: str
    params: dict[str, Any]
    at: float
    machine_at: float


def accept(_world: World, _call: Call) -> None:
    """Check nothing beyond the table of fields."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the API: how its requests look, how often it may come, and what it does."""

    service: str
    version: str
    name: str
    fields: Mapping[str, Field]
    run: Callable[[World, Call], dict[str, Any]]
    per_second: int
    range_code: str = "InvalidParameter"
    regions: frozenset[str] = frozenset()
    check: Callable[[World, Call], None] = accept
