"""A plan or drift as one HTML file that needs nothing else, to be read, searched, filtered and printed.

Everything is in the markup, so that it can be read where scripts are forbidden; the script only
filters. The policy in its head allows that script and that style by their hashes, and nothing else.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from reconciler.model import Address
from reconciler.reports.groups import Group
from reconciler.reports.html_filters import filter_bar
from reconciler.reports.html_notes import calendar, refusals, warnings
from reconciler.reports.html_rows import code, item
from reconciler.reports.markup import BREAK, Content, Html, joined, raw, svg_of_ours, tag
from reconciler.reports.view import GRAVE, Section, View

_UNFOLDED = 25
"""Up to how many changes are shown unfolded; of more, none."""


def render_html(view: View, pictures: Mapping[Address, str] | None = None) -> str:
    """The view as one HTML document; `pictures` are SVG documents made by reconciler.reports.pictures.

    Raises ValueError for a picture that holds anything but shapes and words.
    """
    style, script = _asset("report.css"), _asset("report.js")
    title = f"{view.title} {'of' if view.of_drift else 'for'} workspace {view.workspace}"
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        {},
        tag("meta", {"charset": "utf-8"}),
        tag("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        tag("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        tag("meta", {"name": "color-scheme", "content": "light dark"}),
        tag("meta", {"name": "referrer", "content": "no-referrer"}),
        tag("title", {}, f"{title}: {view.summary}"),
        raw("style", {}, style),
    )
    body = tag("body", {}, *_body(view, title, pictures or {}), raw("script", {}, script))
    return f"<!DOCTYPE html>\n{tag('html', {'lang': 'en'}, head, BREAK, body).text}\n"


@cache
def _asset(name: str) -> str:
    return files("reconciler.reports").joinpath(name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _body(view: View, title: str, pictures: Mapping[Address, str]) -> Iterator[Html]:
    yield tag("a", {"class": "skip", "href": "#changes"}, "Skip to the changes")
    yield BREAK
    yield tag("header", {}, _heading(view, title))
    notes = [*warnings(view.warnings), *calendar(view.calendar)]
    yield BREAK
    yield tag("main", {}, *refusals(view.refusals), *_changes(view, pictures), *notes)
    yield tag("footer", {}, "Made by reconciler. This file loads nothing from elsewhere.")


def _heading(view: View, title: str) -> Html:
    switch = tag("button", {"type": "button", "id": "theme", "hidden": True}, "Dark theme")
    told = [tag("p", {"class": "sum"}, f"{view.nothing}{view.summary}")]
    if view.rows:
        told.append(_verdict(view))
    return joined(tag("div", {"class": "top"}, tag("h1", {}, title), switch), *told, _small(view))


def _verdict(view: View) -> Html:
    calm = "" if any(view.impacts.get(one) for one in GRAVE) else " calm"
    text = f"{'an apply ' if view.of_drift else ''}{view.interruptions}"
    return tag("p", {"class": f"verdict{calm}"}, text[0].upper() + text[1:])


def _small(view: View) -> Html:
    told: list[Content] = [" · ".join(filter(None, (view.work if view.rows else "", view.standing)))]
    told += [" (", code(view.state), ")"] if view.state else []
    told += [" on ", code(view.cloud)] if view.cloud else []
    for name, word, found in (("refused", "refusal", view.refusals), ("warned", "warning", view.warnings)):
        if found:
            many = f"{len(found)} {word}{'s' if len(found) != 1 else ''}"
            told += [" · ", tag("a", {"href": f"#{name}"}, many)]
    return tag("p", {"class": "small"}, *told)


def _changes(view: View, pictures: Mapping[Address, str]) -> Iterator[Html]:
    named = "Drift" if view.of_drift else "Changes"
    heading = tag("h2", {"id": "changes", "tabindex": "-1"}, named)
    if not view.rows:
        yield tag("section", {"aria-labelledby": "changes"}, heading, tag("p", {}, "None."))
        return
    unfolded = len(view.groups) <= _UNFOLDED
    sections = [section for each in view.sections for section in _section(view, each, pictures, unfolded)]
    none = tag("p", {"id": "none", "hidden": True}, "Nothing fits these filters.")
    yield tag("section", {"aria-labelledby": "changes"}, heading, filter_bar(view), *sections, none)


def _section(view: View, section: Section, pictures: Mapping[Address, str], unfolded: bool) -> Iterator[Html]:
    title, impacts = section
    groups = [group for group in view.groups if group.row.impact in impacts]
    if groups:
        count = tag("span", {"class": "count"}, str(sum(len(group.rows) for group in groups)))
        items = (joined(BREAK, item(group, _picture(group, pictures), unfolded=unfolded)) for group in groups)
        listed = tag("ol", {"role": "list"}, *items)
        yield tag("section", {"class": "part"}, BREAK, tag("h3", {}, title, " ", count), listed, BREAK)


def _picture(group: Group, pictures: Mapping[Address, str]) -> Html | None:
    found = pictures.get(group.row.address)
    return svg_of_ours(found) if found else None
