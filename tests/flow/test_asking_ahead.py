"""Of a large workspace, tasks are asked after while manifests are read: each once, and none for nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.cli import asking_ahead, standing, whole_drift, whole_plan

from .kit import Kit, Ran, wait_until

INGEST = """
apiVersion: reconciler/v1
kind: IngestStream
metadata: {{name: film-{number}}}
spec: {{room: {number}, streamUrl: "https://films.example/{number}.mp4", repeatNum: -1}}
"""
LIVE = """
apiVersion: reconciler/v1
kind: LiveStream
metadata: {name: stage}
spec: {domainName: 3891.livepush.myqcloud.com, streamName: stage}
"""
DESCRIBE, STATE = "DescribeStreamIngest", "DescribeLiveStreamState"
FILM = "IngestStream/film-2"
BOTH = pytest.mark.parametrize("command", ["plan", "drift"])


@pytest.fixture
def films(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """Three ingests and a live stream, which count as a large workspace."""
    kit.write("films.yaml", "---".join([*(INGEST.format(number=one) for one in (1, 2, 3)), LIVE]))
    kit.apply()
    monkeypatch.setattr(asking_ahead, "LARGE", 0)
    return kit


def asked(kit: Kit, since: int) -> list[str]:
    return [call["action"] for call in kit.get("calls")["calls"][since:]]


def before_reading(monkeypatch: pytest.MonkeyPatch, do: Callable[[], None]) -> None:
    """Does something when manifests are about to be read."""

    def after_that(read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*arguments: Any) -> Any:
            do()
            return read(*arguments)

        return reading

    for command, name in ((whole_plan, "indexed"), (whole_drift, "indexed"), (standing, "load_sources")):
        monkeypatch.setattr(command, name, after_that(getattr(command, name)))


@pytest.mark.parametrize("command", ["plan", "drift", "status"])
def test_tasks_are_asked_after_while_manifests_are_read(
    films: Kit, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    begun = len(films.get("calls")["calls"])
    before_reading(monkeypatch, lambda: wait_until(lambda: asked(films, begun) == [DESCRIBE] * 3))
    assert films.run(command, "--detailed-exitcode").code == 0
    assert asked(films, begun) == [*[DESCRIBE] * 3, STATE]


@BOTH
def test_what_is_told_is_the_same(films: Kit, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Also where a task has ended, and where none of them can be asked after."""
    films.end_task(films.entry(FILM)["taskId"])
    fault = {"action": DESCRIBE, "nth": 1, "count": 1000, "kind": "error", "code": "InvalidParameter.TaskId"}
    for faults, words in (((), "NotExist"), ((fault,), "not observed")):
        films.faults(*faults)
        for use in ((), ("--no-cache",)):
            ahead = told(films.run(command, *use))
            with monkeypatch.context() as patch:
                patch.setattr(asking_ahead, "LARGE", 10**9)
                assert told(films.run(command, *use)) == ahead
            assert words in ahead


def told(ran: Ran) -> str:
    """All that is printed, but for what differs each time."""
    assert ran.code == 0
    return re.sub(r"RequestId\s+[0-9a-f-]+", "RequestId", " ".join(f"{ran.out} {ran.err}".split()))


@pytest.mark.parametrize(
    ("arguments", "calls"),
    [
        (("plan", "--target", FILM), [DESCRIBE]),
        (("drift", "--exclude", "IngestStream/film-1"), [DESCRIBE, DESCRIBE, STATE]),
        (("status", "--target", FILM), [DESCRIBE]),
        (("plan", "--no-refresh"), []),
    ],
)
def test_a_choice_is_asked_after_alone(films: Kit, arguments: tuple[str, ...], calls: list[str]) -> None:
    begun = len(films.get("calls")["calls"])
    assert films.run(*arguments).code == 0
    assert asked(films, begun) == calls


@BOTH
def test_what_another_run_has_started_meanwhile_is_asked_after_itself(
    films: Kit, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """The answer about the task before says that it has ended: another one would be started by that."""

    def replace() -> None:
        wait_until(lambda: len(asked(films, begun)) == 3)
        if films.entry(FILM)["taskId"] == former:
            with monkeypatch.context() as patch:
                patch.setattr(asking_ahead, "LARGE", 10**9)
                ran = films.run("apply", "--replace", FILM, "--auto-approve")
            assert ran.code == 0, ran.err

    former, begun = films.entry(FILM)["taskId"], len(films.get("calls")["calls"])
    before_reading(monkeypatch, replace)
    found = films.run(command, "--format", "json", "--detailed-exitcode")
    assert films.entry(FILM)["taskId"] != former
    assert found.code == 0, found.out
    assert asked(films, begun)[-2:] == [DESCRIBE, STATE]


@BOTH
def test_wrong_manifests_are_told_and_no_more_is_asked(films: Kit, command: str) -> None:
    films.edit("films.yaml", "repeatNum: -1", "repeatNum: 0", 1)
    ran = films.run(command)
    assert ran.code == 1 and "repeatNum" in ran.err
    films.edit("workspace.yaml", "sdkAppId: 1400188366", "sdkAppId: none")
    begun = len(films.get("calls")["calls"])
    ran = films.run(command)
    assert ran.code == 1 and "sdkAppId" in ran.err
    assert asked(films, begun) == []


@BOTH
def test_refused_credentials_are_told_once(films: Kit, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "wrong")
    ran = films.run(command)
    assert ran.code == 1 and ran.err.count("error:") == 1 and "AuthFailure" in ran.err
