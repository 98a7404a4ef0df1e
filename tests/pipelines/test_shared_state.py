"""The three pipelines on runners that are thrown away: each job has an empty home, the state is shared."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from shutil import rmtree
from threading import Thread
from typing import Any

import pytest

from ..backends.object_servers import needs, object_server
from ..backends.servers import needs_postgres, servers
from ..flow.kit import wait_until
from .conftest import ID, KEY, MANIFESTS, World
from .forge import git
from .github import GitHub, Run
from .gitlab import NOTE_TOKEN, GitLab, merge_request

pytestmark = pytest.mark.slow

FILE = "manifests/streams.yaml"
INSTALLED: dict[str, Any] = {"install": False, "python-version": ""}
START = "StartStreamIngest"
NUMBERS = count()
PASSWORD = "canary-of-the-database-0005"


@dataclass(frozen=True)
class Store:
    """What a Workspace says of the state, the variables it is reached by, and its URL for a command."""

    said: str
    variables: dict[str, str]

    @property
    def lines(self) -> str:
        return "".join(f"{name}={value}\n" for name, value in self.variables.items())


def database() -> Store:
    schema = f"pipelines_{os.getpid()}"
    servers().run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    url = servers().direct.replace("postgres@", f"postgres:{PASSWORD}@")
    assert PASSWORD in url
    return Store(f"{{backend: postgres, schema: {schema}}}", {"RECONCILER_STATE_URL": url})


def bucket() -> Store:
    found = object_server("moto")
    keys = found.server.keys
    return Store(
        f"{{backend: s3, bucket: {found.server.bucket}, prefix: pipelines-{next(NUMBERS)}}}",
        {
            "AWS_ENDPOINT_URL_S3": found.url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": keys.key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret,
        },
    )


STORES = {
    "postgres": pytest.param(database, id="postgres", marks=needs_postgres),
    "objects": pytest.param(bucket, id="objects", marks=needs("moto")),
}


@pytest.fixture(params=[*STORES.values()])
def store(request: pytest.FixtureRequest, world: World) -> Store:
    """A store that was made once by hand, in which the workspace of the repository keeps its state."""
    made: Store = request.param()
    text = MANIFESTS.replace("spec:\n  region", f"spec:\n  state: {made.said}\n  region", 1)
    world.forge.commit("main", {FILE: text})
    checkout = world.root / "by-hand.yaml"
    checkout.write_text(text)
    ran = run_tool(world, made, "state", "backend", "init", str(checkout))
    assert ran == 0
    return made


def run_tool(world: World, store: Store, *arguments: str) -> int:
    return os.spawnvpe(
        os.P_WAIT,
        "reconciler",
        ["reconciler", *arguments],
        {**world.machine(), **store.variables},
    )


@pytest.fixture
def hub(world: World, store: Store) -> Iterator[GitHub]:
    secrets = {
        "TENCENTCLOUD_SECRET_ID": ID,
        "TENCENTCLOUD_SECRET_KEY": KEY,
        "RECONCILER_VARIABLES": "TRTC_SECRET_KEY=canary-trtc-key-0003\n",
        "RECONCILER_STATE_READER": store.lines,
        "RECONCILER_STATE_VARIABLES": store.lines,
    }
    yield GitHub(world.forge, world.root, world.machine(), secrets, thrown_away=True)
    assert not world.state.exists(), "something of the state was written to a file"


def edited(world: World, old: str, new: str) -> str:
    """The manifests of the branch that is in force, changed."""
    text = git(world.forge.bare, "show", f"main:{FILE}") + "\n"
    assert old in text
    return text.replace(old, new)


def apply(hub: GitHub, **event: str) -> Run:
    return hub.run("merge", "push", event, **INSTALLED)


@pytest.mark.share(1)
def test_from_a_branch_to_what_runs_and_back_to_no_drift(world: World, hub: GitHub) -> None:
    world.forge.commit("change", {FILE: edited(world, "film.mp4", "second-film.mp4")})
    planned = hub.run("pull-request", "pull_request", world.forge.pull_request(5, "change"), **INSTALLED)
    assert planned.result == "success", planned.jobs["plan"].log
    assert "IngestStream/film" in world.forge.comments[5][0]["body"] and not world.changing_calls()

    applied = apply(hub, after=world.forge.merge("change"))
    assert applied.jobs["apply"].outputs == {"applied": "true"}, applied.jobs["apply"].log
    (task,) = world.tasks()
    assert task["request"]["StreamUrl"].endswith("second-film.mp4")
    record = json.loads((applied.artefacts / "reconciler-apply/record-demo.json").read_text())
    assert record["resources"]["IngestStream/film"]["taskId"] == task["taskId"]

    assert apply(hub).result == "success" and world.changing_calls() == [START]
    quiet = hub.run("drift", "schedule", {}, **INSTALLED)
    assert quiet.jobs["drift"].outputs == {"drift": "false"}, quiet.jobs["drift"].log
    world.end(task["taskId"])
    drifted = hub.run("drift", "schedule", {}, **INSTALLED)
    assert drifted.jobs["drift"].codes == [2] and drifted.jobs["drift"].outputs == {"drift": "true"}
    assert apply(hub).result == "success" and len(world.tasks()) == 1
    assert hub.run("drift", "schedule", {}, **INSTALLED).jobs["drift"].outputs == {"drift": "false"}


@pytest.mark.share(1)
def test_what_a_job_says_holds_no_way_to_the_state(world: World, hub: GitHub, store: Store) -> None:
    runs = [apply(hub), hub.run("drift", "schedule", {}, **INSTALLED)]
    secret = {PASSWORD, store.variables.get("AWS_SECRET_ACCESS_KEY", PASSWORD)}
    for run in runs:
        for job in run.jobs.values():
            told = "".join(line for line in job.log.splitlines(True) if not line.startswith("::add-mask::"))
            assert not [one for one in secret if one in told]


@pytest.mark.share(1)
def test_a_job_that_is_killed_after_its_call_is_mended_by_the_next(world: World, hub: GitHub) -> None:
    """Its machine is gone with all that it had; its hold on the state ends by itself, and the next waits."""
    world.cloud_post("faults", [{"action": START, "kind": "delay", "seconds": 60}])
    killed = Thread(target=lambda: apply(hub))
    killed.start()
    wait_until(lambda: bool(world.tasks()))
    for process in processes(str(world.root / "run-1-apply")):
        os.kill(process, signal.SIGKILL)
    killed.join()
    rmtree(world.root / "run-1-apply")
    world.cloud_post("faults", [])
    lost = {task["taskId"] for task in world.tasks()}

    # What was sent may run, so that to send it again may interrupt it: that is left to people.
    refused = apply(hub)
    assert refused.jobs["apply"].codes == [1] and "max-impact" in refused.jobs["apply"].summary
    mended = hub.run("merge", "push", {}, **INSTALLED, **{"max-impact": "restart"})

    assert mended.jobs["apply"].outputs == {"applied": "true"}, mended.jobs["apply"].log
    (task,) = world.tasks()
    record = json.loads((mended.artefacts / "reconciler-apply/record-demo.json").read_text())
    assert record["resources"]["IngestStream/film"]["taskId"] == task["taskId"]
    assert task["taskId"] not in lost and apply(hub).jobs["apply"].outputs == {"applied": "true"}
    assert len(world.tasks()) == 1


def processes(path: str) -> list[int]:
    """Those whose command line or working directory is below a path."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                told = (entry / "cmdline").read_bytes().decode(errors="replace")
                where = os.readlink(entry / "cwd")
            except OSError:
                continue
            if path in told or where.startswith(path):
                found.append(int(entry.name))
    return found


