"""What the HTML report's list is filtered by; where no script runs, only the numbers are shown."""

from collections import Counter
from collections.abc import Iterable

from reconciler.model import Impact
from reconciler.reports.markup import Html, tag
from reconciler.reports.view import View

_LABELS = 500
_IMPACTS = {
    Impact.STOP: "stop",
    Impact.RESTART: "restart",
    Impact.RECONNECT: "reconnect",
    Impact.START: "start",
    Impact.NONE: "no interruption",
}


def filter_bar(view: View) -> Html:
    """The counts by impact and kind, which the script makes choices of, with search and labels."""
    impacts = [(str(one), word, view.impacts[one]) for one, word in _IMPACTS.items() if view.impacts.get(one)]
    kinds = Counter(row.address.kind for row in view.rows)
    labels = Counter(f"{key}={value}" for row in view.rows for key, value in row.labels.items())
    chips = _chips("impact", "Impact", impacts)
    choices = [(kind, kind, count) for kind, count in sorted(kinds.items())]
    controls = [_chips("kind", "Kind", choices)] if len(choices) > 1 else []
    controls += [_search(), *([_label_choice(labels)] if labels else [])]
    folding = tag("button", {"type": "button", "id": "fold"}, "Unfold all")
    status = tag("p", {"id": "count", "role": "status", "aria-live": "polite"})
    more = tag("div", {"class": "controls", "hidden": True}, *controls, folding, status)
    return tag("div", {"role": "search", "aria-label": "Filters", "class": "filters"}, chips, more)


def _chips(name: str, legend: str, chips: Iterable[tuple[str, str, int]]) -> Html:
    shown = [
        tag(
            "label",
            {"class": f"chip {value if name == 'impact' else ''}".strip()},
            tag("input", {"type": "checkbox", "name": name, "value": value, "disabled": True}),
            tag("b", {}, str(count)),
            f" {word}",
        )
        for value, word, count in chips
    ]
    return tag("fieldset", {"class": f"chips {name}s"}, tag("legend", {}, legend), *shown)


def _search() -> Html:
    field = tag(
        "input",
        {"type": "search", "id": "search", "autocomplete": "off", "placeholder": "name, field, value"},
    )
    return tag("label", {"class": "control"}, tag("span", {}, "Search"), field)


def _label_choice(labels: Counter[str]) -> Html:
    most = sorted(label for label, _ in labels.most_common(_LABELS))
    options = [tag("option", {"value": label}, f"{label} ({labels[label]})") for label in most]
    choice = tag("select", {"id": "label"}, tag("option", {"value": ""}, "any"), *options)
    return tag("label", {"class": "control"}, tag("span", {}, "Label"), choice)
