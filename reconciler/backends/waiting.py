"""How long to wait for a state that another run holds."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from reconciler.errors import LockedError

POLL = 0.2
"""Seconds between two attempts to take a lock."""

T = TypeVar("T")


def _still() -> float:
    return 0.0


def _unheard(_: object) -> None:
    """Nobody is told, and no time passes."""


@dataclass(frozen=True, slots=True)
class Wait:
    """So many seconds, by this clock; `tell` is called with the LockedError of each new holder met."""

    seconds: float = 0.0
    clock: Callable[[], float] = _still
    sleep: Callable[[float], object] = _unheard
    tell: Callable[[LockedError], object] = _unheard


NO_WAIT = Wait()


@contextmanager
def patient(attempt: Callable[[], AbstractContextManager[T]], wait: Wait) -> Iterator[T]:
    """Enters what the attempt gives, trying again for as long as is waited while somebody else has it.

    For stores that tell nobody when a hold ends. Raises LockedError once the time is over.
    """
    end, told = wait.clock() + wait.seconds, ""
    with ExitStack() as stack:
        while True:
            try:
                entered = stack.enter_context(attempt())
                break
            except LockedError as error:
                if wait.clock() >= end:
                    raise
                if error.message != told:
                    wait.tell(error)
                told = error.message
                wait.sleep(min(POLL, max(0.0, end - wait.clock())))
        yield entered