@pytest.mark.share(1)
def test_two_merges_wait_for_one_another(world: World, hub: GitHub) -> None:
    """Where the forge's own queue does not hold them apart, the state does."""
    world.cloud_post("faults", [{"action": START, "kind": "delay", "seconds": 3}])
    runs: list[Run] = []
    both = [Thread(target=lambda: runs.append(apply(hub))) for _ in range(2)]
    both[0].start()
    wait_until(lambda: bool(world.tasks()))
    both[1].start()
    for one in both:
        one.join()
    assert [run.jobs["apply"].outputs for run in runs] == [{"applied": "true"}] * 2, [
        run.jobs["apply"].log for run in runs
    ]
    assert world.changing_calls() == [START] and len(world.tasks()) == 1


@pytest.mark.share(1)
def test_gitlabs_jobs_do_the_same(world: World, store: Store) -> None:
    lab = GitLab(
        world.forge,
        world.root,
        world.machine(
            TENCENTCLOUD_SECRET_ID=ID,
            TENCENTCLOUD_SECRET_KEY=KEY,
            TRTC_SECRET_KEY="canary-trtc-key-0003",
            **store.variables,
        ),
        {},
        thrown_away=True,
    )
    head = world.forge.commit("change", {FILE: edited(world, "film.mp4", "second-film.mp4")})
    done = lab.run(head, **merge_request(world.forge, "change", 3, **NOTE_TOKEN))
    assert {name: one.code for name, one in done.items()} == {"reconciler-plan": 0, "reconciler-note": 0}
    commit = world.forge.merge("change")
    merged = lab.run(commit, CI_PIPELINE_SOURCE="push", CI_COMMIT_BRANCH="main")
    assert {name: one.code for name, one in merged.items()} == {"reconciler-apply": 0}
    assert len(world.tasks()) == 1
    record = json.loads((merged["reconciler-apply"].reports / "record-demo.json").read_text())
    assert record["resources"]["IngestStream/film"]["taskId"] == world.tasks()[0]["taskId"]
    drift = lab.run(commit, CI_PIPELINE_SOURCE="schedule", CI_COMMIT_BRANCH="main")
    assert drift["reconciler-drift"].code == 0
