"""Drift for a terminal: how each record stands, who says so, and what apply would do."""

from collections.abc import Iterator

from reconciler.model import Verb
from reconciler.reports.escape import safe
from reconciler.reports.groups import Group
from reconciler.reports.page import Page, Piece, cells, clipped, plain
from reconciler.reports.rows import Row, Seen
from reconciler.reports.text import write_notes, write_scope
from reconciler.reports.view import View
from reconciler.words import listed

_STATUS, _VERB = 11, 13
_DETAIL = 13
_MOST_NAMES = 6
_QUIET = "bright_black"


def render_drift(view: View, *, width: int, color: bool, concise: bool = False) -> str:
    """The drift as text of at most `width` columns, with terminal colours if `color`.

    If `concise`, each record, or group of those that are alike, is one line.
    """
    page = Page(width, color=color)
    where = f" ({view.state})" if view.state else ""
    cloud = f" on {view.cloud}" if view.cloud else ""
    standing = "" if view.serial else f", {view.standing}"
    page.line((view.heading, "bold"), plain(f" of workspace {view.workspace}{cloud}{standing}{where}"))
    write_scope(page, view)
    page.line()
    if view.rows:
        page.line((f"{'STATUS':<{_STATUS}}{'APPLY WOULD':<{_VERB}}RESOURCE", _QUIET))
    for group in view.groups:
        if concise:
            page.line(*_one_line(group, page.width))
        else:
            _group(page, group)
    write_notes(page, view, concise=concise)
    page.hanging([plain(view.sum)], 0)
    return page.text()


def seen_in(row: Row) -> Seen:
    """What was seen of a row of drift."""
    return row.seen or Seen("", "", "", "")


def told_of(row: Row, *, alone: bool) -> str:
    """`DescribeStreamIngest says NotExist; recorded as running since …`."""
    seen = seen_in(row)
    since = f" since {seen.since}" if seen.since and alone else ""
    return f"{seen.evidence}; recorded as {seen.recorded}{since}"


def _first(row: Row) -> list[Piece]:
    status = safe(seen_in(row).status)
    return [(status + " " * max(_STATUS - cells(status), 1), "yellow"), (f"{row.verb:<{_VERB}}", "")]


def _one_line(group: Group, width: int) -> Iterator[Piece]:
    first = _first(group.row)
    yield from first
    room = width - sum(cells(text) for text, _ in first)
    for text, style in ((safe(group.title), "bold"), (f"  {safe(seen_in(group.row).evidence)}", _QUIET)):
        shown = clipped(text, room) if room > 1 else ""
        yield shown, style
        room -= cells(shown)


def _group(page: Page, group: Group) -> None:
    row, alone = group.row, len(group.rows) == 1
    page.hanging([(safe(group.title), "bold")], _STATUS + _VERB, _first(row))
    page.hanging([plain(told_of(row, alone=alone))], _DETAIL)
    if not alone:
        page.hanging([plain(f"in {listed(group.addresses, _MOST_NAMES)}")], _DETAIL)
    if row.verb is Verb.UNCHANGED:
        page.hanging([(safe(row.reason), _QUIET)], _DETAIL)
