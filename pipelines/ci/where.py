"""Which change, commit and run a step is for, as the forge says it and nobody else can."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ci.errors import StepError
from ci.forge import Api


def event_of(environ: Mapping[str, str]) -> dict[str, Any]:
    """GitHub's event; {} elsewhere. Raises StepError if it cannot be read."""
    path = environ.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StepError(f"GITHUB_EVENT_PATH: the event cannot be read: {error}") from error
    return event if isinstance(event, dict) else {}


def pull_request_of(event: Mapping[str, Any]) -> int:
    """The number of the pull request that the event is about; raises StepError for another event."""
    try:
        return int(event["pull_request"]["number"])
    except (KeyError, TypeError) as error:
        raise StepError("this run is not for a pull request, so there is nothing to comment on") from error


def pull_request_behind(event: Mapping[str, Any], repository: str, api: Api) -> int | None:
    """The pull request whose workflow run ended; None where its branch has moved on, or it is closed.

    A stranger's run says nothing of it that could be believed, and the event names none for a fork:
    GitHub is asked for the open one of that run's own branch and commit.
    """
    try:
        run = event["workflow_run"]
        head = f"{run['head_repository']['owner']['login']}:{run['head_branch']}"
        commit = str(run["head_sha"])
    except (KeyError, TypeError) as error:
        raise StepError("this run was not begun by another run that ended (workflow_run)") from error
    for pull in api.all(f"/repos/{repository}/pulls", {"state": "open", "head": head}):
        if pull["head"]["sha"] == commit and pull["base"]["repo"]["full_name"] == repository:
            return int(pull["number"])
    return None


def footer_of(environ: Mapping[str, str], event: Mapping[str, Any]) -> str:
    """For which commit a report is, with a link to the run that made it."""
    pull, run = event.get("pull_request") or {}, event.get("workflow_run") or {}
    commit = (pull.get("head") or {}).get("sha") or run.get("head_sha") or environ.get("GITHUB_SHA")
    commit = commit or environ.get("CI_COMMIT_SHA") or "unknown"
    link = run.get("html_url") or _run_url(environ)
    told = f"For commit `{commit[:12]}`"
    return f"<sub>{told}, by [this run]({link}).</sub>" if link else f"<sub>{told}.</sub>"


def _run_url(environ: Mapping[str, str]) -> str:
    if environ.get("CI_JOB_URL"):
        return environ["CI_JOB_URL"]
    parts = [environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""
