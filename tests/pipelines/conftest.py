from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from reconciler.simulator import running

from .forge import Forge, forge_at
from .github import GitHub, machine_variables

ID, KEY = "AKIDcanaryid0001", "canary-secret-key-0002"
SECRETS = {
    "TENCENTCLOUD_SECRET_ID": ID,
    "TENCENTCLOUD_SECRET_KEY": KEY,
    "RECONCILER_VARIABLES": "# of the application\nTRTC_SECRET_KEY=canary-trtc-key-0003\n",
}
MANIFESTS = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: demo}
spec:
  region: ap-guangzhou
  trtc: {sdkAppId: 1400188366, secretKey: {env: TRTC_SECRET_KEY}}
---
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec:
  room: 295066
  streamUrl: https://example.org/film.mp4
  repeatNum: -1
  userId: film
"""


@dataclass
class World:
    """A forge, the simulator of the cloud, and the disk that a runner keeps."""

    root: Path
    forge: Forge
    cloud: str
    state: Path

    def cloud_get(self, what: str) -> Any:
        answer = requests.get(f"{self.cloud}/_admin/{what}", timeout=10)
        assert answer.status_code == 200
        return answer.json()

    def cloud_post(self, what: str, body: Any = None) -> None:
        assert requests.post(f"{self.cloud}/_admin/{what}", json=body, timeout=10).status_code == 200

    def tasks(self) -> list[dict[str, Any]]:
        return [one for one in self.cloud_get("tasks")["tasks"] if one["status"] == "running"]

    def changing_calls(self) -> list[str]:
        names = [call["action"] for call in self.cloud_get("calls")["calls"]]
        return [name for name in names if not name.startswith("Describe")]

    def end(self, task_id: str) -> None:
        self.cloud_post(f"tasks/{quote(task_id, safe='')}/end")

    def machine(self, **more: str) -> dict[str, str]:
        return machine_variables(HOME=str(self.root / "home"), RECONCILER_ENDPOINT=self.cloud, **more)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "home").mkdir()
    with running(credentials={ID: KEY}) as cloud, forge_at(tmp_path) as forge:
        forge.commit("main", {"manifests/streams.yaml": MANIFESTS})
        yield World(tmp_path, forge, cloud, tmp_path / "kept" / "demo.json")


@pytest.fixture
def hub(world: World) -> GitHub:
    return GitHub(world.forge, world.root, world.machine(), dict(SECRETS))
