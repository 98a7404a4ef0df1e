"""A state that is kept in a bucket: the same flows as with a file, on a real store of objects."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from reconciler.backends.objects.client import Client, Tools
from reconciler.backends.objects.hold import lock_key, lock_of
from reconciler.backends.objects.location import S3, ObjectPlace, object_place
from reconciler.backends.objects.signing import Keys
from reconciler.backends.objects.store import make_store
from reconciler.cli import shared_objects

from ..backends.bucket import BUCKET, KEYS, REGION, MemoryWeb
from ..backends.object_servers import needs, object_server
from .kit import Kit, knows_unchanged_documents, wait_until

STREAM = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: {0}}}
spec:
  room: {1}
  publish: [{{url: "rtmp://3891.livepush.myqcloud.com/live/{0}"}}]
"""
APPLY = ("apply", "--auto-approve")
START = "StartPublishCdnStream"
VARIABLES = (
    "RECONCILER_STATE",
    "RECONCILER_STATE_URL",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
)
_NUMBERS = count()


@pytest.fixture(params=["s3", "cos", pytest.param("moto", marks=[needs("moto"), pytest.mark.slow])])
def shared(request: pytest.FixtureRequest, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """A kit whose workspace names bucket and prefix; the environment says how they are reached.

    The first two are in the memory of this process, behind the API of such a store.
    """
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    if request.param == "moto":
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", object_server("moto").url)
    else:
        cos = request.param == "cos"
        keys = Keys(os.environ["TENCENTCLOUD_SECRET_ID"], os.environ["TENCENTCLOUD_SECRET_KEY"])
        web = MemoryWeb(cos, keys if cos else KEYS, time.time())
        monkeypatch.setattr(shared_objects, "RequestsWeb", lambda *_: web)
        monkeypatch.setenv("TENCENTCLOUD_REGION", "ap-guangzhou")
    sort = "cos" if request.param == "cos" else "s3"
    state = f"{{backend: {sort}, bucket: {BUCKET}, prefix: flow/{next(_NUMBERS)}}}"
    kit.edit("workspace.yaml", "spec:", f"spec:\n  state: {state}")
    kit.write("one.yaml", STREAM.format("one", 1))
    yield kit
    assert not list(kit.state_path.parent.iterdir()), "something of the state was written to a file"


@pytest.fixture
def ready(shared: Kit) -> Kit:
    assert shared.run("state", "backend", "init").code == 0
    return shared


@pytest.fixture
def served(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """The same, on a store that other processes reach."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    found, prefix = object_server("moto"), f"served/{next(_NUMBERS)}"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret)
    url = f"s3://{BUCKET}/{prefix}?endpoint={found.url}&region={REGION}"
    monkeypatch.setenv("RECONCILER_STATE", url)
    kit.write("one.yaml", STREAM.format("one", 1))
    make_store(ObjectPlace(S3, BUCKET, prefix), client(), found.url)
    return kit


@pytest.mark.slow
def test_a_store_is_made_before_it_is_used(shared: Kit) -> None:
    ran = shared.run(*APPLY)
    assert ran.code == 1 and "state backend init" in ran.err and not shared.calls(), ran.err
    first, again = (shared.run("state", "backend", "init") for _ in range(2))
    assert (first.code, first.out) == (again.code, again.out) == (0, first.out)
    assert shared.run("state", "backend", "upgrade").out.endswith("already up to date\n")
    assert shared.run("state", "backend", "list").out == ""
    assert shared.run(*APPLY).code == 0
    assert shared.run("state", "backend", "list").out == "demo\n"
    checked = shared.run("state", "backend", "check")
    assert checked.code == 0 and "problem" not in checked.out, checked.out
    for words in ("unverified", "has no rate limit shared among machines", "rejects writes"):
        assert words in checked.out, checked.out
    assert KEYS.secret not in checked.out + checked.err


@needs("moto", "rclone")
@pytest.mark.slow
def test_a_store_that_ignores_conditions_is_refused(served: Kit) -> None:
    url = f"s3://{BUCKET}/x?endpoint={object_server('rclone').url}&region={REGION}"
    ran = served.run("state", "backend", "init", "--state", url)
    assert ran.code == 1 and "this store cannot keep states" in ran.err, ran.err
    assert "If-None-Match" in ran.err
    assert served.run("state", "backend", "list", "--state", url).code == 1


@pytest.mark.slow
def test_apply_and_then_the_plan_is_empty(ready: Kit) -> None:
    ready.apply("--new-state")
    ready.edit("one.yaml", "room: 1", "room: 2")
    ready.apply()
    ready.write("two.yaml", STREAM.format("two", 3))
    assert ready.run(*APPLY).code == 0
    ready.assert_settled()
    assert len(ready.running()) == 2
    assert ready.run("destroy", "--auto-approve").code == 0
    assert not ready.running()


@pytest.mark.slow
def test_a_saved_plan_fits_the_state_that_it_was_made_of_alone(ready: Kit) -> None:
    assert ready.run(*APPLY).code == 0
    ready.edit("one.yaml", "room: 1", "room: 2")
    assert ready.run("plan", "--out", "plan.json").code == 0
    assert ready.run("state", "rm", "MixStream/none").code == 64  # which has held the state
    assert KEYS.secret not in (ready.root / "plan.json").read_text()
    assert ready.run("apply", "plan.json", "--auto-approve").code == 0
    ran = ready.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 1 and "a plan can be applied once" in ran.err, ran.err
    ready.edit("one.yaml", "room: 2", "room: 3")
    assert ready.run("plan", "--out", "plan.json").code == 0
    ready.write("two.yaml", STREAM.format("two", 3))
    assert ready.run(*APPLY, "--target", "MixStream/two").code == 0
    ran = ready.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 1 and "has changed since" in ran.err, ran.err


@needs("moto")
@pytest.mark.slow
def test_a_saved_plan_names_no_server_by_itself(served: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    url = os.environ["RECONCILER_STATE"]
    assert served.run("plan", "--out", "plan.json").code == 0
    monkeypatch.delenv("RECONCILER_STATE")
    ran = served.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 64 and "--state" in ran.err and not served.calls(), ran.err
    monkeypatch.setenv("RECONCILER_STATE_URL", url.replace(f"/{url.split('/')[4].split('?')[0]}?", "?"))
    assert served.run("apply", "plan.json", "--auto-approve").code == 0


@pytest.mark.slow
def test_the_state_is_looked_after_as_in_a_file(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    ready.write("two.yaml", STREAM.format("two", 3))
    assert ready.run(*APPLY).code == 0
    listed = ready.run("state", "list")
    assert "MixStream/one" in listed.out and "MixStream/two" in listed.out
    sort, prefix = _of_manifest(ready, "backend"), _of_manifest(ready, "prefix")
    store = f"{sort}://{BUCKET}/{prefix}"
    monkeypatch.chdir(ready.root.parent)  # no manifests here: the workspace is named
    by_name = ("--state", store, "--workspace", "demo")
    assert ready.run("state", "list", *by_name).out == listed.out
    assert json.loads(ready.run("state", "show", "MixStream/one", *by_name).out)["status"] == "running"
    (ready.root / "pulled.json").write_text(ready.run("state", "pull", *by_name).out)
    assert ready.run("state", "rm", "MixStream/two", *by_name).code == 0
    assert ready.run("state", "mv", "MixStream/one", "MixStream/three", *by_name).code == 0
    pushed = ready.run("state", "push", str(ready.root / "pulled.json"), "--force", *by_name)
    assert pushed.code == 0, pushed.err
    assert ready.run("state", "list", *by_name).out == listed.out
    ran = ready.run("state", "unlock", *by_name)
    assert ran.code == 1 and "automatically" in ran.err
    monkeypatch.chdir(ready.root)
    ready.assert_settled()


@pytest.mark.slow
def test_history_tells_of_each_run(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_HISTORY_RUNS", "2")
    assert ready.run(*APPLY).code == 0
    [first] = _history(ready)
    ready.edit("one.yaml", "room: 1", "room: 2")
    assert ready.run(*APPLY).code == 0
    shown = ready.run("state", "show", "MixStream/one", "--at", first["run"][:8])
    assert json.loads(shown.out)["spec"]["room"] == 1, shown.err
    told = ready.run("history", "--run", first["run"], "--format", "json")
    assert START in [call["action"] for call in json.loads(told.out)["calls"]], told.out
    life = ready.run("history", "--address", "MixStream/one", "--format", "json")
    assert START in life.out and KEYS.secret not in life.out, life.out
    assert ready.run("state", "mv", "MixStream/one", "MixStream/two").code == 0
    assert ready.run("state", "rm", "MixStream/two").code == 0
    assert [one["command"] for one in _history(ready)] == ["state rm", "state mv"]


@needs("moto")
@pytest.mark.slow
def test_who_is_killed_is_followed(served: Kit) -> None:
    for number in range(4):
        served.write(f"more{number}.yaml", STREAM.format(f"more{number}", 10 + number))
    served.faults({"action": START, "nth": 3, "count": 1, "kind": "delay", "seconds": 3})
    process = served.spawn(*APPLY)
    wait_until(lambda: len(served.running()) >= 3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    ran = served.run(*APPLY)
    assert ran.code == 1 and "in use by process" in ran.err and "20 s" in ran.err, ran.err
    _silent(served)
    assert served.run(*APPLY).code == 0
    last, killed = _history(served)
    assert (killed["recoveredBy"], killed["changes"]["start"]) == (last["run"], 5), killed
    assert killed["result"] != last["result"] == "done", (killed, last)
    served.assert_settled()
    rooms = [task["request"]["AgentParams"]["UserId"] for task in served.running()]
    assert len(rooms) == len(set(rooms)) == 5, "a stream runs twice, or not at all"


@pytest.mark.slow
def test_another_workspace_that_records_the_same_is_found(ready: Kit) -> None:
    assert ready.run(*APPLY).code == 0
    ready.edit("workspace.yaml", "{name: demo}", "{name: renamed}")
    ran = ready.run(*APPLY)
    assert ran.code == 1 and "workspace=demo" in ran.err and "state rebind --from" in ran.err, ran.err
    found = next(word for word in ran.err.split() if "workspace=demo" in word).strip("`'")
    ran = ready.run("state", "rebind", "--from", found, "--auto-approve")
    assert ran.code == 0, ran.err
    ready.assert_settled()


def test_keys_that_are_missing_are_told(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_STATE", f"s3://{BUCKET}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.key_id)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    ran = kit.run("plan")
    assert ran.code == 1 and "AWS_SECRET_ACCESS_KEY" in ran.err and not kit.calls(), ran.err
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    ran = kit.run("plan")
    assert ran.code == 1 and "does not respond" in ran.err, ran.err


def _history(kit: Kit) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = json.loads(kit.run("history", "--format", "json").out)["runs"]
    return runs


def _of_manifest(kit: Kit, name: str) -> str:
    text = (kit.root / "manifests" / "workspace.yaml").read_text()
    return re.split("[,}]", text.partition(f"{name}: ")[2])[0]


def client() -> Client:
    tools = Tools(time.monotonic, time.sleep, lambda: "token", lambda run: None, time.time)
    return Client(object_server("moto").bucket(), tools, [])


def _silent(kit: Kit) -> None:
    """As once its holder was not heard of for its time."""
    place = replace(object_place(os.environ["RECONCILER_STATE"], "a test"), workspace="demo")
    free = replace(lock_of(place, client()), free=True)
    client().put(lock_key(place), free.line("silent"))


def test_a_machine_without_a_cache_reads_what_the_last_apply_knew(
    ready: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows_unchanged_documents(ready, monkeypatch)
