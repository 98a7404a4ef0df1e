"""Threads and reserves for a run: all that it will need is had before its first call.

A pool that starts its threads as they are needed finds out in the middle of a run that there are
no more; and who has used up the last memory or descriptor cannot even write down what runs.
"""

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from reconciler.errors import ExhaustedError, exhausted

T = TypeVar("T")

FOR_THE_END = 16
"""Descriptors that the end of a run needs at most: state, copies, directories, lock and pace."""


@dataclass(frozen=True, slots=True)
class _Job:
    """Something to do, and where its result goes."""

    work: Callable[[], Any]
    future: "Future[Any]" = field(default_factory=Future)

    def run(self) -> None:
        """Does it, if nobody has called it off."""
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self.work())
        except BaseException as error:
            self.future.set_exception(error)


class Workers(Executor):
    """An Executor of so many threads, or of as many as there can be; `refusal` says why not of all.

    They are started at once, so that nothing which is submitted later can fail for want of a
    thread. Raises ExhaustedError where there cannot be one.
    """

    def __init__(self, most: int) -> None:
        self.refusal: ExhaustedError | None = None
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[Thread] = []
        while len(self._threads) < most and self.refusal is None:
            self._start()
        if not self._threads and self.refusal is not None:
            raise self.refusal

    @property
    def count(self) -> int:
        """How many threads there are."""
        return len(self._threads)

    def _start(self) -> None:
        try:
            # An interrupt may keep it from being told to end: then the process must not wait for it.
            thread = Thread(target=self._work, name=f"call-{self.count}", daemon=True)
            thread.start()
        except (RuntimeError, MemoryError) as error:
            self.refusal = exhausted(error)
            if self.refusal is None:
                raise
        else:
            self._threads.append(thread)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()
            del job  # what it holds on to ends with it, not with the next

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Has it done by the first thread that is free."""
        job = _Job(lambda: fn(*args, **kwargs))
        self._jobs.put(job)
        return job.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the threads once they have done what was submitted, or what they are at."""
        if cancel_futures:
            with suppress(Empty):
                while (job := self._jobs.get_nowait()) is not None:
                    job.future.cancel()
        for _ in self._threads:
            self._jobs.put(None)
        if wait:
            for thread in self._threads:
                thread.join()


def spent() -> ExhaustedError | None:
    """What keeps this process from making a connection, if it cannot even open a file; else None."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        return exhausted(error)
    return None


class Reserve:
    """Memory and descriptors that are kept until the end of a run, or until something runs out.

    The memory is never written to, so that it costs nothing but the right to have it. Use it as a
    context manager. Raises ExhaustedError where it, or `descriptors` more beside what is kept, cannot be had.
    """

    def __init__(self, memory: int, descriptors: int) -> None:
        self._kept: list[int] = []
        self._lock = Lock()
        try:
            self._memory = bytearray(memory)
            for _ in range(descriptors + FOR_THE_END):
                self._kept.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        except (OSError, MemoryError) as error:
            self.release()
            if (words := exhausted(error)) is None:
                raise
            raise words from error
        self._close(descriptors)

    def __enter__(self) -> "Reserve":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Gives all of it back, for others to use; a second time does nothing."""
        self._memory = bytearray()
        with self._lock:  # several threads may run out of it at once
            self._close(len(self._kept))

    def _close(self, count: int) -> None:
        for _ in range(count):
            os.close(self._kept.pop())
