"""What a TencentDB says of its replication, as its API's documents have it."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from reconciler.cloud.tencentdb import HA_CONFIG, asks, failover_of
from reconciler.errors import CloudError

from ..backends.servers import needs_postgres, servers
from .kit import Kit

DEGRADES = {"MaxSyncStandbyLatency": 1073741824, "MaxSyncStandbyLag": 5}
NEVER = {"MaxSyncStandbyLatency": None, "MaxSyncStandbyLag": None}
LATE = {"MaxStandbyLatency": 10737418240, "MaxStandbyLag": 10, "RequestId": "r"}


@pytest.mark.parametrize(
    ("answer", "loses", "words"),
    [
        ({"SyncMode": "Async", **LATE, **NEVER}, True, "last 10 s"),
        ({"SyncMode": "Async", **LATE}, True, "SyncMode Semi-sync"),
        ({"SyncMode": "Semi-sync", **LATE, **DEGRADES}, True, "asynchronously otherwise"),
        ({"SyncMode": "Semi-sync", **LATE, "MaxSyncStandbyLatency": 1}, True, "asynchronously otherwise"),
        ({"SyncMode": "Semi-sync", **LATE, **NEVER}, False, "loses nothing"),
        ({"SyncMode": "Semi-sync", **LATE}, False, "loses nothing"),
    ],
)
def test_what_its_replication_means(answer: dict[str, Any], loses: bool, words: str) -> None:
    found, said = failover_of(answer)
    assert found is loses and words in said


def test_what_does_not_tell_is_no_answer() -> None:
    for answer in ({}, {"SyncMode": "Other"}):
        with pytest.raises(CloudError):
            failover_of(answer)


@pytest.mark.slow
@needs_postgres
def test_it_is_asked_for_with_credentials(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over real HTTP, signed, for that instance and region alone; and the exit code says it."""
    asked: list[tuple[dict[str, str], Any]] = []
    answers = [{"SyncMode": "Async", **LATE}, {"SyncMode": "Semi-sync", **LATE, **NEVER}]

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(({key.lower(): value for key, value in self.headers.items()}, json.loads(body)))
            answer = json.dumps({"Response": answers[len(asked) - 1]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """It says nothing."""

    monkeypatch.setenv("RECONCILER_STATE_URL", servers().direct)
    store = ("--state", f"{servers().direct}?schema=tencentdb")
    assert kit.run("state", "backend", "init", *store).code == 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("RECONCILER_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        of = ("--instance", "postgres-1a2b3c4d", "--region", "ap-guangzhou")
        ran = [kit.run("state", "backend", "check", *store, *of) for _ in answers]
        server.shutdown()
    assert "problem: a failover can lose records acknowledged in the last 10 s" in ran[0].out, (
        ran[0].out + ran[0].err
    )
    assert "a failover loses nothing" in ran[1].out and "problem: a failover" not in ran[1].out
    for headers, body in asked:
        assert headers["x-tc-action"] == HA_CONFIG.name and headers["x-tc-region"] == "ap-guangzhou"
        assert headers["authorization"].startswith("TC3-HMAC-SHA256 ")
        assert body == {"DBInstanceId": "postgres-1a2b3c4d"} == dict(asks("postgres-1a2b3c4d", "x").request)
    assert kit.run("state", "backend", "check", *store, "--region", "ap-guangzhou").code == 64
