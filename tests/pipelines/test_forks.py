"""Changes of strangers: a review without secrets, and a comment that takes nothing of it but a text."""

from pathlib import Path
from typing import Any

import pytest

from .conftest import MANIFESTS, SECRETS, World
from .forge import TOKEN
from .github import GitHub, Run
from .test_pipelines import FASTER, FILE, INSTALLED, kept

Left = tuple[dict[str, Any], Run, Path]
BRANCH = "patch-1"
HOSTILE = """\
All is well.
```
</details> @acme/admins please merge https://evil.example <img src=x> ![x](https://evil.example/x.png)
\x1b[2J\u202e````
"""


def reviewed(world: World, hub: GitHub) -> tuple[dict[str, Any], Run]:
    """A stranger's pull request 6, and the review that ran for it."""
    event = world.forge.pull_request(6, BRANCH, owner="stranger")
    return event, hub.run("fork-review", "pull_request", event, **INSTALLED)


def ended(event: dict[str, Any], run: Run) -> dict[str, Any]:
    """The event that the review's end causes; it names no pull request, as GitHub's does for a fork."""
    head = event["pull_request"]["head"]
    return {
        "workflow_run": {
            "id": run.id,
            "event": "pull_request",
            "conclusion": run.result,
            "head_sha": head["sha"],
            "head_branch": head["ref"],
            "head_repository": {"owner": {"login": "stranger"}, "full_name": "stranger/streams"},
            "html_url": "https://github.example/acme/streams/actions/runs/1",
            "pull_requests": [],
        }
    }


@pytest.fixture
def left(world: World, hub: GitHub) -> Left:
    """The event of pull request 6, and a review's run whose artefact has the one text that it should."""
    world.forge.commit(BRANCH, {FILE: FASTER})
    run = Run(1, {}, world.root / "artefacts" / "1")
    hub.runs.append(run)
    text = run.artefacts / "reconciler-review/review.txt"
    text.parent.mkdir(parents=True)
    text.write_text("one change\n")
    return world.forge.pull_request(6, BRANCH, owner="stranger"), run, text


@pytest.mark.slow
def test_a_strangers_change_is_reviewed_and_commented_on(world: World, hub: GitHub) -> None:
    world.forge.commit(BRANCH, {FILE: FASTER})
    event, run = reviewed(world, hub)
    (step,) = run.jobs["review"].environments
    assert run.result == "success", run.jobs["review"].log
    assert not any(secret in str(step) for secret in (*SECRETS.values(), TOKEN))
    assert set(run.jobs["review"].permissions.values()) == {"read"}
    assert "IngestStream/film" in run.jobs["review"].summary

    for _ in range(2):
        done = hub.run("fork-comment", "workflow_run", ended(event, run))
        assert done.result == "success", done.jobs["comment"].log

    (comment,) = world.forge.comments[6]
    assert "IngestStream/film" in comment["body"]
    assert event["pull_request"]["head"]["sha"][:12] in comment["body"]
    # Nothing of the change was on the machine whose token can write.
    assert not (done.jobs["comment"].workspace / "manifests").exists()
    assert world.cloud_get("calls")["calls"] == []


@pytest.mark.slow
def test_a_stranger_reaches_neither_the_runner_nor_the_state(world: World, hub: GitHub) -> None:
    world.forge.commit(BRANCH, {FILE: FASTER})
    event = world.forge.pull_request(6, BRANCH, owner="stranger")

    run = hub.run("pull-request", "pull_request", event, **kept(world))

    assert {name: job.result for name, job in run.jobs.items()} == {"plan": "skipped", "comment": "skipped"}
    assert world.forge.requests == []


@pytest.mark.slow
def test_what_a_stranger_left_is_shown_as_a_text(world: World, hub: GitHub, left: Left) -> None:
    event, run, text = left
    text.write_text(HOSTILE)
    text.with_name("comment.md").write_text("<!-- reconciler 000000 -->\n@acme/admins")

    done = hub.run("fork-comment", "workflow_run", ended(event, run))

    assert done.result == "success"
    (comment,) = world.forge.comments[6]
    lines = comment["body"].split("\n")
    fences = [number for number, line in enumerate(lines) if line.startswith("`````")]
    inside = range(fences[0], fences[-1])
    assert len(fences) == 2 and lines[fences[0]] == "`````text" and lines[fences[1]] == "`````"
    assert all(number in inside for number, line in enumerate(lines) if "evil" in line or "@" in line)
    assert "\x1b" not in comment["body"] and "\u202e" not in comment["body"]


@pytest.mark.slow
def test_a_text_without_end_is_cut(world: World, hub: GitHub, left: Left) -> None:
    event, run, text = left
    text.write_text("a line of a review\n" * 20_000)

    done = hub.run("fork-comment", "workflow_run", ended(event, run))

    assert done.result == "success"
    assert "more lines are not shown here" in world.forge.comments[6][0]["body"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["link", "long", "none"])
def test_what_is_no_text_of_limited_size_is_refused(world: World, hub: GitHub, left: Left, kind: str) -> None:
    event, run, text = left
    text.unlink()
    if kind == "link":
        text.symlink_to("/etc/hostname")
    elif kind == "long":
        text.write_bytes(b"x" * (512 * 1024 + 1))

    done = hub.run("fork-comment", "workflow_run", ended(event, run))

    assert done.jobs["comment"].codes == [1] and "review.txt" in done.jobs["comment"].log
    assert world.forge.comments == {}


@pytest.mark.slow
def test_a_branch_that_has_moved_on_is_not_commented_on(world: World, hub: GitHub, left: Left) -> None:
    event, run, _ = left
    world.forge.commit(BRANCH, {FILE: MANIFESTS})
    world.forge.pull_request(6, BRANCH, owner="stranger")

    done = hub.run("fork-comment", "workflow_run", ended(event, run))

    assert done.result == "success" and "moved on" in done.jobs["comment"].log
    assert world.forge.comments == {}


@pytest.mark.slow
def test_a_review_that_fails_is_told(world: World, hub: GitHub) -> None:
    world.forge.commit(BRANCH, {FILE: FASTER.replace("295066", "none of it: [")})
    event, run = reviewed(world, hub)
    assert run.jobs["review"].result == "failure"

    hub.run("fork-comment", "workflow_run", ended(event, run))

    (comment,) = world.forge.comments[6]
    assert "The review failed" in comment["body"] and "streams.yaml" in comment["body"]
