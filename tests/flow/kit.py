"""A workspace in a temporary directory against a simulator over HTTP, driven by the command line.

Flows are judged by the state of the simulator's world: after every apply the calls that arrived
are those of the plan, complete, and the next plan is empty.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import pytest
import requests
from tencentcloud.car.v20220110 import models as car_models
from tencentcloud.live.v20180801 import models as live_models
from tencentcloud.trtc.v20190722 import models as trtc_models

from reconciler.cli import main
from reconciler.cli.environment import current_environment
from reconciler.manifests.reading import reader
from reconciler.manifests.reading.shapes import Shapes

READ_ONLY = ("Describe",)

Later = Callable[[float], None]
"""Moves the time on by seconds, for the simulator as for the planner."""

WORKSPACE = """
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: demo}
spec:
  region: ap-guangzhou
  trtc: {sdkAppId: 1400188366, secretKey: {env: TRTC_SECRET_KEY}}
"""


def set_clock(monkeypatch: pytest.MonkeyPatch, clock: Callable[[], float], *rooms: ModuleType) -> None:
    """Lets the rooms of the command line read the time off another clock."""
    for room in rooms:
        monkeypatch.setattr(room, "current_environment", lambda: replace(current_environment(), clock=clock))


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


class Kit:
    """`run` is the command line in this process; `spawn` in one of its own."""

    def __init__(self, url: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self.root = root
        self.state_path = root / "state" / "demo.json"
        self.state_path.parent.mkdir(
            mode=0o700, exist_ok=True
        )  # that it is there makes the directory a project's root
        self._capsys = capsys
        self._http = requests.Session()
        self._plans = 0
        self._spawned: list[subprocess.Popen[str]] = []
        self.write("workspace.yaml", WORKSPACE)

    def close(self) -> None:
        """A process that a test has left behind, as one that failed half way, ends with it."""
        self._http.close()
        for process in self._spawned:
            process.kill()
            process.communicate()

    # The workspace

    def write(self, name: str, text: str) -> Path:
        path = self.root / "manifests" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def edit(self, name: str, old: str, new: str, count: int = -1) -> None:
        path = self.root / "manifests" / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, count))

    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.state_path.read_text()))

    def entry(self, address: str) -> dict[str, Any]:
        return dict(self.state()["resources"][address])

    def forget_all(self) -> None:
        """The state is lost, and nothing tells that there was one."""
        shutil.rmtree(self.state_path.parent)
        self.state_path.parent.mkdir(mode=0o700)

    # The command line

    def run(self, *arguments: str, debug: bool = False) -> Ran:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as exit_info:
            main([*arguments])
        out, err = self._capsys.readouterr()
        assert debug or "Traceback" not in err
        return Ran(int(exit_info.value.code or 0), out, err)

    def spawn(self, *arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.root,
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._spawned.append(process)
        return process

    def plan(self, *arguments: str) -> dict[str, Any]:
        ran = self.run("plan", "--format", "json", *arguments)
        assert ran.code in (0, 2), ran.err
        return dict(json.loads(ran.out))

    def changes(self, *arguments: str) -> list[dict[str, Any]]:
        return list(self.plan(*arguments)["changes"])

    def verbs(self, *arguments: str) -> dict[str, str]:
        return {change["address"]: change["verb"] for change in self.changes(*arguments)}

    def apply(self, *arguments: str) -> dict[str, Any]:
        """Plans, saves, applies the saved plan, and holds it against what arrived; the saved plan."""
        self._plans += 1
        file = self.root / f"plan-{self._plans}.json"
        planned = self.run("plan", "--out", str(file), *arguments)
        assert planned.code == 0, planned.err
        before = len(self.calls())
        ran = self.run("apply", str(file), "--auto-approve")
        assert ran.code == 0, ran.err
        saved = dict(json.loads(file.read_text()))
        compare_calls(saved, self.calls()[before:])
        self.assert_settled(*arguments)
        return saved

    def assert_settled(self, *arguments: str) -> None:
        ran = self.run("plan", "--detailed-exitcode", *arguments)
        assert ran.code == 0, ran.out + ran.err

    # The simulator's world

    def get(self, what: str) -> Any:
        answer = self._http.get(f"{self.url}/_admin/{what}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, what: str, body: Any = None) -> Any:
        answer = self._http.post(f"{self.url}/_admin/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tasks(self, status: str | None = None) -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = self.get("tasks")["tasks"]
        return [task for task in tasks if status in (None, task["status"])]

    def running(self) -> list[dict[str, Any]]:
        return self.tasks("running")

    def end_task(self, task_id: str) -> None:
        self.post(f"tasks/{quote(task_id, safe='')}/end")

    def calls(self) -> list[dict[str, Any]]:
        """Those that change something, in order of arrival."""
        calls: list[dict[str, Any]] = self.get("calls")["calls"]
        return [call for call in calls if not call["action"].startswith(READ_ONLY)]

    def live(self) -> dict[str, str]:
        return {stream["streamName"]: stream["state"] for stream in self.get("live")["streams"]}

    def faults(self, *faults: Mapping[str, Any]) -> None:
        self.post("faults", list(faults))


def compare_calls(saved: Mapping[str, Any], calls: list[dict[str, Any]]) -> None:
    """Every call of the plan arrived once, complete, and nothing else did.

    Calls of one change arrive in its order; changes may overlap, so whole calls are matched. What
    was refused for the rate had no effect and was sent again; on a busy machine that can happen.
    """
    told: dict[str, str] = {}
    waiting = [call for call in calls if call["errorCode"] != "RequestLimitExceeded"]
    for change in saved["changes"]:
        for step in change["calls"]:
            match = next((call for call in waiting if matches(step, call, told)), None)
            assert match is not None, f"{step['id']} {step['request']} did not arrive; left: {waiting}"
            waiting.remove(match)
            judge(match)
            told[step["id"]] = match["response"].get("TaskId", "")
    assert not waiting, f"not in the plan: {waiting}"


def judge(call: Mapping[str, Any]) -> None:
    """The vendor's SDK reads our request whole, and would send the same."""
    name = f"{call['action']}Request"
    models = next(models for models in (trtc_models, live_models, car_models) if hasattr(models, name))
    request = getattr(models, name)()
    request._deserialize(call["request"])  # warns, and so fails, where it knows no such field
    assert request._serialize() == call["request"]


