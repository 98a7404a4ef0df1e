"""Times `reconciler plan` as whole processes, against PyYAML's CSafeLoader on the same files in the same run.

    python -m benchmarks.plan [--streams 1000] [--rounds 3] [--against DIR]

Mixed streams of about 60 lines are planned twice, offline: all of them new, and nothing changed since they
were applied. Beside it stands what planning alone takes of the processor for each resource, in a process of
its own that collects garbage as the commands of its checkout do: cold is the first plan that it makes, warm
the second of the same. `--against` measures another checkout as well, with its own `.venv` where it has one,
and says what became of each figure. Rounds alternate, so that a busy machine slows all alike; all times are
the processor's, and medians.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.state.codec import state_from_json
from reconciler.state.document import write_document

HERE = Path(__file__).parent.parent
FILE_HAS = 100
"""Streams."""
PLANNED_AT_ONCE = 10_000
"""Streams of a plan that is saved."""
CASES = ("all new", "nothing changed")
APPLIED_AT = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

WORKSPACE = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: benchmark}
spec:
  region: ap-guangzhou
  trtc: {sdkAppId: 1400000000, secretKey: {env: TRTC_KEY}}
"""
STREAM = """\
---
apiVersion: reconciler/v1
kind: MixStream
metadata:
  name: stage-NUMBER
  labels:
    event: autumn
    team: video
spec:
  room: stage-NUMBER
  agent:
    userId: mix-NUMBER
    maxIdleTime: 60
  audio:
    encode:
      sampleRate: 48000
      channel: 2
      bitRate: 64
    subscribeAudioList:
      - userId: host-NUMBER
        soundLevel: 100
      - userId: interpreter
        soundLevel: 80
  video:
    encode:
      width: 1280
      height: 720
      fps: 25
      bitRate: 2500
      gop: 2
  layout:
    mode: custom
    canvas:
      width: 1280
      height: 720
    slots:
      - name: host
        locationX: 0
        locationY: 0
        imageWidth: 960
        imageHeight: 720
        zOrder: 1
      - name: guest
        locationX: 960
        locationY: 0
        imageWidth: 320
        imageHeight: 240
        zOrder: 1
        renderMode: fit
    users:
      host: {userId: host-NUMBER}
      guest: {userId: interpreter}
    background:
      color: "0x101820"
  publish:
    - url: rtmp://push.example.com/live/stage-NUMBER
      auth:
        key: {env: STREAM_KEY}
        validFor: 24h
    - url: rtmp://backup.example.com/live/stage-NUMBER
"""

