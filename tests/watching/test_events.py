"""What is told of rounds, each once; and the messages that are made of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from reconciler.plan.status import Condition, Health
from reconciler.watching.events import Event, EventKind, Ledger
from reconciler.watching.model import Doing, Round, Seen
from reconciler.watching.notifying import MANY, MOST_WAITING, Message, Postman, Recipient, messages_of

from .kit import changes, done, report, seen, settled

SETTLED = settled()


def made(**more: Any) -> Round:
    return Round(**{"at": 1.0, "doing": Doing.NOTHING, "seen": SETTLED, **more})


def fallen(health: Health = Health.DOWN, status: Condition = Condition.ENDED) -> Seen:
    """The first resource stands badly."""
    first, *others = report().resources
    bad = replace(first, health=health, status=status, evidence="the task is gone")
    return replace(SETTLED, report=replace(report(), resources=(bad, *others)))


def kinds(events: Sequence[Event]) -> list[str]:
    return [str(event.kind) for event in events if event.kind is not EventKind.EXPIRING]


BLIND = made(seen=None, troubles=("no answer",))
HISTORIES: dict[str, list[tuple[Round, list[str]]]] = {
    "a stream that ends and comes back": [
        (made(), []),
        (made(seen=fallen()), ["down"]),
        (made(seen=fallen()), []),
        (made(), ["recovered"]),
        (made(), []),
        (made(seen=fallen()), ["down"]),
    ],
    "one that is not seen for a while": [
        (made(seen=fallen()), ["down"]),
        (BLIND, ["trouble"]),
        (BLIND, []),
        (made(seen=fallen()), []),
        (made(), ["recovered"]),
    ],
    "silent, then gone": [
        (made(seen=fallen(Health.DOUBT, Condition.SILENT)), ["doubt"]),
        (made(seen=fallen()), ["down"]),
    ],
    "one that ends once more before it was seen to run, and is given up": [
        (made(seen=fallen()), ["down"]),
        (made(seen=fallen(status=Condition.FAILED)), ["down"]),
        (made(seen=fallen(status=Condition.FAILED)), []),
        (made(), ["recovered"]),
    ],
    "what waits": [
        (made(doing=Doing.WAIT, waits=("too many stops",)), ["waiting"]),
        (made(doing=Doing.WAIT, waits=("too many stops",)), []),
        (made(doing=Doing.STAND_BY), []),
        (made(doing=Doing.WAIT, waits=("too many stops",)), []),
        (made(), []),
        (made(doing=Doing.WAIT, waits=("too many stops",)), ["waiting"]),
    ],
    "frozen": [
        (made(doing=Doing.FROZEN, waits=("frozen by x",)), ["frozen"]),
        (made(doing=Doing.FROZEN, waits=("frozen by x",)), []),
    ],
    "manifests": [(made(problems=("a: no",)), ["manifests"]), (made(problems=("a: no",)), []), (made(), [])],
    "restarts": [
        (made(waits=("five",), restrained={changes()[0].address: "five"}), ["restarting"]),
        (made(waits=("five",), restrained={changes()[0].address: "five"}), []),
    ],
    "failures": [
        (made(failing={changes()[0].address: "refused"}), ["failed"]),
        (made(failing={changes()[0].address: "refused"}), []),
        (made(failing={changes()[0].address: "another reason"}), ["failed"]),
    ],
    "what was done": [
        (made(run="1", results=[done(changes()[0])]), ["applied"]),
        (made(run="2", results=[done(changes()[0])]), ["applied"]),
    ],
}


@pytest.mark.parametrize("name", HISTORIES)
def test_each_is_told_once(name: str) -> None:
    ledger = Ledger()
    found = []
    for one, _ in HISTORIES[name]:
        found.append(kinds(ledger.news(one)))
        ledger = Ledger(ledger.told)  # and a restart changes nothing of it
    assert found == [wanted for _, wanted in HISTORIES[name]]


def test_what_ends_soon_is_told_once() -> None:
    ledger = Ledger()
    conference = made(seen=seen(report=report("conference")))
    first = [one for one in ledger.news(conference) if one.kind is EventKind.EXPIRING]
    assert first and not [one for one in ledger.news(conference) if one.kind is EventKind.EXPIRING]


ALL, SOME = Recipient("ALL"), Recipient("SOME", frozenset({EventKind.DOWN}))


def told(*kinds: EventKind) -> list[Event]:
    return [Event(kind, f"{kind}:{number}", f"what happened {number}") for number, kind in enumerate(kinds)]


def test_each_recipient_is_told_what_it_asked_for_in_one_message() -> None:
    events = told(EventKind.DOWN, EventKind.APPLIED)
    assert messages_of("demo", events, [ALL, SOME]) == [
        Message("ALL", "demo: 1 down, 1 applied", "down: what happened 0\napplied: what happened 1"),
        Message("SOME", "demo: down", "down: what happened 0"),
    ]
    assert messages_of("demo", told(EventKind.APPLIED), [SOME]) == []


def test_many_are_a_digest() -> None:
    (message,) = messages_of("demo", told(*[EventKind.DOWN] * 300), [ALL])
    assert message.title == "demo: 300 down"
    assert len(message.text.splitlines()) == MANY + 1
    assert message.text.splitlines()[-1] == "and 295 more; see the wall or `reconciler status`"


def test_an_address_is_in_no_text_of_a_message() -> None:
    assert "secret" not in repr(replace(Message("a", "b", "c"), address="json://secret"))


def test_a_message_is_tried_again_and_given_up() -> None:
    answers, results = iter(["no", "no", "", "no", "no", "no"]), []
    postman = Postman(
        lambda message: next(answers), lambda *result: results.append(result), lambda pause: False
    )
    postman.begin()
    postman.post(Message("A", "t", "x"))
    postman.post(Message("B", "t", "x"))
    postman.end(30)
    assert results == [("sent", ""), ("failed", "a message to B could not be sent: no")]


def test_of_too_many_messages_the_oldest_go() -> None:
    sent, results = [], []
    postman = Postman(
        lambda one: sent.append(one.to) or "", lambda result, why: results.append(result), lambda _: True
    )
    for number in range(MOST_WAITING + 2):
        postman.post(Message(str(number), "t", "x"))
    postman.begin()
    postman.end(30)
    assert results.count("dropped") >= 2 and sent[-1] == str(MOST_WAITING + 1) and "0" not in sent
