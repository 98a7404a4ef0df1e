"""Finds what grows faster than what it is given: twice as much may take 2.3 times as long.

    python -m benchmarks.growth [--only NAME] [--size 1000] [--rounds 2]

All in one process, and in CPU seconds; of each the best of some rounds counts, as a busy machine only adds to
it. Exits 1 where something grows faster.
"""

import argparse
import contextlib
import gc
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.plan import STREAM, WORKSPACE
from reconciler.manifests.formatting.document import formatted
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import Workspace, load
from reconciler.model import Address, Status, Verb
from reconciler.plan.model import Plan
from reconciler.planning.planner import make_plan
from reconciler.reports.formats import Look, ReportContext, render
from reconciler.state.document import read_document, write_document
from reconciler.state.lines import briefs
from reconciler.state.model import Entry, LateCall, State
from reconciler.state.unanswered import late_until

NOW = 1_800_000_000.0
MOST = 2.3
RELAY = """\
---
apiVersion: reconciler/v1
kind: RelayStream
metadata: {{name: relay-{number:05}}}
spec:
  room: room-{number:05}
  user: {{userId: alice}}
  agent: {{userId: robot-{robot:05}}}
  video: {{encode: {{width: 640, height: 360, fps: 15, bitRate: 800, gop: 2}}}}
  publish: [{{url: rtmp://push.example.com/live/{push:05}}}]
"""


def workspace(text: str) -> Workspace:
    """What the documents say, beside a workspace of the benchmark's."""
    return load(["-"], lambda: (WORKSPACE + text).encode(), LoadContext(None, frozenset(), False))


def relays(count: int, push: Callable[[int], int] = int, robot: Callable[[int], int] = int) -> Workspace:
    return workspace(
        "".join(
            RELAY.format(number=number, push=push(number), robot=robot(number)) for number in range(count)
        )
    )


def other(number: int) -> int:
    """The other one of a pair."""
    return number ^ 1


def planned(found: Workspace, state: State) -> Plan:
    return make_plan(found.settings, found.resources, state, {}, now=NOW)


def applied(found: Workspace, change: Callable[[Entry], Entry] = lambda entry: entry) -> State:
    """The state once all of it runs."""
    entries: dict[Address, Entry] = {}
    for number, one in enumerate(planned(found, State()).changes):
        entry = one.steps[-1].entry
        assert entry is not None
        told = replace(entry, task_id=f"task-{number}", started_at="2026-12-01T00:00:00Z")
        entries[one.address] = change(told)
    return State(lineage="benchmark", serial=1, entries=entries, digest_key="key")


def late(entry: Entry) -> Entry:
    """A start that was never answered, and may still arrive."""
    until = late_until("2027-01-15T07:59:00Z")
    return replace(
        entry, status=Status.ENDED, task_id=None, late_calls=(LateCall(until, entry.spec, Verb.START),)
    )


def swapped(count: int) -> Callable[[], object]:
    before, after = relays(count), relays(count, push=other)
    state = applied(before)
    return lambda: planned(after, state)


def chained(count: int) -> Callable[[], object]:
    before, after = relays(count), relays(count, push=lambda number: number + 1)
    state = applied(before)
    return lambda: planned(after, state)


def robots_swapped(count: int) -> Callable[[], object]:
    before = relays(count)
    # In one room each, so that the robots are told apart by their names alone.
    text = "".join(
        RELAY.format(number=number, push=number, robot=other(number)).replace(
            f"room-{number:05}", f"room-{number // 2:05}"
        )
        for number in range(count)
    )
    old = "".join(
        RELAY.format(number=number, push=number, robot=number).replace(
            f"room-{number:05}", f"room-{number // 2:05}"
        )
        for number in range(count)
    )
    del before
    state, after = applied(workspace(old)), workspace(text)
    return lambda: planned(after, state)


def in_doubt(count: int) -> Callable[[], object]:
    found = relays(count)
    state = applied(found, late)
    return lambda: planned(found, state)


def renamed(count: int) -> Callable[[], object]:
    found = relays(count)
    state = applied(found)
    after = workspace(
        "".join(
            RELAY.format(number=number, push=number, robot=number).replace(
                f"{{name: relay-{number:05}}}", f"{{name: new-{number:05}, renamedFrom: [relay-{number:05}]}}"
            )
            for number in range(count)
        )
    )
    return lambda: planned(after, state)


def likely(count: int) -> Callable[[], object]:
    """The same resources by other names, without a word of it."""
    found = relays(count)
    state = applied(found)
    after = workspace(
        "".join(
            RELAY.format(number=number, push=number + count, robot=number).replace(
                f"name: relay-{number:05}", f"name: new-{number:05}"
            )
            for number in range(count)
        )
    )
    return lambda: planned(after, state)


