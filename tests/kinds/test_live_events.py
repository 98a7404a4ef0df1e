"""What Live's events say of a push, in whatever order they come, and what of them is none."""

from itertools import permutations
from typing import Any

import pytest

from reconciler.kinds.callback_bodies import happening
from reconciler.kinds.callbacks import Received
from reconciler.kinds.live import ACTIVE, FORBID, INACTIVE, PushTarget
from reconciler.kinds.live_events import LiveEvent, live_event, told_streams

TARGET = PushTarget("push.example.com", "live", "hall")
BODY: dict[str, Any] = {
    "appid": 1250000000,
    "app": "Push.example.com",
    "appname": "live",
    "stream_id": "hall",
    "channel_id": "hall",
    "event_type": 0,
    "event_time": 1767225600,
    "sequence": "6674468118806626493",
    "errcode": "18/501",
    "errmsg": "",
}


def test_an_event_names_its_stream_its_push_and_why_it_ended() -> None:
    found = live_event(BODY)
    assert found == LiveEvent(TARGET, 1767225600.0, False, "6674468118806626493", "18/501")
    assert happening(BODY) == found
    began = live_event({**BODY, "event_type": 1, "errcode": 0})
    assert began is not None and (began.begins, began.code) == (True, "")
    assert (Received((began,)).is_news, Received((found,)).is_news) == (False, True)


@pytest.mark.parametrize("other", [{"event_type": 321}, {"event_type": True}, {"EventGroupId": 4}])
def test_what_is_about_something_else_is_none(other: dict[str, Any]) -> None:
    assert live_event({**BODY, **other}) is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"app": None}, "app is missing"),
        ({"stream_id": ""}, "stream_id is missing"),
        ({"appname": 7}, "appname is missing"),
        ({"event_time": "soon"}, "event_time 'soon'"),
        ({"event_time": 10**12}, "not in seconds"),
        ({"event_time": True}, "not in seconds"),
    ],
)
def test_what_lacks_what_tells_of_the_stream_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        live_event({**BODY, **wrong})


def begins(at: float, push: str = "a") -> LiveEvent:
    return LiveEvent(TARGET, at, True, push)


def ends(at: float, push: str = "a", code: str = "1") -> LiveEvent:
    return LiveEvent(TARGET, at, False, push, code)


# What came: how the stream stands, since when, in which last words.
TOLD: dict[str, tuple[list[LiveEvent], str, float, str]] = {
    "a beginning": ([begins(1)], ACTIVE, 1, "began"),
    "an end": ([begins(1), ends(2)], INACTIVE, 2, "ended: the pusher closed it"),
    "an end alone": ([ends(2, code="18/202")], INACTIVE, 2, "ended: the account is in arrears"),
    "an end for nobody knows what": ([ends(2, code="99/1")], INACTIVE, 2, "ended"),
    "a main code of the vendor's": (
        [ends(2, code="12/7")],
        INACTIVE,
        2,
        "ended: the pusher's network failed",
    ),
    "both in one second": ([begins(1), ends(1)], INACTIVE, 1, "ended: the pusher closed it"),
    "again": ([begins(1), ends(2), begins(3, "b")], ACTIVE, 3, "began"),
    "again, and the former end is late": ([begins(1), begins(3, "b"), ends(4)], ACTIVE, 3, "began"),
    "replaced by a newer one": ([begins(1), begins(3, "b"), ends(3, code="21/102")], ACTIVE, 3, "began"),
    "replaced, and no beginning told": ([begins(3, "b"), ends(4, code="21/102")], ACTIVE, 3, "began"),
    "forbidden": ([begins(1), ends(2, code="21/101")], FORBID, 2, "ended: ForbidLiveStream cut it"),
    "refused": ([ends(2, "b", code="18/305")], FORBID, 2, "ended: the stream is forbidden"),
}


@pytest.mark.parametrize("name", TOLD)
def test_how_a_stream_stands(name: str) -> None:
    events, state, at, words = TOLD[name]
    for order in permutations(events):
        told = told_streams([*order, *order])[TARGET]
        assert (told.state, told.at) == (state, at)
        assert told.words.endswith(words) and "the push of hall" in told.words
