"""The three pipelines from a bare repository: a branch's plan, a merge's apply, a look for drift.

The workflows of this repository are run as they stand, through the callers that users copy.
"""

import json
import subprocess
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from .conftest import ID, KEY, MANIFESTS, World
from .forge import TOKEN
from .github import GitHub, Run

FASTER = MANIFESTS.replace("film.mp4", "second-film.mp4")
FILE = "manifests/streams.yaml"
INSTALLED: dict[str, Any] = {"install": False, "python-version": ""}
STARTED = ["StartStreamIngest"]


def kept(world: World) -> dict[str, Any]:
    """The inputs that a user sets."""
    world.state.parent.mkdir(exist_ok=True)
    return {"state": str(world.state), "runner-keeps-state": True, **INSTALLED}


def apply(world: World, hub: GitHub, **event: str) -> Run:
    return hub.run("merge", "push", event, **kept(world))


@pytest.mark.slow
def test_a_branch_is_planned_in_one_comment_that_is_kept_up_to_date(world: World, hub: GitHub) -> None:
    world.forge.commit("change", {FILE: FASTER})

    run = hub.run("pull-request", "pull_request", world.forge.pull_request(5, "change"), **kept(world))

    assert run.result == "success", run.jobs
    assert run.jobs["plan"].outputs == {"changes": "true"}
    (comment,) = world.forge.comments[5]
    body = comment["body"]
    assert body == (run.artefacts / "reconciler-plan/comment.md").read_text()
    assert "IngestStream/film" in body and "For commit" in body
    assert "IngestStream/film" in run.jobs["plan"].summary
    assert "<html" in (run.artefacts / "reconciler-plan/plan.html").read_text()
    assert json.loads((run.artefacts / "reconciler-plan/plan.json").read_text())["changes"]
    assert world.changing_calls() == [] and not world.state.exists()

    # More than a page of comments of somebody else's, with the same hidden line.
    others = [{**comment, "id": number, "user": {"login": "mallory"}} for number in range(120)]
    world.forge.comments[5] = [*others, comment]
    world.forge.commit("change", {FILE: FASTER.replace("film}", "second-film}")})
    hub.run("pull-request", "pull_request", world.forge.pull_request(5, "change"), **kept(world))

    *same, renewed = world.forge.comments[5]
    assert same == others and renewed["id"] == comment["id"]
    assert "IngestStream/second-film" in renewed["body"]


@pytest.mark.slow
def test_a_plan_that_fails_takes_the_place_of_the_one_before(world: World, hub: GitHub) -> None:
    world.forge.commit("change", {FILE: FASTER})
    hub.run("pull-request", "pull_request", world.forge.pull_request(5, "change"), **kept(world))
    world.forge.commit("change", {FILE: FASTER.replace("295066", "none of it: [")})

    run = hub.run("pull-request", "pull_request", world.forge.pull_request(5, "change"), **kept(world))

    assert run.jobs["plan"].result == "failure" and run.jobs["plan"].codes == [1]
    assert run.jobs["comment"].result == "success"
    (comment,) = world.forge.comments[5]
    assert "Plan failed" in comment["body"] and "streams.yaml" in comment["body"]


@pytest.mark.slow
def test_the_token_that_writes_and_the_keys_of_the_cloud_never_meet(world: World, hub: GitHub) -> None:
    world.forge.commit("change", {FILE: FASTER})
    event = world.forge.pull_request(5, "change")
    runs = [hub.run("pull-request", "pull_request", event, **kept(world)), apply(world, hub)]

    steps = [(job, env) for run in runs for job in run.jobs.values() for env in job.environments]
    assert len(steps) == 3
    for job, env in steps:
        has_keys = KEY in str(env)
        writes = "write" in job.permissions.values()
        assert not (has_keys and writes)
        assert has_keys or writes
        assert KEY not in job.log.replace(f"::add-mask::{KEY}", "") and TOKEN not in job.log


@pytest.mark.slow
def test_a_merge_is_applied(world: World, hub: GitHub) -> None:
    world.forge.commit("change", {FILE: FASTER})

    run = apply(world, hub, after=world.forge.merge("change"))

    assert run.jobs["apply"].outputs == {"applied": "true"}, run.jobs["apply"].log
    (task,) = world.tasks()
    assert task["request"]["StreamUrl"].endswith("second-film.mp4")
    assert world.changing_calls() == STARTED
    assert task["taskId"] in world.state.read_text()
    artefact = run.artefacts / "reconciler-apply"
    assert (artefact / "record-demo.json").read_bytes() == world.state.read_bytes()
    assert json.loads((artefact / "plan.json").read_text())["changes"]
    assert "1 done" in (artefact / "apply.log").read_text()

    again = apply(world, hub)
    assert again.result == "success" and world.changing_calls() == STARTED


