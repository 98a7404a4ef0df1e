"""A watch in a process of its own against the simulator: what it keeps, what it leaves alone, who leads."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from reconciler.moments import rfc3339

from ..backends.bucket import BUCKET, KEYS, REGION
from ..backends.object_servers import needs, object_server
from ..backends.servers import needs_postgres, servers
from .kit import Kit
from .watch_kit import PATIENCE, Starter, eventually

pytestmark = pytest.mark.slow

STREAM = """
apiVersion: reconciler/v1
kind: RelayStream
metadata: {{name: {name}}}
spec:
  room: {room}
  user: {{userId: speaker}}
  publish: [{{url: "rtmp://push.example.com/live/{name}"}}]
"""

FILM = """
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec: {room: 401, streamUrl: "https://media.example/film.mp4", repeatNum: -1}
"""


def put(kit: Kit, *names: str) -> None:
    """These streams and no others are declared."""
    text = "---".join(STREAM.format(name=name, room=101 + len(name)) for name in names)
    new = kit.root / "new.yaml"
    new.write_text(text)
    new.rename(kit.root / "manifests" / "streams.yaml")


def runs(kit: Kit) -> set[str]:
    return {
        task["request"]["PublishCdnParams"][0]["PublishCdnUrl"].rpartition("/")[2] for task in kit.running()
    }


def test_its_life(kit: Kit, watch: Starter) -> None:
    put(kit, "one")
    first = watch("--interval", "1h")
    first.hears("no state was ever written")
    assert kit.calls() == [] and "wait for `reconciler apply --new-state`" in first.get("/").text
    assert kit.run("apply", "--auto-approve").code == 0  # by hand, beside it
    put(kit, "one", "two")
    eventually(lambda: runs(kit) == {"one", "two"}, first.said)
    kit.assert_settled()

    good = (kit.root / "manifests" / "streams.yaml").read_text()
    kit.write("streams.yaml", good.replace("room: 104", "rom: 104"))
    first.hears("the last good manifests stay in force")
    assert "spec.rom" in first.get("/").text and first.get("/readyz").status_code == 200
    assert first.end() == 0
    assert "stopped in order" in first.said()

    assert watch().process.wait(PATIENCE) == 1  # there are no last good ones any more
    put(kit, "one", "two")
    second = watch("--interval", "5s")
    eventually(lambda: "watching" in second.said(), second.said)
    put(kit, "two")  # one of two running ones: the gate looks at shares from ten on
    eventually(lambda: runs(kit) == {"two"}, second.said)
    assert second.end(signal.SIGINT) == 130
    kit.assert_settled()
    (last, *_) = json.loads(kit.run("history", "--format", "json").out)["runs"]
    assert last["command"] == "watch"


def test_what_ends_is_started_again_but_not_for_ever(kit: Kit, watch: Starter) -> None:
    """As often as the workspace says; then an apply by hand, or a changed manifest, begins it all anew."""
    kit.write("film.yaml", FILM)
    kit.edit("workspace.yaml", "region:", "restarts: {most: 1, backOff: 1s}\n  region:")
    started = watch("--interval", "5s", "--new-state")

    def ends_for_good(before: int) -> None:
        for tasks in (before + 1, before + 2):
            eventually(lambda tasks=tasks: len(kit.tasks()) == tasks and kit.running(), started.said)
            kit.end_task(kit.running()[0]["taskId"])
        eventually(lambda: kit.entry("IngestStream/film")["status"] == "failed", started.said)

    ends_for_good(0)
    started.hears("down: IngestStream/film is failed")
    calls = len(kit.calls())
    time.sleep(6)
    assert len(kit.calls()) == calls
    by_hand = ("apply", "--replace", "IngestStream/film", "--auto-approve", "--lock-timeout", "20s")
    assert kit.run(*by_hand).code == 0
    ends_for_good(2)
    kit.write("film.yaml", FILM.replace("film.mp4", "another.mp4"))
    ends_for_good(4)
    assert started.end() == 0 and len(kit.tasks()) == 6


def test_what_is_scheduled_starts_and_stops_when_it_says(kit: Kit, watch: Starter) -> None:
    """However long it is until the next round."""
    started = watch("--interval", "1h", "--new-state")
    started.hears("this watch leads")
    opens = int(time.time()) + 6
    closes = opens + 8
    begins, ends = (rfc3339(at).removesuffix("Z") for at in (opens, closes))
    schedule = f"schedule: [{{from: '{begins}', until: '{ends}'}}]"
    kit.write("film.yaml", FILM.replace("{room: 401", f"{{{schedule}, room: 401"))
    eventually(kit.running, started.said)
    assert time.time() >= opens
    eventually(lambda: not kit.running(), started.said)
    assert time.time() >= closes and len(kit.tasks()) == 1
    assert started.end() == 0


def test_a_frozen_workspace_is_observed_and_not_touched(kit: Kit, watch: Starter) -> None:
    put(kit, "one")
    assert kit.run("watch", "freeze").code == 1  # there is no state yet
    started = watch("--interval", "5s", "--new-state")
    eventually(lambda: runs(kit) == {"one"}, started.said)
    freeze = ("watch", "freeze", "--lock-timeout", "20s")
    assert "frozen by" in kit.run(*freeze, "--reason", "show time").out
    assert "already frozen" in kit.run(*freeze).out
    put(kit, "one", "two")
    started.hears("show time: observed and not touched")
    assert "reconciler_watch_frozen 1.0" in started.get("/metrics").text
    assert runs(kit) == {"one"} and "show time" in started.get("/").text
    assert "unfrozen" in kit.run("watch", "unfreeze", "--lock-timeout", "20s").out
    eventually(lambda: runs(kit) == {"one", "two"}, started.said)
    kit.edit("workspace.yaml", "{name: demo}", "{name: demo, labels: {watch: frozen}}")
    put(kit, "one")
    started.hears("the label watch: frozen")
    assert runs(kit) == {"one", "two"}
    assert started.end() == 0


def test_what_is_too_grave_waits_and_the_rest_is_done(kit: Kit, watch: Starter) -> None:
    put(kit, "one", "two")
    started = watch("--interval", "1h", "--new-state", "--max-impact", "reconnect")
    eventually(lambda: runs(kit) == {"one", "two"}, started.said)
    put(kit, "two", "three")
    started.hears("would exceed the highest allowed impact")
    eventually(lambda: runs(kit) == {"one", "two", "three"}, started.said)
    assert "apply it by hand" in started.get("/").text
    assert kit.run("apply", "--auto-approve").code == 0
    assert runs(kit) == {"two", "three"}
    assert started.end() == 0


def test_of_two_one_leads_and_the_other_takes_over(kit: Kit, watch: Starter) -> None:
    put(kit, "one")
    first = watch("--interval", "5s", "--new-state")
    first.hears("this watch leads")
    second = watch("--interval", "5s", "--new-state")
    second.hears("standing by: another watch leads")
    eventually(lambda: runs(kit) == {"one"}, first.said)
    eventually(lambda: second.get("/readyz").status_code == 200, second.said)
    assert "Standing by" in second.get("/").text
    put(kit, "one", "two")
    eventually(lambda: runs(kit) == {"one", "two"}, first.said)
    assert "start done" not in second.said()
    first.process.kill()
    put(kit, "one", "two", "three")
    took = second.hears("this watch leads")
    took += eventually(lambda: runs(kit) == {"one", "two", "three"}, second.said)
    assert took < 10
    assert second.end() == 0
    kit.assert_settled()


LEASE = 20.0
"""Seconds after which a hold in a store that many share is free, if its holder was not heard of."""


@pytest.fixture(
    params=[pytest.param("postgres", marks=needs_postgres), pytest.param("moto", marks=needs("moto"))]
)
def elsewhere(request: pytest.FixtureRequest, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """A kit whose state is in a database, or in a bucket."""
    if request.param == "postgres":
        monkeypatch.setenv("RECONCILER_STATE", f"{servers().direct}?schema=flow_watch")
        servers().run("DROP SCHEMA IF EXISTS flow_watch CASCADE")
    else:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", object_server("moto").url)
        monkeypatch.setenv("RECONCILER_STATE", f"s3://{BUCKET}/flow-watch")
    assert kit.run("state", "backend", "init").code == 0
    return kit


def test_in_a_store_that_is_shared_another_leads_within_the_leases_time(
    elsewhere: Kit, watch: Starter
) -> None:
    put(elsewhere, "one")
    first = watch("--interval", "5s", "--new-state")
    first.hears("this watch leads")
    eventually(lambda: runs(elsewhere) == {"one"}, first.said)
    second = watch("--interval", "5s", "--new-state")
    second.hears("standing by: another watch leads")
    first.process.kill()
    put(elsewhere, "one", "two")
    took = second.hears("this watch leads", 2 * LEASE)
    took += eventually(lambda: runs(elsewhere) == {"one", "two"}, second.said)
    assert took < LEASE + 10  # a look each second, and the round
    assert second.end() == 0
    assert elsewhere.run("plan", "--detailed-exitcode").code == 0


def test_rotated_keys_are_read_again(kit: Kit, watch: Starter) -> None:
    put(kit, "one")
    keys = kit.root / "keys.env"
    keys.write_text("TENCENTCLOUD_SECRET_KEY=not-the-key\n# nothing else\n")
    started = watch("--interval", "5s", "--new-state", "--env-file", str(keys))
    started.hears("failed: ")
    assert "not-the-key" not in started.said()
    keys.write_text(f"TENCENTCLOUD_SECRET_KEY={os.environ['TENCENTCLOUD_SECRET_KEY']}\n")
    put(kit, "one", "two")
    eventually(lambda: runs(kit) == {"one", "two"}, started.said)
    assert started.end() == 0


# Whom it tells


@contextmanager
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that takes JSON, and what it was sent."""
    found: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}/secret-path-4711", found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Letters:
    def __init__(self) -> None:
        self.found: list[str] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.found.append(envelope.content.decode())
        return "250 OK"


