"""Runs a process, and tells what it and all that it starts took.

    python -I -S benchmarks/launched.py PROGRAM [ARGUMENT ...]

Prints CPU seconds, the most memory that all of them held at one time (MiB, what they share counted once), and
the exit code. It is a small process of its own, as the memory of the one that starts another counts as that
one's.
"""

import os
import subprocess
import sys
import time

PAUSE = 0.02
"""Seconds between two looks at the least; looking takes a tenth of the time at most."""


def tree(root: int) -> list[int]:
    """The process and all below it that run."""
    found, waiting = list[int](), [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/children") as file:
                    waiting += map(int, file.read().split())
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
    return found


def held(pid: int) -> int:
    """The KiB that a process holds, its part of what it shares with others; 0 of one that has ended."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def watched(process: "subprocess.Popen[bytes]") -> tuple[float, float, int]:
    """(CPU seconds, MiB, exit code) of a process, once it has ended."""
    most = 0
    while True:
        began = time.monotonic()
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
        if ended:
            return used.ru_utime + used.ru_stime, max(most, used.ru_maxrss) / 1024, _code(status)
        most = max(most, sum(map(held, tree(process.pid))))
        time.sleep(max(PAUSE, 9 * (time.monotonic() - began)))


def _code(status: int) -> int:
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    print(*watched(subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)))
