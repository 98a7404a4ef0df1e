"""The template for GitLab, from a bare repository: a merge request's plan, an apply, a look for drift."""

from pathlib import Path

import pytest

from .conftest import ID, KEY, World
from .forge import git
from .gitlab import NOTE_TOKEN, GitLab, merge_request
from .test_pipelines import FASTER, FILE, STARTED

KEYS = {
    "TENCENTCLOUD_SECRET_ID": ID,
    "TENCENTCLOUD_SECRET_KEY": KEY,
    "TRTC_SECRET_KEY": "canary-trtc-key-0003",
}


@pytest.fixture
def lab(world: World) -> GitLab:
    world.state.parent.mkdir()
    inputs = {"state": str(world.state), "runner_keeps_state": "true", "runner_tags": ["keeps-state"]}
    return GitLab(world.forge, world.root, world.machine(**KEYS), inputs)


def merged(world: World, lab: GitLab, commit: str) -> dict[str, int]:
    done = lab.run(commit, CI_PIPELINE_SOURCE="push", CI_COMMIT_BRANCH="main")
    return {name: one.code for name, one in done.items()}


@pytest.mark.slow
def test_a_branch_is_planned_in_one_note(world: World, lab: GitLab) -> None:
    for rooms in ("295067", "295068"):
        head = world.forge.commit("change", {FILE: FASTER.replace("295066", rooms)})
        done = lab.run(head, **merge_request(world.forge, "change", 3, **NOTE_TOKEN))
        assert {name: one.code for name, one in done.items()} == {"reconciler-plan": 0, "reconciler-note": 0}

    (note,) = world.forge.comments[3]
    assert note["body"] == (done["reconciler-plan"].reports / "comment.md").read_text()
    assert "IngestStream/film" in note["body"] and "gitlab.example" in note["body"]
    assert world.changing_calls() == []


@pytest.mark.slow
def test_without_a_token_there_is_the_report_alone(world: World, lab: GitLab) -> None:
    head = world.forge.commit("change", {FILE: FASTER})
    done = lab.run(head, **merge_request(world.forge, "change", 3))
    assert [*done] == ["reconciler-plan"] and (done["reconciler-plan"].reports / "comment.md").is_file()


@pytest.mark.slow
def test_a_forks_change_is_reviewed_without_state(world: World, lab: GitLab, tmp_path: Path) -> None:
    head = world.forge.commit("change", {FILE: FASTER})
    world.forge.commit("main", {"README.md": "main has moved on\n"})

    done = lab.run(head, **merge_request(world.forge, "change", 3, source="99", **NOTE_TOKEN))

    assert {name: one.code for name, one in done.items()} == {"reconciler-review": 0}
    assert "IngestStream/film" in (done["reconciler-review"].reports / "review.txt").read_text()
    assert world.cloud_get("calls")["calls"] == [] and world.forge.requests == []


@pytest.mark.slow
def test_what_is_merged_is_applied_and_drift_exits_2(world: World, lab: GitLab) -> None:
    world.forge.commit("change", {FILE: FASTER})
    commit = world.forge.merge("change")

    assert merged(world, lab, commit) == {"reconciler-apply": 0}
    (task,) = world.tasks()
    assert task["taskId"] in world.state.read_text() and world.changing_calls() == STARTED

    quiet = lab.run(commit, CI_PIPELINE_SOURCE="schedule", CI_COMMIT_BRANCH="main")
    world.end(task["taskId"])
    drifted = lab.run(commit, CI_PIPELINE_SOURCE="schedule", CI_COMMIT_BRANCH="main")

    assert [(one.code, [*done]) for done in (quiet, drifted) for one in done.values()] == [
        (0, ["reconciler-drift"]),
        (2, ["reconciler-drift"]),
    ]
    assert "IngestStream/film" in (drifted["reconciler-drift"].reports / "drift.md").read_text()


@pytest.mark.slow
def test_an_older_commit_is_not_applied(world: World, lab: GitLab) -> None:
    old = git(world.forge.bare, "rev-parse", "main")
    world.forge.commit("main", {FILE: FASTER})
    assert merged(world, lab, old) == {"reconciler-apply": 0}
    assert world.changing_calls() == [] and not world.state.exists()


@pytest.mark.slow
def test_other_pipelines_run_nothing(world: World, lab: GitLab) -> None:
    commit = git(world.forge.bare, "rev-parse", "main")
    assert lab.run(commit, CI_PIPELINE_SOURCE="push", CI_COMMIT_BRANCH="change") == {}
    assert lab.run(commit, CI_PIPELINE_SOURCE="web", CI_COMMIT_BRANCH="main") == {}