@contextmanager
def post_office() -> Iterator[tuple[str, list[str]]]:
    """A server that takes mail, and what it was sent."""
    letters = Letters()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(letters, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"mailto://127.0.0.1:{port}?from=watch@example.com&to=night@example.com", letters.found
    finally:
        controller.stop()


def test_recipients_are_told_each_once(kit: Kit, watch: Starter) -> None:
    kit.edit(
        "workspace.yaml",
        "spec:\n",
        "spec:\n  notify:\n    - {to: {env: STREAM_HOOK}}\n"
        "    - {to: {env: STREAM_MAIL}, events: [waiting, failed]}\n",
    )
    put(kit, "one")
    with webhook() as (hook, posted), post_office() as (mail, letters):
        started = watch("--interval", "5s", STREAM_HOOK=hook, STREAM_MAIL=mail)
        eventually(lambda: posted and letters, started.said)
        time.sleep(6)  # another round
        assert [one["title"] for one in posted] == ["demo: 1 waiting, 1 down"]
        assert len(letters) == 1 and "Subject: demo: waiting" in letters[0] and "--new-state" in letters[0]
        before = len(posted)
        assert kit.run("apply", "--auto-approve").code == 0
        put(kit, "one", *(f"stream-{number}" for number in range(10, 18)))
        eventually(lambda: any("applied" in one["title"] for one in posted[before:]), started.said)
        (digest,) = [one for one in posted[before:] if "8 applied" in one["title"]]
        assert "more; see the wall" in digest["message"]
        assert started.end() == 0
    assert len(letters) == 1
    assert "secret-path-4711" not in started.said()
    with webhook() as (hook, posted):  # and after a restart nothing of it is said again
        again = watch("--interval", "5s", STREAM_HOOK=hook, STREAM_MAIL="nonsense")
        eventually(lambda: again.get("/readyz").status_code == 200, again.said)
        time.sleep(1)
        assert again.end() == 0 and posted == []
