"""How long `reconciler status` of many mixed streams takes beyond the questions that it asks, in CPU seconds.

    python -m benchmarks.status [--streams 1000] [--rounds 3]

The whole command in a process of its own, against a simulator: what the threads that ask take of the
processor is told apart. None of the streams runs there, so that each is told to be silent. Beside it stand
`plan --no-refresh`, which reads the same and asks nothing, each step by itself, and a loop of ten million
turns, for how quick the machine is. The best of the rounds; goal: 2 s beyond the questions for 1,000 streams.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.plan import STREAM, WORKSPACE
from reconciler.kinds.records import records_of
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import Workspace, load
from reconciler.model import Observation
from reconciler.planning.planner import make_plan
from reconciler.planning.status import status_of
from reconciler.reports.formats import Look
from reconciler.reports.status import STATUS_FORMS, render_status
from reconciler.simulator import running
from reconciler.state.codec import state_to_json
from reconciler.state.model import State
from reconciler.state.seal import seal
from tests.support import LINEAGE, applied

KEYS = {
    "TENCENTCLOUD_SECRET_ID": "AKIDbenchmark",
    "TENCENTCLOUD_SECRET_KEY": "benchmark",
    "TRTC_KEY": "benchmark",
}
HERE = Path(__file__).parent.parent

# The command with a clock around what its threads do: theirs is the share of the questions.
COMMAND = """
import json, sys, time, threading
from concurrent.futures import Future
from reconciler.cli import workers
from reconciler.cli.main import main

spent, lock, submit = [0.0], threading.Lock(), workers.Workers.submit

def timed(self, work, *arguments, **named):
    def run(*given, **with_names):
        began = time.thread_time()
        try:
            return work(*given, **with_names)
        finally:
            with lock:
                spent[0] += time.thread_time() - began
    return submit(self, run, *arguments, **named)

workers.Workers.submit = timed
try:
    main(sys.argv[1:])
finally:
    print(json.dumps([time.process_time(), spent[0]]), file=sys.stderr)
"""


def manifests_of(count: int) -> str:
    return WORKSPACE + "".join(STREAM.replace("NUMBER", str(number)) for number in range(count))


def best(work: Callable[[], object], rounds: int) -> float:
    """The fewest CPU seconds of the rounds."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def turns() -> None:
    """Work that any machine can be compared by."""
    for _ in range(10_000_000):
        pass


def whole(folder: Path, url: str, words: Sequence[str], rounds: int) -> tuple[float, float]:
    """(CPU seconds of the process beyond what its questions take, those of the questions)."""
    found = []
    for _ in range(rounds):
        ran = subprocess.run(
            [sys.executable, "-c", COMMAND, *words, str(folder), "--state", str(folder / "state.json")],
            env={**os.environ, **KEYS, "RECONCILER_ENDPOINT": url},
            cwd=HERE,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise SystemExit(ran.stderr)
        total, questions = json.loads(ran.stderr.splitlines()[-1])
        found.append((total - questions, questions))
    return min(found)


def parts(workspace: Workspace, state: State, rounds: int) -> None:
    """Each step by itself, in this process, once everything is imported."""
    observed = {one: Observation(None, "1 of 1 pushes are active", 0) for one in state.entries}
    records = records_of(state)
    plan = make_plan(workspace.settings, workspace.resources, state, observed, now=time.time())

    def decided() -> object:
        return status_of(plan, workspace.resources, records_of(state), observed, time.time())

    report = status_of(plan, workspace.resources, records, observed, time.time())
    print(f"{'how each stands':<24} {best(decided, rounds):6.2f} s")
    for form in STATUS_FORMS:
        print(f"{form:<24} {best(partial(render_status, report, form, Look(100)), rounds):6.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    text = manifests_of(options.streams)
    workspace = load(["-"], text.encode, LoadContext())
    state = applied(workspace)
    with (
        tempfile.TemporaryDirectory() as place,
        running(credentials={KEYS["TENCENTCLOUD_SECRET_ID"]: KEYS["TENCENTCLOUD_SECRET_KEY"]}) as url,
    ):
        folder = Path(place)
        (folder / "all.yaml").write_text(text)
        (folder / "state.json").write_bytes(seal(state_to_json("benchmark", replace(state, lineage=LINEAGE))))
        print(f"{options.streams} mixed streams, CPU seconds")
        print(f"{'ten million turns':<24} {best(turns, options.rounds):6.2f} s")
        for words in (["plan", "--no-refresh"], *(["status", "--format", form] for form in STATUS_FORMS)):
            beyond, questions = whole(folder, url, words, options.rounds)
            print(f"{' '.join(words):<24} {beyond:6.2f} s, and {questions:.2f} s for its questions")
    parts(workspace, state, options.rounds)


if __name__ == "__main__":
    main()
