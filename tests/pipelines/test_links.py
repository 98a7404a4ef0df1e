"""What a branch puts where a step writes or reads: links, pipes and files of its own, for each file."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from ..support import one_in
from .conftest import MANIFESTS, World
from .github import ROOT, GitHub, machine_variables
from .gitlab import GitLab, merge_request
from .test_pipelines import FASTER, FILE, kept
from .test_steps import VARIABLES, step

sys.path.insert(0, str(ROOT / "pipelines"))
from ci import files
from ci.errors import StepError

JOBS = ("review", "plan", "apply", "drift")
WRITTEN = (
    *("comment.md", "review.md", "review.txt", "issue.md", "plan.json", "plan.md", "plan.html", "drift.md"),
    *("apply.log", "apply.md", "record-demo.json", "record-demo.journal"),
)
READ = {"comment": "comment.md", "issue": "issue.md", "fork-comment": "review.txt"}


def link(at: Path, target: Path) -> None:
    at.symlink_to(target)


def pipe(at: Path, _: Path) -> None:
    os.mkfifo(at)


def directory_link(at: Path, target: Path) -> None:
    at.symlink_to(target.parent)


def loop(at: Path, _: Path) -> None:
    at.symlink_to(at.name)


def device(at: Path, _: Path) -> None:
    at.symlink_to("/dev/zero")


def plain(at: Path, _: Path) -> None:
    at.write_text("<!-- reconciler 000000 -->\nof the branch\n")


def directory(at: Path, _: Path) -> None:
    at.mkdir()


KINDS: dict[str, Callable[[Path, Path], None]] = {
    "a link to a file": link,
    "a link to a directory": directory_link,
    "a link to itself": loop,
    "a link to a device": device,
    "a pipe": pipe,
    "a file": plain,
    "a directory": directory,
}


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file of the runner's, beside others, that nobody may read or change."""
    file = tmp_path / "runner" / "secret"
    file.parent.mkdir()
    file.write_text("the runner's own")
    return file


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    where = tmp_path / "work"
    where.mkdir()
    return where


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """A command in the tool's place that writes where it is told to."""
    file = tmp_path / "tool"
    file.write_text(
        f"#!{sys.executable}\nimport sys\nprint('<!-- reconciler plan demo -->\\n### Plan')\n"
        "if '--out' in sys.argv:\n"
        "    open(sys.argv[sys.argv.index('--out') + 1], 'w').write('{}')\n"
    )
    file.chmod(0o755)
    return file


def untouched(outside: Path) -> bool:
    return outside.read_text() == "the runner's own" and os.listdir(outside.parent) == [outside.name]


@pytest.mark.slow
@pytest.mark.parametrize("kind", one_in(3, KINDS))
def test_a_directory_that_is_there_is_not_written_to(
    checkout: Path, tool: Path, outside: Path, kind: str
) -> None:
    KINDS[kind](checkout / "reconciler-reports", outside)
    for job in JOBS:
        ran = step(checkout, job, PIPELINE_TOOL=str(tool), PIPELINE_REPORTS="reconciler-reports")
        assert ran.returncode == 1 and "Traceback" not in ran.stderr and "remove it" in ran.stderr
        assert untouched(outside)


@pytest.mark.parametrize("name", ["linked/reports", "deep/linked/reports", "./deep/../linked/x/reports"])
@pytest.mark.parametrize("absolute", [False, True])
def test_no_part_of_its_path_is_a_link_of_the_checkout(
    checkout: Path, tool: Path, outside: Path, name: str, absolute: bool
) -> None:
    (checkout / "deep").mkdir()
    for place in ("linked", "deep/linked"):
        (checkout / place).symlink_to(outside.parent)
    reports = str(checkout / name) if absolute else name
    ran = step(checkout, "plan", PIPELINE_TOOL=str(tool), PIPELINE_REPORTS=reports)
    assert ran.returncode == 1 and "symbolic link of the checkout" in ran.stderr and untouched(outside)


def test_a_link_of_the_machines_own_is_followed(checkout: Path, tool: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "mounted").symlink_to("disk")
    ran = step(checkout, "plan", PIPELINE_TOOL=str(tool), PIPELINE_REPORTS=str(tmp_path / "mounted/reports"))
    assert ran.returncode == 0 and (tmp_path / "disk/reports/plan.md").is_file()


def test_the_directory_of_a_run_is_new_and_ours_alone(checkout: Path, tool: Path, tmp_path: Path) -> None:
    output, temp = tmp_path / "output", tmp_path / "temp"
    temp.mkdir()
    for _ in range(2):
        asked = {"PIPELINE_TOOL": str(tool), "RUNNER_TEMP": str(temp), "GITHUB_OUTPUT": str(output)}
        assert step(checkout, "plan", **asked).returncode == 0
    named = [
        line.partition("=")[2] for line in output.read_text().splitlines() if line.startswith("reports=")
    ]
    assert sorted(named) == sorted(map(str, temp.iterdir())) and len(set(named)) == 2
    assert {Path(one).stat().st_mode & 0o777 for one in named} == {0o700}
    assert list(checkout.iterdir()) == []


# Read back


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "a file"])
@pytest.mark.parametrize("command", READ)
def test_what_is_posted_is_a_plain_file(
    checkout: Path, outside: Path, tmp_path: Path, command: str, kind: str
) -> None:
    outside.write_text("the runner's own")
    (checkout / "reports").mkdir()
    KINDS[kind](checkout / "reports" / READ[command], outside)
    with pytest.raises(StepError, match=r"cannot be read|symbolic link|not a plain file"):
        files.read_text(checkout / "reports" / READ[command], {"CI_PROJECT_DIR": str(checkout)})


