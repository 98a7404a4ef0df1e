"""A state that is kept in PostgreSQL: the same flows as with a file, direct and through pgbouncer."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from reconciler.backends.postgres.client import Tools
from reconciler.backends.postgres.connecting import connector
from reconciler.backends.postgres.database import Connect
from reconciler.backends.postgres.location import Place, place_of
from reconciler.cli import shared_store

from ..backends.checks_lost import TABLES
from ..backends.relay import REFUSE, relaying
from ..backends.servers import needs_postgres, servers
from .kit import Kit, Ran, knows_unchanged_documents, wait_until

pytestmark = needs_postgres

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
VARIABLES = ("RECONCILER_STATE", "RECONCILER_STATE_URL")


@pytest.fixture(params=["direct", pytest.param("pooled", marks=pytest.mark.slow)])
def shared(request: pytest.FixtureRequest, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """A kit whose workspace names the store alone; the environment says how it is connected to."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    url = servers().pooled if request.param == "pooled" else servers().direct
    name = f"flow_{request.param}"
    monkeypatch.setenv("RECONCILER_STATE_URL", url)
    kit.edit("workspace.yaml", "spec:", f"spec:\n  state: {{backend: postgres, schema: {name}}}")
    kit.write("one.yaml", STREAM.format("one", 1))
    servers().run(f"DROP SCHEMA IF EXISTS {name} CASCADE")
    yield kit
    assert not list(kit.state_path.parent.iterdir()), "something of the state was written to a file"


@pytest.fixture
def ready(shared: Kit) -> Kit:
    assert shared.run("state", "backend", "init").code == 0
    return shared


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
    assert checked.code == 1 and "problem: fsync is off" in checked.out, checked.out


def test_apply_and_then_the_plan_is_empty(ready: Kit) -> None:
    ready.apply("--new-state")
    ready.edit("one.yaml", "room: 1", "room: 2")
    ready.apply()
    ready.write("two.yaml", STREAM.format("two", 3))
    assert ready.run(*APPLY).code == 0
    ready.assert_settled()
    assert len(ready.running()) == 2
    drift = ready.run("drift", "--detailed-exitcode")
    assert drift.code == 0, drift.out + drift.err
    assert ready.run("destroy", "--auto-approve").code == 0
    assert not ready.running()


def test_a_saved_plan_fits_the_state_that_it_was_made_of_alone(ready: Kit) -> None:
    assert ready.run(*APPLY).code == 0
    ready.edit("one.yaml", "room: 1", "room: 2")
    assert ready.run("plan", "--out", "plan.json").code == 0
    assert "password" not in (ready.root / "plan.json").read_text()
    ready.write("two.yaml", STREAM.format("two", 3))
    assert ready.run(*APPLY, "--target", "MixStream/two").code == 0
    ran = ready.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 1 and "has changed since" in ran.err, ran.err