CSAFE = """
import sys, yaml
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        list(yaml.load_all(file, Loader=yaml.CSafeLoader))
"""
# Names modules by where they stand now and where they stood before the rooms.
PLANNING = """
import json, sys, time
from importlib import import_module
from pathlib import Path
import reconciler

def is_here(name):
    # An editable install of another checkout may have what this one has not.
    path = Path(reconciler.__file__).parent.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()

def module(*names):
    found = next(filter(is_here, names), None)
    if found is None:
        raise SystemExit(f"none of {names} is in this checkout")
    return import_module(found)

manifests, state_file = sys.argv[1:]
if is_here("reconciler.cli.collecting"):  # else commands leave the collector as it is
    module("reconciler.cli.collecting").collect_seldom()
read = module("reconciler.cli.world").read_workspace((manifests,))
states = module("reconciler.state.codec", "reconciler.state.model", "reconciler.state")
state = module("reconciler.state.model", "reconciler.state").State()
if state_file:
    with open(state_file, "rb") as file:
        state = states.state_from_json(json.load(file), state_file)[1]
make_plan = module("reconciler.planning.planner", "reconciler.planner").make_plan
for _ in range(2):
    began = time.process_time()
    make_plan(read.settings, read.resources, state, {}, now=time.time())
    print(time.process_time() - began)
"""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A tree that has a package `reconciler`, and the interpreter with what it needs."""

    name: str
    root: Path

    @property
    def python(self) -> str:
        own = self.root / ".venv" / "bin" / "python"
        return str(own) if own.exists() else sys.executable

    def run(self, arguments: Sequence[str], cwd: Path, code: int = 0) -> tuple[float, str]:
        """CPU seconds of a process in this checkout, and what it printed; raises RuntimeError."""
        environment = {**os.environ, "PYTHONPATH": str(self.root), "COLUMNS": "100"}
        before = os.times()
        ran = subprocess.run(
            [self.python, *arguments], cwd=cwd, env=environment, capture_output=True, text=True
        )
        after = os.times()
        if ran.returncode != code:
            raise RuntimeError(f"{self.name}: exit code {ran.returncode}, not {code}: {ran.stderr[-2000:]}")
        return (
            after.children_user + after.children_system - before.children_user - before.children_system,
            ran.stdout,
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """What is planned: manifests, and the state in which nothing is to be done."""

    root: Path
    manifests: Path
    applied: Path
    streams: int

    @property
    def none(self) -> Path:
        """A state that was never written, and has none beside it in which the same streams run."""
        return self.root / "new" / "none.json"

    @property
    def cases(self) -> dict[str, Path | None]:
        """The state of each case."""
        return dict(zip(CASES, (None, self.applied), strict=True))


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--streams", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--against", type=Path, metavar="DIR", help="a checkout to compare with")
    chosen = options.parse_args()
    checkouts = [Checkout("this", HERE)]
    if chosen.against is not None:
        checkouts.insert(0, Checkout("before", chosen.against.resolve()))
    with tempfile.TemporaryDirectory() as temporary:
        scene = laid(Path(temporary), chosen.streams)
        for checkout in checkouts:
            checkout.run(["-m", "compileall", "-q", str(checkout.root / "reconciler")], scene.root)
        rounds = [dict(measured(scene, checkouts)) for _ in range(chosen.rounds)]
        size = sum(path.stat().st_size for path in scene.manifests.iterdir())
    figures = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    lines = len(STREAM.splitlines())
    print(f"{chosen.streams} streams of {lines} lines, {size / 1e6:.1f} MB, {chosen.rounds} rounds")
    print(*report(figures, checkouts, chosen.streams), sep="\n")


def laid(root: Path, streams: int, per_file: int = FILE_HAS) -> Scene:
    """Writes the manifests and, from the plan that starts them all, the state once it is applied."""
    manifests = root / "manifests"
    manifests.mkdir()
    (manifests / "workspace.yaml").write_text(WORKSPACE)
    for first in range(0, streams, per_file):
        numbers = range(first, min(first + per_file, streams))
        text = "".join(STREAM.replace("NUMBER", f"{number:05}") for number in numbers)
        (manifests / f"streams-{first:06}.yaml").write_text(text)
    scene = Scene(root, manifests, root / "applied.json", streams)
    workspace, state = state_from_json(applied(_started(scene)), str(scene.applied))
    scene.applied.write_bytes(write_document(workspace, state.keyed("")))
    return scene


def _started(scene: Scene) -> dict[str, Any]:
    """The entries after plans that start all streams, some files at a time: a saved plan has a limit."""
    settings, *files = sorted(scene.manifests.iterdir(), key=lambda path: (path.stem != "workspace", path))
    at_a_time = max(PLANNED_AT_ONCE * len(files) // scene.streams, 1)
    saved, entries = scene.root / "plan.json", dict[str, Any]()
    for first in range(0, len(files), at_a_time):
        paths = map(str, (settings, *files[first : first + at_a_time]))
        command = ["-m", "reconciler", "plan", *paths, "--no-refresh", "--no-cache"]
        Checkout("this", HERE).run([*command, "--state", str(scene.none), "--out", str(saved)], scene.root)
        changes = json.loads(saved.read_text())["changes"]
        entries.update((change["address"], change["calls"][-1]["entry"]) for change in changes)
        saved.unlink()
    return entries


def applied(entries: dict[str, Any]) -> dict[str, object]:
    """The state with these entries, with a TaskId made up for each."""
    told = {
        address: {**entry, "taskId": f"task-{number:05}", "startedAt": APPLIED_AT}
        for number, (address, entry) in enumerate(sorted(entries.items()))
    }
    head = {
        "formatVersion": 1,
        "workspace": "benchmark",
        "serial": 1,
        "lineage": "benchmark",
        "digestKey": "key",
    }
    return {**head, "resources": told}


def plan(scene: Scene, state: Path | None) -> list[str]:
    """The arguments of a plan against that state, or against none."""
    given = str(state or scene.none)
    return ["-m", "reconciler", "plan", str(scene.manifests), "--no-refresh", "--state", given]


def measured(scene: Scene, checkouts: Sequence[Checkout]) -> Iterator[tuple[str, float]]:
    """One round: CPU seconds by name, of the loader alone and of every checkout."""
    files = sorted(map(str, scene.manifests.iterdir()))
    yield "CSafeLoader", checkouts[-1].run(["-c", CSAFE, *files], scene.root)[0]
    for case, state in scene.cases.items():
        for checkout in checkouts:
            code = 0 if state else 2
            yield (
                f"{checkout.name}: {case}",
                checkout.run([*plan(scene, state), "--detailed-exitcode"], scene.root, code)[0],
            )
            probe = ["-c", PLANNING, str(scene.manifests), str(state or "")]
            cold, warm = checkout.run(probe, scene.root)[1].split()
            yield f"{checkout.name}: {case}, cold", float(cold)
            yield f"{checkout.name}: {case}, warm", float(warm)


def report(figures: dict[str, float], checkouts: Sequence[Checkout], streams: int) -> Iterator[str]:
    """A line for each figure, with the checkouts side by side."""
    loader = figures["CSafeLoader"]
    yield f"{'CSafeLoader, whole process':44}{loader:9.2f} s"
    for case in CASES:
        took = [figures[f"{one.name}: {case}"] for one in checkouts]
        yield line(f"plan, {case}", checkouts, took, [f"{one:.2f} s {one / loader:5.2f} x" for one in took])
    for case in CASES:
        for heat in ("cold", "warm"):
            took = [figures[f"{one.name}: {case}, {heat}"] / streams * 1e6 for one in checkouts]
            label = f"planning a resource, {case}, {heat}"
            yield line(label, checkouts, took, [f"{one:.0f} µs" for one in took])


def line(label: str, checkouts: Sequence[Checkout], took: Sequence[float], shown: Sequence[str]) -> str:
    """What was measured, each checkout's figure, and what part of the figure before is left."""
    figures = "".join(f"{one.name:>8} {text:>15}" for one, text in zip(checkouts, shown, strict=True))
    left = f"   {took[-1] / took[0]:.2f} of before" if len(took) > 1 else ""
    return f"{label:44}{figures}{left}"


if __name__ == "__main__":
    main()
