"""A plan or drift as Markdown for a pull request: the summary first, details folded, never too long."""

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from reconciler.reports.calendar import Due
from reconciler.reports.escape import safe
from reconciler.reports.groups import Group
from reconciler.reports.markdown_rows import in_a_line, in_full, part_in_full
from reconciler.reports.notices import Notice
from reconciler.reports.spans import SHORT, cell, code, size
from reconciler.reports.view import View
from reconciler.words import and_more, listed

LIMIT = 65_536
"""The most characters that a comment of GitHub's may have."""
_NOTES, _DATES = 12_000, 6_000
_PLACES = 4
_POINTER = 300
"""Room for the line that tells how much is left out."""
_ELSEWHERE = "for all of them, use `--format text`, `html` or `json`."


def marker(view: View) -> str:
    """The hidden first line, by which the comment is found again: one for each workspace and report."""
    return f"<!-- reconciler {quote(view.title.lower(), safe='')} {quote(safe(view.workspace), safe='')} -->"


def render_markdown(view: View) -> str:
    """The view as Markdown of at most 65,536 characters.

    What does not fit is left out whole: first the details of the mildest changes, then their
    lines, with the number of what is not shown.
    """
    head = f"{_head(view)}\n"
    refused = _listed("Refused", [f"{code(one.message)} ({code(one.gate)})" for one in view.refusals])
    warned = _listed("Warnings", map(_noticed, view.notices), len(view.warnings))
    dates = _calendar(view)
    parts = _parts(view)
    room = LIMIT - sum(map(size, (head, refused, parts, warned, dates)))
    return f"{head}{refused}{parts}{_changes(view, room)}{warned}{dates}".rstrip("\n") + "\n"


def _head(view: View) -> str:
    of = "of" if view.of_drift else "for"
    summary = f"{view.nothing[:1].lower()}{view.nothing[1:]}{view.sum}"
    title = f"### {view.heading} {of} workspace {code(view.workspace)}: {summary}"
    return "\n".join([marker(view), title, "", " ".join(_told_of_all(view)), ""])


def _told_of_all(view: View) -> Iterator[str]:
    if view.standing:
        # Where the state is stands first and in full, however long it is: it must never be mistaken.
        where = f" ({code(view.state, len(view.state))})" if view.state else ""
        cloud = f", on {code(view.cloud, SHORT)}" if view.cloud else ""
        yield f"{view.standing[0].upper()}{view.standing[1:]}{where}{cloud}."
    yield from (f"**{code(sentence)}**" for sentence in view.scope)
    if view.rows:
        told = f"an apply {view.interruptions}" if view.of_drift else view.interruptions
        yield f"**{told[0].upper()}{told[1:]}**; {view.work}."
    if view.refusals:
        yield "**Apply refuses this plan.**"
    if view.warnings:
        yield f"**{len(view.warnings)} warning{'s' if len(view.warnings) != 1 else ''}.**"


def _noticed(notice: Notice) -> str:
    """A warning; the places of one that has many are in a span of their own."""
    if len(notice.places) < 2:
        return code(notice.shown())
    places = listed([code(place) for place in notice.places], _PLACES)
    return f"{len(notice.places)} places: {code(notice.text)}: {places}"


def _listed(title: str, items: Iterable[str], count: int | None = None) -> str:
    """A heading with how many there are, and as many items as fit; nothing if there are none."""
    lines = [f"- {item}" for item in items]
    if not lines:
        return ""
    shown = _fitting(lines, _NOTES)
    more = len(lines) - len(shown)
    left = [f"- {and_more(more)}"] if more else []
    return "\n".join([f"#### {title} ({count or len(lines)})", "", *shown, *left, "\n"])


def _parts(view: View) -> str:
    """What several changes share; nothing if there is no such part."""
    if not view.parts:
        return ""
    shown = _fitting(map(part_in_full, view.parts), _NOTES)
    more = len(view.parts) - len(shown)
    left = [f"{and_more(more).capitalize()}: {_ELSEWHERE}"] if more else []
    return "\n".join([f"#### Shared by several changes ({len(view.parts)})", "", *shown, *left, "", ""])


def _fitting(blocks: Iterable[str], room: int) -> list[str]:
    """The first blocks that fit together."""
    found: list[str] = []
    for block in blocks:
        room -= size(block) + 1
        if room < 0:
            break
        found.append(block)
    return found


def _calendar(view: View) -> str:
    """What ends by itself, folded; open where something is soon."""
    if not view.calendar:
        return ""
    rows = [
        f"| {cell(one.when)} | {cell(one.who)} | {cell(one.what)} | {_then(one)} |" for one in view.calendar
    ]
    shown = _fitting(rows, _DATES)
    more = len(rows) - len(shown)
    soon = sum(len(one.rows) for one in view.calendar if one.soon)
    over = sum(len(one.rows) for one in view.calendar if one.expired)
    count = sum(len(one.rows) for one in view.calendar)
    counts = [f"{count} {word}" for count, word in ((over, "expired"), (soon - over, "soon")) if count]
    title = ", ".join([f"Calendar: {count} date{'s' if count != 1 else ''}", *counts])
    lines = [f"<details{' open' if soon else ''}><summary>{title}</summary>", ""]
    lines += ["| until | resource | what | then |", "| --- | --- | --- | --- |", *shown, ""]
    lines += [f"{and_more(more).capitalize()}: {_ELSEWHERE}", ""] if more else []
    return "\n".join([*lines, "</details>", ""])


def _then(due: Due) -> str:
    return listed([cell(note) for note in due.notes], _PLACES)


def _changes(view: View, room: int) -> str:
    """The sections of changes; each change in full, in a line, or counted, as the room allows."""
    shown = _sized(view.groups, room - sum(len(title) + 20 for title, _ in view.sections) - _POINTER)
    parts: list[str] = []
    for title, impacts in view.sections:
        mine = [place for place, group in enumerate(view.groups) if group.row.impact in impacts]
        texts = [shown[place] for place in mine if place < len(shown)]
        if texts:
            parts += [f"#### {title} ({sum(len(view.groups[place].rows) for place in mine)})", "", *texts, ""]
    hidden = sum(len(group.rows) for group in view.groups[len(shown) :])
    if hidden:
        are = "s are" if hidden != 1 else " is"
        parts += [f"**{hidden} more change{are} not shown here**: {_ELSEWHERE}", ""]
    return "\n".join([*parts, ""]) if parts else ""


def _sized(groups: Sequence[Group], room: int) -> list[str]:
    """A text for each of the first groups: as many as fit in a line, of these as many as fit in full."""
    shown = _fitting(map(in_a_line, groups), room)
    room -= sum(size(line) + 1 for line in shown)
    for place, line in enumerate(shown):
        whole = in_full(groups[place])
        more = size(whole) - size(line)
        if more <= room:
            room -= more
            shown[place] = whole
    return shown
