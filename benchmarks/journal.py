"""What the journal costs an apply: its share of the time at the API's 20 calls a second, and one append.

    python benchmarks/journal.py [--relays 200] [--appends 2000] [--latency 0.08] [--directory DIR]

Runs `reconciler apply` of so many relays in this process, against the simulator in another, with a
clock around everything that is written while the calls go out: an intent and an outcome for each,
both on the disk before anything goes on. Then the same without a journal: the difference is what it
costs, as calls that wait for their turn wait no longer for it. Then times appends alone. On a machine
that does other things, only these tell of the disk. `--directory` is where the state is put; by
default, where temporary files are.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from threading import Lock
from typing import Any
from unittest.mock import patch

from pace import relays

from reconciler.backends.local.backend import LocalBackend
from reconciler.backends.local.files import PosixFiles
from reconciler.backends.local.journal import decode
from reconciler.backends.local.session import LocalSession
from reconciler.cli import main as command_line
from reconciler.running import run
from reconciler.state.journal import Outcome, Record

PER_SECOND = 20


class Clock:
    """How long each call of a function took, whichever thread it was in."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._lock = Lock()

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                took = time.perf_counter() - began
                with self._lock:
                    self.times.append(took)

        return timed

    def total(self) -> float:
        return sum(self.times)


@contextmanager
def simulator(latency: float) -> Iterator[str]:
    command = [sys.executable, "-m", "reconciler", "simulator", "--port", "0", "--latency", f"{latency}s"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().removeprefix("listening on ").strip()
    finally:
        process.kill()
        process.communicate()


def environ(url: str, directory: Path) -> dict[str, str]:
    return {
        "TENCENTCLOUD_SECRET_ID": "AKIDexample",
        "TENCENTCLOUD_SECRET_KEY": "secretexample",
        "TRTC_SECRET_KEY": "key",
        "RECONCILER_ENDPOINT": url,
        "XDG_STATE_HOME": str(directory / "pace"),
    }


def unwritten(held: LocalSession, record: Record) -> None:
    """No append at all."""


def apply(
    manifests: Path, state: Path, append: Callable[[LocalSession, Record], None]
) -> tuple[float, Clock, Clock]:
    """(seconds from the plan to the written state, each append, each commit) of one apply."""
    appends, commits, whole = Clock(), Clock(), Clock()
    words = ["apply", "--auto-approve", "--state", str(state), str(manifests)]
    with (
        patch.object(LocalSession, "append", appends.around(append)),
        patch.object(LocalSession, "finish", commits.around(LocalSession.finish)),
        patch("reconciler.running.apply.execute_plan", whole.around(run.execute_plan)),
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as err,
        suppress(SystemExit),
    ):
        command_line(words)
    assert "Apply: " in out.getvalue(), err.getvalue()
    return whole.total(), appends, commits


def outcome(state: Path) -> Record:
    """An outcome as that apply wrote it, made again from the state that it left."""
    backend = LocalBackend(state, PosixFiles(), lambda: "bench")
    address, entry = next(iter(backend.snapshot(None).state.entries.items()))
    return Outcome(address, f"{address}#0", "done", entry)


def append_alone(directory: Path, record: Record, count: int) -> Clock:
    """Appends of one record, one after the other, to a journal in the directory."""
    backend = LocalBackend(directory / "alone.json", PosixFiles(), lambda: "bench")
    clock = Clock()
    with backend.hold("bench", {}) as held:
        held.begin("run", "2026-01-01T00:00:00Z", "lineage")
        append = clock.around(held.append)
        for _ in range(count):
            append(record)
        journal = backend.paths.journal.read_bytes()
        assert len(decode(journal, "journal").records) == count + 1
    return clock


def tell(name: str, clock: Clock) -> None:
    times = sorted(clock.times)
    middle, high = times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3
    print(f"{name}: {len(times)}, p50 {middle:.2f} ms, p99 {high:.2f} ms, at most {times[-1] * 1e3:.2f} ms")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--relays", type=int, default=200)
    options.add_argument("--appends", type=int, default=2000)
    options.add_argument("--latency", type=float, default=0.08, help="of each call, in seconds")
    options.add_argument("--directory", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.directory) as made, simulator(chosen.latency) as url:
        directory = Path(made)
        os.environ.update(environ(url, directory))
        manifests, state = directory / "all.yaml", directory / "bench.json"
        manifests.write_text(relays("without", 1 + chosen.relays, chosen.relays))
        without = apply(manifests, directory / "without.json", unwritten)[0]
        time.sleep(2)  # until no slot of the account's rate is taken any more
        manifests.write_text(relays("bench", 1, chosen.relays))
        seconds, appends, commits = apply(manifests, state, LocalSession.append)
        rate = chosen.relays / seconds
        print(f"{chosen.relays} starts in {seconds:.2f} s, {rate:.1f} a second, each with two appends")
        print(f"without a journal {without:.2f} s: it costs {(seconds - without) / seconds:.2%} of the time")
        tell("appends", appends)
        written = appends.total() + commits.total()
        print(f"in appends and commits: {written:.3f} s, over all threads")
        slot = 2 * appends.total() / len(appends.times)
        print(f"two appends are {slot * PER_SECOND:.2%} of a call's slot of {1000 / PER_SECOND:.0f} ms")
        tell("appends alone", append_alone(directory, outcome(state), chosen.appends))


if __name__ == "__main__":
    main()
