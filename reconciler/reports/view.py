"""What every report of a plan shows, before it is rendered for any medium: impact first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model import Address, Impact, Verb
from reconciler.plan import Change, Plan, PlannedField, Step

_WORDS = {
    Verb.STOP: "to stop",
    Verb.REPLACE: "to replace",
    Verb.PAUSE: "to pause",
    Verb.UPDATE: "to update",
    Verb.RESUME: "to resume",
    Verb.START: "to start",
    Verb.FORGET: "to forget",
}
_SHOWN, _SHOWN_TEXT = 72, 300


@dataclass(frozen=True, slots=True)
class Line:
    """One field: its path, and its values as short texts; empty where it is absent."""

    path: str
    before: str
    after: str
    impact: Impact
    visible: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One change; `calls` counts the actions it makes, in order."""

    address: Address
    verb: Verb
    impact: Impact
    visible: bool
    reason: str
    lines: tuple[Line, ...]
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A plan for readers: rows with the gravest impact first, then sums and warnings."""

    workspace: str
    serial: int
    state: str
    rows: tuple[Row, ...]
    summary: str
    calls: int
    eta_seconds: float
    warnings: tuple[str, ...]


def view_of(plan: Plan, state: str = "") -> View:
    """The view of a plan; `state` names the file that it was planned against."""
    rows = sorted((_row(change) for change in plan.changes), key=lambda row: (-row.impact.rank, row.address))
    return View(
        workspace=plan.workspace,
        serial=plan.serial,
        state=state,
        rows=tuple(rows),
        summary=summary(plan.summary()),
        calls=sum(len(row.calls) for row in rows),
        eta_seconds=plan.eta_seconds,
        warnings=plan.warnings,
    )


def summary(counts: Mapping[str, int]) -> str:
    """`1 to start, 2 to update, 3 unchanged`."""
    parts = [f"{counts[verb]} {words}" for verb, words in _WORDS.items() if counts[verb]]
    return ", ".join([*parts, f"{counts['unchanged']} unchanged"])


def _row(change: Change) -> Row:
    return Row(
        address=change.address,
        verb=change.verb,
        impact=change.impact,
        visible=change.visible,
        reason=change.reason,
        lines=tuple(_line(planned) for planned in change.fields),
        calls=tuple(_call(step) for step in change.steps),
    )


def _call(step: Step) -> str:
    """The action, and what is sent first if the answer is that a task is there already."""
    name = step.call.action.name
    return name if step.fence is None else f"{name} (after {step.fence.action.name} if its robot is there)"


def _line(planned: PlannedField) -> Line:
    return Line(planned.path, short(planned.before), short(planned.after), planned.impact, planned.visible)


def short(value: Any) -> str:
    """A value as compact JSON, cut where it is long; nothing for what is absent."""
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=True, separators=(", ", ": "))
    most = _SHOWN_TEXT if isinstance(value, str) else _SHOWN
    return text if len(text) <= most else f"{text[: most - 1]}…"