def test_what_is_posted_is_not_behind_a_link(checkout: Path, outside: Path) -> None:
    (checkout / "reports").symlink_to(outside.parent)
    with pytest.raises(StepError, match="symbolic link of the checkout"):
        files.read_text(checkout / "reports" / outside.name, {"CI_PROJECT_DIR": str(checkout)})


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "a file"])
def test_a_saved_plan_is_a_plain_file(checkout: Path, tool: Path, outside: Path, kind: str) -> None:
    KINDS[kind](checkout / "given.json", outside)
    reports = {"PIPELINE_TOOL": str(tool), "PIPELINE_REPORTS": "reports", "PIPELINE_PLAN": "given.json"}
    ran = step(checkout, "apply", **reports)
    assert ran.returncode == 1 and "the saved plan cannot be taken" in ran.stderr
    assert not (checkout / "reports/plan.json").exists() and "Traceback" not in ran.stderr


@pytest.mark.parametrize("kind", one_in(3, [kind for kind in KINDS if kind != "a file"]))
@pytest.mark.parametrize("name", ["demo.json", "demo.journal"])
def test_no_record_is_kept_through_a_link(
    checkout: Path, tool: Path, outside: Path, name: str, kind: str
) -> None:
    state = checkout / "state"
    state.mkdir()
    (state / "demo.json").write_text("{}")
    (state / name).unlink(missing_ok=True)
    KINDS[kind](state / name, outside)
    (checkout / "given.json").write_text(json.dumps({"context": {"state": "state/demo.json"}}))
    asked = {"PIPELINE_TOOL": str(tool), "PIPELINE_REPORTS": "reports", "PIPELINE_PLAN": "given.json"}
    ran = step(checkout, "apply", **asked)
    assert ran.returncode == 0 and "the record is not kept" in ran.stdout
    assert not any("runner" in file.read_text() for file in (checkout / "reports").iterdir())


# Through the workflows and the template


def with_links(forge: Any, world: World, branch: str) -> str:
    """A commit of a branch that has links in the place of the reports."""
    forge.commit(branch, {FILE: FASTER})
    clone = world.root / "linking"
    subprocess.run(["git", "clone", "--quiet", "--branch", branch, forge.bare, clone], check=True)
    (clone / "reconciler-reports").symlink_to(world.root / "runner")
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "add", "--all"], cwd=clone, check=True)
    subprocess.run(["git", *who, "commit", "--quiet", "--message", "links"], cwd=clone, check=True)
    subprocess.run(["git", "push", "--quiet", "origin", branch], cwd=clone, check=True)
    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=clone, check=True, capture_output=True, text=True)
    return told.stdout.strip()


@pytest.mark.slow
def test_a_branch_with_links_is_planned_beside_them(world: World, hub: GitHub, outside: Path) -> None:
    with_links(world.forge, world, "change")
    event = world.forge.pull_request(5, "change")
    run = hub.run("pull-request", "pull_request", event, **kept(world))
    assert run.result == "success" and untouched(outside)
    assert "IngestStream/film" in world.forge.comments[5][0]["body"]
    assert sorted(os.listdir(run.artefacts / "reconciler-plan")) == [
        *("comment.md", "plan.html", "plan.json", "plan.md")
    ]


def test_a_branch_with_links_is_refused_where_artefacts_stay_in_the_checkout(
    world: World, outside: Path
) -> None:
    world.state.parent.mkdir()
    inputs = {"state": str(world.state), "runner_keeps_state": "true", "runner_tags": ["keeps-state"]}
    lab = GitLab(world.forge, world.root, world.machine(), inputs)
    head = with_links(world.forge, world, "change")
    done = lab.run(head, **merge_request(world.forge, "change", 3))
    assert done["reconciler-plan"].code == 1 and "symbolic link" in done["reconciler-plan"].log
    assert untouched(outside)


# The faults on purpose


def made_anyway(named: Path | None, _: object) -> Path:
    found = named or Path(tempfile.mkdtemp())
    found.mkdir(parents=True, exist_ok=True)
    return found


def test_a_directory_taken_as_it_is_would_be_seen(
    checkout: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "reports").symlink_to(outside.parent)
    monkeypatch.chdir(checkout)
    with pytest.raises(StepError):
        files.new_directory(Path("reports"), {})
    with patch.object(files, "new_directory", made_anyway):
        (files.new_directory(Path("reports"), {}) / "plan.json").write_text("{}")
    assert not untouched(outside)


def test_a_link_that_is_not_looked_for_would_be_seen(checkout: Path, outside: Path) -> None:
    (checkout / "reports").symlink_to(outside.parent)
    with patch.object(files, "refuse_links", lambda *_: None):
        assert files.read_text(checkout / "reports" / outside.name, {}) == "the runner's own"


@pytest.mark.slow
@pytest.mark.parametrize(
    "jobs", [["plan"], pytest.param(["plan", "apply", "drift"], marks=pytest.mark.slow)], ids=len
)
def test_every_file_that_a_job_writes_is_in_the_table(world: World, jobs: list[str]) -> None:
    work = world.root / "work"
    work.mkdir()
    (work / "manifests.yaml").write_text(MANIFESTS)
    found: set[str] = set()
    for job in jobs:
        named = {"PIPELINE_REPORTS": f"reports-{job}", "PIPELINE_PATHS": "manifests.yaml"}
        given = {**named, "PIPELINE_STATE": str(world.state), "PIPELINE_VARIABLES": VARIABLES}
        assert step(work, job, **world.machine(**given)).returncode in (0, 2)
        found |= set(os.listdir(work / f"reports-{job}"))
    assert found <= set(WRITTEN) and machine_variables()
