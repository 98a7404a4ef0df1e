"""Drift for a terminal: how each record stands, who says so, and what apply would do."""

from rich.text import Text

from reconciler.drift import Drift, Drifted
from reconciler.model import Verb
from reconciler.reports.escape import safe
from reconciler.reports.text import Page

_STATUS, _VERB = 11, 11


def render_drift(drift: Drift, *, width: int, color: bool) -> str:
    """The drift as text of at most `width` columns, with terminal colours if `color`."""
    page = Page(width, color=color)
    page.line(Text.assemble(("Drift", "bold"), f" of workspace {safe(drift.plan.workspace)}"))
    page.line(Text())
    if drift.rows:
        page.line(Text(f"{'STATUS':<{_STATUS}}{'APPLY WOULD':<{_VERB}}  RESOURCE", "bright_black"))
    for row in drift.rows:
        _row(page, row)
    for warning in drift.plan.warnings:
        page.warning(warning)
    if drift.rows or drift.plan.warnings:
        page.line(Text())
    page.line(Text(_sum(drift)))
    return page.text()


def _row(page: Page, row: Drifted) -> None:
    page.hanging(
        Text(safe(str(row.change.address)), "bold"),
        _STATUS + _VERB + 2,
        Text.assemble((f"{safe(row.status):<{_STATUS}}", "yellow"), f"{row.change.verb:<{_VERB}}  "),
    )
    since = f" since {row.since}" if row.since else ""
    page.hanging(Text(safe(f"{row.evidence}; recorded as {row.recorded}{since}")), _STATUS + 2)
    if row.change.verb is Verb.UNCHANGED:
        page.hanging(Text(safe(row.change.reason), "bright_black"), _STATUS + 2)


def _sum(drift: Drift) -> str:
    return (
        f"{len(drift.rows)} drifted, {drift.as_recorded} as recorded, {drift.unobservable} cannot be observed"
    )
