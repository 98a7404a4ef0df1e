"""Whatever a call is refused with, doing what is printed ends in a plan with nothing to do."""

import random
import time
from collections.abc import Iterator

import pytest

from reconciler.cloud.codes import MEANINGS
from reconciler.cloud.translate import ApiError, translate
from reconciler.errors import CloudError
from reconciler.kinds import actions
from reconciler.meanings import ErrorMeaning
from reconciler.model import Effect
from reconciler.moments import rfc3339

from ..flow.conftest import kit, later
from ..flow.kit import Kit, Later
from ..support import one_in
from .follower import AGAIN, Follower
from .mutants import MUTANTS
from .situations import HALL, OTHER_PICTURE, SITUATIONS, STREAM, applied

__all__ = ["kit", "later"]

BY_NAME = {name: action for (_, name), action in actions().items()}
BY_NO_TASK_ID = {name for name, action in BY_NAME.items() if action.effect is Effect.START} | {
    "StopPublishStream",
    "RemoveUser",
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for between two attempts."""
    monkeypatch.setattr(random, "uniform", lambda low, high: 0.0)


def error_of(action: str, code: str) -> CloudError:
    names_task = action not in BY_NO_TASK_ID
    return translate(BY_NAME[action], ApiError(code, "words", "r"), str, names_task=names_task)


def codes_of(action: str) -> Iterator[str]:
    """Of the API's codes one for each error that they become of an action, with and without a remedy."""
    seen = set()
    for code in sorted(MEANINGS):
        error = error_of(action, code)
        kind = type(error), "then run the command again" in error.hint
        if kind not in seen:
            seen.add(kind)
            yield code


CELLS = [(name, code) for name, one in SITUATIONS.items() for code in codes_of(one.action)]


def judge(kit: Kit, later: Later, name: str, code: str) -> list[str]:
    """Every advice that was followed from a refusal to nothing to do."""
    situation = SITUATIONS[name]
    situation.prepare(kit, later)
    kit.faults({"action": situation.action, "kind": "error", "code": code, "count": 999})
    ran = kit.run(*situation.command)
    assert any(call["errorCode"] == code for call in kit.get("calls")["calls"])
    followed = Follower(kit, command=situation.command).follow(ran)
    alive = {task["taskId"] for task in kit.tasks() if task["status"] != "ended"}
    resources = kit.state()["resources"] if kit.state_path.exists() else {}
    assert {entry.get("taskId") for entry in resources.values()} - {None} <= alive
    assert ran.code == 0 or followed
    uncertain = "uncertain" in ran.out
    return [*followed, *(["uncertain"] if uncertain else [])]


@pytest.mark.share(40)
@pytest.mark.parametrize("cell", one_in(31, CELLS, lambda cell: f"{cell[0]}-{cell[1]}"))
def test_the_advice_is_followed_and_leads_out(kit: Kit, later: Later, cell: tuple[str, str]) -> None:
    judge(kit, later, *cell)


@pytest.mark.parametrize("meaning", ErrorMeaning)
def test_every_advice_ends_in_what_to_run(meaning: ErrorMeaning) -> None:
    assert AGAIN.search(meaning.value.hint)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("a first start of a mix", "ResourceNotFound", "application, room and users"),
        (
            "a first start of a mix",
            "FailedOperation.RestrictedConcurrency",
            "quota raised, then run the command again",
        ),
        (
            "a first start of an ingest",
            "InvalidParameter.TaskId",
            "correct what the message names in the manifest",
        ),
        ("a first start of an ingest", "FailedOperation.TaskExist", "end the existing task"),
        ("a mix that runs is changed", "InvalidParameter.TaskId", "ended through its robot and restarted"),
        ("a mix is removed", "InvalidParameter", "reconciler state rm MixStream/hall"),
        ("an ingest is paused as it starts", "FailedOperation.TaskNotExist", "right after its start"),
    ],
)
def test_what_is_said(kit: Kit, later: Later, name: str, code: str, words: str) -> None:
    assert words in judge(kit, later, name, code)[0]


