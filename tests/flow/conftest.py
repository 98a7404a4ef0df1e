import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.simulator import running

from .kit import Kit

SECRETS = {
    "TENCENTCLOUD_SECRET_ID": "AKIDcanaryid0001",
    "TENCENTCLOUD_SECRET_KEY": "canary-secret-key-0002",
    "TRTC_SECRET_KEY": "canary-trtc-key-0003",
    "STREAM_PUSH_KEY": "canary-push-key-0004",
}


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Kit]:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    for name in ("TENCENTCLOUD_REGION", "RECONCILER_SECRETS", "RECONCILER_SECRETS_DIR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    credentials = {SECRETS["TENCENTCLOUD_SECRET_ID"]: SECRETS["TENCENTCLOUD_SECRET_KEY"]}
    with running(credentials=credentials) as url:
        monkeypatch.setenv("RECONCILER_ENDPOINT", url)
        made = Kit(url, tmp_path, capsys)
        yield made
        made.close()


@pytest.fixture
def bare(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """No variables at all: the simulator runs inside each command."""
    for name in list(os.environ):
        if name.startswith(("TENCENTCLOUD_", "TRTC_", "STREAM_", "RECONCILER_")):
            monkeypatch.delenv(name)
    return kit
