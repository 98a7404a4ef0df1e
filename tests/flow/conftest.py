import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.cli import applying, connection, planning, showing, unchanged
from reconciler.cli.commands import apply, state_import
from reconciler.cloud import circuit
from reconciler.cloud.retry import Timing
from reconciler.simulator import running

from .kit import Kit, Later, set_clock
from .watch_kit import Starter, watches

SECRETS = {
    "TENCENTCLOUD_SECRET_ID": "AKIDcanaryid0001",
    "TENCENTCLOUD_SECRET_KEY": "canary-secret-key-0002",
    "TRTC_SECRET_KEY": "canary-trtc-key-0003",
    "STREAM_PUSH_KEY": "canary-push-key-0004",
}

PAUSE = 0.05
"""Seconds, at most, before a call is sent or an endpoint asked again.

How long that ought to be, tests of the retries and of the circuits say.
"""


def soon(
    clock: Callable[[], float], sleep: Callable[[float], object], uniform: Callable[..., float]
) -> Timing:
    """A Timing with which no pause is long."""
    return Timing(clock, lambda seconds: sleep(min(seconds, PAUSE)), uniform)


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Kit]:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    for name in ("TENCENTCLOUD_REGION", "RECONCILER_SECRETS", "RECONCILER_SECRETS_DIR", "CI"):
        monkeypatch.delenv(name, raising=False)
    # Nobody cuts the power here; what is synced when is tested on a disk in memory.
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(connection, "Timing", soon)
    monkeypatch.setattr(circuit, "FIRST_PAUSE", PAUSE)
    monkeypatch.setattr(circuit, "LONGEST_PAUSE", PAUSE)
    monkeypatch.chdir(tmp_path)
    credentials = {SECRETS["TENCENTCLOUD_SECRET_ID"]: SECRETS["TENCENTCLOUD_SECRET_KEY"]}
    with running(credentials=credentials) as url:
        monkeypatch.setenv("RECONCILER_ENDPOINT", url)
        made = Kit(url, tmp_path, capsys)
        yield made
        made.close()


@pytest.fixture
def watch(kit: Kit) -> Iterator[Starter]:
    with watches(kit) as start:
        yield start


@pytest.fixture
def bare(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """No variables at all: the simulator runs inside each command; a stream is there after some seconds."""
    monkeypatch.setattr(connection, "Timing", Timing)
    for name in list(os.environ):
        if name.startswith(("TENCENTCLOUD_", "TRTC_", "STREAM_", "RECONCILER_")):
            monkeypatch.delenv(name)
    return kit


@pytest.fixture
def later(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Later:
    """Moves the time on, for the simulator and its signatures as for the planner and what it sends."""
    passed = [0.0]

    set_clock(
        monkeypatch,
        lambda: time.time() + passed[0],
        planning,
        showing,
        unchanged,
        applying,
        apply,
        connection,
        state_import,
    )

    def move(seconds: float) -> None:
        passed[0] += seconds
        kit.post("clock", {"advanceSeconds": seconds})
        kit.post("clock", {"serverAheadSeconds": passed[0]})

    return move
