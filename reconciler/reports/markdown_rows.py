"""One change, or a group of those that are alike, as Markdown: in a line, or in full and folded."""

from collections.abc import Callable, Iterator, Sequence

from reconciler.model import Impact, Verb
from reconciler.reports.escape import safe
from reconciler.reports.groups import Group
from reconciler.reports.parts import Part
from reconciler.reports.rows import Line, Row, cut, cut_both
from reconciler.reports.spans import SHORT, code, fence, html_code
from reconciler.words import and_more, listed

_NAMES, _FIELDS, _HINTS, _VALUE = 40, 60, 3, 600

Shown = Callable[[str], str]


def in_a_line(group: Group) -> str:
    """The change as an item of a list."""
    return f"- {_title(group, '**{}**'.format, code)}"


def in_full(group: Group) -> str:
    """The change folded under the same line: its reason, its calls, what changed field by field."""
    row = group.row
    title = _title(group, "<b>{}</b>".format, html_code)
    lines = [f"<details><summary>{title}</summary>", "", *(f"- {text}" for text in _told(row))]
    if len(group.rows) > 1 and not row.is_whole:
        lines += [f"- in {_names(group)}"]
    diff = _whole(group) if row.is_whole else _diff(row.lines)
    lines += [f"- {'also ' if row.lines else ''}see {' '.join(row.parts)} above"] if row.parts else []
    lines += ["", fence(diff, "diff")] if row.lines else []
    return "\n".join([*lines, "", "</details>", ""])


def part_in_full(part: Part) -> str:
    """What several changes share, folded under which they are."""
    title = f"{part.mark} {html_code(part.title)}"
    names = listed([code(address) for address in part.addresses], _NAMES)
    body = ["", f"- in {names}", "", fence(_diff(part.lines), "diff")]
    return "\n".join([f"<details><summary>{title}</summary>", *body, "", "</details>", ""])


def _title(group: Group, strong: Shown, shown: Shown) -> str:
    row = group.row
    marks = "".join(f", {mark}" for mark in row.marks)
    name, hint = shown(group.title), _hint(row, shown, alone=len(group.rows) == 1)
    if row.seen is not None:
        would = "do nothing" if row.verb is Verb.UNCHANGED else row.verb
        return f"{shown(row.seen.status)} {name}, apply would {would}{marks}: {hint}"
    verb = "" if str(row.impact) == str(row.verb) else f" {row.verb}"
    return f"{strong(row.impact)}{verb} {name}{marks}: {hint}"


def _hint(row: Row, shown: Shown, *, alone: bool) -> str:
    """What one sees without unfolding: the first fields, or the reason."""
    if row.seen is not None:
        return shown(row.seen.evidence)
    if row.is_whole and row.impact is not Impact.STOP:
        return shown(row.places) if alone and row.places else shown(row.reason)
    if not row.told_by_fields:
        return shown(row.reason)
    return listed([*(shown(line.path) for line in row.lines), *row.parts], _HINTS)


def _told(row: Row) -> Iterator[str]:
    if row.seen is not None:
        since = f" since {code(row.seen.since)}" if row.seen.since else ""
        yield f"status: {code(row.seen.status)}, recorded as {code(row.seen.recorded)}{since}"
        yield f"evidence: {code(row.seen.evidence)}"
    yield f"reason: {code(row.reason)}"
    if row.calls:
        yield f"calls: {', '.join(map(code, row.calls))}"
    elif row.unsent:
        yield row.unsent


def _names(group: Group) -> str:
    return listed([code(address) for address in group.addresses], _NAMES)


def _whole(group: Group) -> Iterator[str]:
    """What starts or stops; of several that are alike what they share, and where each of the first is."""
    row, alone = group.row, len(group.rows) == 1
    for line in row.lines if alone else row.settings:
        yield f"{line.sign} {safe(line.label)}: {safe(cut(line.words, _VALUE))}"
    for one in () if alone else group.rows[:_NAMES]:
        yield f"{row.lines[0].sign} {safe(str(one.address))}: {safe(cut(one.places, _VALUE))}"
    if len(group.rows) > _NAMES:
        yield f"@@ {and_more(len(group.rows) - _NAMES)} @@"


def _diff(lines: Sequence[Line]) -> Iterator[str]:
    """The lines of a diff; each begins with a sign of ours, so that none is a command for a CI service."""
    for line in lines[:_FIELDS]:
        note = "" if line.impact is Impact.NONE else f" {line.impact}"
        hit = f" of {safe(cut(line.hits, SHORT))}" if line.hits else ""
        why = f": {safe(cut(line.why, SHORT))}" if line.why else ""
        yield f"@@ {safe(cut(line.path, SHORT))} @@{note}{hit}{why}"
        before, after = cut_both(line.before, line.after, _VALUE)
        if before:
            yield f"- {safe(before)}"
        if after:
            yield f"+ {safe(after)}"
    if len(lines) > _FIELDS:
        yield f"@@ {and_more(len(lines) - _FIELDS)} fields @@"
