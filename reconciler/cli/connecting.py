"""A connection to the cloud, of which nothing is loaded before there is something to ask."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from threading import Event
from typing import TYPE_CHECKING

from reconciler.cli.world import Target

if TYPE_CHECKING:
    from reconciler.cli.connection import Cloud

Connected = Callable[[], AbstractContextManager["Cloud"]]

_CONNECTION = "reconciler.cli.connection"


def connect(target: Target, interrupted: Event | None = None) -> "AbstractContextManager[Cloud]":
    """See `connection.connect`: loading what that takes is a quarter of a plan of a hundred resources."""
    found: AbstractContextManager[Cloud] = import_module(_CONNECTION).connect(target, interrupted)
    return found
