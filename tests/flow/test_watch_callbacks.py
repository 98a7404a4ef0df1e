"""A watch whose rounds are an hour apart, and callbacks that another process receives: it acts at once."""

import os
import time
from collections.abc import Iterator

import pytest
import requests

from ..backends.servers import needs_postgres, servers
from .kit import Kit
from .test_callbacks import KEY, LIVE_KEY, SETTINGS, live_event, receiving, settle
from .test_ends import RELAY, SOLO
from .test_signatures import cut
from .watch_kit import Starter, eventually

pytestmark = pytest.mark.slow

SCHEMA = "watch_callbacks"


@pytest.fixture(params=["file", pytest.param("postgres", marks=needs_postgres)])
def kept(request: pytest.FixtureRequest, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """A workspace that has a key for callbacks, with its state in a file or in a database."""
    monkeypatch.setenv("TRTC_CALLBACK_KEY", KEY)
    monkeypatch.setenv("STREAM_CALLBACK_KEY", LIVE_KEY)
    path = kit.root / "manifests" / "workspace.yaml"
    path.write_text(path.read_text().rstrip() + "\n" + SETTINGS)
    if request.param == "file":
        yield kit
        return
    for name in ("RECONCILER_STATE", "RECONCILER_STATE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECONCILER_STATE_URL", servers().pooled)
    kit.edit("workspace.yaml", "spec:", f"spec:\n  state: {{backend: postgres, schema: {SCHEMA}}}")
    servers().run(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    assert kit.run("state", "backend", "init").code == 0
    yield kit
    servers().run(f"DROP SCHEMA {SCHEMA} CASCADE")
    assert os.listdir(kit.state_path.parent) == []


def test_a_callback_begins_a_round_at_once(kept: Kit, watch: Starter) -> None:
    """A relay has no Describe: nothing but the callback tells that it has ended."""
    kept.write("solo.yaml", RELAY)
    kept.edit("workspace.yaml", "region:", "restarts: {backOff: 6s}\n  region:")
    with receiving(kept):
        started = watch("--interval", "1h", "--new-state")
        eventually(kept.running, started.said)
        settle(kept)
        (first,) = kept.running()
        kept.end_task(first["taskId"])
        started.hears("looking at once: a callback was received")
        eventually(lambda: len(kept.tasks()) == 2 and kept.running(), started.said)
        settle(kept)
        kept.end_task(
            kept.running()[0]["taskId"]
        )  # the second restart waits, and no callback tells when it may
        eventually(lambda: len(kept.tasks()) == 3 and kept.running(), started.said)
        assert started.end() == 0, started.said()
        settle(kept)
    kept.assert_settled()
    assert started.said().count(f"{SOLO}: start done") == 3


def test_a_push_that_ended_is_looked_at_and_nothing_follows_from_its_event(kept: Kit, watch: Starter) -> None:
    """Anybody who saw one could send it: the stream that it is about is asked after, and runs."""
    kept.write("solo.yaml", RELAY)
    with receiving(kept) as url:
        started = watch("--interval", "1h", "--new-state")
        eventually(kept.running, started.said)
        settle(kept)
        time.sleep(1.1)  # an event has whole seconds, and the task is to be older
        before = len(kept.tasks())
        body = live_event("solo", time.time(), errcode="21/101")
        assert requests.post(f"{url}/live", data=body, timeout=30).status_code == 200
        started.hears("looking at once: a callback was received")
        eventually(lambda: "a callback of" not in started.get("/").text, started.said)
        assert started.end() == 0
    assert len(kept.tasks()) == before and len(kept.running()) == 1
    kept.assert_settled()


def test_a_stream_that_was_cut_is_looked_at(kept: Kit, watch: Starter) -> None:
    """By the cloud's own event of it; the push comes back by itself, and nothing is to be done."""
    kept.write("solo.yaml", RELAY)
    with receiving(kept, liveKey=LIVE_KEY):
        started = watch("--interval", "1h", "--new-state")
        eventually(kept.running, started.said)
        settle(kept)
        cut(kept, 0, "solo")
        started.hears("looking at once: a callback was received")
        assert started.end() == 0
        settle(kept)
    assert len(kept.tasks()) == 1 and kept.live()["solo"] == "active"
    kept.assert_settled()


def test_who_stands_by_is_woken_and_touches_nothing(kept: Kit, watch: Starter) -> None:
    kept.write("solo.yaml", RELAY)
    with receiving(kept):
        first = watch("--interval", "1h", "--new-state")
        eventually(kept.running, first.said)
        second = watch("--interval", "1h", "--new-state")
        second.hears("standing by")
        kept.end_task(kept.running()[0]["taskId"])
        eventually(lambda: len(kept.tasks()) == 2 and kept.running(), first.said)
        assert "start done" not in second.said()
        assert (first.end(), second.end()) == (0, 0)
