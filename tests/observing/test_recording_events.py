"""What callbacks 301 and 302 say of recordings (reference recordings §6)."""

from typing import Any

import pytest

from reconciler.kinds.callback_bodies import task_event
from reconciler.kinds.callbacks import EventGroup, Phase, reported_tasks
from reconciler.model import Source, Standing, Status

AT = 1_703_731_478


def told(event: int, at: float = AT, **payload: int) -> dict[str, Any]:
    """As the vendor's page has one; a room is a text there, whatever its kind."""
    info = {"RoomId": "3560", "EventTs": str(int(at)), "EventMsTs": int(at * 1000), "UserId": "10001"}
    info |= {"TaskId": "T", "Payload": payload}
    return {"EventGroupId": 3, "EventType": event, "CallbackTs": 1, "EventInfo": info}


@pytest.mark.parametrize(
    ("body", "phase"),
    [
        (told(301, Status=0), Phase.BEGINS),
        (told(301, Status=1), Phase.FAILED),
        *((told(302, LeaveCode=code), Phase.ENDED) for code in (0, 1, 2, 3, 4, 99, 100, 101)),
    ],
)
def test_a_recording_begins_fails_and_leaves(body: dict[str, Any], phase: Phase) -> None:
    event = task_event(body)
    assert event is not None and (event.group, event.phase) == (EventGroup.RECORDING, phase)
    assert (event.task_id, event.robot, event.room, event.at) == ("T", "10001", "3560", AT)


@pytest.mark.parametrize("event", [303, 306, 310, 311])
def test_what_becomes_of_files_says_nothing_of_the_recording(event: int) -> None:
    assert task_event(told(event, Status=0)) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (told(302, LeaveCode=5), "found LeaveCode 5; allowed: 0, 1, 2, 3, 4, 99, 100, 101"),
        (told(302, Status=0), "LeaveCode is missing"),
        (told(301, Status=7), "found Status 7; allowed: 0, 1"),
    ],
)
def test_what_is_none_says_what_is_wrong(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        task_event(body)


def test_how_it_stands_by_them_and_whose_it_is() -> None:
    bodies = [told(301, Status=0), told(302, AT + 60, LeaveCode=99)]
    events = [event for body in bodies if (event := task_event(body)) is not None]
    (running,), (ended,) = reported_tasks(events[:1]), reported_tasks(events)
    seen = running.seen()
    assert (seen.status, seen.standing, seen.source) == (None, Standing.RUNNING, Source.CALLBACK)
    assert ended.seen().status is Status.ENDED and ended.has_ended and not running.has_ended
    assert running.since == AT and running.known_room is None
    assert running.has_robot(3560, "10001") and running.has_robot("3560", "10001")
    assert not running.has_robot(3561, "10001") and not running.has_robot(3560, "10002")
    (failed,) = reported_tasks([event for event in [task_event(told(301, Status=1))] if event is not None])
    assert (failed.seen().standing, failed.seen().reason) == (Standing.FAILED, None)
