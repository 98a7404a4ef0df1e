"""What a hold on a shared state is kept with: a clock that nobody sets, and a thread beside the command."""

import time
from collections.abc import Callable
from threading import Thread


def boot_time() -> float:
    """Seconds on a clock that nobody sets and that goes on while the machine sleeps, where it has one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def spawn(run: Callable[[], None]) -> None:
    """Runs something beside the command, which does not wait for it."""
    Thread(target=run, name="hold", daemon=True).start()
