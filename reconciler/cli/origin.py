"""Who runs a command: the user, and the run of a pipeline as well-known CI services tell it in variables.

It is shown to those who wait for a state, and kept of each run. No secret gets into it: addresses lose
user, password and what reads as a token, and no value that a secret variable has is ever shown.
"""

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from reconciler.plaintext import MASK, is_secret_name, masked

_LONGEST = 300
"""Characters of one such text."""

_SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class _Service:
    """A CI service: the variable by which it is known, and templates over its variables.

    A template whose variables are not all there is left out; of several, the first that is there counts.
    """

    name: str
    known_by: str
    run: tuple[str, ...]
    url: tuple[str, ...]
    user: tuple[str, ...]
    commit: tuple[str, ...]


_SERVICES = (
    _Service(
        "GitHub Actions",
        "GITHUB_ACTIONS",
        ("{GITHUB_RUN_ID}.{GITHUB_RUN_ATTEMPT}", "{GITHUB_RUN_ID}"),
        ("{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",),
        ("{GITHUB_TRIGGERING_ACTOR}", "{GITHUB_ACTOR}"),
        ("{GITHUB_SHA}",),
    ),
    _Service(
        "GitLab CI",
        "GITLAB_CI",
        ("{CI_PIPELINE_ID}",),
        ("{CI_JOB_URL}", "{CI_PIPELINE_URL}"),
        ("{GITLAB_USER_LOGIN}",),
        ("{CI_COMMIT_SHA}",),
    ),
    _Service(
        "Buildkite",
        "BUILDKITE",
        ("{BUILDKITE_BUILD_NUMBER}",),
        ("{BUILDKITE_BUILD_URL}",),
        ("{BUILDKITE_BUILD_CREATOR}",),
        ("{BUILDKITE_COMMIT}",),
    ),
    _Service(
        "CircleCI",
        "CIRCLECI",
        ("{CIRCLE_BUILD_NUM}",),
        ("{CIRCLE_BUILD_URL}",),
        ("{CIRCLE_USERNAME}",),
        ("{CIRCLE_SHA1}",),
    ),
    _Service(
        "Azure Pipelines",
        "TF_BUILD",
        ("{BUILD_BUILDID}",),
        ("{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",),
        ("{BUILD_REQUESTEDFOR}",),
        ("{BUILD_SOURCEVERSION}",),
    ),
    _Service(
        "Bitbucket Pipelines",
        "BITBUCKET_BUILD_NUMBER",
        ("{BITBUCKET_BUILD_NUMBER}",),
        ("{BITBUCKET_GIT_HTTP_ORIGIN}/pipelines/results/{BITBUCKET_BUILD_NUMBER}",),
        ("{BITBUCKET_STEP_TRIGGERER_UUID}",),
        ("{BITBUCKET_COMMIT}",),
    ),
    _Service(
        "Jenkins",
        "JENKINS_URL",
        ("{BUILD_TAG}", "{BUILD_NUMBER}"),
        ("{BUILD_URL}",),
        ("{BUILD_USER_ID}", "{CHANGE_AUTHOR}"),
        ("{GIT_COMMIT}",),
    ),
)


def user_name() -> str:
    """The user of this process, as the system knows it: a name, or a number that has none."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def pipeline_of(variables: Mapping[str, str]) -> dict[str, str]:
    """What the variables say of the run of a pipeline: its service, run, url, user and commit.

    Empty outside of a pipeline; what a service does not say is left out.
    """
    service = next((one for one in _SERVICES if _is_on(variables.get(one.known_by, ""))), None)
    if service is None:
        return {}
    hidden = _secrets(variables)
    found = {
        name: _shown(_filled(templates, variables), hidden)
        for name, templates in (
            ("run", service.run),
            ("url", service.url),
            ("user", service.user),
            ("commit", service.commit),
        )
    }
    found["url"] = cleaned_url(found["url"])
    return {"service": service.name, **{name: text for name, text in found.items() if text}}


def cleaned_url(text: str) -> str:
    """A web address without user, password and fragment, its tokens masked; "" for what is none."""
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return masked(urlunsplit((parts.scheme, f"{host}{port}", parts.path, parts.query, "")))


def _is_on(value: str) -> bool:
    return value.lower() not in ("", "0", "false", "no")


def _filled(templates: tuple[str, ...], variables: Mapping[str, str]) -> str:
    """The first template all of whose variables have a value; "" if there is none."""
    given = {name: value for name, value in variables.items() if value}
    for template in templates:
        try:
            return template.format_map(given)
        except KeyError:
            continue
    return ""


def _secrets(variables: Mapping[str, str]) -> list[str]:
    """The values of the variables whose names say that they are secret, the longest first."""
    found = (value for name, value in variables.items() if is_secret_name(name))
    return sorted((value for value in found if len(value) >= _SHORTEST_SECRET), key=len, reverse=True)


def _shown(text: str, hidden: list[str]) -> str:
    for value in hidden:
        text = text.replace(value, MASK)
    return text[:_LONGEST]