@pytest.mark.parametrize(
    ("name", "code", "address"),
    [
        ("a first start of an ingest", "FailedOperation.TaskExist", "IngestStream/film"),
        ("a first start of a render", "OperationDenied", "RenderStream/game"),
        ("a mix that runs is changed", "InvalidParameter.TaskId", HALL),
    ],
)
def test_what_is_recorded_as_uncertain_is_told_as_that(
    kit: Kit, later: Later, name: str, code: str, address: str
) -> None:
    situation = SITUATIONS[name]
    situation.prepare(kit, later)
    kit.faults({"action": situation.action, "kind": "error", "code": code, "count": 999})
    ran = kit.run("apply", "--auto-approve")
    assert kit.entry(address)["status"] == "uncertain"
    assert "Apply: 1 uncertain" in ran.out and f"{address}: " in ran.err


def overtake(kit: Kit, number: int) -> None:
    """Somebody else updates the task, from a state of their own."""
    entry = kit.entry(HALL)
    elsewhere = kit.root / "elsewhere"
    elsewhere.mkdir(mode=0o700, exist_ok=True)
    since, robot = rfc3339(time.time() - 60), kit.running()[0]["request"]["AgentParams"]["UserId"]
    facts = ("--robot", robot, "--since", since, "--sequence-number", str(number - 1))
    state = ("--state", str(elsewhere / f"{number}.json"))
    ran = kit.run("state", "import", HALL, str(entry["taskId"]), *facts, *state)
    assert ran.code == 0, ran.err


@pytest.mark.slow
@pytest.mark.parametrize("prefers_replace", [False, True])
@pytest.mark.parametrize("number", [5, 1_000_000, 10**15, 2**63])
def test_a_number_that_somebody_else_has_set(
    kit: Kit, later: Later, number: int, prefers_replace: bool
) -> None:
    SITUATIONS["a mix that runs is changed"].prepare(kit, later)
    overtake(kit, number)
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 1 and "RequestOutdated" in ran.err
    followed = Follower(kit, highest=number, prefers_replace=prefers_replace).follow(ran)
    assert len(followed) == (1 if number < 10**13 else 2)
    assert ("--sequence-number" in followed[-1]) is (number > 10**13)
    (task,) = kit.running()
    assert "berta" in str(task["request"])


def test_two_that_follow_time_take_turns(kit: Kit, later: Later) -> None:
    """Once overtaken, each update goes over what others have sent before it by the same rule."""
    SITUATIONS["a mix that runs is changed"].prepare(kit, later)
    overtake(kit, 1_000)
    Follower(kit).follow(kit.run("apply", "--auto-approve"))
    later(60)
    overtake(kit, int((time.time() + 30) * 1000))
    kit.edit(STREAM, *reversed(OTHER_PICTURE))
    assert kit.run("apply", "--auto-approve").code == 0
    kit.assert_settled()


def test_a_lower_number_changes_nothing(kit: Kit, later: Later) -> None:
    SITUATIONS["a mix that runs is changed"].prepare(kit, later)
    applied(kit, later)
    entry = kit.entry(HALL)
    ran = kit.run("state", "import", HALL, str(entry["taskId"]), "--sequence-number", "1")
    assert ran.code == 0 and "already" in ran.out and kit.entry(HALL) == entry
    ran = kit.run("state", "import", HALL, str(entry["taskId"]), "--sequence-number", "77")
    assert ran.code == 0 and kit.entry(HALL) == {**entry, "sequenceNumber": 77}


@pytest.mark.parametrize("name", MUTANTS)
def test_each_bug_on_purpose_is_caught(kit: Kit, later: Later, name: str) -> None:
    mutant, situation, code, words = MUTANTS[name]
    with mutant(), pytest.raises(AssertionError):
        assert words in " ".join(judge(kit, later, situation, code))
