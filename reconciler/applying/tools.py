"""What an apply touches the world through: handed in, so that a whole run can be had on a virtual clock."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from reconciler.applying.results import ChangeResult
from reconciler.calls import Attempts, Request
from reconciler.cloud.resolve import ResolvedRequest
from reconciler.errors import ExhaustedError, exhausted
from reconciler.state.journal import Record

Append = Callable[[Record], None]
"""Puts a record on the disk before it returns; raises StateError where it cannot."""


class Resolve(Protocol):
    """Puts secrets and the TaskIds told so far into a request; raises SecretError."""

    def __call__(self, request: Request, task_ids: Mapping[str, str]) -> ResolvedRequest:
        """The body to send."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything an apply touches the world through; `clock` gives unix seconds.

    `append` returns once a record is on the disk. `interrupted` tells whether to begin nothing
    new. `tell` is called with each change's result as it comes, and `relieve` once something has run out,
    such as memory: it gives back what was kept for that. `wait` takes some seconds, and may end early.
    """

    send: Attempts
    resolve: Resolve
    append: Append
    clock: Callable[[], float]
    executor: Executor
    interrupted: Callable[[], bool] = lambda: False
    tell: Callable[[ChangeResult], None] = lambda result: None
    relieve: Callable[[], None] = lambda: None
    wait: Callable[[float], object] = lambda seconds: None

    def relieved(self, failure: Exception) -> ExhaustedError:
        """What has run out, once what was kept for that is given back; raises a failure that is another."""
        error = failure if isinstance(failure, ExhaustedError) else exhausted(failure)
        if error is None:
            raise failure
        self.relieve()
        return error
