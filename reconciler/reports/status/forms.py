"""One door to every report of a status: it goes in, the text in the asked form comes out."""

from dataclasses import dataclass
from importlib import import_module

from reconciler.plan.codec import status_to_json
from reconciler.plan.status import StatusReport
from reconciler.reports.calendar import Clock
from reconciler.reports.escape import json_text
from reconciler.reports.formats import Look
from reconciler.reports.status.live import Live
from reconciler.reports.status.text import status_text
from reconciler.reports.status.view import view_of_status
from reconciler.reports.view import UNTOLD

STATUS_FORMS = ("text", "json", "html")


@dataclass(frozen=True, slots=True)
class StatusContext:
    """What a status does not hold: where calls go, for people, and by what moments are told beside UTC.

    A page that is written anew says after how many seconds, so that a browser shows it again; 0 if it is not.
    JSON is one line where several follow each other (`as_line`).
    """

    cloud: str = ""
    clock: Clock = UNTOLD
    interval: int = 0
    as_line: bool = False


def render_status(
    report: StatusReport, form: str, look: Look | None = None, context: StatusContext | None = None
) -> str:
    """The report in one of the STATUS_FORMS, ending with a line end; `look` counts for text alone.

    Raises ValueError for another form.
    """
    context = context or StatusContext()
    if form == "json":
        return json_text(status_to_json(report), indent=None if context.as_line else 2)
    view = view_of_status(report, context.cloud, context.clock)
    if form == "text":
        look = look or Look()
        return status_text(view, width=look.width, color=look.color)
    if form == "html":
        page: str = import_module("reconciler.reports.status.wall").wall(view, context.interval)
        return page
    raise ValueError(f"there is no form {form!r} of a status")


def live_wall(report: StatusReport, context: StatusContext, live: Live) -> str:
    """The wall that a watch serves and keeps up to date."""
    view = view_of_status(report, context.cloud, context.clock)
    page: str = import_module("reconciler.reports.status.wall").wall(view, 0, live)
    return page
