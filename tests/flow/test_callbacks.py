"""Callbacks from the simulator, through the receiver, to plans: as evidence, and for a TaskId never told."""

import hashlib
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
import requests

from reconciler.backends.parts import Event
from reconciler.backends.protocol import StateLocation
from reconciler.cli.world import backend_for
from reconciler.observing.receiving import Keys, judge

from .kit import Kit, Later, wait_until
from .test_ends import RELAY, SOLO
from .test_ingest_stream import FILM, STREAM
from .test_signatures import DOMAIN, cut

KEY = "Callback0Key1"
LIVE_KEY = "live0callback0key"
SETTINGS = "  callbacks: {key: {env: TRTC_CALLBACK_KEY}, liveKey: {env: STREAM_CALLBACK_KEY}, keep: 40d}\n"
START = "StartPublishCdnStream"


@pytest.fixture
def keyed(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Kit:
    monkeypatch.setenv("TRTC_CALLBACK_KEY", KEY)
    monkeypatch.setenv("STREAM_CALLBACK_KEY", LIVE_KEY)
    path = kit.root / "manifests" / "workspace.yaml"
    path.write_text(path.read_text().rstrip() + "\n" + SETTINGS)
    return kit


@contextmanager
def receiving(kit: Kit, **wrong: Any) -> Iterator[str]:
    """The receiver as a process of its own, to which the simulator sends what happens."""
    process = kit.spawn("callbacks", "--listen", "127.0.0.1:0")
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        kit.post("callbacks", {"key": KEY, "url": f"{url}/callback", "retrySeconds": 0.05, **wrong})
        yield url
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert "Traceback" not in err and KEY not in out + err
    finally:
        process.kill()
        process.wait()


def settle(kit: Kit) -> list[dict[str, Any]]:
    """Waits until everything that is not lost has been taken; all of it."""

    def done() -> bool:
        return all(one["answer"] == 200 for one in kit.get("callbacks")["callbacks"])

    wait_until(done)
    return list(kit.get("callbacks")["callbacks"])


@pytest.mark.slow
def test_an_end_that_only_a_callback_tells_is_restarted(keyed: Kit) -> None:
    """Doubled and in any order; and the receiver counts what it was told twice."""
    keyed.write("solo.yaml", RELAY)
    with receiving(keyed, duplicates=1.0, disorderSeconds=0.3, seed=7) as url:
        keyed.apply()
        settle(keyed)
        (row,) = json.loads(keyed.run("status", "--format", "json").out)["resources"]
        assert (row["status"], row["source"]) == ("running", "live-stream-state")
        assert keyed.run("drift", "--detailed-exitcode").code == 0
        keyed.end_task(keyed.entry(SOLO)["taskId"])
        told = settle(keyed)
        counts = requests.get(f"{url}/healthz", timeout=30).json()
        assert (counts["kept"], counts["again"]) == (len(told) / 2, len(told) / 2)
        (change,) = keyed.changes()
        assert change["verb"] == "start" and "a callback of" in change["reason"]
        drifted = json.loads(keyed.run("drift", "--format", "json").out)["changes"]
        assert [one["status"] for one in drifted] == ["ended"]
        keyed.apply()
        settle(keyed)
        assert len(keyed.running()) == 1 and keyed.run("drift", "--detailed-exitcode").code == 0


@pytest.mark.slow
def test_what_is_not_taken_is_sent_again_and_what_is_forged_is_refused(keyed: Kit) -> None:
    keyed.write("film.yaml", STREAM)
    with receiving(keyed) as url:
        forged = requests.post(f"{url}/callback", data=b"{}", headers={"Sign": "x"}, timeout=30)
        assert (forged.status_code, requests.get(f"{url}/elsewhere", timeout=30).status_code) == (401, 405)
        keyed.post("callbacks", {"key": "another0key", "url": url, "retrySeconds": 0.05})
        keyed.apply()
        wait_until(lambda: keyed.get("callbacks")["callbacks"][0]["attempts"] > 2)
        assert {one["answer"] for one in keyed.get("callbacks")["callbacks"]} == {401}
        keyed.post("callbacks", {"key": KEY, "url": url, "retrySeconds": 0.05})
        settle(keyed)
    assert keyed.run("drift", "--detailed-exitcode").code == 0


def live_event(stream: str, at: float, **more: Any) -> bytes:
    """An event of a live stream as the cloud sends it, signed as far as the cloud signs it."""
    until = int(at) + 600
    body = {
        "appid": 1250000000,
        "app": DOMAIN,
        "appname": "live",
        "stream_id": stream,
        "channel_id": stream,
        "event_type": 0,
        "event_time": int(at),
        "sequence": "1",
        "t": until,
        "sign": hashlib.md5(f"{LIVE_KEY}{until}".encode()).hexdigest(),
    }
    return json.dumps({**body, **more}).encode()


def feed(kit: Kit) -> None:
    """What the simulator has to tell, as the receiver keeps it."""
    events = backend_for(StateLocation(str(kit.state_path))).parts.events
    assert events is not None
    for one in kit.get("callbacks")["callbacks"]:
        verdict = judge(one["body"].encode(), one["sign"], Keys(KEY), one["at"])
        assert verdict.status == 200
        if verdict.event is not None:
            events.put(verdict.event)


@pytest.mark.parametrize("plans", [0, 2])
def test_an_end_is_known_whatever_is_known_of_the_documents(keyed: Kit, plans: int) -> None:
    """That documents, state and plan are as they were tells nothing of callbacks that came since."""
    keyed.post("callbacks", {"key": KEY})
    keyed.write("solo.yaml", RELAY)
    keyed.apply()
    feed(keyed)
    assert all(keyed.verbs() == {} for _ in range(plans))
    keyed.end_task(keyed.entry(SOLO)["taskId"])
    feed(keyed)
    assert keyed.verbs() == {SOLO: "start"} and keyed.verbs("--no-refresh") == {}
    keyed.apply()
    assert keyed.verbs() == {} and len(keyed.running()) == 1


def test_a_task_whose_start_was_never_answered_is_found(keyed: Kit) -> None:
    """It is asked for by its TaskId and goes on, where it was started once more before, which cut it."""
    keyed.post("callbacks", {"key": KEY})
    keyed.write("solo.yaml", RELAY)
    keyed.faults({"action": START, "kind": "drop-response"})
    assert keyed.run("apply", "--auto-approve").code == 1
    assert keyed.verbs() == {SOLO: "start"}
    feed(keyed)
    (change,) = keyed.changes()
    (task,) = keyed.running()
    assert (change["verb"], change["impact"]) == ("update", "none")
    assert "was never answered, and a callback of" in change["reason"] and task["taskId"] in change["reason"]
    keyed.apply()
    assert [one["taskId"] for one in keyed.tasks()] == [task["taskId"]]
    assert keyed.entry(SOLO)["taskId"] == task["taskId"]


def test_a_task_whose_start_was_never_answered_is_stopped_by_its_task_id(keyed: Kit) -> None:
    keyed.post("callbacks", {"key": KEY})
    keyed.write("solo.yaml", RELAY)
    keyed.faults({"action": START, "kind": "drop-response"})
    assert keyed.run("apply", "--auto-approve").code == 1
    feed(keyed)
    keyed.write("solo.yaml", "")
    saved = keyed.apply()
    assert [call["action"] for call in saved["changes"][0]["calls"]] == ["StopPublishCdnStream"]
    assert keyed.running() == []


def test_an_ingest_whose_robot_was_removed_says_why_it_ended(keyed: Kit) -> None:
    keyed.post("callbacks", {"key": KEY})
    keyed.write("film.yaml", STREAM)
    keyed.apply()
    task_id = quote(keyed.entry(FILM)["taskId"], safe="")
    keyed.post(f"tasks/{task_id}/end", {"reason": "robot-removed"})
    feed(keyed)
    (change,) = keyed.changes()
    assert change["verb"] == "start" and "its robot was removed from the room" in change["reason"]
    keyed.apply()
    assert keyed.entry(FILM)["end"]["reason"] == "robot-removed"


KEYS = Keys(KEY, LIVE_KEY)
SIGNED = RELAY.replace("live/solo}", "live/solo, auth: {key: {env: STREAM_PUSH_KEY}}}")


@pytest.mark.parametrize("is_down", [False, True])
def test_pushes_that_gave_up_are_looked_at_before_they_are_signed_again(
    keyed: Kit, later: Later, *, is_down: bool
) -> None:
    """That they are back is told by no callback here: signing them again would cut them."""
    keyed.post("callbacks", {"key": KEY})
    keyed.write("solo.yaml", SIGNED)
    keyed.apply()
    feed(keyed)
    events = backend_for(StateLocation(str(keyed.state_path))).parts.events
    assert events is not None
    kept, _ = events.after("", 100)
    up = next(one for one in kept if one.body["EventInfo"]["Payload"]["Status"] == 2)
    info = up.body["EventInfo"]
    lost = {
        **info,
        "EventMsTs": info["EventMsTs"] + 60_000,
        "Payload": {**info["Payload"], "Status": 4},
    }
    events.put(Event("gave-up", up.received, {**up.body, "EventInfo": lost}))
    later(86_401)
    if is_down:
        cut(keyed, 86_401, "solo")
        gone = judge(live_event("solo", time.time(), errcode="18/501"), None, KEYS, time.time())
        assert gone.event is not None
        events.put(gone.event)
    assert keyed.live()["solo"] == ("inactive" if is_down else "active")
    assert keyed.verbs() == ({SOLO: "update"} if is_down else {})
    (row,) = json.loads(keyed.run("status", "--format", "json").out)["resources"]
    assert ("the push of solo ended: its txTime is past" in row["evidence"]) is is_down


def test_the_receiver_needs_a_key_and_a_store_that_keeps_events(kit: Kit) -> None:
    ran = kit.run("callbacks", "--listen", "127.0.0.1:0")
    assert ran.code == 64 and "spec.callbacks.key" in ran.err
    for wrong in ("9529", "localhost:99999", "a b:1", ":1"):
        ran = kit.run("callbacks", "--listen", wrong)
        assert ran.code == 64 and "is not HOST:PORT" in ran.err
    kit.edit("workspace.yaml", "spec:\n", f"spec:\n{SETTINGS}")
    ran = kit.run("callbacks", "--listen", "127.0.0.1:0")
    assert ran.code == 1 and "TRTC_CALLBACK_KEY" in ran.err
    ran = kit.run("callbacks", "--tls-cert", str(kit.root / "manifests" / "workspace.yaml"))
    assert ran.code == 64 and "belong together" in ran.err


FEW, SOME, STREAMS = 10, 50, 200


def streams(count: int) -> str:
    """Mixed and relayed streams in turn, each in a room of its own."""
    mix = RELAY.replace("RelayStream", "MixStream").replace("  user: {userId: speaker}\n", "")
    return "---".join(
        (RELAY, mix)[number % 2].replace("solo", f"one-{number}").replace("room: 7", f"room: {number}")
        for number in range(1, count + 1)
    )


@pytest.mark.parametrize(
    "count",
    [
        FEW,
        pytest.param(SOME, marks=pytest.mark.slow),
        pytest.param(STREAMS, marks=[pytest.mark.slow, pytest.mark.long]),
    ],
)
def test_a_lost_state_is_recovered_from_callbacks_alone(keyed: Kit, count: int) -> None:
    """Each task is recorded by its robot and room, asked for by an update, and none is started or stopped."""
    keyed.post("callbacks", {"key": KEY})
    keyed.write("many.yaml", streams(count))
    assert keyed.run("apply", "--auto-approve").code == 0
    before = {address: entry["taskId"] for address, entry in keyed.state()["resources"].items()}
    feed(keyed)
    for file in keyed.state_path.parent.glob("demo.*"):
        if file.name != "demo.events":
            (shutil.rmtree if file.is_dir() else os.unlink)(file)
    sent = len(keyed.calls())
    ran = keyed.run("state", "import", "--from-received", "--sequence-number", "0", "--new-state")
    assert ran.code == 0, ran.out + ran.err
    after = {address: entry["taskId"] for address, entry in keyed.state()["resources"].items()}
    assert after == before and len(before) == count
    assert {call["action"] for call in keyed.calls()[sent:]} == {"UpdatePublishCdnStream"}
    assert len(keyed.running()) == count and keyed.verbs() == {}


def test_without_callbacks_there_is_nothing_to_import(keyed: Kit) -> None:
    keyed.write("solo.yaml", RELAY)
    ran = keyed.run("state", "import", "--from-received", "--new-state")
    assert ran.code == 64 and "no callback of a task was received" in ran.err
    ran = keyed.run("state", "import", "--from-received", "--from-log", "x")
    assert ran.code == 64 and "cannot be combined" in ran.err
