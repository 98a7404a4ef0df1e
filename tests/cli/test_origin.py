"""Who ran it, as the variables of CI services say it, without a secret."""

import json

import pytest

from reconciler.cli.origin import cleaned_url, pipeline_of, user_name

SERVICES = {
    "GitHub Actions": (
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_RUN_ID": "77",
            "GITHUB_RUN_ATTEMPT": "2",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_ACTOR": "bob",
            "GITHUB_TRIGGERING_ACTOR": "ana",
            "GITHUB_SHA": "c0ffee",
        },
        ("77.2", "https://github.com/o/r/actions/runs/77", "ana", "c0ffee"),
    ),
    "GitLab CI": (
        {
            "GITLAB_CI": "true",
            "CI_PIPELINE_ID": "5",
            "CI_PIPELINE_URL": "https://gitlab.example/g/p/-/pipelines/5",
            "CI_JOB_URL": "https://gitlab.example/g/p/-/jobs/9",
            "GITLAB_USER_LOGIN": "ana",
            "CI_COMMIT_SHA": "c0ffee",
        },
        ("5", "https://gitlab.example/g/p/-/jobs/9", "ana", "c0ffee"),
    ),
    "Buildkite": (
        {
            "BUILDKITE": "true",
            "BUILDKITE_BUILD_NUMBER": "8",
            "BUILDKITE_BUILD_URL": "https://buildkite.com/o/p/builds/8",
            "BUILDKITE_BUILD_CREATOR": "Ana",
            "BUILDKITE_COMMIT": "c0ffee",
        },
        ("8", "https://buildkite.com/o/p/builds/8", "Ana", "c0ffee"),
    ),
    "CircleCI": (
        {
            "CIRCLECI": "true",
            "CIRCLE_BUILD_NUM": "4",
            "CIRCLE_BUILD_URL": "https://circleci.com/gh/o/r/4",
            "CIRCLE_USERNAME": "ana",
            "CIRCLE_SHA1": "c0ffee",
        },
        ("4", "https://circleci.com/gh/o/r/4", "ana", "c0ffee"),
    ),
    "Azure Pipelines": (
        {
            "TF_BUILD": "True",
            "BUILD_BUILDID": "31",
            "SYSTEM_COLLECTIONURI": "https://dev.azure.com/o/",
            "SYSTEM_TEAMPROJECT": "p",
            "BUILD_REQUESTEDFOR": "Ana",
            "BUILD_SOURCEVERSION": "c0ffee",
        },
        ("31", "https://dev.azure.com/o/p/_build/results?buildId=31", "Ana", "c0ffee"),
    ),
    "Bitbucket Pipelines": (
        {
            "BITBUCKET_BUILD_NUMBER": "6",
            "BITBUCKET_GIT_HTTP_ORIGIN": "https://bitbucket.org/o/r",
            "BITBUCKET_STEP_TRIGGERER_UUID": "{u}",
            "BITBUCKET_COMMIT": "c0ffee",
        },
        ("6", "https://bitbucket.org/o/r/pipelines/results/6", "{u}", "c0ffee"),
    ),
    "Jenkins": (
        {
            "JENKINS_URL": "https://ci.example/",
            "BUILD_NUMBER": "3",
            "BUILD_TAG": "jenkins-apply-3",
            "BUILD_URL": "https://ci.example/job/apply/3/",
            "BUILD_USER_ID": "ana",
            "GIT_COMMIT": "c0ffee",
        },
        ("jenkins-apply-3", "https://ci.example/job/apply/3/", "ana", "c0ffee"),
    ),
}


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_says(service: str) -> None:
    variables, (run, url, user, commit) = SERVICES[service]
    told = {"service": service, "run": run, "url": url, "user": user, "commit": commit}
    assert pipeline_of(variables) == told


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_not_said_is_left_out(service: str) -> None:
    known_by = next(iter(SERVICES[service][0]))
    assert pipeline_of({known_by: SERVICES[service][0][known_by]}).keys() <= {"service", "run"}


@pytest.mark.parametrize("variables", [{}, {"CI": "true"}, {"GITHUB_ACTIONS": "false", "GITHUB_RUN_ID": "1"}])
def test_outside_of_a_known_pipeline_nothing_is_said(variables: dict[str, str]) -> None:
    assert pipeline_of(variables) == {}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:pass@ci.example/job/3/", "https://ci.example/job/3/"),
        ("https://token@ci.example:8443/job", "https://ci.example:8443/job"),
        ("https://ci.example/b?id=3&access_token=hunter22", "https://ci.example/b?id=3&access_token=***"),
        ("https://ci.example/b#id_token=hunter22", "https://ci.example/b"),
        ("https://[2001:db8::1]/b", "https://[2001:db8::1]/b"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("https://[broken", ""),
        ("no address", ""),
        ("", ""),
    ],
)
def test_an_address_loses_its_secrets(text: str, shown: str) -> None:
    assert cleaned_url(text) == shown


def test_no_value_of_a_secret_variable_is_told_wherever_it_stands() -> None:
    secrets = {
        "TENCENTCLOUD_SECRET_KEY": "canary-0001",
        "CI_JOB_TOKEN": "canary-0002",
        "BUILD_PASSWORD": "canary-3",
    }
    variables = {
        **secrets,
        "JENKINS_URL": "x",
        "BUILD_URL": "https://ci.example/canary-0001/canary-0002",
        "BUILD_TAG": "run canary-3",
        "BUILD_USER_ID": "canary-0001",
        "GIT_COMMIT": "x" * 5000,
    }
    told = json.dumps(pipeline_of(variables))
    assert "canary" not in told and "***" in told and len(told) < 2000


def test_the_user_is_who_the_system_says() -> None:
    assert user_name()
