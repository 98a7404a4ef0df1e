"""What several tests of this folder need: vectors, actions, and a clock that only moves when told."""

import json
from pathlib import Path
from typing import Any

from reconciler.calls import Action, Call
from reconciler.model import Effect

START = Action("trtc", "2019-07-22", "StartPublishCdnStream", 20, effect=Effect.START)
UPDATE = Action("trtc", "2019-07-22", "UpdatePublishCdnStream", 20, effect=Effect.UPDATE)
RESUME = Action("live", "2018-08-01", "ResumeLiveStream", 100, regional=False)
CANARY = "canary/Secret+Value=7f3a"


def vectors(name: str) -> Any:
    """One of the files of known-good values."""
    return json.loads((Path(__file__).parent / "data" / f"{name}.json").read_text())


def call(action: Action = UPDATE) -> Call:
    return Call(action, "ap-guangzhou", {})


class VirtualTime:
    """Seconds that pass by sleeping alone."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.naps: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds
