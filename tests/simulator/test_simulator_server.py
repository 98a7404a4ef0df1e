"""The server around the simulated cloud: lifetime, persistence, the test surface, and its independence."""

import ast
import logging
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from simulator_client import APP, Client, ingest, mix

import reconciler.simulator
from reconciler.simulator import running
from reconciler.simulator.cloud import Cloud

PACKAGE = Path(reconciler.simulator.__file__).parent
PROGRAM = """
import sys
from pathlib import Path
from reconciler.simulator import serve
keys = {"AKIDexample": "secretexample"}
serve("127.0.0.1", 0, Path(sys.argv[1]), 0.0, keys, lambda url: print(url, flush=True))
print("clean end")
"""


def test_imports_nothing_of_the_rest() -> None:
    allowed = {"starlette", "trustme", "uvicorn", *sys.stdlib_module_names}
    files = list(PACKAGE.rglob("*.py"))
    assert len(files) > 20
    for path in files:
        depth = len(path.relative_to(PACKAGE).parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed, path
            elif isinstance(node, ast.ImportFrom) and node.level:
                assert node.level <= depth, path
            elif isinstance(node, ast.ImportFrom):
                assert str(node.module).split(".")[0] in allowed, path


def test_quick_to_enter_and_leave() -> None:
    begin = time.monotonic()
    for _ in range(20):
        with running():
            pass
    assert time.monotonic() - begin < 20


def test_leaves_at_once_with_a_request_under_way() -> None:
    with ThreadPoolExecutor(1) as pool:
        with running(latency=30) as base:
            answer = pool.submit(Client(base).post, "DropLiveStream", {})
            client = Client(base)
            while not client.see("calls"):
                time.sleep(0.01)
            begin = time.monotonic()
        assert time.monotonic() - begin < 15
        assert answer.exception() is not None


def test_two_at_once(client: Client) -> None:
    with running(credentials={"AKIDother": "key"}) as base:
        other = Client(base)
        assert other.code("StartPublishCdnStream", mix()) == "AuthFailure.SecretIdNotFound"
        assert other.code("StartPublishCdnStream", mix(), secret_id="AKIDother", secret_key="key") == ""
        assert client.see("tasks") == []


def test_latency_is_not_a_queue() -> None:
    with running(latency=1) as base, ThreadPoolExecutor(10) as pool:
        begin = time.monotonic()
        calls = [pool.submit(Client(base).code, "StartPublishCdnStream", mix(f"r{n}")) for n in range(10)]
        assert [call.result() for call in calls] == [""] * 10
        assert 1 <= time.monotonic() - begin < 9


def test_port_in_use(base: str) -> None:
    port = int(base.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="in use"), running(port=port):
        pass


def test_not_a_database(tmp_path: Path) -> None:
    data = tmp_path / "sim.db"
    data.write_text("something else, long enough to be looked at as a database header" * 20)
    with pytest.raises(Exception, match="not a database"), running(data):
        pass


def test_persistence(tmp_path: Path) -> None:
    data = tmp_path / "new" / "sim.db"
    with running(data) as base:
        client = Client(base)
        task_id = client.start(mix())
        client.update(task_id, SequenceNumber=2**63 + 1)
        client.advance(1000)
        client.arrange("variants", {"rate-window": "calendar"})
        client.arrange("rooms", [{"sdkAppId": APP, "roomId": "9", "roomIdType": 0, "users": []}])
        client.live("Drop", "other")
        client.arrange("sources", [{"url": ingest()["StreamUrl"], "seconds": 50}])
        client.arrange("sessions", [{"default": False}, {"userId": "abc", "session": True}])
        film = client.play(ingest("film", "7"))
        client.advance(20)
        client.ingest("Update", film, IsPause=True)
        client.call("StartPublishStream", {"UserId": "abc"})
        client.arrange("faults", [{"action": "*", "kind": "error", "nth": 2}])
        client.live("Drop", "other")
        kept = ("tasks", "calls", "live", "variants", "rooms", "sources", "sessions")
        seen = {what: client.see(what) for what in kept}
    assert data.stat().st_mode & 0o777 == 0o600
    with running(data) as base:
        client = Client(base)
        assert {what: client.see(what) for what in seen} == seen
        assert client.live("Drop")["Error"]["Code"] == "InternalError"
        assert client.arrange("clock", {"advanceSeconds": 0})["now"] - time.time() > 999
        assert client.ingest("Update", film, IsPause=False) == "InProgress"
        client.advance(20)
        assert client.task(film)["status"] == "running"
        client.advance(20)
        assert client.task(film)["endReason"] == "source-ended"
        assert client.code("StartPublishStream", {"UserId": "x"}) == "ResourceNotFound.SessionNotFound"


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_foreground(tmp_path: Path, sig: signal.Signals) -> None:
    data = tmp_path / "sim.db"
    path = os.pathsep.join([str(PACKAGE.parent.parent), os.environ.get("PYTHONPATH", "")])
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        assert process.stdout is not None
        client = Client(process.stdout.readline().strip())
        task_id = client.start(mix())
        process.send_signal(sig)
        output, errors = process.communicate(timeout=120)
    expected = (-9, "", "") if sig == signal.SIGKILL else (0, "clean end\n", "")
    assert (process.returncode, output, errors) == expected
    with running(data) as base:
        assert Client(base).task(task_id)["status"] == "running"


def test_reset(client: Client) -> None:
    client.start(mix())
    client.advance(1000)
    client.arrange("variants", {"same-robot": "both"})
    client.arrange("faults", [{"action": "*", "kind": "error"}])
    client.arrange("sources", {"url": ingest()["StreamUrl"], "seconds": 50})
    client.arrange("sessions", [{"userId": "abc", "session": False}, {"default": False}])
    client.arrange("reset")
    emptied = ("tasks", "calls", "live", "rooms", "sources", "sessions")
    assert [client.see(what) for what in emptied] == [[]] * len(emptied)
    assert abs(client.arrange("clock", {"advanceSeconds": 0})["now"] - time.time()) < 5
    assert client.code("StartPublishCdnStream", mix()) == ""
    assert client.code("StartPublishStream", {"UserId": "abc"}) == ""
    film = client.play(ingest("film"))
    client.advance(100)
    assert client.task(film)["status"] == "running"


def test_variants_describe_themselves(client: Client) -> None:
    for variant in client.see("variants"):
        assert variant["value"] == variant["values"][0]
        assert variant["meaning"]
        assert variant["reference"]
        for value in variant["values"]:
            assert client.arrange("variants", {variant["name"]: value})["variants"][variant["name"]] == value


@pytest.mark.parametrize(
    ("path", "body", "status", "text"),
    [
        ("variants", {"same-robots": "kick"}, 400, "same-robot, "),
        ("variants", {"same-robot": "dance"}, 400, "kick, refuse, both"),
        ("variants", {"same-robot": ["kick"]}, 400, "kick, refuse, both"),
        ("variants", [], 400, "object"),
        ("clock", {}, 400, "advanceSeconds"),
        ("clock", {"advanceSeconds": -1}, 400, "advanceSeconds"),
        ("clock", {"advanceSeconds": 1e300}, 400, "advanceSeconds"),
        ("clock", {"serverAheadSeconds": "1"}, 400, "serverAheadSeconds"),
        ("rooms", [{"sdkAppId": 1}], 400, "roomId"),
        ("rooms", 5, 400, "rooms"),
        ("sources", [{"url": "x"}], 400, "seconds"),
        ("sources", {"url": "x", "seconds": -1}, 400, "seconds"),
        ("sessions", {"userId": "x"}, 400, "session"),
        ("sessions", [{"default": 1}], 400, "default"),
        ("sessions", [{"default": True, "userId": "x"}], 400, "userId"),
        ("sessions", "x", 400, "sessions"),
        ("tasks/-none../end", None, 404, "no task"),
    ],
)
def test_admin_mistakes(client: Client, path: str, body: object, status: int, text: str) -> None:
    answer = client.session.post(f"{client.base}/_admin/{path}", json=body)
    assert answer.status_code == status
    assert text in answer.json()["error"]


def test_admin_takes_no_broken_json(client: Client) -> None:
    assert client.session.post(f"{client.base}/_admin/clock", data=b"{").status_code == 400


def test_calls_tell_everything(client: Client) -> None:
    request = mix()
    task_id = client.start(request)
    client.code("StartPublishCdnStream", b"[")
    first, second = client.see("calls")
    assert list(first) == ["action", "at", "request", "response", "errorCode"]
    assert (first["action"], first["request"], first["errorCode"]) == ("StartPublishCdnStream", request, None)
    assert first["response"]["TaskId"] == task_id
    assert abs(first["at"] - time.time()) < 60
    assert (second["request"], second["errorCode"]) == ({}, "InvalidParameter")
    assert second["response"]["Error"]["Code"] == "InvalidParameter"


def test_own_failure_is_told_and_logged(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Cloud, "execute", lambda *_: 1 / 0)
    with caplog.at_level(logging.ERROR):
        assert client.code("StartPublishCdnStream", mix()) == "InternalError"
    assert "ZeroDivisionError" in caplog.text
    assert client.see("calls") == []