def stopped(count: int) -> Callable[[], object]:
    found = relays(count)
    state, none = applied(found), workspace("")
    return lambda: planned(none, state)


def reported(form: str, alike: bool) -> Callable[[int], Callable[[], object]]:
    def report(count: int) -> Callable[[], object]:
        def text(number: int) -> str:
            whole = STREAM.replace("NUMBER", f"{number:05}")
            return whole if alike else whole.replace("bitRate: 2500", f"bitRate: {500 + number}")

        plan = planned(workspace("".join(map(text, range(count)))), State())
        return lambda: render(plan, form, Look(), ReportContext("state.json"))

    return report


def formatting(count: int) -> Callable[[], object]:
    text = WORKSPACE + "".join(STREAM.replace("NUMBER", f"{number:05}") for number in range(count))
    return lambda: formatted(text.encode(), "streams.yaml")


def loading(count: int) -> Callable[[], object]:
    text = "".join(STREAM.replace("NUMBER", f"{number:05}") for number in range(count))
    return lambda: workspace(text)


def state_file(count: int) -> Callable[[], object]:
    data = write_document("benchmark", applied(relays(count)))
    return lambda: briefs(read_document(data, "state.json").state.entries)


def requests_of(count: int) -> str:
    plan = planned(relays(count), State())
    lines = []
    for change in plan.changes:
        call = change.steps[-1].call
        body = json.loads(json.dumps(call.request, default=lambda value: "UserSig"))
        lines.append(json.dumps({"action": call.action.name, "request": body}))
    return "\n".join(lines)


def command(arguments: list[str], folder: Path) -> None:
    """A command as a whole process: what it prints is thrown away."""
    subprocess.run(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def converting(count: int) -> Callable[[], object]:
    folder = Path(tempfile.mkdtemp())
    (folder / "requests.jsonl").write_text(requests_of(count))
    return lambda: command(["convert", "requests.jsonl", "--workspace"], folder)


def git_diff(count: int) -> Callable[[], object]:
    folder = Path(tempfile.mkdtemp())
    git = ["git", "-c", "user.name=b", "-c", "user.email=b@example.com"]

    def commit(limit: int) -> None:
        (folder / "manifests").mkdir(exist_ok=True)
        (folder / "manifests" / "workspace.yaml").write_text(WORKSPACE)
        for number in range(count):
            text = STREAM.replace("NUMBER", f"{number:05}").replace("fps: 25", f"fps: {limit}")
            (folder / "manifests" / f"{number}.yaml").write_text(text)
        subprocess.run([*git, "add", "."], cwd=folder, check=True)
        subprocess.run([*git, "commit", "-qm", "x"], cwd=folder, check=True)

    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    commit(25)
    commit(24)
    return lambda: command(["diff", "--git", "HEAD~1..HEAD"], folder)


CASES: Mapping[str, Callable[[int], Callable[[], object]]] = {
    "load": loading,
    "push addresses that swap in pairs": swapped,
    "push addresses that move up by one": chained,
    "robots that swap in pairs": robots_swapped,
    "calls in doubt": in_doubt,
    "renames": renamed,
    "likely renames": likely,
    "all stopped": stopped,
    "text report, alike": reported("text", True),
    "text report, each its own": reported("text", False),
    "markdown report, each its own": reported("markdown", False),
    "json report": reported("json", False),
    "html report, alike": reported("html", True),
    "fmt": formatting,
    "state read and listed": state_file,
    "convert": converting,
    "diff --git": git_diff,
}


def best(act: Callable[[], object], rounds: int) -> float:
    """CPU seconds that it takes, those of processes that it starts among them."""
    taken = []
    for _ in range(rounds):
        gc.collect()
        gc.disable()  # how often it comes is no matter of what is measured
        before = _cpu()
        with contextlib.redirect_stdout(io.StringIO()):
            act()
        taken.append(_cpu() - before)
        gc.enable()
    return min(taken)


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def measured(make: Callable[[int], Callable[[], object]], size: int, rounds: int) -> tuple[float, float]:
    """(seconds with so many, how many times as many with twice as many)."""
    one, two = best(make(size), rounds), best(make(2 * size), rounds)
    return one, two / one


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--only", default="")
    options.add_argument("--size", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=2)
    chosen = options.parse_args()
    grown = failed = 0
    for name, make in CASES.items():
        if chosen.only not in name:
            continue
        try:
            seconds, times = measured(make, chosen.size, chosen.rounds)
        except Exception as error:
            print(f"{name:36} {type(error).__name__}: {error}", flush=True)
            failed += 1
            continue
        grown += times > MOST
        print(f"{name:36} {seconds:7.2f} s  x {times:4.2f}{'  GROWS' if times > MOST else ''}", flush=True)
    return int(grown + failed > 0)


if __name__ == "__main__":
    sys.exit(main())
