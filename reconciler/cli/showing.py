"""A report as it is shown: in which form, how wide, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.environment import Environment, current_environment
from reconciler.cli.reporting import deliver
from reconciler.plan.model import Plan
from reconciler.reports.calendar import Clock
from reconciler.reports.formats import Look, ReportContext, render
from reconciler.reports.view import PLAN

if TYPE_CHECKING:
    from reconciler.plan.drift import Drift

_USUAL_COLUMNS, _WIDEST = 100, 120
"""Columns of a report where there is no terminal, and at most."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How a report is asked for: its form, whether each change is one line of text, and its file."""

    form: str = "text"
    concise: bool = False
    report: Path | None = None


def report_width(environment: Environment) -> int:
    """How many columns a report has: the terminal's where there is one, within reason."""
    return min(environment.columns or _USUAL_COLUMNS, _WIDEST)


def show(report: Plan | Drift, shown: Shown, context: ReportContext) -> None:
    """A report on standard output or in its file; text as wide as the terminal, coloured if wanted.

    Moments are told beside UTC in the zone that TZ names, where it does.
    """
    environment = current_environment()
    if context.title == PLAN:  # a review looks at no moment
        context = replace(context, clock=Clock(environment.clock(), environment.zone))
    color = shown.form == "text" and shown.report is None and environment.colored
    look = Look(report_width(environment), color=color, concise=shown.concise)
    deliver(render(report, shown.form, look, context), shown.report, color=color)
