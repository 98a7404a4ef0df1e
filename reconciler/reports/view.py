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
    hits: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One change; `calls` names the actions it makes, in order."""

    address: Address
    verb: Verb
    impact: Impact
    visible: bool
    reason: str
    lines: tuple[Line, ...]
    calls: tuple[str, ...]
    because: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Changes that are alike in all but their address, as a shared layout makes them: told once.

    `row` is the first of them; `addresses` are all, sorted.
    """

    row: Row
    addresses: tuple[Address, ...]

    @property
    def title(self) -> str:
        """`MixLayout/quad changed → 312 streams`; the address where it is only one."""
        if len(self.addresses) == 1:
            return str(self.row.address)
        cause = ", ".join(map(str, self.row.because))
        many = f"{len(self.addresses)} streams"
        return f"{cause} changed → {many}" if cause else f"{many} alike"


@dataclass(frozen=True, slots=True)
class View:
    """A plan for readers: rows with the gravest impact first, then sums and warnings."""

    workspace: str
    serial: int
    state: str
    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
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
        groups=_grouped(rows),
        summary=summary(plan.summary()),
        calls=sum(len(row.calls) for row in rows),
        eta_seconds=plan.eta_seconds,
        warnings=plan.warnings,
    )


def _grouped(rows: list[Row]) -> tuple[Group, ...]:
    """The rows in order, those that are alike together at the place of the first."""
    alike: dict[Any, list[Row]] = {}
    for row in rows:
        same = (row.verb, row.impact, row.visible, row.reason, row.lines, row.calls, row.because)
        alike.setdefault(same if row.lines else row.address, []).append(row)
    return tuple(Group(some[0], tuple(row.address for row in some)) for some in alike.values())


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
        because=change.because,
    )


def _call(step: Step) -> str:
    """The action, and what is sent besides after a certain answer."""
    name = step.call.action.name
    if step.fence is not None:
        return f"{name} (after {step.fence.action.name} if its robot is there)"
    return name if step.anew is None else f"{name} (then {step.anew.action.name} if it has ended)"


def _line(planned: PlannedField) -> Line:
    return Line(
        planned.path,
        short(planned.before),
        short(planned.after),
        planned.impact,
        planned.visible,
        planned.hits,
    )


def short(value: Any) -> str:
    """A value as compact JSON, cut where it is long; nothing for what is absent."""
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=True, separators=(", ", ": "))
    most = _SHOWN_TEXT if isinstance(value, str) else _SHOWN
    return text if len(text) <= most else f"{text[: most - 1]}…"
