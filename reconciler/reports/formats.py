"""One door to every report: a plan or drift goes in, the text in the asked form comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from reconciler.model import Address
from reconciler.plan.drift import Drift, drift_to_json
from reconciler.plan.model import Plan
from reconciler.reports.calendar import Clock
from reconciler.reports.drift import render_drift
from reconciler.reports.escape import json_text
from reconciler.reports.rows import Labels
from reconciler.reports.text import render_text
from reconciler.reports.view import PLAN, UNTOLD, View, view_of, view_of_drift

FORMS = ("text", "json", "markdown", "html")
_CODEC = "reconciler.plan.codec"
"""Imported when a plan is told as JSON."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a text is to look: its columns, whether it is coloured, whether each change is one line."""

    width: int = 100
    color: bool = False
    concise: bool = False


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What neither a plan nor drift holds: the state file's name, labels by address, where calls go.

    Moments are told by the `clock` beside UTC. `title` is another word for a plan that no state was read for.
    """

    state: str = ""
    labels: Mapping[Address, Labels] = field(default_factory=dict)
    title: str = PLAN
    cloud: str = ""
    clock: Clock = UNTOLD


def render(
    report: Plan | Drift, form: str, look: Look | None = None, context: ReportContext | None = None
) -> str:
    """The report in one of the FORMS, ending with a line end; `look` counts for text alone.

    Raises ValueError for another form.
    """
    context = context or ReportContext()
    if form == "json":
        if isinstance(report, Drift):
            return json_text(drift_to_json(report))
        return json_text(import_module(_CODEC).plan_to_json(report))
    view = _view(report, context)
    if form == "text":
        look = look or Look()
        write = render_drift if isinstance(report, Drift) else render_text
        return write(view, width=look.width, color=look.color, concise=look.concise)
    if form == "markdown":
        # Each form but a terminal's is imported only when it is asked for.
        text: str = import_module("reconciler.reports.markdown").render_markdown(view)
        return text
    if form == "html":
        return _html(report, view)
    raise ValueError(f"{form!r} is not a report format")


def _html(report: Plan | Drift, view: View) -> str:
    """The page, with pictures of a plan."""
    drawn = import_module("reconciler.reports.pictures.chosen")
    pictures = drawn.NONE if isinstance(report, Drift) else drawn.chosen_pictures(report, view)
    page: str = import_module("reconciler.reports.html").render_html(view, pictures)
    return page


def _view(report: Plan | Drift, context: ReportContext) -> View:
    if isinstance(report, Drift):
        return view_of_drift(report, context.state, context.labels, context.cloud, context.clock)
    return view_of(report, context.state, context.labels, context.title, context.cloud, context.clock)
