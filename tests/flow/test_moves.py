"""Renames, moves and what is left, judged by the simulator's world: no restart, no double, all recorded."""

from typing import Any

import pytest

from .kit import Kit

A, B, FILM = "MixStream/a", "MixStream/b", "IngestStream/film"
APPLY = ("apply", "--auto-approve")
STREAM = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: a}
spec:
  room: 1
  publish: [{url: "rtmp://3891.livepush.myqcloud.com/live/one"}]
  feedBackRooms: [{room: 5}]
"""
INGEST = """
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec: {room: 2, streamUrl: "https://example.com/film.mp4", repeatNum: -1}
"""


@pytest.fixture
def applied(kit: Kit) -> Kit:
    """A mixed stream and an ingest, whose robots the tool has named."""
    kit.write("a.yaml", STREAM)
    kit.write("film.yaml", INGEST)
    kit.apply()
    return kit


class World:
    """What runs, and what was called, at the moment that this is made."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._tasks, self._calls = self.tasks(), len(kit.calls())

    def tasks(self) -> set[str]:
        return {task["taskId"] for task in self._kit.running()}

    def recorded(self, *states: dict[str, Any]) -> list[str]:
        listed = states or (self._kit.state(),)
        return sorted(entry["taskId"] for one in listed for entry in one["resources"].values())

    def is_untouched(self, *states: dict[str, Any]) -> None:
        """Nothing was called, all runs on, and each task is recorded once."""
        assert len(self._kit.calls()) == self._calls and self.tasks() == self._tasks
        assert self.recorded(*states) == sorted(self._tasks)


def test_a_renamed_resource_runs_on(applied: Kit) -> None:
    world = World(applied)
    applied.edit("a.yaml", "{name: a}", "{name: b, renamedFrom: [a]}")
    (change,) = applied.changes()
    assert (change["address"], change["renamedFrom"], change["calls"]) == (B, A, [])
    assert applied.apply()["summary"]["update"] == 1
    world.is_untouched()
    assert applied.state()["resources"].keys() == {B, FILM}
    robot = applied.entry(B)["spec"]["agent"]
    applied.edit("a.yaml", "live/one", "live/two")
    applied.apply()
    assert applied.entry(B)["spec"]["agent"] == robot and world.tasks() == set(world.recorded())
    applied.edit("a.yaml", ", renamedFrom: [a]", "")
    applied.assert_settled()


def test_a_record_that_was_moved_by_hand_runs_on(applied: Kit) -> None:
    world = World(applied)
    applied.edit("a.yaml", "{name: a}", "{name: b}")
    plan = applied.plan()
    assert applied.verbs() == {A: "stop", B: "start"}
    assert [(one["from"], one["to"]) for one in plan["likelyRenames"]] == [(A, B)]
    for form in ("text", "json", "markdown", "html"):
        told = " ".join(applied.run("plan", "--format", form).out.split())
        assert f"reconciler state mv {A} {B}" in told and "renamedFrom: [a]" in told, form
    assert applied.run("state", "mv", A, B).code == 0
    applied.assert_settled()
    world.is_untouched()
    # Its former address is free, and what begins there gets a robot of its own.
    applied.write("new.yaml", STREAM.replace("live/one", "live/new").replace("room: 5", "room: 6"))
    assert applied.run(*APPLY).code == 0
    assert len(applied.running()) == 3 and set(world.recorded()) == world.tasks()
    applied.assert_settled()


def test_a_renamed_workspace_is_known_again_and_runs_on(applied: Kit) -> None:
    world = World(applied)
    applied.edit("workspace.yaml", "{name: demo}", "{name: later}")
    ran = applied.run(*APPLY)
    assert ran.code == 1 and f"state rebind --from {applied.state_path}" in ran.err
    world.is_untouched()
    former = str(applied.state_path)
    assert applied.run("state", "rebind", "--from", former, "--auto-approve").code == 0
    applied.state_path = applied.state_path.with_name("later.json")
    ran = applied.run("plan", "--detailed-exitcode")
    assert ran.code == 0, ran.out
    world.is_untouched()


def test_a_workspace_that_is_renamed_in_its_place_runs_on(applied: Kit) -> None:
    world, state = World(applied), ("--state", str(applied.state_path))
    applied.edit("workspace.yaml", "{name: demo}", "{name: later}")
    ran = applied.run("plan", *state)
    assert ran.code == 1 and "is the state of workspace 'demo'" in ran.err and "state rebind" in ran.err
    assert applied.run("state", "rebind", *state, "--auto-approve").code == 0
    assert applied.run("plan", *state, "--detailed-exitcode").code == 0
    applied.write("new.yaml", STREAM.replace("{name: a}", "{name: c}").replace("live/one", "live/c"))
    applied.edit("new.yaml", "room: 5", "room: 6")
    assert applied.run(*APPLY, *state).code == 0
    assert len(applied.running()) == 3 and set(world.recorded()) == world.tasks()


def test_what_is_to_be_left_runs_on_and_is_told(applied: Kit) -> None:
    tasks = {address: applied.entry(address)["taskId"] for address in (A, FILM)}
    applied.edit("a.yaml", "{name: a}", "{name: a, onRemoval: leave}")
    world = World(applied)
    assert [(one["verb"], one["calls"]) for one in applied.apply()["changes"]] == [("update", [])]
    world.is_untouched()
    assert applied.entry(A)["onRemoval"] == "leave"
    (applied.root / "manifests" / "a.yaml").unlink()
    (applied.root / "manifests" / "film.yaml").unlink()
    (change,) = (one for one in applied.changes() if one["address"] == A)
    assert (change["verb"], change["calls"]) == ("forget", []) and "leave" in change["reason"]
    ran = applied.run(*APPLY)
    assert ran.code == 0 and f"keeps running as TaskId {tasks[A]}" in " ".join(ran.out.split())
    assert world.tasks() == {tasks[A]} and applied.state()["resources"] == {}


@pytest.mark.parametrize("applies", [False, True])
def test_destroy_says_what_it_leaves(applied: Kit, applies: bool) -> None:
    task = applied.entry(A)["taskId"]
    applied.edit("a.yaml", "{name: a}", "{name: a, onRemoval: leave}")
    if applies:
        applied.apply()
    ran = applied.run("destroy", "--auto-approve")
    assert ran.code == 0 and f"keeps running as TaskId {task}" in " ".join(ran.out.split())
    assert {one["taskId"] for one in applied.running()} == {task}
    # What runs on is not forgotten by the next apply either: it says that it may interrupt it.
    assert {one["impact"] for one in applied.changes()} == {"restart"}
