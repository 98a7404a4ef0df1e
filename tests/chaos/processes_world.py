"""One simulator in a process of its own, one workspace in a directory, and commands run on it."""

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.chaos.processes_children import PATIENCE, Child, Hook, Ran, Streams
from tests.chaos.processes_wishes import Wishes, manifest

ENVIRON = {
    "TENCENTCLOUD_SECRET_ID": "AKIDexample",
    "TENCENTCLOUD_SECRET_KEY": "secretexample",
    "TRTC_SECRET_KEY": "key-of-the-tests",
    "NO_COLOR": "1",
}
APPLY = ("apply", "--auto-approve", "--allow")
"""An apply of whatever the manifests say, however much of it stops what runs."""
STATE = Path("state") / "demo.json"
HISTORY = Path("state") / "demo.history"


class World:
    """The simulated cloud at `url`, and the directory `root` that the commands run in."""

    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        self.root = root
        self.keep = False
        self.variables: dict[str, str] = {}
        self._http = requests.Session()
        self._http.trust_env = False
        self._children = 0

    def close(self) -> None:
        self._http.close()

    def get(self, what: str) -> Any:
        answer = self._http.get(f"{self.url}/_admin/{what}", timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, what: str, body: Any = None) -> None:
        answer = self._http.post(f"{self.url}/_admin/{what}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text

    def afresh(self) -> None:
        """An empty cloud and an empty directory."""
        self.post("reset")
        shutil.rmtree(self.root)
        (self.root / "manifests").mkdir(parents=True)
        (self.root / STATE).parent.mkdir()  # that it is there makes the directory a project's root

    def write(self, wishes: Wishes, folder: str = "manifests") -> None:
        (self.root / folder).mkdir(exist_ok=True)
        (self.root / folder / "all.yaml").write_text(manifest(wishes.values()))

    def start(self, *arguments: str, hook: Hook = lambda: None, streams: Streams = (None, None)) -> Child:
        """A command of its own that begins now.

        A process that was killed keeps its slots of the account's rate for a minute. Not to wait
        for that, each command has slots of its own, and the simulator forgets the last second.
        """
        self._children += 1
        folder = self.root / f"run-{self._children % 100}"
        folder.mkdir(exist_ok=True)
        self.post("variants", {})
        shutil.rmtree(folder / "pace", ignore_errors=True)
        own = {"RECONCILER_ENDPOINT": self.url, "XDG_STATE_HOME": str(folder / "pace"), **self.variables}
        return Child(arguments, folder, {**ENVIRON, **own}, hook, streams)

    def run(self, *arguments: str, seconds: float = PATIENCE) -> Ran:
        """A command from its beginning to its end."""
        return self.start(*arguments).ran(seconds)

    def apply(self, *more: str) -> Ran:
        return self.run(*APPLY, *more)

    def state(self) -> dict[str, Any]:
        """The state's file; an empty state without one."""
        path = self.root / STATE
        empty = {"serial": 0, "resources": {}}
        return dict(json.loads(path.read_text())) if path.exists() else empty

    def beside_the_state(self) -> set[str]:
        """The names of the files beside the state."""
        folder = self.root / STATE.parent
        return {path.name for path in folder.iterdir()} if folder.exists() else set()

    def tasks(self) -> list[dict[str, Any]]:
        """Every task that runs, paused ones as well."""
        return [task for task in self.get("tasks")["tasks"] if task["status"] != "ended"]

    def calls(self) -> list[dict[str, Any]]:
        """Every call that arrived, in order."""
        found: list[dict[str, Any]] = self.get("calls")["calls"]
        return found


@contextmanager
def simulator(latency: str = "0ms") -> Iterator[str]:
    """The URL of `reconciler simulator` in a process of its own."""
    command = [sys.executable, "-m", "reconciler", "simulator", "--port", "0", "--latency", latency]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().removeprefix("listening on ").strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def world(latency: str = "0ms") -> Iterator[World]:
    """A world; its directory goes at the end, unless it is to be kept or what happens in it fails."""
    root = Path(tempfile.mkdtemp(prefix="chaos-"))
    with simulator(latency) as url, contextlib.closing(World(url, root)) as made:
        made.afresh()
        yield made
    if not made.keep:
        shutil.rmtree(root)
