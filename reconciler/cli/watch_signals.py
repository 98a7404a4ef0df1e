"""The signals that end a watch in order; a second one ends the process at once."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from reconciler.cli.applying import SIGNALS
from reconciler.cli.json_log import raw


@contextmanager
def signals_heeded(stop: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """Has `stop` called for the first signal; what it gives tells whether that was SIGINT.

    The handler only writes a byte: `stop` takes locks that the interrupted thread may be holding, so that it
    is called by a thread that reads it. A signal that is ignored, as under nohup, stays ignored.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    seen: list[int] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heeded = [number for number, handler in before.items() if handler is not signal.SIG_IGN]

    def handle(number: int, frame: object) -> None:
        seen.append(number)
        for one in heeded:
            signal.signal(one, signal.SIG_DFL)
        with suppress(OSError):  # a reader of standard error that has gone is no reason to go on
            os.write(2, raw("stopping: waiting for the calls in flight; a second signal stops at once"))
        with suppress(OSError):
            os.write(writing, b"!")

    def read() -> None:
        if os.read(reading, 1):
            stop()

    thread = Thread(target=read, name="signals", daemon=True)
    thread.start()
    try:
        for number in heeded:
            signal.signal(number, handle)
        yield lambda: signal.SIGINT in seen
    finally:
        for number in heeded:
            signal.signal(number, before[number])
        os.close(writing)  # the thread reads the end, if it has read nothing before
        thread.join()
        os.close(reading)
