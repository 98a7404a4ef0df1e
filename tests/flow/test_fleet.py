"""Workers that share workspaces through a database: what they keep, how they are seen and drained."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from ..backends.servers import needs_postgres, servers
from .kit import Kit
from .test_watch import FILM, PATIENCE, STREAM, eventually

pytestmark = [pytest.mark.slow, needs_postgres]

SCHEMA = "flow_fleet"
WATCH = (sys.executable, "-m", "reconciler", "watch", "--fleet", "spaces")
WORKSPACE = """
apiVersion: reconciler/v1
kind: Workspace
metadata: {{name: {name}, labels: {{account: {account}}}}}
spec:
  region: ap-guangzhou
  trtc: {{sdkAppId: 1400188366, secretKey: {{env: TRTC_SECRET_KEY}}}}
---
"""


@dataclass
class Worker:
    process: "subprocess.Popen[bytes]"
    err: Path
    out: Path

    def said(self) -> str:
        return self.err.read_text()

    def get(self, path: str) -> requests.Response:
        eventually(lambda: "listening on " in self.out.read_text(), self.said)
        found = re.search(r"listening on (\S+)", self.out.read_text())
        assert found
        with requests.Session() as session:
            session.trust_env = False
            return session.get(f"{found[1]}{path}", timeout=30)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


Starter = Callable[..., Worker]


@pytest.fixture
def fleet(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """A kit with a directory of workspaces, and a store."""
    monkeypatch.delenv("RECONCILER_STATE", raising=False)
    url = f"{servers().direct}?schema={SCHEMA}"
    monkeypatch.setenv("RECONCILER_STATE_URL", url)
    servers().run(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    assert kit.run("state", "backend", "init", "--state", url).code == 0
    (kit.root / "spaces").mkdir()
    return kit


@pytest.fixture
def worker(fleet: Kit) -> Iterator[Starter]:
    started: list[Worker] = []

    def start(name: str, *arguments: str) -> Worker:
        out, err = fleet.root / f"out-{name}", fleet.root / f"err-{name}"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [*WATCH, "--worker", name, "--listen", "127.0.0.1:0", "--new-state", *arguments],
                cwd=fleet.root,
                env=dict(os.environ),
                stdout=stdout,
                stderr=stderr,
            )
        started.append(Worker(process, err, out))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        assert "Traceback" not in one.said()


def put(kit: Kit, workspace: str, *names: str, account: str = "north") -> None:
    """These streams and no others are declared in a workspace, whose state is in the fleet's store."""
    folder = kit.root / "spaces" / workspace
    folder.mkdir(exist_ok=True)
    head = WORKSPACE.format(name=workspace, account=account)
    head = head.replace("spec:", f"spec:\n  state: {{backend: postgres, schema: {SCHEMA}}}")
    streams = "---".join(STREAM.format(name=name, room=101 + len(name)) for name in names)
    new = folder / ".new"
    new.write_text(head + streams)
    new.rename(folder / "all.yaml")


def runs(kit: Kit) -> set[str]:
    return {
        task["request"]["PublishCdnParams"][0]["PublishCdnUrl"].rpartition("/")[2] for task in kit.running()
    }


