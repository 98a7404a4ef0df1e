"""When something is wanted: periods of local time in a zone, once or by a recurrence rule (RFC 5545).

Recurrences are expanded by python-dateutil: it implements the whole grammar of an RRULE, is kept, and is what
other tools for calendars build on. Rules are expanded in local time, and each beginning is then a moment of
its zone: a stream from nine to five stays that over daylight-saving changes. A local time that a change skips
counts with the offset from before it, and one that it repeats is the first of both, as RFC 5545 has it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, NamedTuple, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrule, rrulestr
from pydantic import Field, model_validator

from reconciler.kinds.api import NOWHERE
from reconciler.kinds.fields import Duration, seconds
from reconciler.kinds.forms import PatternValidator, pattern_validator, text_hint
from reconciler.kinds.marks import Many, Model
from reconciler.moments import local_time

_DAY = timedelta(days=1)
_NEVER = float("inf")
_RULE = re.compile(r"[A-Z]+=[A-Z0-9+,-]+(;[A-Z]+=[A-Z0-9+,-]+)*")
_NO_RULE = (
    "not a recurrence rule: use one of RFC 5545 with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, such as "
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
)
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MOST_PERIODS = 50
"""So many periods a schedule can have."""

_LOCAL = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?")
_NO_LOCAL = "not a local time: use one such as 2026-11-30T09:00, without an offset; `zone` says where"
_ZONE = re.compile(r"UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+)+")
_NO_ZONE = "not a time zone: use a name of the IANA database, such as Europe/Paris, or UTC"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_NO_CLOCK = "not a time of day: use a quoted time such as '17:00'"


def _moment(text: str) -> str:
    if not _LOCAL.fullmatch(text):
        raise ValueError(_NO_LOCAL)
    try:
        local_time(text)
    except ValueError as error:
        raise ValueError(f"not a day of the calendar: {text}") from error
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name if _ZONE.fullmatch(name) else "")
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ValueError(_NO_ZONE) from error
    return name


def _rule(text: str) -> str:
    parts = dict(part.split("=", 1) for part in text.split(";")) if _RULE.fullmatch(text) else {}
    if parts.get("FREQ") not in _FREQUENCIES:
        raise ValueError(_NO_RULE)
    if parts.get("UNTIL", "").endswith("Z"):
        raise ValueError("write UNTIL without Z: it is a local time of the zone, as `from` is")
    try:
        rrulestr(text, dtstart=datetime(2026, 1, 1))
        possible = _is_possible(parts)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"not a recurrence rule of RFC 5545: {error}") from error
    if not possible:
        raise ValueError("no day fits this rule")
    return text


def _is_possible(parts: Mapping[str, str]) -> bool:
    """Whether some month has a day that the rule names; other parts alone cannot exclude all days."""
    months = [int(one) for one in parts.get("BYMONTH", "").split(",") if one] or range(1, 13)
    days = [abs(int(one)) for one in parts.get("BYMONTHDAY", "").split(",") if one] or [1]
    return min(days) <= max(_LONGEST_MONTHS[month - 1] for month in months)


LocalTime = Annotated[
    str, PatternValidator(_moment, text_hint(_LOCAL.pattern, _NO_LOCAL, "2026-11-30T09:00"))
]
Zone = Annotated[str, PatternValidator(_zone, text_hint(_ZONE.pattern, _NO_ZONE, "Europe/Paris"))]
Rule = Annotated[str, PatternValidator(_rule, text_hint(_RULE.pattern, _NO_RULE, "FREQ=WEEKLY;BYDAY=SA,SU"))]


class Span(NamedTuple):
    """One occurrence of a period, in unix seconds; without an end it never ends."""

    begins: float
    ends: float | None


class Period(Model):
    """A stretch of time: once, from a moment until another, or again and again by a rule."""

    from_: Annotated[LocalTime, Field(alias="from"), NOWHERE]
    """When it begins, as local time of the zone; of a recurrence, when it begins for the first time."""
    until: Annotated[LocalTime | None, NOWHERE] = None
    """When it ends, as local time; without it and a rule, never."""
    zone: Annotated[Zone, NOWHERE] = "UTC"
    """The time zone, by its name in the IANA database."""
    rule: Annotated[Rule | None, NOWHERE] = None
    """How it recurs: an RRULE of RFC 5545, such as `FREQ=WEEKLY;BYDAY=SA,SU`."""
    lasts: Annotated[Duration | None, NOWHERE] = None
    """How long each occurrence lasts; days are days of the calendar. In place of `ends`, with a rule."""
    ends: Annotated[Annotated[str, pattern_validator(_CLOCK, _NO_CLOCK, "17:00")] | None, NOWHERE] = None
    """The local time at which each occurrence ends, on the next day if not after it begins; with a rule."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.from_:
            return self  # one field alone is judged, as of an example
        ways = [self.lasts is not None, self.ends is not None]
        if self.rule is None and any(ways):
            raise ValueError("lasts and ends are only valid with a rule: use until")
        if self.rule is not None and (self.until is not None or sum(ways) != 1):
            raise ValueError("with a rule, use either lasts or ends to say how long it goes on")
        if self.until is not None and self.spans(0) == []:
            raise ValueError("it ends before it begins: use a later until")
        return self

    def spans(self, around: float) -> list[Span]:
        """The occurrences that begin or end within a day of a moment (unix seconds), and the next one."""
        return _spans(self, int(around // _DAY.total_seconds()))

    def spans_on(self, day: int) -> list[Span]:
        """The same of a day, counted from the first of January 1970."""
        around = (day + 0.5) * _DAY.total_seconds()
        zone = ZoneInfo(self.zone)
        first = local_time(self.from_)
        if self.rule is None:
            begins = _unix(first, zone)
            ends = None if self.until is None else _unix(local_time(self.until), zone)
            return [Span(begins, ends)] if ends is None or ends > begins else []
        local = datetime.fromtimestamp(around, zone).replace(tzinfo=None)
        reach = timedelta(seconds=seconds(self.lasts)) if self.lasts else _DAY
        rule = _recurrence(self.rule, first)
        starts = [*rule.between(local - reach - 3 * _DAY, local + 3 * _DAY, inc=True)]
        following = rule.after(local + 3 * _DAY)
        found = (self._span(one, zone) for one in [*starts, *([following] if following else [])])
        return sorted({one for one in found if _end_of(one) > one.begins}, key=_order)

    def _span(self, start: datetime, zone: ZoneInfo) -> Span:
        begins = _unix(start, zone)
        if self.ends is not None:
            hour, minute = map(int, self.ends.split(":"))
            end = start.replace(hour=hour, minute=minute, second=0)
            return Span(begins, _unix(end if end > start else end + _DAY, zone))
        lasts = self.lasts or "0s"
        if lasts.endswith("d"):
            return Span(begins, _unix(start + timedelta(seconds=seconds(lasts)), zone))
        return Span(begins, begins + seconds(lasts))


Periods = Annotated[tuple[Period, ...], Many, Field(min_length=1, max_length=MOST_PERIODS)]


class Timed(Model):
    """A resource that is wanted, or protected, at certain times."""

    schedule: Annotated[Periods | None, NOWHERE] = None
    """When it is to be in its `state`; at other times a task is stopped, and a live stream in the other
    state. Default: always."""
    protect: Annotated[Periods | None, NOWHERE] = None
    """When apply must not reconnect, restart, pause or stop it without --allow-on-air."""


class Timing(NamedTuple):
    """How periods stand at a moment: whether one is open, since when, until when (unix seconds)."""

    is_open: bool
    since: float | None
    changes: float | None


def timing_of(spec: Mapping[str, Any], name: str, now: float) -> Timing | None:
    """How the periods of that name in a spec, as plain JSON, stand at a moment; None of a spec without."""
    written = spec.get(name)
    if not written:
        return None
    spans = sorted({span for one in written for span in _period(**one).spans(now)}, key=_order)
    open_ones = [span for span in spans if span.begins <= now and (span.ends is None or now < span.ends)]
    if not open_ones:
        return Timing(False, None, min((one.begins for one in spans if one.begins > now), default=None))
    return Timing(True, min(one.begins for one in open_ones), _end(open_ones, spans))


def _end(open_ones: Iterable[Span], spans: Iterable[Span]) -> float | None:
    """When the last of what overlaps, or follows without a gap, ends; None for never."""
    latest = max(map(_end_of, open_ones))
    for span in spans:
        if span.begins <= latest:
            latest = max(latest, _end_of(span))
    return None if latest == _NEVER else latest


def _end_of(span: Span) -> float:
    return _NEVER if span.ends is None else span.ends


def _order(span: Span) -> tuple[float, float]:
    return span.begins, _end_of(span)


def _period(**written: Any) -> Period:
    return _read(tuple(sorted(written.items())))


@lru_cache(maxsize=4096)
def _spans(period: Period, day: int) -> list[Span]:
    """The same, worked out once a day: thousands of resources can share a schedule."""
    return period.spans_on(day)


@lru_cache(maxsize=1024)
def _read(written: tuple[tuple[str, Any], ...]) -> Period:
    return Period.model_validate(dict(written))


@lru_cache(maxsize=1024)
def _recurrence(rule: str, first: datetime) -> rrule:
    found = rrulestr(rule, dtstart=first, cache=True)
    if not isinstance(found, rrule):
        raise ValueError(f"{rule} is no single rule")
    return found


def _unix(local: datetime, zone: ZoneInfo) -> float:
    return local.replace(tzinfo=zone).astimezone(UTC).timestamp()
