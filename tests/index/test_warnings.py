"""Warnings of more documents than are told keep nobody from leaving documents unread, and each is kept."""

from collections.abc import Callable
from random import Random

import pytest

from reconciler.manifests.loading import notes
from reconciler.model import Address
from tests.index.histories import WORKSPACE, History, Text, applied, difference, planned

MANY = 12
STREAM = """\
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: {name}}}
spec:
  room: {name}
  audio: {{subscribeAudioList: [{{userId: a}}, {{userId: {second}}}]}}
  publish: [{{url: rtmp://push.example/live/{name}}}]
"""
TWICE = "'a' is already in the list"


def with_warnings() -> History:
    """A workspace that runs, with a warning of each of its streams."""
    history = History(Random(1))
    history.texts[Address("Workspace", "demo")] = Text(WORKSPACE.format(more=""), "a.yaml", 0)
    for number in range(MANY):
        edit(history, number, "a")
    _, plan = planned(history, use=False)
    assert plan is not None
    while plan.changes:  # of some of them no answer came
        applied(history, plan)
        _, plan = planned(history, use=False)
        assert plan is not None
    planned(history, use=True)
    history.counts.clear()
    return history


def edit(history: History, number: int, second: str) -> None:
    text = STREAM.format(name=f"s{number:02}", second=second)
    history.texts[Address("MixStream", f"s{number:02}")] = Text(text, "ab"[number % 2] + ".yaml", number + 1)


def mend(history: History) -> None:
    for number in (0, 1, 2, 3):
        edit(history, number, "b")


def remove(history: History) -> None:
    del history.texts[Address("MixStream", "s00")], history.texts[Address("MixStream", "s07")]


def move(history: History) -> None:
    for place, one in enumerate(reversed(history.texts.values())):
        one.place = one.place and place + 1  # the settings stay first


EDITS: dict[str, Callable[[History], None]] = {
    "nothing": lambda history: None,
    "some are mended": mend,
    "some are gone": remove,
    "they stand in another order": move,
}


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("most", [1, 5, MANY - 1, MANY, MANY + 1])
def test_documents_with_warnings_stay_unread(name: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MAX_PROBLEMS", most)
    history = with_warnings()
    EDITS[name](history)
    warm, _ = planned(history, use=True)
    cold, plan = planned(history, use=False)
    assert warm == cold and plan is not None
    assert history.counts["left unread"] >= MANY - 4
    told = [text for text in plan.warnings if text.endswith(TWICE)]
    there = sum("userId: a}, {userId: a}" in one.text for one in history.texts.values())
    assert len(told) == min(most, there)
    assert (f"manifests: found {there} warnings; the first {most} are shown" in plan.warnings) == (
        there > most
    )


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("most", [MANY - 3, MANY, MANY + 1])
def test_of_more_than_are_kept_all_is_read(
    edit: Callable[[History], None], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MAX_PROBLEMS", 5)
    monkeypatch.setattr(notes, "MOST_WARNINGS", most)
    history = with_warnings()
    for _ in range(2):
        edit(history)
        warm, _ = planned(history, use=True)
        cold, _ = planned(history, use=False)
        assert warm == cold
        edit = EDITS["nothing"]


@pytest.mark.parametrize("most", [1, 2])
def test_histories_with_few_that_are_told(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MAX_PROBLEMS", most)
    for number in range(2):
        monkeypatch.setattr(notes, "MOST_WARNINGS", 10**6 if number else 3)
        assert difference(f"few warnings {most} {number}") == ""
