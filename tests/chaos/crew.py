"""Changes side by side in one thread: while one of them waits for its answer, another may be begun.

The applier submits its changes and waits for the first to end. Here they are queued instead, and
one that is under way lets the next go ahead, from its beginning to its end, at moments that a seed
chooses. Whatever dies in between leaves as many of them open as threads would have.
"""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from unittest.mock import patch

from reconciler.applying import scheduler


@dataclass(eq=False)
class Job(Future[Any]):
    """Something to do, and who does it."""

    crew: "Crew"
    work: Callable[[], Any]

    def __post_init__(self) -> None:
        super().__init__()


class Crew(Executor):
    """Does what is submitted when it is waited for, or while something else is under way."""

    def __init__(self, random: Random, share: float) -> None:
        self._random = random
        self._share = share
        self._queue: list[Job] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        job = Job(self, lambda: fn(*args, **kwargs))
        self._queue.append(job)
        return job

    def next(self) -> None:
        job = self._queue.pop(0)
        job.set_result(job.work())

    def overlap(self) -> None:
        """Something is under way: perhaps another is begun meanwhile."""
        while self._queue and self._random.random() < self._share:
            self.next()


def wait(jobs: Collection[Job], return_when: str) -> tuple[list[Job], set[Job]]:
    """(those that are done, in the order they were submitted; the others)."""
    listed = list(jobs)
    while not any(job.done() for job in listed):
        listed[0].crew.next()
    return [job for job in listed if job.done()], {job for job in listed if not job.done()}


@contextmanager
def in_one_thread() -> Iterator[None]:
    """Applies wait for crews."""
    with patch.object(scheduler, "wait", wait):
        yield
