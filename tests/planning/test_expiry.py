"""What ends by itself: when it is in the calendar, when it is warned of, when it is renewed."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.kinds.base import Settings
from reconciler.kinds.expirations import Renewal, Window
from reconciler.kinds.records import Recorded, recorded
from reconciler.kinds.workspace.renewal import RenewalWindow
from reconciler.model import Address, Status
from reconciler.planning.expiry import expiries_of, is_due, is_set_again
from reconciler.planning.expiry_words import signature_warnings, warning
from reconciler.state.model import Entry

DAY, HOUR = 86400, 3600
STARTED = "2026-03-02T00:00:00Z"
BEGAN = datetime.fromisoformat(STARTED).timestamp()

MIX = {"room": 1, "audio": {}, "agent": {}, "sdkAppId": 1400188366, "region": "ap-guangzhou"}
INGEST = {"room": 1, "userId": "robot", "streamUrl": "https://example.org/a.flv"}
RECORDING = {"room": 1, "record": {"recordMode": "mix"}, "storage": {"cloudVod": {"tencentVod": {}}}}
LONG = {**RECORDING, "resourceExpiredHour": 720}
LIVE = {"domainName": "push.example", "streamName": "hall", "state": "forbidden"}


def entry(kind: str, spec: dict[str, Any], status: Status = Status.RUNNING, **rest: Any) -> Entry:
    task = None if kind == "LiveStream" else "task"
    return Entry(kind, 1, "sha256:0", status, spec, task_id=task, started_at=STARTED, **rest)


def record(one: Entry) -> Recorded:
    return recorded(Address(one.kind, "a"), one)


def calendar(one: Entry, after: float) -> list[tuple[str, float, bool]]:
    """(what, seconds after the start, whether it is warned of) so many seconds after the start."""
    found = expiries_of(record(one), BEGAN + after)
    return [(e.what, datetime.fromisoformat(e.at).timestamp() - BEGAN, e.soon) for e in found]


FORBID = entry("LiveStream", LIVE, Status.FORBIDDEN)
UNTIL = entry("LiveStream", {**LIVE, "resumeTime": "2026-03-05T00:00:00Z"}, Status.FORBIDDEN)
PAUSED = entry("IngestStream", INGEST, Status.PAUSED, paused_at="2026-03-02T01:00:00Z")
LIMITED = entry("IngestStream", {**INGEST, "repeatNum": -1, "maxDuration": 600})
SIGNED = entry("RelayStream", MIX, signed={"rtmp://a.example/live/b": f"{int(BEGAN) + DAY:X}"})

CALENDARS = [
    (entry("MixStream", MIX), 0, [("TaskId", 30 * DAY, False)]),
    (entry("MixStream", MIX), 25 * DAY - 1, [("TaskId", 30 * DAY, False)]),
    (entry("MixStream", MIX), 25 * DAY, [("TaskId", 30 * DAY, True)]),
    (entry("MixStream", MIX), 31 * DAY, [("TaskId", 30 * DAY, True)]),
    (replace(entry("MixStream", MIX), task_id=None, status=Status.ENDED), 0, []),
    (SIGNED, 0, [("push signature", DAY, False), ("TaskId", 30 * DAY, False)]),
    (SIGNED, DAY - HOUR, [("push signature", DAY, False), ("TaskId", 30 * DAY, False)]),
    (SIGNED, DAY, [("push signature", DAY, True), ("TaskId", 30 * DAY, False)]),
    (SIGNED, 40 * DAY, [("push signature", DAY, True), ("TaskId", 30 * DAY, True)]),
    (entry("Recording", RECORDING), 0, [("TaskId", 3 * DAY - 60, False)]),
    (entry("Recording", RECORDING), 2.4 * DAY, [("TaskId", 3 * DAY - 60, False)]),
    (entry("Recording", RECORDING), 2.6 * DAY, [("TaskId", 3 * DAY - 60, True)]),
    (entry("Recording", RECORDING), 4 * DAY, [("TaskId", 3 * DAY - 60, True)]),
    (entry("Recording", LONG), 24.9 * DAY, [("TaskId", 30 * DAY - 60, False)]),
    (FORBID, 8 * DAY, [("the forbidden state", 7 * DAY, True)]),
    (UNTIL, 9 * DAY, [("the forbidden state", 3 * DAY, True)]),
    (PAUSED, 14 * HOUR, [("the pause", 13 * HOUR, True)]),
    (LIMITED, 11 * HOUR, [("maxDuration", 10 * HOUR, True)]),
    (FORBID, 0, [("the forbidden state", 7 * DAY, False)]),
    (FORBID, 6 * DAY, [("the forbidden state", 7 * DAY, True)]),
    (UNTIL, DAY, [("the forbidden state", 3 * DAY, False)]),
    (replace(FORBID, status=Status.ALLOWED), 0, []),
    (PAUSED, 2 * HOUR, [("the pause", 13 * HOUR, False)]),
    (PAUSED, 11 * HOUR, [("the pause", 13 * HOUR, True)]),
    (replace(PAUSED, status=Status.RUNNING), 0, []),
    (LIMITED, 0, [("maxDuration", 10 * HOUR, False)]),
    (LIMITED, 9 * HOUR, [("maxDuration", 10 * HOUR, True)]),
    (entry("IngestStream", INGEST), 0, []),
]


@pytest.mark.parametrize(("one", "after", "expected"), CALENDARS)
def test_calendar(one: Entry, after: float, expected: list[tuple[str, float, bool]]) -> None:
    assert calendar(one, after) == expected


OVER = {
    "a signature": (SIGNED, DAY, "cannot reconnect; `reconciler apply --resign RelayStream/a`"),
    "a render's signature": (
        entry("RenderStream", {"userId": "p"}, signed=SIGNED.signed),
        DAY,
        "cannot reconnect; `reconciler apply --replace RenderStream/a`",
    ),
    "a TaskId": (entry("MixStream", MIX), 30 * DAY, "no longer be updated or stopped by its TaskId"),
    "a pause": (PAUSED, 13 * HOUR, "has ended: an apply starts it again"),
    "a forbid": (FORBID, 7 * DAY, "can be pushed again: an apply sets it again"),
    "a forbid that was given an end": (UNTIL, 3 * DAY, "can be pushed again: set state: allowed"),
    "a longest time": (LIMITED, 10 * HOUR, "reached its maxDuration"),
}


@pytest.mark.parametrize(("one", "after", "words"), OVER.values(), ids=OVER)
def test_what_has_ended_says_since_when_what_is_so_and_what_to_do(
    one: Entry, after: float, words: str
) -> None:
    before = expiries_of(record(one), BEGAN + after - 1)[0]
    over = expiries_of(record(one), BEGAN + after)[0]
    assert (before.expired, over.expired, over.soon, before.at) == (False, True, True, over.at)
    assert words in over.note
    said = warning(over)
    assert f"{over.what} expired since {over.at}: {over.note}" in said
    assert f"{before.what} ends at {before.at}" in warning(before)
    assert "expired" not in before.note


@pytest.mark.parametrize("count", [0, 1, 3, 4, 300])
def test_many_signatures_are_told_in_a_word(count: int) -> None:
    """Three by themselves; of more, how many, since when, and whose the first are."""
    one = expiries_of(record(SIGNED), BEGAN + DAY)[0]
    expired = [replace(one, address=Address("A", f"s{number:03}")) for number in range(count)]
    told = list(signature_warnings(expired))
    assert len(told) == (count if count <= 3 else 1)
    if count > 3:
        assert told[0].startswith(f"{count} push signatures have expired, the first at {one.at}")
        assert "--resign" in told[0] and f"(A/s000, A/s001, A/s002 and {count - 3} more)" in told[0]


@pytest.mark.parametrize(
    ("one", "after", "renewed"),
    [(FORBID, 5 * DAY - 1, False), (FORBID, 5 * DAY, True), (UNTIL, 2 * DAY, False), (PAUSED, DAY, False)],
)
def test_a_forbid_without_a_declared_end_is_set_again(one: Entry, after: float, renewed: bool) -> None:
    assert is_set_again(record(one), BEGAN + after) is renewed


ALWAYS = Renewal(5 * DAY, (Window(frozenset(range(7)), 0, 1440),))
SOON = Renewal(DAY, ALWAYS.windows)
NEVER = Renewal(5 * DAY, (Window(frozenset({6}), 0, 1),))


@pytest.mark.parametrize(
    ("one", "after", "renewal", "due"),
    [
        (entry("MixStream", MIX), 25 * DAY, ALWAYS, True),
        (entry("MixStream", MIX), 25 * DAY - 1, ALWAYS, False),
        (entry("MixStream", MIX), 25 * DAY, NEVER, False),
        (entry("MixStream", MIX), 25 * DAY, None, False),
        (entry("MixStream", MIX), 31 * DAY, ALWAYS, True),
        (entry("IngestStream", INGEST), 31 * DAY, ALWAYS, False),
        (entry("Recording", LONG), 25 * DAY, ALWAYS, True),
        (entry("Recording", LONG), 25 * DAY - 61, ALWAYS, False),
        (entry("Recording", RECORDING), 1.4 * DAY, ALWAYS, False),
        (entry("Recording", RECORDING), 1.5 * DAY, ALWAYS, True),
        (entry("Recording", RECORDING), DAY, SOON, False),
        (entry("Recording", RECORDING), 2 * DAY, SOON, True),
    ],
)
def test_a_task_is_due_in_its_last_days_in_a_window(
    one: Entry, after: float, renewal: Renewal | None, due: bool
) -> None:
    assert is_due(record(one), Settings("demo", renewal=renewal), BEGAN + after) is due


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("window", "moment", "open_"),
    [
        # 2026-03-03 is a Tuesday.
        ({"begins": "03:00", "ends": "05:00"}, "2026-03-03T03:00", True),
        ({"begins": "03:00", "ends": "05:00"}, "2026-03-03T04:59", True),
        ({"begins": "03:00", "ends": "05:00"}, "2026-03-03T05:00", False),
        ({"begins": "03:00", "ends": "05:00"}, "2026-03-03T02:59", False),
        ({"days": ["tue"], "begins": "03:00", "ends": "05:00"}, "2026-03-03T03:00", True),
        ({"days": ["wed"], "begins": "03:00", "ends": "05:00"}, "2026-03-03T03:00", False),
        ({"days": ["tue"], "begins": "23:00", "ends": "01:00"}, "2026-03-04T00:30", True),
        ({"days": ["tue"], "begins": "23:00", "ends": "01:00"}, "2026-03-03T00:30", False),
        ({"days": ["tue"], "begins": "23:00", "ends": "01:00"}, "2026-03-03T23:30", True),
        (
            {"days": ["tue"], "begins": "03:00", "ends": "05:00", "utcOffset": "+08:00"},
            "2026-03-02T19:30",
            True,
        ),
        (
            {"days": ["mon"], "begins": "20:00", "ends": "21:00", "utcOffset": "-05:30"},
            "2026-03-03T01:45",
            True,
        ),
    ],
)
def test_window(window: dict[str, Any], moment: str, open_: bool) -> None:
    assert RenewalWindow.model_validate(window).window().holds(at(moment)) is open_
