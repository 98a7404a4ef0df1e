"""Runs the workflows of this repository as GitHub would: the jobs, steps and actions that the files hold.

What GitHub itself ships (checkout, artefacts, setting up Python) is done here; every `run` is
executed by bash as it stands, with the runner's variables and files.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .expressions import Functions, as_text, condition, interpolate
from .forge import TOKEN, Forge, git

ROOT = Path(__file__).parents[2]
PREFIX = "OWNER/reconciler/.github/workflows/"


@dataclass
class Job:
    """What became of a job: success, failure, cancelled or skipped; the environment of each `run` step."""

    result: str
    outputs: dict[str, str] = field(default_factory=dict)
    codes: list[int] = field(default_factory=list)
    log: str = ""
    summary: str = ""
    environments: list[dict[str, str]] = field(default_factory=list)
    permissions: dict[str, str] = field(default_factory=dict)
    workspace: Path = Path()


@dataclass
class Run:
    """A workflow's run: its jobs by name, its artefacts as directories."""

    id: int
    jobs: dict[str, Job]
    artefacts: Path

    @property
    def result(self) -> str:
        return "failure" if any(job.result == "failure" for job in self.jobs.values()) else "success"


@dataclass
class GitHub:
    """A runner for a forge's workflows; `machine` are the variables that its runners have anyway.

    `thrown_away` tells that each job is on a machine of its own, with an empty home.
    """

    forge: Forge
    root: Path
    machine: dict[str, str]
    secrets: dict[str, str]
    runs: list[Run] = field(default_factory=list)
    thrown_away: bool = False

    def run(self, caller: str, event_name: str, event: Mapping[str, Any], **changed: str) -> Run:
        """The workflow of that name below pipelines/github; `changed` are its inputs where they differ."""
        text = (ROOT / "pipelines/github" / f"{caller}.yml").read_text()
        number = len(self.runs) + 1
        run = Run(number, {}, self.root / "artefacts" / str(number))
        self.runs.append(run)
        contexts = {"github": self._github(event_name, event, number)}
        fork = event_name == "pull_request" and not _own(event)
        secrets = {} if fork else self.secrets
        for caller_job in yaml.safe_load(text)["jobs"].values():
            workflow = _workflow(caller_job["uses"])
            given = {
                name: interpolate(value, {**contexts, "secrets": secrets}, {})
                for name, value in caller_job.get("secrets", {}).items()
            }
            inputs = _inputs(workflow, {**caller_job.get("with", {}), **changed})
            for name, job in workflow["jobs"].items():
                _check_permissions(job, caller_job)
                everything = {**contexts, "inputs": inputs, "secrets": given}
                run.jobs[name] = self._job(run, name, job, everything)
        return run

    def _github(self, event_name: str, event: Mapping[str, Any], number: int) -> dict[str, Any]:
        bare = self.forge.bare
        if event_name == "pull_request":
            ref = f"refs/pull/{event['pull_request']['number']}/merge"
            sha = git(bare, "rev-parse", ref)
        else:
            ref, sha = "refs/heads/main", event.get("after") or git(bare, "rev-parse", "main")
        return {
            "event": event,
            "event_name": event_name,
            "repository": "acme/streams",
            "ref": ref,
            "ref_name": ref.removeprefix("refs/heads/").removeprefix("refs/"),
            "sha": sha,
            "token": TOKEN,
            "run_id": number,
        }

    def _job(self, run: Run, name: str, job: Mapping[str, Any], contexts: dict[str, Any]) -> Job:
        needs = job.get("needs", [])
        before = {one: run.jobs[one] for one in ([needs] if isinstance(needs, str) else needs)}
        contexts["needs"] = {
            one: {"result": other.result, "outputs": other.outputs} for one, other in before.items()
        }
        fine = all(other.result == "success" for other in before.values())
        if not condition(str(job.get("if", "true")), contexts, _functions(fine)):
            return Job("skipped")
        assert interpolate(job["runs-on"], contexts, _functions(True))
        machine = Machine(self, run, self.root / f"run-{run.id}-{name}", contexts)
        for step in job["steps"]:
            machine.step(step)
        done = machine.job
        done.permissions = dict(job["permissions"])
        done.outputs = {
            key: as_text(interpolate(value, machine.contexts, _functions(True)))
            for key, value in job.get("outputs", {}).items()
        }
        return done


