"""Whose a state is: for another cloud or workspace nothing is asked or sent, and the advice leads out."""

import json
import re
import shutil
from collections.abc import Iterator

import pytest

from reconciler.simulator import running

from .conftest import SECRETS
from .kit import Kit

ONE = "MixStream/one"
STREAM = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: one}
spec:
  room: 1
  agent: {userId: mixer-one}
  publish: [{url: "rtmp://3891.livepush.myqcloud.com/live/one"}]
"""
INGEST = """
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec:
  room: 2
  userId: film-robot
  streamUrl: https://example.com/film.mp4
"""
APPLY, DESTROY = ("apply", "--auto-approve"), ("destroy", "--auto-approve")
TALKERS = (
    *(("plan",), APPLY, DESTROY, ("drift",), ("status",)),
    ("state", "import", "MixStream/one", "task", "manifests"),
)


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("one.yaml", STREAM)
    kit.write("film.yaml", INGEST)
    assert kit.run(*APPLY).code == 0
    assert len(kit.running()) == 2
    return kit


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Another cloud, which answers just as well."""
    credentials = {SECRETS["TENCENTCLOUD_SECRET_ID"]: SECRETS["TENCENTCLOUD_SECRET_KEY"]}
    with running(credentials=credentials) as url:
        yield url


def everything(kit: Kit) -> list[object]:
    return list(kit.get("calls")["calls"])


def rename(kit: Kit, name: str) -> None:
    kit.edit("workspace.yaml", "{name: demo}", f"{{name: {name}}}")


def test_what_a_state_says_of_its_owner(applied: Kit) -> None:
    state = applied.state()
    assert (state["workspace"], state["cloud"]) == ("demo", applied.url)
    assert list(state)[:6] == ["checksum", "formatVersion", "workspace", "serial", "lineage", "cloud"]


