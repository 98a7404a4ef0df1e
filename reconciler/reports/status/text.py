"""A status for a terminal: a table, a line each; of what is not as wanted also why, and what apply does."""

from collections.abc import Sequence
from itertools import groupby

from reconciler.plan.status import Condition, Health
from reconciler.reports.escape import safe
from reconciler.reports.page import Page, Piece, cells, clipped, plain
from reconciler.reports.status.view import SOURCES, StatusRow, StatusView
from reconciler.reports.text import write_calendar, write_next
from reconciler.words import and_more, shortened

_STATUS, _SOURCE = 11, max(map(len, SOURCES.values())) + 2
_LEAST, _MOST = len("RESOURCE") + 2, 40
_ROOM = 24
"""With fewer columns beside the rest, where a stream goes stands below."""
_FOR = len("23 h 59 min") + 2
_DETAIL = 13
_QUIET = "bright_black"
_STYLES = {
    Health.DOWN: "bold red",
    Health.DOUBT: "bold yellow",
    Health.DIFFERS: "yellow",
    Health.OK: "green",
}
_ORDER = {health: rank for rank, health in enumerate(Health)}
_OFF = (
    Condition.PAUSED,
    Condition.STOPPED,
    Condition.FORBIDDEN,
    Condition.ENDED,
    Condition.FINISHED,
    Condition.FAILED,
)


def status_text(view: StatusView, *, width: int, color: bool) -> str:
    """The status as text of at most `width` columns, with terminal colours if `color`."""
    page = Page(width, color=color)
    where = f" ({view.state})" if view.state else ""
    cloud = f" on {view.cloud}" if view.cloud else ""
    page.line((safe(view.title), "bold"), plain(f"{cloud}, {view.standing}{where}"))
    for sentence in view.scope:
        page.hanging([(safe(sentence), "yellow")], 0)
    page.hanging([(f"As of {view.at}", _QUIET)], 0)
    page.line()
    _table(page, view.rows)
    write_calendar(page, view.calendar)
    for notice in view.notices:
        page.labelled("warning", notice.shown(), "bold yellow")
    if view.rows or view.notices:
        page.line()
    write_next(page, view.calendar)
    page.hanging([plain(view.summary)], 0)
    if view.unseen:
        page.hanging([(view.unseen, _QUIET)], 0)
    page.hanging([(f"{view.verdict[0].upper()}{view.verdict[1:]}.", _STYLES[view.worst])], 0)
    return page.text()


def _table(page: Page, rows: Sequence[StatusRow]) -> None:
    if not rows:
        return
    longest = max(cells(safe(str(row.address))) for row in rows) + 2
    name = max(min(longest, _MOST, page.width // 3, page.width - _STATUS - _FOR - _SOURCE), _LEAST)
    room = page.width - _STATUS - name - _FOR - _SOURCE
    beside = room >= _ROOM
    head = f"{'STATUS':<{_STATUS}}{'RESOURCE':<{name}}{'FOR':<{_FOR}}{'EVIDENCE':<{_SOURCE}}"
    page.line((f"{head}{'GOES TO' if beside else ''}", _QUIET))
    for (_, _, evidence, advice), found in groupby(sorted(rows, key=_why), _why):
        alike = list(found)
        for row in alike:
            page.line(*_line(row, name), (_goes_to(row.resource.goes_to, room) if beside else "", ""))
            if not beside and row.resource.goes_to:
                page.hanging(
                    [plain(f"to {_goes_to(row.resource.goes_to, page.width - _DETAIL - 3)}")], _DETAIL
                )
        if advice:
            each = f"all {len(alike)}: " if len(alike) > 1 else ""
            page.hanging([plain(f"{each}{evidence}"), (safe(f"; {advice}"), _QUIET)], _DETAIL)


def _why(row: StatusRow) -> tuple[int, str, str, str]:
    """What is told once of those that share it: why they are not as wanted; the gravest first."""
    if row.is_well:
        return _ORDER[Health.OK], "", "", ""
    one = row.resource
    return _ORDER[one.health], str(one.status), one.evidence, row.advice


def _line(row: StatusRow, name: int) -> list[Piece]:
    one = row.resource
    style = _QUIET if row.is_well and one.status in _OFF else _STYLES[one.health]
    return [
        (f"{one.status:<{_STATUS}}", style),
        (_cell(shortened(safe(str(one.address)), name - 2), name), "bold"),
        (f"{row.held:<{_FOR}}", ""),
        (f"{row.source:<{_SOURCE}}", _QUIET),
    ]


def _cell(text: str, width: int) -> str:
    return text + " " * max(width - cells(text), 1)


def _goes_to(places: Sequence[str], room: int) -> str:
    """The first place by its beginning and its end, and how many more there are."""
    if not places:
        return ""
    more = f" {and_more(len(places) - 1)}" if len(places) > 1 else ""
    first = safe(places[0].partition("://")[2] or places[0])
    return clipped(f"{shortened(first, max(room - len(more), 1))}{more}", room)
