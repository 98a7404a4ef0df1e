"""Schedules over days, weeks and daylight-saving changes; and what is no schedule."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reconciler.kinds.timing import Period, timing_of

from ..support import examples

OFFICE = {"from": "2026-01-05T09:00", "rule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "ends": "17:00"}
NIGHT = {"from": "2026-01-01T22:00", "rule": "FREQ=DAILY", "ends": "06:00"}
PARIS, YORK, SHANGHAI = "Europe/Paris", "America/New_York", "Asia/Shanghai"


def unix(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def stands(periods: list[dict[str, Any]], moment: str) -> tuple[bool, str | None]:
    """(whether one is open, until when as UTC) at a moment in UTC."""
    found = timing_of({"schedule": periods}, "schedule", unix(moment))
    assert found is not None
    until = found.changes
    return found.is_open, None if until is None else datetime.fromtimestamp(until, UTC).strftime(
        "%m-%dT%H:%M"
    )


# (periods, moment in UTC, open, the next change in UTC). In 2026 Paris goes to summer time on 29 March and
# back on 25 October, both at 01:00 UTC; New York on 8 March at 07:00 UTC and back on 1 November at 06:00 UTC.
CASES: dict[str, tuple[list[dict[str, Any]], str, bool, str | None]] = {
    "once, before": (
        [{"from": "2026-06-01T09:00", "until": "2026-06-01T17:00"}],
        "2026-06-01T08:59",
        False,
        "06-01T09:00",
    ),
    "once, at its beginning": (
        [{"from": "2026-06-01T09:00", "until": "2026-06-01T17:00"}],
        "2026-06-01T09:00",
        True,
        "06-01T17:00",
    ),
    "once, at its end": (
        [{"from": "2026-06-01T09:00", "until": "2026-06-01T17:00"}],
        "2026-06-01T17:00",
        False,
        None,
    ),
    "from then on": ([{"from": "2026-06-01T09:00"}], "2030-01-01T00:00", True, None),
    "in a zone": (
        [{"from": "2026-06-01T09:00", "until": "2026-06-01T17:00", "zone": SHANGHAI}],
        "2026-06-01T01:00",
        True,
        "06-01T09:00",
    ),
    "nine to five, in winter": ([{**OFFICE, "zone": PARIS}], "2026-03-27T08:00", True, "03-27T16:00"),
    "nine to five, in summer": ([{**OFFICE, "zone": PARIS}], "2026-03-30T07:00", True, "03-30T15:00"),
    "nine to five, too early in summer": (
        [{**OFFICE, "zone": PARIS}],
        "2026-03-30T06:59",
        False,
        "03-30T07:00",
    ),
    "at a weekend": ([{**OFFICE, "zone": PARIS}], "2026-03-28T10:00", False, "03-30T07:00"),
    "nights, the one that is an hour shorter": (
        [{**NIGHT, "zone": PARIS}],
        "2026-03-28T21:30",
        True,
        "03-29T04:00",
    ),
    "nights, the one that is an hour longer": (
        [{**NIGHT, "zone": PARIS}],
        "2026-10-24T20:30",
        True,
        "10-25T05:00",
    ),
    "eight hours are eight hours": (
        [{**{key: NIGHT[key] for key in ("from", "rule")}, "lasts": "8h", "zone": PARIS}],
        "2026-03-28T21:30",
        True,
        "03-29T05:00",
    ),
    "a day is a day of the calendar": (
        [{"from": "2026-03-01T12:00", "rule": "FREQ=WEEKLY", "lasts": "1d", "zone": YORK}],
        "2026-03-08T17:00",
        True,
        "03-09T16:00",
    ),
    "a time that is skipped": (
        [{"from": "2026-03-28T02:30", "rule": "FREQ=DAILY", "lasts": "10m", "zone": PARIS}],
        "2026-03-29T01:35",
        True,
        "03-29T01:40",
    ),
    "a time that is repeated is the first": (
        [{"from": "2026-10-24T02:30", "rule": "FREQ=DAILY", "lasts": "10m", "zone": PARIS}],
        "2026-10-25T00:35",
        True,
        "10-25T00:40",
    ),
    "a time that is repeated is not the second": (
        [{"from": "2026-10-24T02:30", "rule": "FREQ=DAILY", "lasts": "10m", "zone": PARIS}],
        "2026-10-25T01:35",
        False,
        "10-26T01:30",
    ),
    "the last Friday of a month": (
        [{"from": "2026-01-01T20:00", "rule": "FREQ=MONTHLY;BYDAY=-1FR", "lasts": "2h"}],
        "2026-02-27T21:00",
        True,
        "02-27T22:00",
    ),
    "twice, and over": (
        [{"from": "2026-06-01T09:00", "rule": "FREQ=DAILY;COUNT=2", "lasts": "1h"}],
        "2026-06-03T09:30",
        False,
        None,
    ),
    "until a day of its zone": (
        [{"from": "2026-06-01T09:00", "rule": "FREQ=DAILY;UNTIL=20260602T090000", "lasts": "1h"}],
        "2026-06-02T09:30",
        True,
        "06-02T10:00",
    ),
    "one after the other without a gap": (
        [
            {"from": "2026-06-01T09:00", "until": "2026-06-01T12:00"},
            {"from": "2026-06-01T12:00", "until": "2026-06-01T13:00"},
        ],
        "2026-06-01T11:00",
        True,
        "06-01T13:00",
    ),
    "longer than its recurrence": (
        [{"from": "2026-06-01T09:00", "rule": "FREQ=DAILY;COUNT=3", "lasts": "36h"}],
        "2026-06-04T20:00",
        True,
        "06-04T21:00",
    ),
}


@pytest.mark.parametrize(("periods", "moment", "is_open", "until"), CASES.values(), ids=CASES)
def test_how_it_stands(periods: list[dict[str, Any]], moment: str, is_open: bool, until: str | None) -> None:
    found = stands(periods, moment)
    assert found[0] is is_open
    assert found[1] == until or (
        is_open and len(periods[0].get("rule", "")) == 10
    )  # nights follow each other


@examples(100)
@given(
    st.sampled_from([PARIS, YORK, SHANGHAI, "UTC", "Australia/Lord_Howe"]),
    st.integers(0, 365 * 24 * 4),
)
def test_nine_to_five_is_nine_to_five_in_every_zone_all_year(zone: str, quarter: int) -> None:
    moment = unix("2026-01-05T00:00") + 900 * quarter
    local = datetime.fromtimestamp(moment, ZoneInfo(zone))
    found = timing_of({"schedule": [{**OFFICE, "zone": zone}]}, "schedule", moment)
    begun = local.replace(tzinfo=None) >= datetime(2026, 1, 5, 9)
    assert found is not None
    assert found.is_open is (begun and local.weekday() < 5 and 9 <= local.hour < 17)
    if found.changes is not None:
        later = timing_of({"schedule": [{**OFFICE, "zone": zone}]}, "schedule", found.changes)
        assert later is not None and later.is_open is not found.is_open


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no day": ({"from": "2026-02-30T09:00"}, "not a day of the calendar"),
    "an offset": ({"from": "2026-06-01T09:00Z"}, "not a local time"),
    "no zone": ({"from": "2026-06-01T09:00", "zone": "Paris"}, "not a time zone"),
    "a path": ({"from": "2026-06-01T09:00", "zone": "../../etc/passwd"}, "not a time zone"),
    "backwards": ({"from": "2026-06-01T09:00", "until": "2026-06-01T09:00"}, "ends before it begins"),
    "every second": (
        {"from": "2026-06-01T09:00", "rule": "FREQ=SECONDLY", "lasts": "1h"},
        "not a recurrence rule",
    ),
    "no part": (
        {"from": "2026-06-01T09:00", "rule": "FREQ=DAILY;BYDAY=XX", "lasts": "1h"},
        "not a recurrence rule",
    ),
    "two lines": (
        {"from": "2026-06-01T09:00", "rule": "FREQ=DAILY\nEXRULE:FREQ=DAILY", "lasts": "1h"},
        "not a rec",
    ),
    "never": (
        {"from": "2026-06-01T09:00", "rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "lasts": "1h"},
        "no day fits",
    ),
    "a UNTIL in UTC": (
        {"from": "2026-06-01T09:00", "rule": "FREQ=DAILY;UNTIL=20260602T090000Z", "lasts": "1h"},
        "UNTIL without Z",
    ),
    "a rule without an end": ({"from": "2026-06-01T09:00", "rule": "FREQ=DAILY"}, "either lasts or ends"),
    "both ends": ({**OFFICE, "lasts": "1h"}, "either lasts or ends"),
    "an end without a rule": ({"from": "2026-06-01T09:00", "ends": "17:00"}, "only valid with a rule"),
}


@pytest.mark.parametrize(("period", "words"), WRONG.values(), ids=WRONG)
def test_what_is_no_period(period: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Period.model_validate(period)


def test_an_old_recurrence_is_read_quickly() -> None:
    """A stream that was declared years ago is looked at with every plan."""
    period = {"from": "2000-01-01T09:00", "rule": "FREQ=DAILY", "lasts": "1h"}
    moment = datetime(2035, 6, 1, 9, 30, tzinfo=UTC)
    for second in range(1000):
        found = timing_of(
            {"schedule": [period]}, "schedule", (moment + timedelta(seconds=second)).timestamp()
        )
        assert found is not None and found.is_open
