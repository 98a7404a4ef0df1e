"""The commands of `run.py`, and what each of them may use."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ci import jobs
from ci.bodies import LIMIT, mark_of, quoted
from ci.branch import is_tip
from ci.errors import StepError
from ci.files import new_directory, read_text
from ci.forge import github, gitlab
from ci.host import Host
from ci.settings import Settings, settings_of
from ci.sticky import Comments, GitHubComments, GitLabNotes, Issues, stick
from ci.tool import Tool
from ci.variables import parse_variables, tool_environment
from ci.where import event_of, footer_of, pull_request_behind, pull_request_of

Environ = Mapping[str, str]

_JOBS: Mapping[str, Callable[[jobs.Job], int]] = {
    "review": jobs.review,
    "plan": jobs.plan,
    "apply": jobs.apply,
    "drift": jobs.drift,
}
_BOT = "github-actions[bot]"
"""Who GitHub says wrote what was posted with a workflow's own token."""


def main(arguments: Sequence[str], environ: Environ) -> int:
    """Runs one command; 0 done, 1 an error, 2 drift, else as the tool ended."""
    posts = {"comment": _comment, "fork-comment": _fork_comment, "issue": _issue}
    if len(arguments) != 1 or arguments[0] not in (*_JOBS, *posts):
        print(f"usage: run.py {'|'.join((*_JOBS, *posts))}", file=sys.stderr)
        return 64
    command = arguments[0]
    try:
        settings = settings_of(environ)
        if command in _JOBS:
            return _run(_JOBS[command], settings, environ)
        print(f"{command}: {posts[command](settings, environ)}")
    except StepError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _run(job: Callable[[jobs.Job], int], settings: Settings, environ: Environ) -> int:
    host = Host(environ)
    given = parse_variables(environ.get("PIPELINE_VARIABLES", ""), environ.get("RECONCILER_SECRETS", ""))
    host.mask(given.values())
    reports = new_directory(settings.reports, environ)
    host.output("reports", str(reports))
    footer = footer_of(environ, event_of(environ))
    tool = Tool(settings.tool, tool_environment(environ, given))
    with host.quiet():
        return job(
            jobs.Job(settings, reports, tool, host, footer, lambda: is_tip(settings.branch, environ), environ)
        )


def _comment(settings: Settings, environ: Environ) -> str:
    """Posts the comment that an earlier step of the same trust wrote."""
    return stick(_comments(environ), _posted(settings, jobs.COMMENT, environ))


def _fork_comment(settings: Settings, environ: Environ) -> str:
    """Posts the text that a stranger's run left, as a text, under the pull request that GitHub names."""
    event, api, repository = event_of(environ), github(environ), environ.get("GITHUB_REPOSITORY", "")
    number = pull_request_behind(event, repository, api)
    if number is None:
        return "the pull request has moved on or is closed; nothing was posted"
    text = read_text(_left_by_another(settings) / jobs.REVIEW, environ)
    title = "Review, as this change's own run wrote it"
    body = quoted(mark_of("plan", settings.name), title, text, footer_of(environ, event))
    return stick(GitHubComments(api, repository, number, _BOT), body)


def _issue(settings: Settings, environ: Environ) -> str:
    """Opens, renews or closes the issue that tells of drift."""
    issues = Issues(github(environ), environ.get("GITHUB_REPOSITORY", ""), _BOT)
    body = _posted(settings, jobs.ISSUE, environ)
    if environ.get("PIPELINE_DRIFT") == "false":
        return issues.close(body)
    return issues.tell(f"Drift in {settings.name}", body)


def _comments(environ: Environ) -> Comments:
    if environ.get("CI_MERGE_REQUEST_IID"):
        project, number = environ["CI_MERGE_REQUEST_PROJECT_ID"], environ["CI_MERGE_REQUEST_IID"]
        return GitLabNotes(gitlab(environ), int(project), int(number))
    repository = environ.get("GITHUB_REPOSITORY", "")
    return GitHubComments(github(environ), repository, pull_request_of(event_of(environ)), _BOT)


def _left_by_another(settings: Settings) -> Path:
    """Where the reports are that another job made."""
    return settings.reports or Path("reconciler-reports")


def _posted(settings: Settings, name: str, environ: Environ) -> str:
    file = _left_by_another(settings) / name
    text = read_text(file, environ)
    if not text.startswith("<!-- reconciler ") or len(text) > LIMIT:
        raise StepError(f"{file} is not a comment that a step of ours wrote")
    return text
