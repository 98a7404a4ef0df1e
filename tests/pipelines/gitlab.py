"""Runs the template's jobs as GitLab would: inputs filled in, rules followed, scripts executed by bash."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .forge import TOKEN, Forge, git
from .github import ROOT

TEMPLATE = ROOT / "pipelines/gitlab/reconciler.gitlab-ci.yml"
_BLOCK = re.compile(r"\$\[\[\s*inputs\.(\w+)\s*\]\]")


def template(**given: Any) -> dict[str, Any]:
    """The jobs with the inputs filled in, in keys and values, as GitLab's documents have it."""
    head, jobs = yaml.safe_load_all(TEMPLATE.read_text())
    declared = head["spec"]["inputs"]
    assert given.keys() <= declared.keys()
    inputs = {}
    for name, one in declared.items():
        value = given[name] if name in given else one["default"]
        assert value in one.get("options", [value])
        assert re.search(one.get("regex", ""), str(value))
        inputs[name] = value
    filled = _filled(jobs, inputs)
    assert isinstance(filled, dict)
    return filled


def _filled(node: Any, inputs: Mapping[str, Any]) -> Any:
    if isinstance(node, dict):
        return {_filled(key, inputs): _filled(value, inputs) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, inputs) for value in node]
    if not isinstance(node, str):
        return node
    whole = _BLOCK.fullmatch(node)
    return inputs[whole[1]] if whole else _BLOCK.sub(lambda match: str(inputs[match[1]]), node)


def job_of(jobs: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A job with what it extends merged in: maps merge, all else is replaced."""
    job = jobs[name]
    return _merged(job_of(jobs, job["extends"]), job) if "extends" in job else dict(job)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        mine = both.get(key)
        both[key] = _merged(mine, value) if isinstance(mine, dict) and isinstance(value, dict) else value
    return both


def chosen(jobs: Mapping[str, Any], variables: Mapping[str, str]) -> list[str]:
    """The jobs whose rules a pipeline with these variables fits, in their order."""
    names = [name for name in jobs if not name.startswith(".")]
    return [name for name in names if any(_fits(one["if"], variables) for one in jobs[name]["rules"])]


def _fits(rule: str, variables: Mapping[str, str]) -> bool:
    return all(_holds(part.strip(), variables) for part in rule.split("&&"))


def _holds(part: str, variables: Mapping[str, str]) -> bool:
    match = re.fullmatch(r'\$(\w+)(?:\s*(==|!=)\s*(?:\$(\w+)|"(.*)"))?', part)
    assert match, part
    left = variables.get(match[1], "")
    if not match[2]:
        return bool(left)
    right = variables.get(match[3], "") if match[3] else match[4]
    return (left == right) is (match[2] == "==")


@dataclass
class Done:
    """How a job's script ended, what it wrote to the log, and the reports it left."""

    code: int
    log: str
    reports: Path


@dataclass
class GitLab:
    """A runner of a forge's pipelines; `machine` are the variables that its runners have anyway.

    `thrown_away` tells that each job is on a machine of its own, with an empty home.
    """

    forge: Forge
    root: Path
    machine: dict[str, str]
    inputs: dict[str, Any]
    runs: int = 0
    thrown_away: bool = False

    def run(self, commit: str, **variables: str) -> dict[str, Done]:
        """One pipeline: each job that its rules choose, on a fresh clone."""
        self.runs += 1
        jobs = template(image="registry.example/reconciler@sha256:0", **self.inputs)
        predefined = {
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_COMMIT_SHA": commit,
            "CI_DEFAULT_BRANCH": "main",
            "CI_PROJECT_ID": "7",
            "CI_API_V4_URL": self.forge.url,
            "CI_JOB_URL": "https://gitlab.example/acme/streams/-/jobs/1",
            **variables,
        }
        done: dict[str, Done] = {}
        for name in chosen(jobs, predefined):
            done[name] = self._job(name, job_of(jobs, name), commit, predefined, done)
        return done

    def _job(
        self,
        name: str,
        job: Mapping[str, Any],
        commit: str,
        predefined: Mapping[str, str],
        done: dict[str, Done],
    ) -> Done:
        project = self.root / f"pipeline-{self.runs}-{name}"
        project.mkdir()
        home = {"HOME": f"{project}-home"} if self.thrown_away else {}
        given = {**self.machine, **home, **predefined, "CI_PROJECT_DIR": str(project)}
        own = {key: _expanded(str(value), given) for key, value in job["variables"].items()}
        own["PIPELINE_SCRIPTS"] = str(ROOT / "pipelines")  # the image has them elsewhere
        if own.get("GIT_STRATEGY") != "none":
            git(project, "init", "--quiet")
            git(project, "remote", "add", "origin", self.forge.bare.as_uri())
            git(project, "fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*")
            git(project, "checkout", "--quiet", "--detach", commit)
        for needed in job["needs"]:
            shutil.copytree(done[needed].reports, project / "reconciler-reports")
        ran = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])],
            cwd=project,
            env={**given, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        (path,) = job["artifacts"]["paths"]
        return Done(ran.returncode, ran.stdout, project / path)


def merge_request(forge: Forge, branch: str, number: int, source: str = "7", **more: str) -> dict[str, str]:
    """The variables of a merge request's pipeline; with another source, that of a fork's."""
    return {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": str(number),
        "CI_MERGE_REQUEST_PROJECT_ID": "7",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source,
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(forge.bare, "merge-base", "main", branch),
        **more,
    }


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda match: variables.get(match[1], ""), text)


NOTE_TOKEN = {"RECONCILER_GITLAB_TOKEN": TOKEN}
