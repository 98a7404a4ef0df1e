"""One change, or a group of those that are alike, as an item of the HTML report's list."""

import json
from collections.abc import Iterator, Sequence

from reconciler.model import Impact, Verb
from reconciler.reports.groups import Group
from reconciler.reports.markup import Content, Html, joined, tag
from reconciler.reports.rows import Labels, Line, Row, Seen, brief
from reconciler.words import listed

_HINTS = 3


def item(group: Group, picture: Html | None, *, unfolded: bool) -> Html:
    """A list item that unfolds; the script filters by its data and those of its members."""
    row = group.row
    alone = len(group.rows) == 1
    data = {"class": "change", "data-impact": str(row.impact), **(member_data(row) if alone else {})}
    body = tag("div", {"class": "body"}, *_body(group, picture))
    return tag("li", data, tag("details", {"open": unfolded}, _summary(group), body))


def member_data(row: Row) -> dict[str, str]:
    """What a resource is filtered by."""
    labels = json.dumps([f"{key}={value}" for key, value in sorted(row.labels.items())])
    return {"data-kind": row.address.kind, **({"data-labels": labels} if row.labels else {})}


def code(text: object) -> Html:
    """A value, a path or a name."""
    return tag("code", {}, str(text))


def _summary(group: Group) -> Html:
    row = group.row
    verb = "" if str(row.verb) == str(row.impact) else str(row.verb)
    if row.seen is not None:
        verb = f"apply would {'do nothing' if row.verb is Verb.UNCHANGED else row.verb}"
    return tag(
        "summary",
        {},
        tag("span", {"class": f"badge {row.impact}"}, row.seen.status if row.seen else str(row.impact)),
        " ",
        tag("span", {"class": "verb"}, verb),
        " ",
        tag("code", {"class": "name"}, group.title),
        " ",
        *(joined(tag("span", {"class": "mark"}, mark), " ") for mark in row.marks),
        tag("span", {"class": "hint"}, _hint(row)),
    )


def _hint(row: Row) -> str:
    """What one sees without unfolding: the first fields, or the reason."""
    if row.seen is not None:
        return row.seen.evidence
    if not row.told_by_fields:
        return row.reason
    if len(row.lines) == 1 and len(row.lines[0].before + row.lines[0].after) < 60:
        return f"{row.lines[0].path}: {_plainly(row.lines[0])}"
    return listed([line.path for line in row.lines], _HINTS)


def _plainly(line: Line) -> str:
    if line.before and line.after:
        return f"{brief(line.before)} → {brief(line.after)}"
    return f"added {brief(line.after)}" if line.after else f"removed {brief(line.before)}"


def _body(group: Group, picture: Html | None) -> Iterator[Html]:
    row = group.row
    yield tag("dl", {"class": "facts"}, *_facts(group))
    if row.lines:
        yield _fields(row.lines)
    if picture is not None:
        alike = ", one of those that are alike" if len(group.rows) > 1 else ""
        caption = tag("figcaption", {}, f"The picture of {row.address}{alike}, before and after")
        yield tag("figure", {"class": "picture", "tabindex": 0}, picture, caption)
    if len(group.rows) > 1:
        yield tag("p", {"class": "small"}, f"{len(group.rows)} resources:")
        yield tag("ul", {"class": "members"}, *map(_member, group.rows))


def _facts(group: Group) -> Iterator[Html]:
    row = group.row
    if row.seen is not None:
        yield _fact("Status", *_standing(row.seen, alone=len(group.rows) == 1))
        yield _fact("Evidence", row.seen.evidence)
    yield _fact("Reason", row.reason)
    if row.calls:
        each = " each" if len(group.rows) > 1 else ""
        calls = [part for call in row.calls for part in (", ", code(call))][1:]
        yield _fact("Calls", *calls, each)
    elif row.unsent:
        yield _fact("Calls", row.unsent)
    if row.labels and len(group.rows) == 1:
        yield _fact("Labels", *_labels(row.labels))


def _fact(name: str, *told: Content) -> Html:
    return joined(tag("dt", {}, name), tag("dd", {}, *told))


def _standing(seen: Seen, *, alone: bool) -> Iterator[Content]:
    yield from (code(seen.status), ", recorded as ", code(seen.recorded))
    if seen.since and alone:
        yield from (" since ", tag("time", {}, seen.since))


def _labels(labels: Labels) -> Iterator[Content]:
    for key, value in sorted(labels.items()):
        yield from (tag("span", {"class": "label"}, f"{key}={value}"), " ")


def _member(row: Row) -> Html:
    since = (" since ", tag("time", {}, row.seen.since)) if row.seen and row.seen.since else ()
    return tag("li", member_data(row), code(row.address), *since, " ", *_labels(row.labels))


def _fields(lines: Sequence[Line]) -> Html:
    heads = ("Field", "Before", "After", "Effect")
    head = tag("tr", {}, *(tag("th", {"scope": "col"}, name) for name in heads))
    body = tag("tbody", {}, *map(_field, lines))
    return tag("table", {"class": "fields"}, tag("thead", {}, head), body)


def _field(line: Line) -> Html:
    """A row of the table; its columns are told apart by their order, which keeps long reports short."""
    cells = (
        tag("td", {}, value or tag("span", {"class": "absent"}, "not set"))
        for value in (line.before, line.after)
    )
    return tag("tr", {}, tag("th", {"scope": "row"}, line.path), *cells, tag("td", {}, *_effect(line)))


def _effect(line: Line) -> Iterator[Content]:
    if line.impact is not Impact.NONE:
        yield tag("b", {"class": str(line.impact)}, str(line.impact))
    else:
        yield "visible" if line.visible else "none"
    if line.hits:
        yield from (" of ", code(line.hits))
    if line.why:
        yield f": {line.why}"