@pytest.mark.slow
def test_a_lost_disk_is_mended_from_the_artefact(world: World, hub: GitHub) -> None:
    run = apply(world, hub)
    rmtree(world.state.parent)

    record = run.artefacts / "reconciler-apply/record-demo.json"
    command = ["reconciler", "state", "push", str(record), "--state", str(world.state)]
    assert subprocess.run(command, env=world.machine(), cwd=world.root).returncode == 0

    assert apply(world, hub).result == "success" and world.changing_calls() == STARTED


@pytest.mark.slow
def test_an_old_run_that_is_repeated_brings_no_old_commit_back(world: World, hub: GitHub) -> None:
    old = apply(world, hub, after=world.forge.commit("main", {FILE: MANIFESTS}))
    assert old.jobs["apply"].outputs == {"applied": "true"}
    first = str(hub.runs[0].jobs["apply"].environments[0]["GITHUB_SHA"])
    world.forge.commit("change", {FILE: FASTER})
    world.forge.merge("change")
    before = world.changing_calls()

    run = apply(world, hub, after=first)

    assert run.result == "success" and run.jobs["apply"].outputs == {"applied": "false"}
    assert "has moved on" in run.jobs["apply"].summary
    assert world.changing_calls() == before


@pytest.mark.slow
def test_what_the_limits_refuse_is_not_applied(world: World, hub: GitHub) -> None:
    apply(world, hub)
    world.forge.commit("change", {FILE: MANIFESTS.replace("295066", "295067")})
    world.forge.merge("change")
    before = world.changing_calls()

    run = hub.run("merge", "push", {}, **{**kept(world), "max-impact": "none"})

    assert run.jobs["apply"].result == "failure" and run.jobs["apply"].codes == [1]
    assert run.jobs["apply"].outputs == {"applied": "false"}
    assert "refused" in run.jobs["apply"].summary
    assert world.changing_calls() == before


@pytest.mark.slow
def test_drift_exits_2_and_stands_in_one_issue_until_it_is_gone(world: World, hub: GitHub) -> None:
    apply(world, hub)
    quiet = hub.run("drift", "schedule", {}, **kept(world))
    assert quiet.result == "success" and world.forge.issues == []
    world.end(world.tasks()[0]["taskId"])

    for _ in range(2):
        run = hub.run("drift", "schedule", {}, **kept(world))
        assert run.jobs["drift"].result == "failure" and run.jobs["drift"].codes == [2]
        assert run.jobs["drift"].outputs == {"drift": "true"}
        assert "IngestStream/film" in (run.artefacts / "reconciler-drift/issue.md").read_text()
    (issue,) = world.forge.issues
    assert issue["state"] == "open" and "IngestStream/film" in issue["body"]

    apply(world, hub)
    healed = hub.run("drift", "schedule", {}, **kept(world))

    assert healed.result == "success" and healed.jobs["drift"].outputs == {"drift": "false"}
    assert [one["state"] for one in world.forge.issues] == ["closed"]


@pytest.mark.slow
def test_a_state_that_the_runner_would_lose_is_refused(world: World, hub: GitHub) -> None:
    hub.machine["RECONCILER_ENDPOINT"] = "https://cloud.invalid"
    lost = hub.run("merge", "push", {}, **{**kept(world), "runner-keeps-state": False})
    assert lost.jobs["apply"].codes == [1]
    assert "--runner-keeps-state" in lost.jobs["apply"].log

    for place in ("state/demo.json", ""):
        cleaned = hub.run("merge", "push", {}, **{**kept(world), "state": place})
        assert cleaned.jobs["apply"].codes == [1]
        assert "outside it" in cleaned.jobs["apply"].log
    assert not world.state.exists()


@pytest.mark.slow
def test_a_branch_brings_no_code(world: World, hub: GitHub, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    code = f"open({str(mark)!r}, 'w')\n"
    names = (
        "json",
        "yaml",
        "click",
        "requests",
        "sitecustomize",
        "reconciler/__init__",
        "ci/__init__",
        "pip",
    )
    world.forge.commit("change", {FILE: FASTER} | {f"{name}.py": code for name in names})

    run = hub.run("pull-request", "pull_request", world.forge.pull_request(5, "change"), **kept(world))

    assert run.result == "success" and not mark.exists()
    assert ID not in world.forge.comments[5][0]["body"]