def matches(step: Mapping[str, Any], call: Mapping[str, Any], told: Mapping[str, str]) -> bool:
    return step["action"] == call["action"] and same(step["request"], call["request"], told)


def same(planned: Any, sent: Any, told: Mapping[str, str]) -> bool:
    """Whether what was sent is what was planned, with references filled in."""
    if isinstance(planned, Mapping) and "$taskIdOf" in planned:
        return bool(told.get(planned["$taskIdOf"]) == sent)
    if isinstance(planned, Mapping) and "$secret" in planned:
        return same_secret(planned["$secret"], sent)
    if isinstance(planned, Mapping) and ("$moment" in planned or "$ownId" in planned):
        return same_made(planned, sent)
    if isinstance(planned, Mapping):
        return (
            isinstance(sent, Mapping)
            and planned.keys() == sent.keys()
            and all(same(planned[key], sent[key], told) for key in planned)
        )
    if isinstance(planned, list):
        return (
            isinstance(sent, list)
            and len(planned) == len(sent)
            and all(same(one, other, told) for one, other in zip(planned, sent, strict=True))
        )
    return bool(planned == sent and type(planned) is type(sent))


def same_made(planned: Mapping[str, Any], sent: Any) -> bool:
    """Whether it is a moment in UTC, or an ID of ours."""
    if "$moment" in planned:
        return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(sent)) is not None
    own = planned["$ownId"]
    made = rf"{re.escape(own['before'])}{re.escape(own['prefix'])}\d+{re.escape(own['after'])}"
    return re.fullmatch(made, str(sent)) is not None


def same_secret(reference: Mapping[str, Any], sent: Any) -> bool:
    if "userSig" in reference:
        decoded = decode_user_sig(sent)
        wanted = reference["userSig"]
        return bool(
            decoded["TLS.identifier"] == wanted["userId"] and decoded["TLS.sdkappid"] == wanted["sdkAppId"]
        )
    if "pushUrl" in reference:
        whole = (
            "" if reference["pushUrl"].get("onlyQuery") else rf"{re.escape(reference['pushUrl']['url'])}\?"
        )
        signed = rf"{whole}txSecret=[0-9a-f]{{32}}&txTime=[0-9A-F]+"
        return re.fullmatch(signed, str(sent)) is not None
    return bool(os.environ[reference["env"]] == sent)


def decode_user_sig(text: str) -> dict[str, Any]:
    standard = text.replace("*", "+").replace("-", "/").replace("_", "=")
    return dict(json.loads(zlib.decompress(base64.b64decode(standard))))


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it did not happen within 60 s"
        time.sleep(0.02)


def texts_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of documents that are read from now on, by themselves or like others of their shape."""
    texts: list[str] = []
    alone, like_others = reader.build, Shapes.build

    def noted(chunk: reader.Chunk, findings: reader.Findings) -> object:
        texts.append(chunk.text)
        return alone(chunk, findings)

    def noted_too(shapes: Shapes, chunk: reader.Chunk, findings: reader.Findings) -> object:
        texts.append(chunk.text)
        return like_others(shapes, chunk, findings)

    monkeypatch.setattr(reader, "build", noted)
    monkeypatch.setattr(Shapes, "build", noted_too)
    return texts


def knows_unchanged_documents(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index is kept where the state is: on another machine nothing but the settings is read."""
    texts = texts_read(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(kit.root / "one-machine"))
    assert kit.run("apply", "--auto-approve").code == 0
    monkeypatch.setenv("XDG_CACHE_HOME", str(kit.root / "another"))
    texts.clear()
    assert kit.changes() == []
    assert {"kind: Workspace" in text for text in texts} == {True}
    texts.clear()
    assert kit.changes() == []
    assert texts == [], "it has a cache of its own by now"
