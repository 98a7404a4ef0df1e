"""The processes that benchmarks/scale.py measures: ours, and whatever does as much elsewhere."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from benchmarks import apply
from benchmarks.plan import CSAFE, Scene, laid
from benchmarks.scale_page import (
    CHANGED,
    JSON,
    LOADER,
    NEW,
    OCTODNS,
    SDK_ASKS,
    SDK_STARTS,
    TERRAFORM,
    UNCHANGED,
    WARM,
)
from benchmarks.serving import serving

EDIT = ("bitRate: 2500", "bitRate: 2600")
LAYOUTS = {"hundred": 100, "each": 1}
MOST = 10_000
"""So many are started one by one, and given to what holds 170 kB of each."""
KEYS = {**apply.KEYS, "TRTC_KEY": "key", "STREAM_KEY": "key"}
LOAD_JSON = "import json, sys\nwith open(sys.argv[1], 'rb') as file: json.load(file)"
ASK = """
import sys
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.live.v20180801.live_client import LiveClient
from tencentcloud.live.v20180801.models import DescribeLiveStreamStateRequest

port, streams = sys.argv[1:]
http = HttpProfile(protocol="http", endpoint=f"127.0.0.1:{port}", keepAlive=True)
client = LiveClient(Credential("AKIDexample", "secretexample"), "", ClientProfile(httpProfile=http))
for number in range(int(streams)):
    request = DescribeLiveStreamStateRequest()
    request.DomainName, request.AppName = "push.example.com", "live"
    request.StreamName = f"stage-{number:05}"
    assert client.DescribeLiveStreamState(request).StreamState == "active"
"""
ZONE = "example.com."
SYNC = """\
providers:
  source: {class: octodns.provider.yaml.YamlProvider, directory: source}
  target: {class: octodns.provider.yaml.YamlProvider, directory: DIRECTORY, supports_root_ns: false}
zones:
  example.com.: {sources: [source], targets: [target]}
"""


@dataclass(frozen=True, slots=True)
class Work:
    """A process of a round: its arguments, where it runs, and the exit code that it ends with.

    The first argument is a program where it begins with a slash, else all are Python's. `around` puts the
    world as it has to be, and back.
    """

    arguments: Sequence[str]
    cwd: Path
    code: int = 0
    around: Callable[[], AbstractContextManager[None]] = nullcontext
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Around:
    """What is measured: so many streams in a layout of files, and with what else; `port` is the server's."""

    count: int
    layout: str
    port: int
    octodns: Path | None = None
    starts: bool = False


def served(count: int) -> AbstractContextManager[int]:
    """The port of a server that knows of so many live streams, in a process of its own."""
    return serving("benchmarks.online_server", "--streams", str(count))


def prepared(root: Path, around: Around) -> Iterator[tuple[str, Work]]:
    """The processes of a round by case."""
    scene = laid(root, around.count, LAYOUTS.get(around.layout, around.count))
    yield from _ours(scene, around)
    yield JSON, Work(["-c", LOAD_JSON, str(scene.applied)], root)
    port, count = str(around.port), str(around.count)
    yield SDK_ASKS, Work(["-c", ASK, port, count], root)
    if around.starts and around.count <= MOST:
        yield SDK_STARTS, Work(["-c", apply.SDK, port, count], root)
    if around.octodns is not None:
        yield from _octodns(root, around.count, around.octodns)
    terraform = shutil.which("tofu") or shutil.which("terraform")
    if terraform is not None and around.count <= MOST:
        yield f"{TERRAFORM}, {NEW}", _terraform(scene, terraform)


def _ours(scene: Scene, around: Around) -> Iterator[tuple[str, Work]]:
    root, files = scene.root, sorted(map(str, scene.manifests.iterdir()))
    plan = ["-m", "reconciler", "plan", str(scene.manifests), "--no-refresh", "--detailed-exitcode"]
    applied, none = ["--state", str(scene.applied)], ["--state", str(scene.none)]
    warm = [*plan, *applied]
    online = {**KEYS, "RECONCILER_ENDPOINT": f"http://127.0.0.1:{around.port}"}
    drift = ["-m", "reconciler", "drift", str(scene.manifests), *applied, "--detailed-exitcode"]
    yield LOADER, Work(["-c", CSAFE, *files], root)
    yield "validate", Work(["-m", "reconciler", "validate", str(scene.manifests)], root)
    yield f"plan, {NEW}", Work([*plan, *none, "--no-cache"], root, 2)
    yield f"plan, {UNCHANGED}, no index", Work([*warm, "--no-cache"], root)
    yield WARM, Work(warm, root)
    yield f"plan, {CHANGED}", Work(warm, root, 2, lambda: changed(Path(files[-2]), root))
    yield "drift", Work(drift, root, environment=online)
    yield "state list", Work(["-m", "reconciler", "state", "list", *applied], root)
    if around.starts and around.count <= MOST:
        manifests, state = str(apply.laid(root, around.count)), root / "started" / "state.json"
        start = ["-m", "reconciler", "apply", manifests, "--state", str(state), "--auto-approve"]
        yield "apply", Work(start, root, 0, lambda: gone_after(state.parent), online)


@contextmanager
def changed(file: Path, root: Path) -> Iterator[None]:
    """One document is another for a block; what is kept of it meanwhile is thrown away."""
    text, cache, before = file.read_text(), root / "cache", root / "cache-before"
    shutil.copytree(cache, before)
    file.write_text(text.replace(*EDIT, 1))
    try:
        yield
    finally:
        file.write_text(text)
        shutil.rmtree(cache)
        before.rename(cache)


@contextmanager
def gone_after(folder: Path) -> Iterator[None]:
    """A folder is there for a block, with nothing in it before."""
    folder.mkdir()
    try:
        yield
    finally:
        shutil.rmtree(folder)


def _octodns(root: Path, count: int, program: Path) -> Iterator[tuple[str, Work]]:
    """Plans of as many records: to a zone that has all of them, and to one that has none."""
    directory = root / "octodns"
    records = "".join(
        f"host-{number:06}: {{ttl: 300, type: A, value: 192.0.2.1}}\n" for number in range(count)
    )
    for side, text in (("source", records), (UNCHANGED, records), (NEW, "{}\n")):
        (directory / side).mkdir(parents=True)
        (directory / side / f"{ZONE}yaml").write_text(f"---\n{text}")
    for case in (UNCHANGED, NEW):
        config = directory / f"{case}.yaml"
        config.write_text(SYNC.replace("DIRECTORY", case))
        command = [str(program.resolve()), "--config-file", config.name, "--quiet"]
        yield f"{OCTODNS}, {case}", Work(command, directory)


def _terraform(scene: Scene, program: str) -> Work:
    """A plan of as many documents, each the input of a resource that needs no provider from elsewhere."""
    directory = scene.root / "terraform"
    directory.mkdir()
    texts = (path.read_text() for path in scene.manifests.iterdir() if path.stem != "workspace")
    documents = (one for text in texts for one in yaml.load_all(text, Loader=yaml.CSafeLoader))
    inputs = {one["metadata"]["name"]: {"input": one} for one in documents}
    text = json.dumps({"resource": {"terraform_data": inputs}})
    (directory / "main.tf.json").write_text(text)
    environment = {"CHECKPOINT_DISABLE": "1"}
    begin = [program, "init", "-input=false"]
    subprocess.run(begin, cwd=directory, env={**os.environ, **environment}, check=True, capture_output=True)
    plan = [program, "plan", "-input=false", "-refresh=false", "-lock=false", "-detailed-exitcode"]
    return Work(plan, directory, 2, environment=environment)
