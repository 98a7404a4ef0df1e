"""A plan for a terminal: aligned, coloured where that is wanted, impact first.

IMPACT     VERB     RESOURCE
reconnect  update   Kind/name  visible
             spec.publish[0].url  "rtmp://…" → "rtmp://…"  reconnect
"""

from collections.abc import Iterator, Sequence

from reconciler.model import Impact
from reconciler.reports.calendar import Due
from reconciler.reports.escape import safe
from reconciler.reports.groups import Group
from reconciler.reports.page import DETAIL as _DETAIL
from reconciler.reports.page import Page, Piece, cells, clipped, plain
from reconciler.reports.rows import Line, Row, brief_both
from reconciler.reports.view import View
from reconciler.reports.wholes import write_whole
from reconciler.words import and_more, listed

_STYLES = {
    Impact.NONE: "green",
    Impact.START: "green",
    Impact.RECONNECT: "yellow",
    Impact.RESTART: "bold red",
    Impact.PAUSE: "bold red",
    Impact.STOP: "bold red",
}
_IMPACT, _VERB = 11, 9
_QUIET = "bright_black"
_LONGEST_PATH = 40
_MOST_NAMES = 6
_MOST_DATES = 12


def render_text(view: View, *, width: int, color: bool, concise: bool = False) -> str:
    """The plan as text of at most `width` columns, with terminal colours if `color`.

    If `concise`, each change, or group of changes that are alike, is one line; warnings and the
    calendar are counted.
    """
    page = Page(width, color=color)
    page.line(*_head(view))  # whole, for where the state is can be copied from it
    write_scope(page, view)
    page.line()
    if view.rows:
        page.line((f"{'IMPACT':<{_IMPACT}}{'VERB':<{_VERB}}RESOURCE", _QUIET))
    write_parts(page, view, concise=concise)
    for group in view.groups:
        if concise:
            page.line(*_one_line(group, page.width))
        else:
            _group(page, group)
    write_notes(page, view, concise=concise)
    if view.rows:
        style = "" if view.is_calm else "bold red" if view.interrupted else "bold yellow"
        page.hanging([(safe(view.interruptions), style)], 0)
    for line in _sum(view):
        page.hanging(line, 0)
    return page.text()


def _head(view: View) -> list[Piece]:
    standing = f", {view.standing}" if view.standing else ""
    where = f" ({view.state})" if view.state else ""
    cloud = f" on {view.cloud}" if view.cloud else ""
    return [(view.heading, "bold"), plain(f" for workspace {view.workspace}{cloud}{standing}{where}")]


def write_scope(page: Page, view: View) -> None:
    """What it is not about, in a sentence each."""
    for sentence in view.scope:
        page.hanging([(safe(sentence), "yellow")], 0)


def _first(row: Row) -> list[Piece]:
    style = _STYLES[row.impact]
    return [(f"{row.impact:<{_IMPACT}}", style), (f"{row.verb:<{_VERB}}", style)]


def _title(group: Group) -> list[Piece]:
    return [(safe(group.title), "bold"), *((f"  {mark}", "cyan") for mark in group.row.marks)]


def _one_line(group: Group, width: int) -> Iterator[Piece]:
    """A change in one line: what does not fit is cut at its end, never the impact or the verb."""
    row = group.row
    yield from _first(row)
    room = width - _IMPACT - _VERB
    told = _told(group)
    for text, style in (*_title(group), (f"  {safe(told)}", _QUIET)):
        shown = clipped(text, room) if room > 1 else ""
        yield shown, style
        room -= cells(shown)


def _told(group: Group) -> str:
    """What stands behind the name where there is one line for a change."""
    row = group.row
    if row.has_fields:
        return ", ".join([*(line.path for line in row.lines), *row.parts])
    return (row.places if len(group.rows) == 1 else "") or row.reason


def _group(page: Page, group: Group) -> None:
    row = group.row
    page.hanging(_title(group), _IMPACT + _VERB, _first(row))
    if not row.told_by_fields:
        page.hanging([(safe(row.reason), _QUIET)], _DETAIL)
    if row.is_whole:
        write_whole(page, group)
    else:
        _fields(page, row.lines, row.reason)
    if row.parts:
        page.hanging([plain(f"{'also ' if row.lines else ''}see {' '.join(row.parts)} above")], _DETAIL)
    if len(group.rows) > 1 and not row.is_whole:
        page.hanging([plain(f"in {_names(group)}")], _DETAIL)
    each = " each" if len(group.rows) > 1 else ""
    if row.calls:
        page.hanging([(safe(f"calls {', '.join(row.calls)}{each}"), _QUIET)], _DETAIL)
    elif row.unsent:
        page.hanging([(row.unsent, _QUIET)], _DETAIL)


