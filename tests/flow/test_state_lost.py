"""A state that is lost, mistyped or under a former name: nothing is restarted, doubled or unrecorded."""

import json
import re
import shlex
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.simulator import running

from .conftest import SECRETS
from .kit import Kit, wait_until
from .test_state_owner import APPLY, DESTROY, INGEST, STREAM, rename

FILM, ONE = "IngestStream/film", "MixStream/one"


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("one.yaml", STREAM)
    kit.write("film.yaml", INGEST)
    assert kit.run(*APPLY).code == 0
    return kit


def harmless(kit: Kit, state: str = "demo.json", tasks: int = 2) -> None:
    """Every task that ever ran still does, and each is recorded."""
    known = json.loads((kit.state_path.parent / state).read_text())["resources"].values()
    assert {task["taskId"] for task in kit.tasks()} == {one["taskId"] for one in known}
    assert len(kit.running()) == len(kit.tasks()) == tasks


def advice(told: str) -> list[str]:
    """The arguments of the command that a message tells to run."""
    found = re.search(r"`reconciler (.*?)`", " ".join(told.split()))
    assert found is not None, told
    return shlex.split(found[1])


def test_another_directory(applied: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = applied.root / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    for path in ("../manifests", str(applied.root / "manifests")):
        assert "Nothing to do" in applied.run(*APPLY, path).out
    assert list(elsewhere.iterdir()) == []
    harmless(applied)


@pytest.fixture
def distant(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """The same against a simulator on another machine, as far as anybody can see: nobody's loopback."""
    credentials = {SECRETS["TENCENTCLOUD_SECRET_ID"]: SECRETS["TENCENTCLOUD_SECRET_KEY"]}
    resolve = socket.getaddrinfo

    def resolved(host: str, *rest: Any, **more: Any) -> Any:
        return resolve("127.0.0.1" if host == "cloud.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with running(credentials=credentials, host_names=["cloud.example"]) as url:
        monkeypatch.setattr(kit, "url", url)
        monkeypatch.setenv("RECONCILER_ENDPOINT", url.replace("127.0.0.1", "cloud.example"))
        kit.write("one.yaml", STREAM)
        kit.write("film.yaml", INGEST)
        yield kit


PLAIN = (*APPLY, "--allow-plain-http")


def test_a_first_state_at_a_real_endpoint(distant: Kit) -> None:
    assert distant.run("plan", "--out", "plan.json", "--allow-plain-http").code == 0
    for arguments in (PLAIN, ("apply", "plan.json", "--auto-approve", "--allow-plain-http")):
        ran = distant.run(*arguments)
        assert ran.code == 1 and "no state was ever written at" in ran.err and "--new-state" in ran.err
    assert distant.calls() == []
    assert distant.run(*arguments, "--new-state").code == 0
    assert "Nothing to do" in distant.run(*PLAIN).out
    harmless(distant)


@pytest.mark.parametrize("mistyped", ["state/dmeo.json", "stat/demo.json", "demo.json"])
def test_a_mistyped_state(distant: Kit, mistyped: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert distant.run(*PLAIN, "--new-state").code == 0
    for arguments in ((*PLAIN, "--state", mistyped), PLAIN):
        ran = distant.run(*arguments)
        assert ran.code == 1 and f"{distant.state_path} of workspace demo records" in ran.err
        assert "pass that with --state" in ran.err
        monkeypatch.setenv("RECONCILER_STATE", mistyped)
    assert not Path(mistyped).exists()
    monkeypatch.delenv("RECONCILER_STATE")
    assert "Nothing to do" in distant.run(*PLAIN, "--state", str(distant.state_path)).out  # the advice
    harmless(distant)


def test_a_mistyped_state_on_this_machine_is_warned_of(applied: Kit) -> None:
    ran = applied.run("plan", "--state", "state/dmeo.json", "--format", "json")
    (warning,) = json.loads(ran.out)["warnings"]
    assert f"{applied.state_path} of workspace demo records {FILM}, {ONE}" in warning


def test_a_lost_state(applied: Kit) -> None:
    kept = applied.state_path.read_bytes()
    applied.state_path.unlink()
    for arguments in (APPLY, (*APPLY, "--new-state"), DESTROY):
        ran = applied.run(*arguments)
        assert ran.code == 1 and "is missing, but serial 1 was written here" in ran.err
    plan = json.loads(applied.run("plan", "--format", "json").out)
    assert plan["stateStatus"] == "missing" and plan["refusals"][0]["gate"] == "state"
    assert {(one["verb"], one["impact"]) for one in plan["changes"]} == {("start", "restart")}
    assert "2 starts (may interrupt)" in applied.run("plan").out
    assert applied.run(*advice(ran.err)).code == 0
    assert applied.state()["resources"] == json.loads(kept)["resources"]
    applied.assert_settled()
    harmless(applied)


@pytest.mark.slow
def test_a_lost_state_beside_the_journal_of_a_run_that_was_killed(applied: Kit) -> None:
    applied.write("two.yaml", STREAM.replace("one", "two").replace("room: 1", "room: 3"))
    applied.faults({"action": "StartPublishCdnStream", "count": 1, "kind": "delay", "seconds": 30})
    process = applied.spawn(*APPLY)
    wait_until(lambda: len(applied.running()) == 3)
    process.kill()
    process.communicate()
    applied.faults()
    applied.state_path.unlink()
    for arguments in (("plan",), APPLY, (*APPLY, "--new-state"), DESTROY, ("drift",), ("state", "list")):
        ran = applied.run(*arguments)
        assert ran.code == 1 and "is missing, but a run that began at serial 1" in ran.err
    assert len(applied.running()) == 3
    assert applied.run(*advice(ran.err)).code == 0
    assert applied.entry("MixStream/two")["status"] == "uncertain"
    assert applied.run(*APPLY).code == 0
    known = {one["taskId"] for one in applied.state()["resources"].values()}
    assert {task["taskId"] for task in applied.running()} == known and len(known) == 3


def test_a_lost_state_and_a_saved_plan(applied: Kit) -> None:
    assert applied.run("plan", "--out", "plan.json").code == 0
    applied.state_path.unlink()
    ran = applied.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 1 and "is missing, but serial 1 was written here" in ran.err
    assert len(applied.tasks()) == 2


def test_what_nobody_needs_any_more_is_begun_anew(applied: Kit) -> None:
    applied.post("reset")
    applied.state_path.unlink()
    ran = applied.run(*APPLY)
    moved = re.search(r"move (\S+) elsewhere", ran.err)
    assert moved is not None
    shutil.rmtree(moved[1])
    assert applied.run(*APPLY).code == 0
    harmless(applied)


def test_a_renamed_workspace(applied: Kit) -> None:
    rename(applied, "renamed")
    for arguments in (APPLY, ("plan",)):
        ran = applied.run(*arguments)
        told = " ".join((ran.out + ran.err).split())
        assert f"{applied.state_path} of workspace demo records {FILM}, {ONE}" in told
        assert "if the workspace was renamed" in told and "add --new-state" in told
    ran = applied.run(*APPLY)
    assert ran.code == 1 and len(applied.tasks()) == 2
    assert applied.run(*advice(ran.err), "--auto-approve").code == 0
    applied.assert_settled()
    assert "Nothing to do" in applied.run(*APPLY).out
    harmless(applied, "renamed.json")


def test_a_renamed_workspace_is_known_by_robots_that_are_made_from_its_name(kit: Kit) -> None:
    kit.write("film.yaml", INGEST.replace("  userId: film-robot\n", ""))
    assert kit.run(*APPLY).code == 0
    rename(kit, "renamed")
    ran = kit.run(*APPLY)
    assert ran.code == 1 and f"of workspace demo records {FILM}" in ran.err
    assert len(kit.running()) == 1


def test_another_workspace_with_the_same_names_is_none_that_was_renamed(applied: Kit) -> None:
    rename(applied, "other")
    applied.edit("one.yaml", "live/one", "live/two")
    applied.edit("one.yaml", "mixer-one", "mixer-two")
    applied.edit("film.yaml", "room: 2", "room: 4")
    assert applied.run(*APPLY).code == 0
    assert len(applied.running()) == 4


def test_a_workspace_of_its_own_is_begun_by_name(applied: Kit) -> None:
    rename(applied, "other")
    applied.post("reset")
    assert applied.run(*APPLY).code == 1
    assert applied.run(*APPLY, "--new-state").code == 0
    harmless(applied, "other.json")


def test_where_earlier_versions_kept_it(distant: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    assert distant.run(*PLAIN, "--new-state").code == 0
    elsewhere = distant.root / "elsewhere"
    shutil.move(distant.state_path.parent, elsewhere / "state")
    distant.state_path.parent.mkdir()
    monkeypatch.chdir(elsewhere)
    ran = distant.run(*PLAIN, "../manifests")
    assert ran.code == 1 and f"{elsewhere}/state/demo.json of workspace demo records" in ran.err
    assert distant.run(*advice(ran.err), "../manifests", "--auto-approve").code == 0
    monkeypatch.chdir(distant.root)
    assert "Nothing to do" in distant.run(*PLAIN).out
    harmless(distant)


# A state that records nothing any more


def test_what_was_forgotten_may_be_interrupted(applied: Kit) -> None:
    assert applied.run("state", "rm", ONE, FILM).code == 0
    plan = applied.plan()
    assert {(one["verb"], one["impact"]) for one in plan["changes"]} == {("start", "restart")}
    assert "interrupts: 2 starts (may interrupt)" in applied.run("plan").out
    for most in ("none", "reconnect"):
        ran = applied.run(*APPLY, "--max-impact", most)
        assert ran.code == 1 and "[max-impact]" in ran.out
    applied.edit("one.yaml", "spec:\n", "spec:\n  prevent: [restart]\n")
    ran = applied.run(*APPLY)
    assert ran.code == 1 and f"{ONE} would restart, which its spec.prevent forbids" in ran.err
    assert len(applied.running()) == 2


def test_many_that_may_be_interrupted_count_as_a_share(kit: Kit) -> None:
    for number in range(12):
        text = STREAM.replace("room: 1", f"room: {number + 1}").replace("one", f"s{number}")
        kit.write(f"s{number}.yaml", text)
    assert kit.run(*APPLY).code == 0
    assert kit.run("state", "rm", *(f"MixStream/s{number}" for number in range(12))).code == 0
    ran = kit.run(*APPLY)
    assert ran.code == 1 and "it would interrupt 12 of 12 running tasks (100 percent)" in ran.err
    assert kit.run(*APPLY, "--allow").code == 0
    assert len(kit.running()) == 12


def test_what_a_run_has_ended_is_not_interrupted_by_a_start(applied: Kit) -> None:
    assert applied.run(*DESTROY).code == 0
    assert applied.state()["clearedBy"] == applied.state()["run"]
    plan = applied.plan()
    assert plan["stateStatus"] == "present"
    assert {(one["verb"], one["impact"]) for one in plan["changes"]} == {("start", "start")}
    assert applied.run(*APPLY, "--max-impact", "none").code == 0
    assert len(applied.running()) == 2 and "clearedBy" not in applied.state()
    assert applied.run("state", "rm", ONE, FILM).code == 0
    assert {one["impact"] for one in applied.changes()} == {"restart"}
