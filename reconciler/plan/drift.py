"""What has drifted, as data: every record that the cloud contradicts, and its JSON."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from reconciler.plan.model import Change, Plan


@dataclass(frozen=True, slots=True)
class Drifted:
    """One contradicted record: how it stands, since when it was recorded otherwise, who says so.

    `change` is what apply would do; its verb is `unchanged` where that is nothing.
    """

    change: Change
    status: str
    recorded: str
    since: str | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Drift:
    """All that has drifted, with counts of what has not and of what cannot be observed."""

    plan: Plan
    rows: tuple[Drifted, ...]
    as_recorded: int
    unobservable: int


def drift_to_json(drift: Drift) -> dict[str, Any]:
    """The plan's shape, with each change's status, since and evidence; only what has drifted is in it."""
    counted = Plan(
        workspace=drift.plan.workspace,
        lineage=drift.plan.lineage,
        serial=drift.plan.serial,
        changes=tuple(row.change for row in drift.rows),
        unchanged=drift.as_recorded,
        eta_seconds=drift.plan.eta_seconds,
        warnings=drift.plan.warnings,
        state_location=drift.plan.state_location,
        state_status=drift.plan.state_status,
        cloud=drift.plan.cloud,
        refusals=drift.plan.refusals,
        selection=drift.plan.selection,
        expiries=drift.plan.expiries,
    )
    # Imported when it is asked for: a report in words takes none of it.
    data: dict[str, Any] = import_module("reconciler.plan.codec").plan_to_json(counted)
    for change, row in zip(data["changes"], drift.rows, strict=True):
        change.update(
            {"status": row.status, "recorded": row.recorded, "since": row.since, "evidence": row.evidence}
        )
    data["summary"]["unobservable"] = drift.unobservable
    return data
