"""When tasks may be replaced before their TaskIds are of no use any more."""

import re
from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.api import NOWHERE
from reconciler.kinds.expirations import Renewal, Window
from reconciler.kinds.forms import pattern_validator
from reconciler.kinds.marks import Many, Model

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_OFFSET = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d")
_NO_CLOCK = "not a time of day: use a quoted time such as '03:30'"
_NO_OFFSET = "not an offset from UTC: use a quoted offset such as '+08:00'"
TimeOfDay = Annotated[str, pattern_validator(_CLOCK.pattern, _NO_CLOCK, "03:30")]
Offset = Annotated[str, pattern_validator(_OFFSET.pattern, _NO_OFFSET, "+08:00")]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 86400


class RenewalWindow(Model):
    """Some hours of some days of the week."""

    days: Annotated[
        Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Many] | None, NOWHERE
    ] = None
    """The days on which the window begins; default: every day."""
    begins: Annotated[TimeOfDay, NOWHERE]
    """When the window opens (time of day)."""
    ends: Annotated[TimeOfDay, NOWHERE]
    """When the window closes; on the next day if not after `begins`."""
    utc_offset: Annotated[Offset, NOWHERE] = "+00:00"
    """The offset of these times from UTC."""

    def window(self) -> Window:
        """The window as the planner looks at it."""
        sign = -1 if self.utc_offset.startswith("-") else 1
        return Window(
            days=frozenset(map(DAYS.index, self.days or DAYS)),
            begins=_minutes(self.begins),
            ends=_minutes(self.ends),
            offset=sign * _minutes(self.utc_offset[1:]),
        )


class TaskRenewal(Model):
    """When a task may be replaced before its TaskId expires: on its thirtieth day, or sooner."""

    lead_days: Annotated[Annotated[int, Field(ge=1, le=29)], NOWHERE] = 5
    """How many days before that renewal may begin; half way, where a TaskId expires sooner than that."""
    windows: Annotated[Annotated[tuple[RenewalWindow, ...], Many, Field(min_length=1)], NOWHERE]
    """When an interruption matters least: a replace ends the task and starts another."""

    def settings(self) -> Renewal:
        """The same as the planner looks at it."""
        return Renewal(self.lead_days * DAY, tuple(window.window() for window in self.windows))


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return 60 * int(hours) + int(minutes)