class Machine:
    """One job on a fresh runner."""

    def __init__(self, hub: GitHub, run: Run, root: Path, contexts: dict[str, Any]) -> None:
        self.hub, self.run, self.root = hub, run, root
        self.job = Job("success", workspace=root / "work")
        self.job.workspace.mkdir(parents=True)
        (root / "temp").mkdir()
        self.variables = {**hub.machine, **({"HOME": str(root / "home")} if hub.thrown_away else {})}
        self.event = root / "event.json"
        self.event.write_text(json.dumps(contexts["github"]["event"]))
        self.contexts = {
            **contexts,
            "steps": {},
            "env": dict(self.variables),
            "runner": {"temp": str(root / "temp")},
        }

    def step(self, step: Mapping[str, Any], contexts: dict[str, Any] | None = None, action: str = "") -> None:
        contexts = contexts or self.contexts
        functions = _functions(self.job.result == "success")
        if not condition(str(step.get("if", "true")), contexts, functions):
            return
        given = {
            name: interpolate(value, contexts, functions) for name, value in step.get("with", {}).items()
        }
        outputs: dict[str, str] = {}
        if "run" in step:
            env = {
                name: as_text(interpolate(value, contexts, functions))
                for name, value in step.get("env", {}).items()
            }
            outputs = self._bash(step, env, action)
        elif step["uses"].startswith("$/"):
            outputs = self._action(step["uses"].removeprefix("$/"), given)
        else:
            self._shipped(step["uses"].partition("@")[0], given)
        if "id" in step:
            contexts["steps"][step["id"]] = {"outputs": outputs}

    def _bash(self, step: Mapping[str, Any], env: Mapping[str, str], action: str) -> dict[str, str]:
        assert step["shell"] == "bash"
        output, summary = self.root / "output", self.root / "summary"
        output.write_text("")
        summary.touch()
        github = self.contexts["github"]
        environment = {
            **self.variables,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": github["event_name"],
            "GITHUB_EVENT_PATH": str(self.event),
            "GITHUB_REPOSITORY": github["repository"],
            "GITHUB_REF": github["ref"],
            "GITHUB_SHA": github["sha"],
            "GITHUB_RUN_ID": str(github["run_id"]),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_API_URL": self.hub.forge.url,
            "GITHUB_WORKSPACE": str(self.job.workspace),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_ACTION_PATH": str(ROOT / action),
            "RUNNER_TEMP": str(self.root / "temp"),
            **env,
        }
        self.job.environments.append(environment)
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.job.workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.job.log += ran.stdout
        self.job.summary = summary.read_text()
        self.job.codes.append(ran.returncode)
        if ran.returncode:
            self.job.result = "failure"
        return dict(line.split("=", 1) for line in output.read_text().splitlines())

    def _action(self, path: str, given: Mapping[str, Any]) -> dict[str, str]:
        action = yaml.safe_load((ROOT / path / "action.yml").read_text())
        unknown = given.keys() - action["inputs"].keys()
        assert not unknown, f"{path} has no input {unknown}"
        inputs = {name: as_text(one.get("default", "")) for name, one in action["inputs"].items()}
        inputs.update({name: as_text(value) for name, value in given.items()})
        missing = [name for name, one in action["inputs"].items() if one.get("required") and not inputs[name]]
        assert not missing, f"{path} needs {missing}"
        contexts = {**self.contexts, "inputs": inputs, "steps": {}}
        for step in action["runs"]["steps"]:
            self.step(step, contexts, path)
        return {
            name: as_text(interpolate(one["value"], contexts, {}))
            for name, one in action.get("outputs", {}).items()
        }

    def _shipped(self, name: str, given: Mapping[str, Any]) -> None:
        """What GitHub's own actions do, as far as it is asked for here."""
        workspace = self.job.workspace
        if name == "actions/checkout":
            assert given["persist-credentials"] is False
            github = self.contexts["github"]
            git(workspace, "init", "--quiet")
            git(workspace, "remote", "add", "origin", self.hub.forge.bare.as_uri())
            depth = str(given.get("fetch-depth", 1))
            git(workspace, "fetch", "--quiet", "--depth", depth, "origin", github["sha"])
            git(workspace, "checkout", "--quiet", "--detach", "FETCH_HEAD")
        elif name == "actions/upload-artifact":
            source = workspace / given["path"]
            assert given["if-no-files-found"] == "warn"
            if source.is_dir():
                shutil.copytree(source, self.run.artefacts / given["name"], symlinks=True)
        elif name == "actions/download-artifact":
            number = given.get("run-id", self.run.id)
            source = self.hub.runs[int(number) - 1].artefacts / given["name"]
            shutil.copytree(source, workspace / given["path"], symlinks=True)
        else:
            assert name == "actions/setup-python", name


def machine_variables(**more: str) -> dict[str, str]:
    """A runner's own: where its programs are, and a home."""
    return {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "LANG": "C.UTF-8", **more}


def _workflow(uses: str) -> dict[str, Any]:
    assert uses.startswith(PREFIX) and uses.endswith("@COMMIT"), uses
    found: dict[str, Any] = yaml.safe_load(
        (ROOT / ".github/workflows" / uses.removeprefix(PREFIX).removesuffix("@COMMIT")).read_text()
    )
    assert found["permissions"] == {}
    return found


def _inputs(workflow: Mapping[Any, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    declared = workflow[True]["workflow_call"]["inputs"]  # YAML 1.1 reads `on` so
    unknown = given.keys() - declared.keys()
    assert not unknown, f"no input {unknown}"
    types = {"string": str, "boolean": bool}
    inputs = {name: one.get("default", "") for name, one in declared.items()} | dict(given)
    assert all(isinstance(value, types[declared[name]["type"]]) for name, value in inputs.items())
    return inputs


def _check_permissions(job: Mapping[str, Any], caller: Mapping[str, Any]) -> None:
    """A called workflow can be granted no more than the job that calls it."""
    for scope, level in job["permissions"].items():
        assert caller["permissions"].get(scope) in (level, "write"), f"{scope}: {level} is not granted"


def _functions(fine: bool) -> Functions:
    return {
        "fromJSON": json.loads,
        "always": lambda: True,
        "cancelled": lambda: False,
        "success": lambda: fine,
        "failure": lambda: not fine,
    }


def _own(event: Mapping[str, Any]) -> bool:
    return bool(event["pull_request"]["head"]["repo"]["full_name"] == "acme/streams")