def listed(kit: Kit, *arguments: str) -> Any:
    ran = kit.run("fleet", *arguments, "--format", "json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_the_life_of_a_fleet(fleet: Kit, worker: Starter) -> None:
    put(fleet, "one", "first")
    put(fleet, "two", "second", account="south")
    first = worker("w1", "--interval", "1h")
    eventually(lambda: runs(fleet) == {"first", "second"}, first.said)
    assert first.get("/readyz").status_code == first.get("/healthz").status_code == 200

    second = worker("w2", "--interval", "1h")
    eventually(lambda: len(listed(fleet, "list")["workers"]) == 2, second.said)
    put(fleet, "one", "first", "third")
    eventually(lambda: runs(fleet) == {"first", "second", "third"}, first.said)
    found = {one["name"]: one for one in listed(fleet, "list")["workspaces"]}
    assert {name: one["account"] for name, one in found.items()} == {"one": "north", "two": "south"}
    eventually(lambda: "one        north    in " in fleet.run("fleet", "list").out, first.said)
    shown = listed(fleet, "show", "one")["workspace"]
    assert (shown["lastOutcome"], shown["lastRound"]["resources"]) == ("ok", {"ok": 2}), shown
    assert "at work" in first.get("/").text
    assert 'reconciler_watch_changes_total{result="done",verb="start"}' in (
        first.get("/metrics").text + second.get("/metrics").text
    )

    drained = fleet.run("fleet", "drain", "w1")
    assert (drained.code, drained.out) == (0, "w1 is drained and has ended\n"), drained.err
    assert first.process.wait(PATIENCE) == 0 and "drained" in first.said()
    put(fleet, "two", account="south")
    eventually(lambda: runs(fleet) == {"first", "third"}, second.said)
    assert listed(fleet, "show", "w2")["worker"]["name"] == "w2"
    assert second.end() == 0 and "stopped in order" in second.said()
    assert listed(fleet, "list")["workers"] == []
    assert fleet.run("plan", "--detailed-exitcode", "spaces/one").code == 0


def test_what_a_workspace_may_not_have(fleet: Kit, worker: Starter) -> None:
    put(fleet, "good", "stream")
    put(fleet, "bad", "other")
    file = fleet.root / "spaces" / "bad" / "all.yaml"
    file.write_text(file.read_text().replace("name: bad", "name: worse"))
    put(fleet, "broken", "third")
    file = fleet.root / "spaces" / "broken" / "all.yaml"
    file.write_text(file.read_text().replace("room:", "rom:"))
    one = worker("w1", "--interval", "5s")
    eventually(lambda: runs(fleet) == {"stream"}, one.said)
    eventually(lambda: "bad: warning: trouble: " in one.said(), one.said)
    assert "workspace worse is in a directory called bad; give both the same name" in one.said()
    eventually(lambda: "broken: warning: manifests: " in one.said(), one.said)
    told = fleet.run("fleet", "show", "broken").out
    assert "spec.rom" in told, told
    put(fleet, "broken", "third")
    eventually(lambda: runs(fleet) == {"stream", "third"}, one.said)
    assert one.said().count("workspace worse is") == 1  # told once, however many rounds find it


def test_each_account_has_keys_of_its_own(fleet: Kit, worker: Starter) -> None:
    """Rounds of both are made at a time, in threads of one process."""
    put(fleet, "one", "first")
    put(fleet, "two", "second", account="south")
    keys = fleet.root / "keys"
    keys.mkdir()
    (keys / "north.env").write_text(f"TENCENTCLOUD_SECRET_ID={os.environ['TENCENTCLOUD_SECRET_ID']}\n")
    (keys / "south.env").write_text("TENCENTCLOUD_SECRET_ID=AKIDofNobody\n")
    one = worker("w1", "--interval", "5s", "--env-file", "keys/{account}.env")
    eventually(lambda: runs(fleet) == {"first"}, one.said)
    eventually(lambda: listed(fleet, "show", "two")["workspace"]["lastOutcome"] == "failing", one.said)
    assert "AuthFailure.SecretIdNotFound" in fleet.run("fleet", "show", "two").out
    (keys / "south.env").write_text("")
    put(fleet, "two", "third", account="south")
    eventually(lambda: runs(fleet) == {"first", "third"}, one.said)
    assert one.said().count("warning: failed: RelayStream/second") == 1


def test_what_waits_for_its_restart_is_started_when_it_may(fleet: Kit, worker: Starter) -> None:
    """However long it is until the next round."""
    put(fleet, "one")
    file = fleet.root / "spaces" / "one" / "all.yaml"
    head = file.read_text().replace("region:", "restarts: {backOff: 8s}\n  region:")
    file.write_text(head + FILM)
    one = worker("w1", "--interval", "1h")
    for tasks in (1, 2):
        eventually(lambda tasks=tasks: len(fleet.tasks()) == tasks and fleet.running(), one.said)
        fleet.end_task(fleet.running()[0]["taskId"])
        file.write_text(f"{head}{FILM}# {tasks}\n")  # which brings a round forward
    eventually(lambda: len(fleet.tasks()) == 3 and fleet.running(), one.said)
    assert one.end() == 0


def test_a_frozen_workspace_is_observed_and_not_touched(fleet: Kit, worker: Starter) -> None:
    put(fleet, "one", "first")
    one = worker("w1", "--interval", "5s")
    eventually(lambda: runs(fleet) == {"first"}, one.said)
    assert fleet.run("watch", "freeze", "spaces/one", "--lock-timeout", "30s").code == 0
    put(fleet, "one", "first", "second")
    eventually(lambda: "one: frozen: frozen by" in one.said(), one.said)
    assert runs(fleet) == {"first"}
    assert fleet.run("watch", "unfreeze", "spaces/one", "--lock-timeout", "30s").code == 0
    eventually(lambda: runs(fleet) == {"first", "second"}, one.said)


def test_a_state_that_is_not_confirmed_waits(fleet: Kit, worker: Starter, monkeypatch: Any) -> None:
    put(fleet, "one", "first")
    process = subprocess.Popen(
        [*WATCH, "--listen", "none"],
        cwd=fleet.root,
        env=dict(os.environ),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        eventually(lambda: "no state was ever written" in fleet.run("fleet", "show", "one").out, lambda: "")
        assert fleet.calls() == []
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("watch", "--fleet", "nowhere"), "--fleet nowhere: no such directory"),
        (("watch", "--worker", "x"), "--worker needs --fleet"),
        (("fleet", "drain", "nobody"), "no worker 'nobody' in this fleet"),
        (("fleet", "show", "nobody"), "no workspace or worker 'nobody' in this fleet"),
        (("fleet", "list", "--state", "state.json"), "a fleet shares its workspaces through PostgreSQL"),
    ],
)
def test_what_cannot_be(fleet: Kit, arguments: tuple[str, ...], words: str) -> None:
    ran = fleet.run(*arguments)
    assert ran.code == 64 and words in ran.err, ran.err


def test_a_name_is_had_once(fleet: Kit, worker: Starter) -> None:
    one = worker("w1")
    eventually(
        lambda: "up to 8 rounds at a time" in one.said() and one.get("/readyz").status_code == 200, one.said
    )
    two = worker("w1")
    assert two.process.wait(PATIENCE) == 1
    assert "a worker named w1 is in the fleet already" in two.said()