def test_a_saved_plan_names_no_server_by_itself(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ready.run("plan", "--out", "plan.json").code == 0
    url = os.environ["RECONCILER_STATE_URL"]
    monkeypatch.delenv("RECONCILER_STATE_URL")
    ran = ready.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 64 and "--state" in ran.err and not ready.calls(), ran.err
    named = replace(place_of(url, "a test"), schema=_schema(ready), workspace="demo").location.text
    assert ready.run("apply", "plan.json", "--auto-approve", "--state", named).code == 0
    ran = ready.run("apply", "plan.json", "--auto-approve", "--state", named)
    assert ran.code == 1 and not ready.calls()[1:], "a plan was carried out twice"


def test_the_state_is_looked_after_as_in_a_file(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    ready.write("two.yaml", STREAM.format("two", 3))
    assert ready.run(*APPLY).code == 0
    listed = ready.run("state", "list")
    assert "MixStream/one" in listed.out and "MixStream/two" in listed.out
    store = replace(
        place_of(os.environ["RECONCILER_STATE_URL"], "a test"), schema=_schema(ready)
    ).location.text
    monkeypatch.chdir(ready.root.parent)  # no manifests here: the workspace is named
    by_name = ("--state", store, "--workspace", "demo")
    assert ready.run("state", "list", *by_name).out == listed.out
    assert json.loads(ready.run("state", "show", "MixStream/one", *by_name).out)["status"] == "running"
    pulled = ready.run("state", "pull", *by_name).out
    (ready.root / "pulled.json").write_text(pulled)
    assert ready.run("state", "rm", "MixStream/two", *by_name).code == 0
    assert "MixStream/two" not in ready.run("state", "list", *by_name).out
    assert ready.run("state", "mv", "MixStream/one", "MixStream/three", *by_name).code == 0
    pushed = ready.run("state", "push", str(ready.root / "pulled.json"), "--force", *by_name)
    assert pushed.code == 0, pushed.err
    assert ready.run("state", "list", *by_name).out == listed.out
    ran = ready.run("state", "unlock", *by_name)
    assert ran.code == 1 and "automatically" in ran.err
    monkeypatch.chdir(ready.root)
    ready.assert_settled()


@pytest.mark.slow
def test_who_is_killed_is_followed(ready: Kit) -> None:
    for number in range(4):
        ready.write(f"more{number}.yaml", STREAM.format(f"more{number}", 10 + number))
    ready.faults({"action": START, "nth": 3, "count": 1, "kind": "delay", "seconds": 3})
    process = ready.spawn(*APPLY)
    wait_until(lambda: len(ready.running()) >= 3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    ran = ready.run(*APPLY)
    assert ran.code == 1 and "in use by process" in ran.err and "20 s" in ran.err, ran.err
    _silent(ready)
    ran = ready.run(*APPLY)
    assert ran.code == 0 and "taken over from process" in ran.err, ran.err
    ready.assert_settled()
    rooms = [task["request"]["AgentParams"]["UserId"] for task in ready.running()]
    assert len(rooms) == len(set(rooms)) == 5, "a stream runs twice, or not at all"


def test_history_tells_of_each_run(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_HISTORY_RUNS", "2")
    assert ready.run(*APPLY).code == 0
    [first] = json.loads(ready.run("history", "--format", "json").out)["runs"]
    ready.edit("one.yaml", "room: 1", "room: 2")
    assert ready.run(*APPLY).code == 0
    shown = ready.run("state", "show", "MixStream/one", "--at", first["run"])
    assert json.loads(shown.out)["spec"]["room"] == 1, shown.err
    life = json.loads(ready.run("history", "--address", "MixStream/one", "--format", "json").out)
    assert "StartPublishCdnStream" in json.dumps(life)
    assert ready.run("state", "mv", "MixStream/one", "MixStream/two").code == 0
    assert ready.run("state", "rm", "MixStream/two").code == 0
    told = json.loads(ready.run("history", "--format", "json").out)["runs"]
    assert [one["command"] for one in told] == ["state rm", "state mv"], told


@pytest.mark.slow
def test_a_receipt_shows_that_the_database_was_restored(ready: Kit) -> None:
    applied = ready.run(*APPLY, "--receipt", "receipt")
    [line] = [one for one in applied.err.splitlines() if "RECEIPT" in one]
    first = (ready.root / "receipt").read_text()
    assert first == f"{line}\n" and (ready.root / "receipt").stat().st_mode & 0o777 == 0o600
    with restored(_schema(ready)):
        ready.edit("one.yaml", "room: 1", "room: 2")
        assert ready.run(*APPLY, "--receipt", "receipt").code == 0
        [run, *_] = json.loads(ready.run("history", "--format", "json").out)["runs"]
    calls = len(ready.calls())
    ran = ready.run(*APPLY, "--receipt", "receipt")
    assert ran.code == 1 and len(ready.calls()) == calls, ran.err
    assert f"run {run['run']} wrote serial 2" in said(ran) and "the last serial here is 1" in said(ran)
    assert ready.run("plan").code == 0, "a plan, which sends nothing, must show what there is"
    log = ready.write("../log", f"12:00 {first}12:01 done\n")
    assert ready.run(*APPLY, "--receipt", "log").code == 0
    assert log.read_text() == f"12:00 {first}12:01 done\n", "a log was written over"
    ran = ready.run("destroy", "--auto-approve", "--receipt", "receipt")
    assert ran.code == 1 and "serial 2 here was written by another run" in said(ran), said(ran)
    (ready.root / "none").write_text("nothing\n")
    (ready.root / "cut").write_text(first.replace('"serial"', '"ser"'))
    for name, words in (("none", "has no receipt"), ("cut", "truncated or was altered")):
        ran = ready.run(*APPLY, "--receipt", name)
        assert ran.code == 64 and words in ran.err, ran.err


@contextmanager
def restored(schema: str) -> Iterator[None]:
    """At the end of the block, the tables of a schema have what they had at its beginning."""
    for table in TABLES:
        servers().run(f"CREATE TABLE {schema}.copy_{table} AS SELECT * FROM {schema}.{table}")
    yield
    for table in reversed(TABLES):
        servers().run(f"DELETE FROM {schema}.{table}")
    for table in TABLES:
        copy = f"SELECT * FROM {schema}.copy_{table}"
        servers().run(f"INSERT INTO {schema}.{table} OVERRIDING SYSTEM VALUE {copy}")


@pytest.mark.slow
def test_two_at_once_wait_for_each_other(ready: Kit) -> None:
    ready.faults({"action": START, "nth": 1, "count": 1, "kind": "delay", "seconds": 2})
    first = ready.spawn(*APPLY)
    wait_until(lambda: bool(ready.get("calls")["calls"]) or first.poll() is not None)
    ready.write("two.yaml", STREAM.format("two", 3))
    second = ready.run(*APPLY, "--lock-timeout", "30s")
    out, err = first.communicate()
    assert first.returncode == 0, out + err
    assert second.code == 0 and "waiting: the state is in use by process" in second.err, second.err
    ready.assert_settled()
    assert len(ready.running()) == 2


def test_a_shared_state_needs_no_word_in_ci(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("RECONCILER_ENDPOINT", "tencentcloud")
    assert ready.run("plan", "--no-refresh", "--new-state").code == 0
    monkeypatch.setenv("RECONCILER_STATE", "state.json")
    ran = ready.run("plan", "--no-refresh", "--new-state")
    assert ran.code == 1 and "docs/shared-state.md" in ran.err


def test_another_workspace_that_records_the_same_is_found(ready: Kit) -> None:
    assert ready.run(*APPLY).code == 0
    ready.edit("workspace.yaml", "{name: demo}", "{name: renamed}")
    ran = ready.run(*APPLY)
    assert ran.code == 1 and "workspace=demo" in ran.err and "state rebind --from" in ran.err, ran.err
    found = next(word for word in ran.err.split() if "workspace=demo" in word).strip("`'")
    ran = ready.run("state", "rebind", "--from", found, "--auto-approve")
    assert ran.code == 0, ran.err
    ready.assert_settled()


def test_a_state_of_another_version_is_refused_both_ways(ready: Kit) -> None:
    assert ready.run(*APPLY).code == 0
    name = _schema(ready)
    before = len(ready.calls())
    servers().run(f"UPDATE {name}.store SET version = 9, min_writer = 9, needs = '7.5'")
    assert ready.run("plan").code == 0, "what only writers must know keeps nobody from reading"
    ran = ready.run(*APPLY)
    assert ran.code == 1 and "version 9" in ran.err and "reconciler 7.5 or later" in ran.err, ran.err
    servers().run(f"UPDATE {name}.store SET min_reader = 9")
    ran = ready.run("plan")
    assert ran.code == 1 and "7.5" in ran.err
    assert ready.run("state", "backend", "upgrade").code == 1
    servers().run(f"UPDATE {name}.store SET version = 0, min_reader = 0, min_writer = 0")
    for command in (("plan",), APPLY):
        ran = ready.run(*command)
        assert ran.code == 1 and "state backend upgrade" in ran.err, ran.err
    assert len(ready.calls()) == before


def test_a_password_in_a_variable_is_used_and_never_shown(
    ready: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = os.environ["RECONCILER_STATE_URL"], list[str | None]()

    def connecting(place: Place, password: str | None, *rest: Any) -> Connect:
        asked.append(password)
        return connector(place, password, *rest)

    monkeypatch.setattr(shared_store, "connector", connecting)
    secret = url.replace("postgres@", "postgres:hush-hush@")
    for name, text in (
        ("RECONCILER_STATE_URL", secret),
        ("RECONCILER_STATE", f"{secret}?schema={_schema(ready)}"),
    ):
        monkeypatch.setenv(name, text)
        ran = [ready.run("plan", "--out", "plan.json"), ready.run("apply", "plan.json", "--auto-approve")]
        ran += [ready.run("plan"), ready.run("state", "list"), ready.run("state", "backend", "list")]
        assert all(one.code == 0 for one in ran), ran
        said = "".join(one.out + one.err for one in ran) + (ready.root / "plan.json").read_text()
        assert "hush" not in said and set(asked) == {"hush-hush"}
        ready.edit("one.yaml", "room: 1", "room: 11")
    ran = [ready.run("state", "list", "--state", secret)]
    assert ran[0].code == 64 and "hush" not in ran[0].err and "PGPASSFILE" in ran[0].err


def test_a_simulator_inside_the_command_keeps_its_world_apart(
    ready: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECONCILER_ENDPOINT")
    monkeypatch.setenv("XDG_STATE_HOME", str(ready.root / "home"))
    ready.edit("workspace.yaml", "spec:", "spec:\n  endpoint: simulator")
    assert ready.run(*APPLY).code == 0
    ready.assert_settled()
    assert len(list((ready.root / "home" / "reconciler" / "simulator").glob("*.sqlite"))) == 1


def said(ran: Ran) -> str:
    """All that a command said, on one line."""
    return " ".join((ran.out + ran.err).split())


def other_workspace(ready: Kit) -> Path:
    """Manifests of another workspace of the store, which pushes to the same address."""
    text = (ready.root / "manifests" / "workspace.yaml").read_text()
    ready.write("../other/workspace.yaml", text.replace("{name: demo}", "{name: other}"))
    return ready.write("../other/mine.yaml", STREAM.format("one", 7).replace("{name: one}", "{name: mine}"))


def test_a_push_address_is_used_by_one_workspace_alone(ready: Kit) -> None:
    manifest = other_workspace(ready)
    assert ready.run("plan", "other", "--out", "early.json", "--new-state").code == 0
    assert ready.run(*APPLY).code == 0
    held = "push 3891.livepush.myqcloud.com/live/one is held by MixStream/one of workspace demo"
    for arguments in (("plan", "other", "--new-state"), (*APPLY, "other", "--new-state")):
        ran = ready.run(*arguments)
        assert held in said(ran), said(ran)
    assert ran.code == 1 and "refused" in ran.err
    late = ready.run("apply", "early.json", "--auto-approve", "--new-state")
    assert late.code == 1 and held in said(late) and "nothing was sent" in late.err, late.err
    assert "could not be written" not in late.err and len(ready.calls()) == 1
    manifest.write_text(manifest.read_text().replace("live/one", "live/mine"))
    ready.apply("other", "--new-state")
    manifest.write_text(manifest.read_text().replace("live/mine", "live/one"))
    assert held in said(ready.run("plan", "other"))
    assert ready.run("destroy", "--auto-approve").code == 0
    ready.apply("other")
    told = said(ready.run("plan"))
    assert "held by MixStream/mine of workspace other" in told, told


def test_what_a_file_records_is_moved_into_a_database(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    kit.write("one.yaml", STREAM.format("one", 1))
    kit.apply("--new-state")
    [task] = kit.running()
    monkeypatch.setenv("RECONCILER_STATE_URL", servers().direct)
    kit.edit("workspace.yaml", "spec:", "spec:\n  state: {backend: postgres, schema: moved}")
    assert kit.run("state", "backend", "init").code == 0
    told = said(kit.run("plan"))  # which an apply at a real endpoint is refused for
    assert f"state rebind --from {kit.state_path}" in told, told
    ran = kit.run("state", "rebind", "--from", str(kit.state_path), "--auto-approve")
    assert ran.code == 0, ran.err
    kit.assert_settled()
    assert kit.running() == [task] and len(kit.calls()) == 1
    kit.edit("one.yaml", "room: 1", "room: 2")
    kit.apply()


def test_a_strangers_manifests_do_not_say_which_database(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ready.run(*APPLY).code == 0
    url = f"{os.environ['RECONCILER_STATE_URL']}?schema={_schema(ready)}"
    monkeypatch.setenv("RECONCILER_STATE_URL", "postgresql://stranger.invalid/x")
    ready.edit("workspace.yaml", "backend: postgres", "backend: postgres, service: strange")
    ran = ready.run("plan", "--untrusted", "--state", url, "--detailed-exitcode")
    assert ran.code == 0, ran.out + ran.err
    ready.edit("workspace.yaml", ", service: strange", "")


def cut_off(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """An apply whose database is away for good before its first call is answered."""
    monkeypatch.setattr(shared_store, "Tools", partial(Tools, patience=0.3, deadline=0.5))
    url = os.environ["RECONCILER_STATE_URL"]
    ready.faults({"action": START, "nth": 1, "count": 1, "kind": "delay", "seconds": 1.5})
    with relaying(int(place_of(url, "a test").hosts.rpartition(":")[2])) as relay:
        monkeypatch.setenv("RECONCILER_STATE_URL", f"postgresql://postgres@127.0.0.1:{relay.port}/postgres")

        def cut() -> None:
            wait_until(lambda: bool(requests.get(f"{ready.url}/_admin/tasks", timeout=9).json()["tasks"]))
            relay.mode = REFUSE
            relay.cut()

        Thread(target=cut, daemon=True).start()
        ran = ready.run(*APPLY)
    monkeypatch.setenv("RECONCILER_STATE_URL", url)
    assert ran.code == 1 and "RECOVERY {" in ran.err and "does not respond" in ran.err, ran.err
    assert "is running as TaskId" in ran.err, "what runs is not told"
    _silent(ready)
    return ran


def test_what_could_not_be_recorded_the_next_apply_here_records(
    ready: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(ready.root / "home"))
    cut_off(ready, monkeypatch)
    [kept] = (ready.root / "home" / "reconciler" / "spill").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    [task] = ready.running()
    ran = ready.run(*APPLY)
    assert ran.code == 0 and "could not record: 1" in ran.err, ran.err
    assert [one["taskId"] for one in ready.running()] == [task["taskId"]] and len(ready.calls()) == 1
    assert not kept.exists()
    ready.assert_settled()


@pytest.mark.slow
def test_what_could_not_be_recorded_is_recovered_from_the_log(
    ready: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(ready.root / "home"))
    (ready.root / "job.log").write_text(cut_off(ready, monkeypatch).err)
    monkeypatch.setenv("XDG_STATE_HOME", str(ready.root / "elsewhere"))
    ran = ready.run("state", "recover", "job.log")
    assert (ran.code, ran.out) == (0, "MixStream/one: recorded\n"), ran.err
    assert "skipped" in ready.run("state", "recover", "job.log").out
    assert ready.run(*APPLY).code == 0
    assert len(ready.calls()) == 1, "a stream was restarted although its answer was known"
    ready.assert_settled()
    log = (ready.root / "job.log").read_text()
    (ready.root / "cut.log").write_text(log.replace('"intent":', '"int":'))
    (ready.root / "none.log").write_text("nothing\n")
    for name, words in (
        ("cut.log", "truncated or was altered"),
        ("none.log", "has no unrecorded answers"),
        ("no.log", "cannot be"),
    ):
        ran = ready.run("state", "recover", name)
        assert ran.code == 64 and words in ran.err, ran.err


def _schema(kit: Kit) -> str:
    text = (kit.root / "manifests" / "workspace.yaml").read_text()
    return (
        next(line for line in text.splitlines() if "backend: postgres" in line)
        .split("schema: ")[1]
        .strip("}")
    )


def _silent(kit: Kit) -> None:
    """The holder was not heard of for its time."""
    servers().run(f"UPDATE {_schema(kit)}.hold SET beat = beat - ttl")


def test_a_machine_without_a_cache_reads_what_the_last_apply_knew(
    ready: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows_unchanged_documents(ready, monkeypatch)