@pytest.mark.parametrize("arguments", TALKERS, ids=lambda arguments: " ".join(arguments[:2]))
def test_another_cloud_is_asked_nothing(
    applied: Kit, elsewhere: str, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    before, state = everything(applied), applied.state()
    monkeypatch.setenv("RECONCILER_ENDPOINT", elsewhere)
    ran = applied.run(*arguments)
    assert ran.code == 1 and f"was applied to {applied.url}, but calls would go to {elsewhere}" in ran.err
    assert "state rebind" in ran.err and "--state" in ran.err and ran.out == ""
    assert everything(applied) == before and applied.state() == state
    monkeypatch.setattr(applied, "url", elsewhere)
    assert everything(applied) == []


def test_what_says_nothing_of_a_cloud_is_read_all_the_same(
    applied: Kit, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_ENDPOINT", elsewhere)
    for arguments in (("state", "list"), ("state", "show", ONE), ("state", "pull")):
        assert applied.run(*arguments).code == 0


def test_a_plan_for_another_cloud(applied: Kit, elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    applied.write("two.yaml", STREAM.replace("one", "two").replace("room: 1", "room: 3"))
    assert applied.run("plan", "--out", "plan.json").code == 0
    saved = json.loads((applied.root / "plan.json").read_text())
    assert saved["cloud"] == applied.url
    before = everything(applied)
    monkeypatch.setenv("RECONCILER_ENDPOINT", elsewhere)
    ran = applied.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 1 and f"made for {applied.url}, but its calls would now go to {elsewhere}" in ran.err
    assert everything(applied) == before
    monkeypatch.setenv("RECONCILER_ENDPOINT", applied.url)  # the advice
    assert applied.run("apply", "plan.json", "--auto-approve").code == 0
    assert len(applied.running()) == 3


@pytest.mark.parametrize("written", ["{}/", "HTTP://{host}", "http://user:word@{host}"])
def test_one_cloud_however_it_is_written(applied: Kit, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    host = applied.url.removeprefix("http://")
    monkeypatch.setenv("RECONCILER_ENDPOINT", written.format(applied.url, host=host))
    ran = applied.run("plan", "--no-refresh", "--detailed-exitcode")
    assert ran.code == 0, ran.err
    assert "word" not in applied.run("plan", "--no-refresh", "--format", "json").out


def test_a_cloud_that_is_reached_by_another_address(applied: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    before = applied.calls()
    other = applied.url.replace("127.0.0.1", "localhost")
    monkeypatch.setenv("RECONCILER_ENDPOINT", other)
    assert applied.run("plan").code == 1
    asked = applied.run("state", "rebind")
    assert asked.code == 1 and "add --auto-approve" in asked.err and applied.state()["cloud"] == applied.url
    ran = applied.run("state", "rebind", "--auto-approve")
    assert ran.code == 0 and f"cloud: {applied.url} → {other}" in ran.err, ran.err
    assert ran.out.strip().endswith(f"is bound to workspace demo on {other}; state serial 2")
    assert applied.state()["cloud"] == other
    applied.assert_settled()
    assert "is already bound to" in applied.run("state", "rebind", "--auto-approve").out
    assert applied.calls() == before and len(applied.running()) == 2


def test_a_workspace_of_another_name_with_the_same_state(applied: Kit) -> None:
    before = everything(applied)
    rename(applied, "renamed")
    state = str(applied.state_path)
    for arguments in TALKERS:
        ran = applied.run(*arguments, "--state", state)
        assert ran.code == 1 and "is the state of workspace 'demo', not 'renamed'" in ran.err
        assert "`reconciler state rebind`" in ran.err
    assert everything(applied) == before
    assert applied.run("state", "rebind", "--state", state, "--auto-approve").code == 0  # the advice
    applied.assert_settled("--state", state)
    assert applied.state()["workspace"] == "renamed" and len(applied.tasks()) == 2


def test_a_renamed_workspace_takes_its_records_along(applied: Kit) -> None:
    rename(applied, "renamed")
    former = str(applied.state_path)
    lineage = applied.state()["lineage"]
    ran = applied.run("state", "rebind", "--from", former, "--auto-approve")
    assert ran.code == 0 and "workspace: demo → renamed" in ran.err, ran.err
    assert applied.state()["resources"] == {}
    applied.assert_settled()
    taken = json.loads((applied.state_path.parent / "renamed.json").read_text())
    assert (taken["lineage"], taken["workspace"], len(taken["resources"])) == (lineage, "renamed", 2)
    assert applied.run(*APPLY).code == 0 and len(applied.tasks()) == 2
    again = applied.run("state", "rebind", "--from", former, "--auto-approve")
    assert again.code == 1 and "nothing to move: " in again.err


def test_a_move_that_was_ended_in_its_middle_is_done_by_doing_it_again(applied: Kit) -> None:
    rename(applied, "renamed")
    folder = applied.state_path.parent
    shutil.copytree(folder, applied.root / "kept")
    move = ("state", "rebind", "--from", str(applied.state_path), "--auto-approve")
    assert applied.run(*move).code == 0
    shutil.rmtree(folder / "demo.history")
    shutil.copytree(applied.root / "kept" / "demo.history", folder / "demo.history")
    shutil.copy(applied.root / "kept" / "demo.json", folder / "demo.json")  # as before it was emptied
    assert applied.run(*move).code == 0
    assert applied.state()["resources"] == {}
    applied.assert_settled()
    assert len(applied.tasks()) == 2


def test_records_are_not_moved_over_others(applied: Kit) -> None:
    assert applied.run(*APPLY, "--state", "other.json").code == 0
    ran = applied.run("state", "rebind", "--from", "other.json", "--auto-approve")
    assert ran.code == 1 and "it already records 2 resources with 2 TaskIds" in ran.err


def test_a_state_of_before_is_bound_when_it_is_written_next(
    applied: Kit, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = applied.run("state", "pull").out
    unbound = re.sub(r'  "(cloud|checksum)": .*\n', "", text)
    (applied.root / "unbound.json").write_text(unbound)
    shutil.rmtree(applied.state_path.parent)
    assert applied.run("state", "push", "unbound.json", "--state", str(applied.state_path)).code == 0
    assert "cloud" not in applied.state()
    applied.assert_settled()
    applied.write("two.yaml", STREAM.replace("one", "two").replace("room: 1", "room: 3"))
    assert applied.run(*APPLY).code == 0
    assert applied.state()["cloud"] == applied.url and len(applied.tasks()) == 3
