"""What the manifests of a round ask for, as data: written as YAML, changed at random, found in the world.

Every address that is pushed to or pulled from tells whose it is and how it looks, so that a task
of the simulator can be held against the wish that it serves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

APP = 1400188366
WORKSPACE = f"""\
apiVersion: reconciler/v1
kind: Workspace
metadata: {{name: demo}}
spec:
  region: ap-guangzhou
  trtc: {{sdkAppId: {APP}, secretKey: {{env: TRTC_SECRET_KEY}}}}
---
apiVersion: reconciler/v1
kind: MixLayout
metadata: {{name: stage}}
spec:
  mode: custom
  canvas: {{width: 1280, height: 720}}
  slots:
    - {{name: left, locationX: 0, locationY: 0, imageWidth: 640, imageHeight: 720}}
    - {{name: right, locationX: 640, locationY: 0, imageWidth: 640, imageHeight: 720, zOrder: 1}}
"""

SPECS = {
    "MixStream": """\
  room: {room}
  video: {{encode: {{fps: 15, bitRate: 1500, gop: 2}}}}
  layout: {{ref: stage, users: {{left: {{userId: alice}}, right: {{userId: bob}}}}}}
  publish: [{{url: rtmp://push.example/live/{name}-{look}}}]
""",
    "RelayStream": """\
  room: {room}
  user: {{userId: alice}}
  video: {{encode: {{width: 1280, height: 720, fps: 15, bitRate: 1500, gop: 2}}}}
  publish: [{{url: rtmp://push.example/live/{name}-{look}}}]
""",
    "IngestStream": """\
  room: {room}
  streamUrl: https://media.example/{name}-{look}.mp4
  repeatNum: -1
""",
    "RenderStream": """\
  userId: {name}
  publish: {{url: rtmp://push.example/live/{name}-{look}}}
""",
    "LiveStream": """\
  domainName: live.example
  streamName: {name}
""",
}
STATES = {
    "MixStream": ("running", "running", "running", "stopped"),
    "RelayStream": ("running", "running", "running", "stopped"),
    "IngestStream": ("running", "running", "paused", "stopped"),
    "RenderStream": ("running", "running", "running", "stopped"),
    "LiveStream": ("allowed", "forbidden"),
}


@dataclass(frozen=True, order=True)
class Wish:
    """One document: `look` changes what runs in place where that can be, `room` never can be."""

    kind: str
    name: str
    room: int
    look: int = 0
    state: str = "running"

    @property
    def address(self) -> str:
        return f"{self.kind}/{self.name}"

    def text(self) -> str:
        spec = SPECS[self.kind].format(name=self.name, room=self.room, look=self.look)
        head = f"apiVersion: reconciler/v1\nkind: {self.kind}\nmetadata: {{name: {self.name}}}\n"
        return f"{head}spec:\n  state: {self.state}\n{spec}"


Wishes = dict[str, Wish]
"""By address."""


def first(of_each: dict[str, int]) -> Wishes:
    """So many of each kind, all wanted to run."""
    found = (
        Wish(kind, f"{kind[:3].lower()}{number}", 100 + number, state=STATES[kind][0])
        for kind, count in of_each.items()
        for number in range(count)
    )
    return {wish.address: wish for wish in found}


def changed(wishes: Wishes, everything: Wishes, chance: Random, share: float) -> Wishes:
    """About this share of everything that can be there started, updated, replaced, stopped or dropped."""
    after = dict(wishes)
    for address, original in everything.items():
        if chance.random() < share:
            before = after.pop(address, None)
            after |= {address: _other(before, original, chance)} if _stays(before, chance) else {}
    return after


def _stays(before: Wish | None, chance: Random) -> bool:
    return before is None or chance.random() < 0.75


def _other(before: Wish | None, original: Wish, chance: Random) -> Wish:
    if before is None:
        return replace(original, look=chance.randrange(1000), state=chance.choice(STATES[original.kind]))
    turn = chance.randrange(3)
    if turn == 0:
        return replace(before, look=before.look + 1)
    if turn == 1:
        return replace(before, room=before.room + 1000)
    return replace(before, state=chance.choice(STATES[before.kind]))


def manifest(wishes: Iterable[Wish]) -> str:
    """The whole set of documents."""
    return "---\n".join([WORKSPACE, *(wish.text() for wish in sorted(wishes))])