def _names(group: Group) -> str:
    """All addresses where something is interrupted; else the first, and how many more."""
    most = len(group.rows) if group.is_grave else _MOST_NAMES
    return listed(group.addresses, most)


def write_parts(page: Page, view: View, *, concise: bool) -> None:
    """What several changes share, before them; each in a line if `concise`."""
    for part in view.parts:
        head = " " * (_IMPACT + _VERB - len(part.mark) - 1) + part.mark + " "
        page.hanging([(safe(part.title), "bold")], _IMPACT + _VERB, [(head, _QUIET)])
        if not concise:
            _fields(page, part.lines, "")
            page.hanging([plain(f"in {listed(part.addresses, _MOST_NAMES)}")], _DETAIL)


def _fields(page: Page, lines: Sequence[Line], reason: str) -> None:
    """What changed, field by field, the values below each other where they are wide."""
    longest = min(max((cells(safe(line.path)) for line in lines), default=0), _LONGEST_PATH)
    for line in lines:
        _field(page, line, longest)
        if line.why and line.why not in reason:
            page.hanging([(safe(line.why), _QUIET)], _DETAIL + 2)


def _field(page: Page, line: Line, longest: int) -> None:
    path = safe(line.path)
    hit = f" of {line.hits}" if line.hits and line.hits not in line.before + line.after else ""
    note = "" if line.impact is Impact.NONE else safe(f"  {line.impact}{hit}")
    old, new = brief_both(line.before, line.after)
    before, after = (safe(old), "red"), (safe(new), "green")
    middle = " → " if line.before and line.after else "added " if line.after else "removed "
    values = [before, (middle, ""), after] if line.before else [(middle, ""), after]
    if not line.after:
        values = [(middle, ""), before]
    gap = " " * (max(longest - cells(path), 0) + 2)
    pieces = [(path, ""), (gap, ""), *values, (note, _STYLES[line.impact])]
    if _DETAIL + sum(cells(text) for text, _ in pieces) <= page.width:
        page.line((" " * _DETAIL, ""), *pieces)
        return
    page.hanging([(path, ""), (" " * (longest - cells(path)), ""), (note, _STYLES[line.impact])], _DETAIL)
    for sign, value in (("- ", before), ("+ ", after)):
        if value[0]:
            page.hanging([value], _DETAIL + 4, [(" " * (_DETAIL + 2) + sign, "")])


def write_notes(page: Page, view: View, *, concise: bool) -> None:
    """The calendar, the warnings and what is refused, set off from the sums below them."""
    if concise and view.warnings:
        many = f"{len(view.warnings)} warning{'s' if len(view.warnings) != 1 else ''}"
        page.line((f"{many}, hidden by --concise", "bold yellow"))
    elif not concise:
        write_calendar(page, view.calendar)
        for notice in view.notices:
            page.labelled("warning", notice.shown(), "bold yellow")
    for refusal in view.refusals:
        page.labelled("refused", f"{refusal.message} [{refusal.gate}]", "bold red")
    if view.rows or view.warnings or view.refusals:
        page.line()
    if not concise:
        write_next(page, view.calendar)


def write_calendar(page: Page, calendar: Sequence[Due]) -> None:
    """A table of what happens soon, and of what has expired; the first of it where it is much."""
    soon = [one for one in calendar if one.soon]
    when = max((cells(safe(one.when)) for one in soon), default=0) + 2
    if soon:
        page.line()
        page.line((f"{'UNTIL':<{when}}WHAT", _QUIET))
    for one in soon[:_MOST_DATES]:
        at = safe(one.when)
        head = [(at + " " * (when - cells(at)), "bold red" if one.expired else "yellow")]
        page.hanging([(safe(one.who), "bold"), plain(f": {one.what}{_of(one)}")], when, head)

    if len(soon) > _MOST_DATES:
        page.hanging([(and_more(len(soon) - _MOST_DATES), _QUIET)], when)


def _of(due: Due) -> str:
    """Which resources, where they are several."""
    return f" ({listed(due.addresses, _MOST_NAMES)})" if len(due.addresses) > 1 else ""


def write_next(page: Page, calendar: Sequence[Due]) -> None:
    """Of what happens later only the next, since every task has an end."""
    later = [one for one in calendar if not one.soon]
    if later:
        count = sum(len(one.rows) for one in later[1:])
        more = f"; {count} more later" if count else ""
        text = f"Next expiry: {later[0].when} {later[0].who}: {later[0].what}{_of(later[0])}{more}"
        page.hanging([(safe(text), _QUIET)], 2, [("", "")])


def _sum(view: View) -> Iterator[list[Piece]]:
    if not view.rows:
        yield [plain(f"{view.nothing}{view.sum}.")]
    else:
        yield [(safe(f"{view.heading}: {view.sum}"), "bold"), plain(f"; {view.work}")]
