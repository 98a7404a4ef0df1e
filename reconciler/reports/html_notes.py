"""What stands beside the changes in the HTML report: what is refused, warnings, the calendar."""

from collections.abc import Iterable, Iterator, Sequence

from reconciler.plan import Expiry, Refusal
from reconciler.reports.html_rows import code
from reconciler.reports.markup import Html, tag


def refusals(found: Iterable[Refusal]) -> Iterator[Html]:
    """Why nothing of it is carried out as it is; nothing if there is no reason."""
    items = [tag("li", {}, one.message, " ", tag("span", {"class": "label"}, one.gate)) for one in found]
    if items:
        yield _notes("refused", f"Refused as it is ({len(items)})", items)


def warnings(found: Sequence[str]) -> Iterator[Html]:
    """Every warning, in the plan's order."""
    items = [tag("li", {}, warning) for warning in found]
    if items:
        yield _notes("warned", f"Warnings ({len(items)})", items)


def _notes(name: str, title: str, items: Iterable[Html]) -> Html:
    heading = tag("h2", {"id": name}, title)
    return tag("section", {"class": f"notes {name}", "aria-labelledby": name}, heading, tag("ul", {}, *items))


def calendar(found: Sequence[Expiry]) -> Iterator[Html]:
    """What ends by itself as a table; unfolded if any of it is soon."""
    rows = [
        tag(
            "tr",
            {"class": "soon" if one.soon else "later"},
            tag("th", {"scope": "row"}, tag("time", {"datetime": one.at}, one.at)),
            tag("td", {}, code(one.address)),
            tag("td", {}, one.what, *([tag("span", {"class": "mark"}, "soon")] if one.soon else [])),
            tag("td", {}, one.note),
        )
        for one in found
    ]
    if not rows:
        return
    heads = (tag("th", {"scope": "col"}, name) for name in ("Until", "Resource", "What", "Then"))
    table = tag(
        "table", {"class": "calendar"}, tag("thead", {}, tag("tr", {}, *heads)), tag("tbody", {}, *rows)
    )
    soon = any(one.soon for one in found)
    title = tag("h2", {"id": "calendar"}, f"Calendar ({len(rows)})")
    folded = tag("details", {"open": soon}, tag("summary", {}, title), table)
    yield tag("section", {"class": "notes", "aria-labelledby": "calendar"}, folded)
